package account

import "time"

// Affiliation ties a person to the institution, as a register or a desk says. // G2.5
type Affiliation struct {
	ID string
	// Kind is one of access.AffiliationKinds, Unit the office or department; "" when the
	// source names none.
	Kind, Unit string
	// From and Until bound it: Until is the first moment at which it holds no more; zero
	// is no bound.
	From, Until time.Time
	Source      Source
	// At is when the source said so.
	At time.Time
}

// Current tells whether it holds at a moment.
func (a Affiliation) Current(now time.Time) bool {
	return !now.Before(a.From) && (a.Until.IsZero() || now.Before(a.Until))
}

// Overlaps tells whether there is a moment at which both hold.
func (a Affiliation) Overlaps(b Affiliation) bool {
	before := func(x, y Affiliation) bool { return !x.Until.IsZero() && !x.Until.After(y.From) }
	return !before(a, b) && !before(b, a)
}

// LastDay is a moment of the last day on which something holds that ends at a time; zero
// when it does not end.
func LastDay(until time.Time) time.Time {
	if until.IsZero() {
		return until
	}
	return until.Add(-time.Second)
}
