package places

import (
	"os"
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

// The sums were made from the archive of 9,859 codes, by facts_test.go.
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

func TestOverTheArchiveOnlyTheListedDiffer(t *testing.T) {
	if *anpr == "" {
		return // see the sums above
	}
	f, err := os.Open(*anpr)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	archive, err := ReadANPR(f)
	if err != nil {
		t.Fatal(err)
	}
	d := open(t)
	for _, x := range append(d.Disagreements(archive), d.OtherProvinces(archive)...) {
		if slices.Contains(younger, x.Code) && !strings.HasPrefix(x.What, "province") {
			t.Logf("known: %+v", x)
			continue
		}
		t.Errorf("%+v", x)
	}
	with := d.With(archive)
	for _, x := range append(with.Disagreements(archive), with.OtherProvinces(archive)...) {
		t.Errorf("after the import: %+v", x)
	}
	t.Logf("%d codes, %d lines without one, newest %v", archive.Codes(), archive.Skipped, archive.Newest)
}
