package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheOperatorImportsTheCodesThatPeopleHad(t *testing.T) {
	path := configuration(t, nil)
	if _, errs, status := atrio(t, "migrate", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	file := filepath.Join(t.TempDir(), "codici.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(want int, more ...string) (string, string) {
		t.Helper()
		out, errs, status := atrio(t, append([]string{"codes", "import", file, "-c", path}, more...)...)
		if status != want {
			t.Errorf("%v: %d %s%s", more, status, out, errs)
		}
		return out, errs
	}
	write("code;given_name;family_name;email\n202400013;;;\n572400000;Prova;Finti;prova@posta.example.it\n")
	for _, c := range []struct{ flag, lines, sum string }{
		{"--dry-run", "2\t202400013\treserved\n3\t572400000\tcreated\n", "1 created, 0 linked, 1 reserved, 0 updated, 0 unchanged, 0 refused; nothing was written\n"},
		{"--register=Segreteria", "2\t202400013\treserved\n3\t572400000\tcreated\n", "1 created, 0 linked, 1 reserved, 0 updated, 0 unchanged, 0 refused\n"},
		{"--register=Segreteria", "2\t202400013\tunchanged\n3\t572400000\tunchanged\n", "0 created, 0 linked, 0 reserved, 0 updated, 2 unchanged, 0 refused\n"},
	} {
		if out, errs := run(0, c.flag); out != c.lines || errs != c.sum {
			t.Errorf("%s: %s%s", c.flag, out, errs)
		}
	}
	write("code;given_name;family_name;email\n10000001;Prova;Finti;prova@posta.example.it\n")
	if out, errs := run(1); out != "" || !strings.Contains(errs, "line 2: code: the last digit of 10000001 is no check digit") {
		t.Errorf("%s%s", out, errs)
	}
	if _, errs := run(1, "--register="+strings.Repeat("x", 81)); !strings.Contains(errs, "check digit") {
		t.Error(errs)
	}
}
