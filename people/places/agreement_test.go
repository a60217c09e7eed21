package places

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"atrio/assets"
)

// open gives the directory that comes with the program.
func open(t testing.TB) *Directory {
	t.Helper()
	d, err := Open(assets.FS())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The sums were made from the archive of 9,859 codes, by archive_test.go.
func TestAllCodesButTheYoungerAgreeWithTheArchive(t *testing.T) {
	want, err := os.ReadFile("testdata/anpr.sums")
	if err != nil {
		t.Fatal(err)
	}
	d := open(t)
	have := sums(d.municipalities)
	for i, line := range strings.Split(string(want), "\n") {
		if lines := strings.Split(have, "\n"); i >= len(lines) || lines[i] != line {
			t.Errorf("%q is not what the archive says: %q", lines[min(i, len(lines)-1)], line)
		}
	}
	const archive, founded = 9859, 4
	if d.Source().Codes != archive+founded {
		t.Errorf("%d codes", d.Source().Codes)
	}
	if told := len(younger) - founded; float64(told) > 0.005*archive {
		t.Errorf("%d codes differ, more than one in two hundred", told)
	}
	for _, code := range younger {
		if !d.Known(code) {
			t.Errorf("%s is not known", code)
		}
	}
	if !slices.Equal(slices.Compact(slices.Sorted(slices.Values(younger))), slices.Sorted(slices.Values(younger))) {
		t.Error("a code is listed twice")
	}
}

// What only runs by hand must not rot meanwhile.
func TestTheComparisonWithTheArchiveStillCompiles(t *testing.T) {
	if out, err := exec.Command("go", "vet", "-tags", "archive", ".").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// sums gives one line for each first letter of the codes: how many municipalities,
// and the sum of what is compared of each but the ones that the package knows
// better. So a test can tell that all agree without the archive.
func sums(list []municipality) string {
	var b strings.Builder
	for letter := byte('A'); letter < abroad; letter++ {
		h, n := sha256.New(), 0
		for _, m := range list {
			if m.code[0] == letter && !slices.Contains(younger, m.code) {
				last := m.periods[len(m.periods)-1]
				fmt.Fprintln(h, m.code, fold(italian(last.name)), last.province, m.first(), m.last())
				n++
			}
		}
		if n > 0 {
			fmt.Fprintf(&b, "%c %4d %x\n", letter, n, h.Sum(nil)[:16])
		}
	}
	return b.String()
}

// younger are the codes of which the package knows more than the archive of 2023:
// abolished in 2023 and 2024, founded in 2024, renamed.
var younger = []string{
	"A121", "A134", "B749", "D902", "H521", "I879", "L487", "L878", "M332",
	"M435", "M436", "M437", "M438",
	"B567", "F556", "G878",
}
