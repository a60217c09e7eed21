package access

import "time"

// Told is what the rules say about one way of coming in, and why.
type Told struct {
	Login
	Outcome Outcome
	Trail   []Step
}

// Table asks about every door: those of a state at the level that the service asks for,
// the others with one factor and with two. // G2.7
func (b *Book) Table(p Person, s Service, now time.Time) []Told {
	var all []Told
	tell := func(l Login) {
		o, trail := b.Explain(p, s, l, now)
		all = append(all, Told{l, o, trail})
	}
	for _, d := range Doors() {
		l := Login{Door: d, At: now, For: s.ID}
		if l.ByState() {
			l.Level = LevelAsked(s.Level)
			tell(l)
			continue
		}
		tell(l)
		l.SecondFactor = true
		tell(l)
	}
	return all
}
