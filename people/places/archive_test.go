//go:build archive

package places

import (
	"cmp"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"atrio/assets"
	"atrio/people/latin"
)

// These tests want the archive of municipalities, which does not come with Atrio:
// tools/places runs them by hand. What every run of the tests holds to is
// agreement_test.go, which has the archive's sums.
var (
	anpr  = flag.String("anpr", "", "the archive of municipalities to compare with")
	write = flag.Bool("write", false, "write the facts and the sums anew from the archive")
)

// readArchive reads the archive; a run that was asked for and has none fails.
func readArchive(t *testing.T) *Archive {
	t.Helper()
	if *anpr == "" {
		t.Fatal("no archive to compare with: tools/places ANPR_archivio_comuni.csv")
	}
	f, err := os.Open(*anpr)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := ReadANPR(f)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// renamed are municipalities with a new name in the package that the archive of
// 2023 does not know yet.
var renamed = []string{"B567", "F556", "G878"}

// spelled are other spellings, from the list of ISTAT of 2025.
var spelled = map[string]string{"E321": "Jonadi"}

func TestTheFactsAreWhatTheArchiveSaysOtherwise(t *testing.T) {
	archive := readArchive(t)
	built, err := assets.FS().Open(Built)
	if err != nil {
		t.Fatal(err)
	}
	defer built.Close()
	records, err := readBuilt(built)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"facts/municipalities.tsv": municipalitiesHead + strings.Join(corrected(records, archive), ""),
		"facts/provinces.tsv":      provincesHead + strings.Join(moved(archive), ""),
		"testdata/anpr.sums":       sums(archive.municipalities),
	}
	for name, text := range want {
		if *write {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Error(err)
			}
			continue
		}
		if is, err := os.ReadFile(name); err != nil || string(is) != text {
			t.Errorf("%s is not what the archive gives: %v", name, err)
		}
	}
}

func TestOverTheArchiveOnlyTheListedDiffer(t *testing.T) {
	archive := readArchive(t)
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

const (
	municipalitiesHead = `# What is known of municipalities over the package that assets builds places.tsv from. correct.go says what the words
# mean, archive_test.go how the file is written: from the archive of municipalities of the national register (ANPR, Ministero
# dell'Interno, CC BY 4.0).
`
	provincesHead = `# The moves of municipalities between provinces; moves.go says what a line means, archive_test.go how the file is written:
# from the archive of municipalities of the national register (ANPR, Ministero dell'Interno, CC BY 4.0).
`
)

func line(fields ...string) string { return strings.Join(fields, "\t") + "\n" }

// corrected gives the lines that make the package agree with the archive, but for
// what it knows better because it is younger.
func corrected(records map[string]*record, a *Archive) (lines []string) {
	for _, m := range a.municipalities {
		r, last := records[m.code], m.periods[len(m.periods)-1]
		say := func(what string, values ...string) {
			lines = append(lines, line(append([]string{m.code, what}, values...)...))
		}
		if r == nil {
			say("new", last.name, last.province, m.first().String(), m.last().String())
			r = &record{name: last.name, province: last.province, first: m.first(), last: m.last()}
		}
		younger := r.last != still && m.last() == still && r.last.after() > dayOf(a.Newest)
		if younger || slices.Contains(renamed, m.code) {
			say("newer")
		}
		if r.first != m.first() {
			say("first", m.first().String())
		}
		if r.last != m.last() && !younger {
			say("last", m.last().String())
		}
		if r.province != last.province {
			say("province", last.province)
		}
		name := r.name
		if fold(name) != fold(last.name) && fold(name) != fold(italian(last.name)) && !slices.Contains(renamed, m.code) {
			name = last.name
			say("name", name)
		}
		if other := cmp.Or(last.other, second(last), spelled[m.code]); other != "" {
			say("other", other)
		}
		for _, w := range former(m, name) {
			say("was", w.last.String(), w.name)
		}
	}
	return lines
}

// second is the Slovene name that stands behind a hyphen.
func second(p period) string {
	if _, behind, ok := strings.Cut(p.name, "-"); ok && (p.province == "GO" || p.province == "TS" || p.province == "UD") {
		return behind
	}
	return ""
}

// oldest is when the oldest of those alive may have been born.
const oldestName day = 19250101

// former are the names that search would not find by the name of today.
func former(m municipality, now string) (list []formerName) {
	for i, p := range m.periods[:len(m.periods)-1] {
		if next := m.periods[i+1]; p.name == next.name || p.last < oldestName || found(p.name, now) || found(p.name, next.name) && i+2 < len(m.periods) {
			continue
		}
		list = append(list, formerName{p.last, p.name})
	}
	return list
}

func found(old, now string) bool {
	words, _ := latin.Words(old, latin.Plain)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(" "+fold(now), " "+w) })
}

// moved gives the lines of provinces over time.
func moved(a *Archive) []string {
	founded := foundations(a)
	codes := map[[3]string][]string{} // day, from, to
	for _, f := range founded {
		codes[[3]string{f.first.String(), f.from, f.to}] = nil
	}
	for _, m := range a.municipalities {
		changes := m.changes()
		for _, c := range changes {
			if !slices.Contains(founded, c) {
				key := [3]string{c.first.String(), c.from, c.to}
				codes[key] = append(codes[key], m.code)
			}
		}
		for _, f := range founded {
			n, _ := m.period(f.first)
			if stayed := m.first() < f.first && f.first <= m.last() && m.provinceFrom(f.first, n) == f.to &&
				!slices.ContainsFunc(changes, func(c change) bool { return c.first == f.first }); stayed {
				key := [3]string{f.first.String(), f.to, f.to}
				codes[key] = append(codes[key], m.code)
			}
		}
	}
	var lines []string
	for _, key := range slices.SortedFunc(maps.Keys(codes), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) }) {
		fields := key[:]
		if list := codes[key]; list != nil {
			fields = append(fields, strings.Join(list, ""))
		}
		lines = append(lines, line(fields...))
	}
	return lines
}

// change is a move of a municipality.
type change struct {
	first    day
	from, to string
}

func (m *municipality) changes() (list []change) {
	for i, p := range m.periods[1:] {
		if before := m.periods[i]; before.province != p.province {
			list = append(list, change{p.first, before.province, p.province})
		}
	}
	return list
}

// provinceFrom is the province on a day or, where the municipality was not there,
// the one it came back in: going back in time, that is the one known so far.
func (m *municipality) provinceFrom(on day, n int) string {
	if on > m.periods[n].last && n+1 < len(m.periods) {
		n++
	}
	return m.periods[n].province
}

// foundations are the moves that most of the municipalities of a province made on
// one day: they need no list.
func foundations(a *Archive) (list []change) {
	moved, members := map[change]int{}, map[change]int{}
	for _, m := range a.municipalities {
		for _, c := range m.changes() {
			moved[c]++
		}
	}
	best := map[[2]string]change{}
	for c, n := range moved {
		key := [2]string{c.first.String(), c.to}
		if b, is := best[key]; !is || n > moved[b] || n == moved[b] && c.from < b.from {
			best[key] = c
		}
	}
	for _, c := range best {
		for _, m := range a.municipalities {
			if n, there := m.period(c.first); there && m.first() < c.first && m.periods[n].province == c.to {
				members[c]++
			}
		}
		if moved[c]*2 > members[c] && moved[c] > 2 {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b change) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.to, b.to)) })
	return list
}
