package access

import (
	"slices"
	"time"

	"atrio/people/person"
)

// Citizenship is what one source says. // REQUIREMENTS G2.8
type Citizenship struct {
	// States are codes of states, person.Italy among them or not.
	States []string
	// Source names the origin for people ("declared", "register").
	Source string
	// Proved: a register or a desk says so. All else is the word of the person: neither
	// SPID nor CIE nor eIDAS tells citizenships.
	Proved bool
	// At is when the source said so; of a register, when the person was told.
	At time.Time
}

// Standing is what citizenship means to the duty.
type Standing int

// The standings. Unknown is neither of the others: to take it for Italian would lock
// out foreigners, to take it for foreign would undo the duty. The person is asked.
const (
	Unknown Standing = iota
	OnlyItalian
	Free // also, or only, another one, or none
)

// Grace is how long a declaration still counts after a register contradicted it and
// the person was told. // G2.8
const Grace = 30 * 24 * time.Hour

// standing of one statement. A list that is empty says nothing.
func (c Citizenship) standing() Standing {
	switch {
	case len(c.States) == 0:
		return Unknown
	case slices.ContainsFunc(c.States, func(s string) bool { return s != person.Italy }):
		return Free
	}
	return OnlyItalian
}

// Standing weighs the statements: what is proved overrides what is declared, the
// younger one the older. Whoever had declared otherwise before the register spoke keeps
// that for the time of grace; a relief counts at once. until is the end of the grace.
func (p Person) Standing(now time.Time) (s Standing, by Citizenship, until time.Time) {
	proved, declared := newest(p.Citizenships, true), newest(p.Citizenships, false)
	switch {
	case proved.standing() == Unknown:
		return declared.standing(), declared, time.Time{}
	case proved.standing() == OnlyItalian && declared.standing() == Free && !declared.At.After(proved.At):
		if end := proved.At.Add(Grace); now.Before(end) {
			return Free, declared, end
		}
	}
	return proved.standing(), proved, time.Time{}
}

// newest is the last statement of a kind that says anything.
func newest(all []Citizenship, proved bool) (last Citizenship) {
	for _, c := range all {
		if c.Proved == proved && c.standing() != Unknown && (last.standing() == Unknown || c.At.After(last.At)) {
			last = c
		}
	}
	return last
}
