package access

import (
	"slices"
	"time"
)

// Affiliation ties a person to the institution for a time.
type Affiliation struct {
	Kind string
	// From and Until bound it; zero is no bound.
	From, Until time.Time
}

// The kinds of affiliation. The exemption for staff is about Employment alone.
const (
	Study      = "student"
	Employment = "employee"
	Alumnus    = "alum"
	Guest      = "guest"
)

// AffiliationKinds are all kinds, in the order in which pages name them.
func AffiliationKinds() []string { return []string{Study, Employment, Alumnus, Guest} }

// current tells whether it holds at a moment.
func (a Affiliation) current(now time.Time) bool { return span{a.From, a.Until}.holds(now) }

// employed tells whether the person works for the institution.
func (p Person) employed(now time.Time) bool {
	return slices.ContainsFunc(p.Affiliations, func(a Affiliation) bool { return a.Kind == Employment && a.current(now) })
}
