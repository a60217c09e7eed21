package rulescmd

import (
	"strings"
	"testing"
	"time"
)

func TestAParentIsRecordedListedAndWithdrawn(t *testing.T) { // G2.9
	path, d := installed(t)
	run := func(args ...string) (string, error) {
		return rules(t, append(append([]string{"parents"}, args...), "-c", path, "--person", code, "--reason", "ticket 42")...)
	}
	count := func(query string) (n int) {
		t.Helper()
		if err := d.Read().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	last := time.Now().AddDate(0, 2, 0).Format(time.DateOnly)
	for want, args := range map[string][]string{
		"--by is parent":      {"record", "--by", "uncle", "--document", "identity", "--until", last},
		"--document is":       {"record", "--by", "parent", "--document", "photo", "--until", last},
		"at most a year":      {"record", "--by", "parent", "--document", "identity"},
		"write a day":         {"record", "--by", "parent", "--document", "identity", "--until", "2020-01-01"},
		"no authorisation ho": {"withdraw"},
	} {
		if out, err := run(args...); err == nil || !strings.Contains(err.Error(), want) || out != "" {
			t.Errorf("%s: %v %s", want, err, out)
		}
	}
	if n := count(`SELECT count(*) FROM parental_authorisation`) + count(`SELECT count(*) FROM audit`) + count(`SELECT count(*) FROM outbox`); n != 0 {
		t.Fatalf("%d rows of what was refused", n)
	}
	for _, step := range []struct{ args, want string }{
		{"record --by guardian --document court --until " + last, "valid until " + last},
		{"list", "until " + last},
		{"withdraw", "withdrawn; the person is told"},
		{"list", "withdrawn on"},
	} {
		out, err := run(strings.Fields(step.args)...)
		if err != nil || !strings.Contains(out, step.want) {
			t.Errorf("%s: %v %s", step.args, err, out)
		}
	}
	if count(`SELECT count(*) FROM outbox WHERE recipient = 'ada@posta.example.it'`) != 2 || count(`SELECT count(*) FROM audit WHERE action LIKE 'parental.%' AND detail LIKE '%ticket 42%'`) != 2 {
		t.Error("the person is not told, or no line says why")
	}
}
