package places

import (
	"slices"
	"sort"
	"strings"
)

// index holds every name under each of its words.
type index struct {
	names  []name
	starts []start // in the order of their text
}

// name is one name that a place has or had.
type name struct {
	key   string // as fold writes it
	place int32  // index of a municipality, or -1-index of a state
	minor int32  // 0 for states and capitals of provinces, else 1
}

// start is a word in a name.
type start struct {
	name int32 // index in names
	at   int32 // where the word begins in the key
}

func newIndex(municipalities []municipality, states []*state) index {
	// Most places have one name, and every other one a second word.
	x := index{names: make([]name, 0, len(municipalities)*5/4), starts: make([]start, 0, 2*len(municipalities))}
	for i := range municipalities {
		m := &municipalities[i]
		seen := map[string]bool{}
		for _, p := range m.periods {
			for _, n := range []string{p.name, p.other} {
				x.add(seen, n, i, boolInt(!isCapital(m)))
			}
		}
	}
	for i, s := range states {
		seen := map[string]bool{}
		for _, n := range append([]string{s.Name, s.English}, s.aliases...) {
			x.add(seen, n, -1-i, 0)
		}
	}
	x.names, x.starts = slices.Clip(x.names), slices.Clip(x.starts)
	slices.SortFunc(x.starts, func(a, b start) int { return strings.Compare(x.text(a), x.text(b)) })
	return x
}

// capitals are those whose name is not a part of the name of their province.
var capitals = map[string]bool{"H223": true, "H224": true, "L746": true} // Reggio Emilia, Reggio Calabria, Verbania

// provinceKeys are the names of the provinces as fold writes them, between spaces.
var provinceKeys = func() map[string]string {
	keys := map[string]string{}
	for letters, name := range provinceNames {
		keys[letters] = " " + fold(name) + " "
	}
	return keys
}()

// isCapital: the province bears the name of its capital, so that people expect it
// first; where it bears several, they all count.
func isCapital(m *municipality) bool {
	last := m.periods[len(m.periods)-1]
	return last.last == still && (capitals[m.code] || strings.Contains(provinceKeys[last.province], " "+fold(last.name)+" "))
}

func (x *index) add(seen map[string]bool, text string, place, minor int) {
	key := fold(text)
	if key == "" || seen[key] {
		return
	}
	seen[key] = true
	x.names = append(x.names, name{key, int32(place), int32(minor)}) //nolint:gosec // indices of short lists, here and below
	for at := 0; ; {
		x.starts = append(x.starts, start{int32(len(x.names) - 1), int32(at)}) //nolint:gosec // as above
		next := strings.IndexByte(key[at:], ' ')
		if next < 0 {
			return
		}
		at += next + 1
	}
}

func (x *index) text(s start) string { return x.names[s.name].key[s.at:] }

// beginning gives the words that begin so.
func (x *index) beginning(prefix string) []start {
	from := sort.Search(len(x.starts), func(i int) bool { return x.text(x.starts[i]) >= prefix })
	to := from + sort.Search(len(x.starts)-from, func(i int) bool { return !strings.HasPrefix(x.text(x.starts[from+i]), prefix) })
	return x.starts[from:to]
}
