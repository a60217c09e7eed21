package places

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"atrio/people/latin"
)

// Query is what somebody looks for.
type Query struct {
	// Text is the beginning of a name or of some of its words, accents or not; or a
	// cadastral code.
	Text string
	// On leaves out what was not there on that day, usually the day of birth. Zero
	// looks everywhere and tells the places that are there today first.
	On time.Time
	// Where narrows the search.
	Where Where
	// Province, two letters, wants municipalities that ever belonged to it.
	Province string
	// Limit is how many are wanted, 10 when zero, at most 50.
	Limit int
}

// Where is the part of the world to look in.
type Where int

// The parts of the world.
const (
	Anywhere Where = iota
	InItaly
	Abroad
)

const (
	fewest, most = 10, 50
	longestQuery = 100
)

// Search gives the places that fit, the likeliest first: the whole name, then its
// beginning, then a word in it, then words in any order; among these capitals of
// provinces and states, then the shorter name. One place is told once.
func (d *Directory) Search(q Query) []Place {
	if len(q.Text) > longestQuery {
		return nil
	}
	found := finding{q: q, d: d, on: dayOf(q.On)}
	if found.q.Limit = q.Limit; q.Limit <= 0 {
		found.q.Limit = fewest
	}
	found.q.Limit = min(found.q.Limit, most)
	if code := strings.ToUpper(strings.TrimSpace(q.Text)); isCode(code) {
		return found.code(code)
	}
	if found.words, _ = latin.Words(q.Text, latin.Plain); len(found.words) == 0 {
		return nil
	}
	found.text = strings.Join(found.words, " ")
	longest := slices.MaxFunc(found.words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	for _, s := range d.index.beginning(longest) {
		found.consider(&d.index.names[s.name], int(s.at))
	}
	return found.places()
}

// finding is a search under way: the best hits so far, in order.
type finding struct {
	d     *Directory
	q     Query
	on    day
	words []string
	text  string
	hits  []hit
}

type hit struct {
	name *name
	n    int // the period of a municipality
	rank rank
}

// rank orders hits: the smaller comes first.
type rank struct {
	fit, gone, minor, length int
}

func (r rank) compare(o rank) int {
	return cmp.Or(cmp.Compare(r.fit, o.fit), cmp.Compare(r.gone, o.gone), cmp.Compare(r.minor, o.minor), cmp.Compare(r.length, o.length))
}

// consider looks at a name whose word at that place begins like the longest word.
func (f *finding) consider(n *name, at int) {
	fit := f.fit(n.key, at)
	if fit < 0 {
		return
	}
	period, there, gone := f.there(n)
	if !there {
		return
	}
	h := hit{name: n, n: period, rank: rank{fit: fit, gone: gone, minor: int(n.minor), length: len(n.key)}}
	if last := len(f.hits) - 1; len(f.hits) == f.q.Limit && f.hits[last].compare(h) <= 0 {
		return
	}
	if i := slices.IndexFunc(f.hits, func(o hit) bool { return o.name.place == n.place }); i >= 0 {
		if f.hits[i].compare(h) <= 0 {
			return
		}
		f.hits = slices.Delete(f.hits, i, i+1)
	}
	i, _ := slices.BinarySearchFunc(f.hits, h, hit.compare)
	f.hits = slices.Insert(f.hits, i, h)
	f.hits = f.hits[:min(len(f.hits), f.q.Limit)]
}

func (h hit) compare(o hit) int {
	return cmp.Or(h.rank.compare(o.rank), strings.Compare(h.name.key, o.name.key), cmp.Compare(h.name.place, o.name.place))
}

// fit tells how well the words fit a name, 0 best, below 0 not at all.
func (f *finding) fit(key string, at int) int {
	switch {
	case key == f.text:
		return 0
	case strings.HasPrefix(key, f.text):
		return 1
	case strings.HasPrefix(key[at:], f.text):
		return 2
	}
	for _, w := range f.words {
		if !strings.HasPrefix(key, w) && !strings.Contains(key, " "+w) {
			return -1
		}
	}
	return 3
}

// there tells in which period of a municipality the name is wanted, if at all.
func (f *finding) there(n *name) (period int, there bool, gone int) {
	if n.place < 0 {
		s := stateList[-n.place-1]
		if f.q.Where == InItaly || f.q.Province != "" || !s.Birthplace || !f.q.On.IsZero() && !s.on(f.on) {
			return 0, false, 0
		}
		return 0, true, boolInt(s.last != still)
	}
	m := &f.d.municipalities[n.place]
	if f.q.Where == Abroad || f.q.Province != "" && !m.everIn(f.q.Province) {
		return 0, false, 0
	}
	if f.q.On.IsZero() {
		return len(m.periods) - 1, true, boolInt(m.last() != still)
	}
	period, there = m.period(f.on)
	return period, there, 0
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (f *finding) places() []Place {
	list := make([]Place, len(f.hits))
	for i, h := range f.hits {
		if h.name.place < 0 {
			list[i] = stateList[-h.name.place-1].place()
		} else {
			list[i] = f.d.municipalities[h.name.place].at(h.n)
		}
	}
	return list
}

// code answers a query that is a code: the registers' people know them by heart.
func (f *finding) code(code string) []Place {
	p, there := f.d.Find(code, f.q.On)
	if !there || f.q.Where == InItaly && p.Abroad() || f.q.Where == Abroad && !p.Abroad() {
		return nil
	}
	return []Place{p}
}

func sortByName(list []Place) {
	slices.SortFunc(list, func(a, b Place) int {
		return cmp.Or(strings.Compare(fold(a.Name), fold(b.Name)), strings.Compare(a.Code, b.Code))
	})
}

// fold is how names are compared.
func fold(name string) string {
	w, _ := latin.Words(name, latin.Plain)
	return strings.Join(w, " ")
}
