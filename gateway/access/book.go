package access

import (
	"slices"
	"time"
)

// Rules are all rules in the order in which they are asked. Each stands in a file of
// its own. The order means something: who may not be served at all is told first, then
// whether the login is strong enough, by which door, and last the second factor.
func Rules() []Rule {
	return []Rule{
		age(), level(), parentalAuthorisation(),
		freeChoice(), staffExemption(), declaration(), opened(), eidasForItalians(), // lift the duty
		citizenshipUnknown(), duty(), fiscalCodeDue(),
		firstFactor(), firstAccess(), // lift the second factor
		stateFactor(), secondFactor(),
		open(),
	}
}

// Lookup finds a rule by its name.
func Lookup(id ID) (Rule, bool) {
	all := Rules()
	i := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return all[i], true
}

// Book is the rules as they hold in one institution.
type Book struct {
	acts     map[ID]taken
	openings []Opening
	rules    []Rule
}

// taken is an act with the time in which it holds.
type taken struct {
	Act
	when span
}

// NewBook takes up the acts of the institution, which CheckActs found sound.
func NewBook(acts []Act) *Book {
	b := &Book{acts: make(map[ID]taken, len(acts)), rules: Rules()}
	for _, a := range acts {
		b.acts[a.Rule] = taken{a, a.span()}
	}
	return b
}

// With is the same book while these openings hold.
func (b *Book) With(openings []Opening) *Book {
	c := *b
	c.openings = openings
	return &c
}

// Act is the act of a decision.
func (b *Book) Act(id ID) (Act, bool) {
	a, ok := b.acts[id]
	return a.Act, ok
}

// InForce tells whether a rule holds at a time.
func (b *Book) InForce(r Rule, now time.Time) bool {
	if !(span{r.From, r.Until}).holds(now) {
		return false
	}
	if r.Basis != Decision {
		return true
	}
	a, ok := b.acts[r.ID]
	return ok && a.when.holds(now)
}

// holds is InForce by name.
func (b *Book) holds(id ID, now time.Time) bool {
	i := slices.IndexFunc(b.rules, func(r Rule) bool { return r.ID == id })
	return i >= 0 && b.InForce(b.rules[i], now)
}

// Decide is the whole of it: what becomes of a person who came in by a login, at a
// service, at a time. It depends on nothing else. // REQUIREMENTS G2.1
func (b *Book) Decide(p Person, s Service, l Login, now time.Time) Outcome {
	return b.decide(&question{Person: p, Service: s, Login: l, now: now, book: b}, func(Step) {})
}

// Explain is Decide with what every rule said on the way. // G2.7
func (b *Book) Explain(p Person, s Service, l Login, now time.Time) (o Outcome, trail []Step) {
	o = b.decide(&question{Person: p, Service: s, Login: l, now: now, book: b}, func(s Step) { trail = append(trail, s) })
	return o, trail
}

// PersonMatters tells whether the outcome depends on the person at all: whoever comes in
// by SPID or CIE, strong enough, to a service for all ages enters, and nobody needs to
// look up who they are. Where parents are asked for, CIE does not tell about them.
func PersonMatters(s Service, l Login) bool {
	return !l.italian() || s.Ages.Set() || s.TwoFactors && !l.twoFactors() || s.ParentalAuthorisation && !l.askedFor(s)
}

func (b *Book) decide(q *question, note func(Step)) Outcome {
	var ends []time.Time
	var lifted []ID
	for i := range b.rules {
		r := &b.rules[i]
		f := b.ask(r, q, lifted)
		note(Step{r.ID, f.effect, f.why})
		switch f.effect {
		case Lifting:
			lifted = append(lifted, r.Lifts...)
			if slices.Contains(r.Lifts, Duty) {
				ends = append(ends, f.until)
			}
		case Deciding:
			o := Outcome{Kind: f.kind, Rule: r.ID, Why: f.why, Ways: f.ways}
			if f.kind == Enter {
				o.Ways, o.Until = nil, last(ends)
			}
			return o
		}
	}
	panic("access: the last rule decides") // open() always does
}

// ask asks one rule, unless it does not hold or need not be asked.
func (b *Book) ask(r *Rule, q *question, lifted []ID) finding {
	switch {
	case !b.InForce(*r, q.now):
		if r.Basis == Decision {
			return finding{effect: NotInForce, why: Text{"nessun atto dell’istituzione in vigore", "no act of the institution is in force"}}
		}
		return finding{effect: NotInForce, why: Text{"non in vigore a questa data", "not in force on this date"}}
	case slices.Contains(lifted, r.ID):
		return finding{effect: LiftedBefore, why: Text{"superata da una regola precedente", "lifted by an earlier rule"}}
	}
	return r.say(q)
}

// last is when the last of several freedoms ends; zero when one of them does not.
func last(ends []time.Time) (end time.Time) {
	for _, t := range ends {
		if t.IsZero() {
			return t
		}
		if t.After(end) {
			end = t
		}
	}
	return end
}
