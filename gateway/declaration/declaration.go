// Package declaration is "Dichiara e prosegui senza SPID/CIE": who must enter by SPID or
// CIE and cannot says why, and enters for a time with the institution's credentials and
// a second factor.
//
// How long, how often and by whom is decided here, purely; what it opens is decided by
// gateway/access, and rows are written by gatewaydb. It never stands for the second
// factor, and nobody has to name an illness. // REQUIREMENTS G2.3
package declaration

import (
	"context"
	"errors"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/access"
	"atrio/gateway/account"
)

// Reason is why somebody cannot use SPID or CIE.
type Reason string

// The reasons. What each costs the person to say was weighed: accessibility names no
// illness, and words are asked for Other alone.
const (
	Minor         Reason = "minor"
	Abroad        Reason = "abroad"
	Document      Reason = "document"
	Provider      Reason = "provider"
	Device        Reason = "device"
	Accessibility Reason = "accessibility"
	Other         Reason = "other"
)

// Reasons in the order of the page.
func Reasons() []Reason {
	return []Reason{Minor, Abroad, Document, Provider, Device, Accessibility, Other}
}

// Who made a declaration: the person, or a clerk at their wish.
const (
	BySelf = "self"
	ByDesk = "desk"
)

// MaxWords bounds the words for Other, in characters.
const MaxWords = 500

// WordsKept is how long after the end the words are kept; then the fact remains that
// there was a declaration, with its reason and dates. // G2.3, GDPR art. 5
const WordsKept = 183 * 24 * time.Hour

// Memory is how long earlier declarations count: whoever needs one again a year later
// begins anew.
const Memory = 365 * 24 * time.Hour

// Declaration is one, renewals included: each is a row of its own.
type Declaration struct {
	ID        string
	AccountID string
	Number    int
	Reason    Reason
	// Words is set when one is made; lists do not show it.
	Words string
	By    string
	// Made and Until bound it; a review that ends it sets Withdrawn and Until.
	Made, Until, Withdrawn time.Time
	Reminded               int
}

// Terms are the settings of the institution.
type Terms struct {
	// Life is how long one lasts.
	Life time.Duration
	// Renewals is how many may follow the first; the last of them is the help desk's.
	Renewals int
	// Reminders are sent so long before the end, the longest first. From the first on it
	// may be renewed.
	Reminders []time.Duration
}

// The refusals of Next.
var (
	// ErrNotYet: the declaration holds, and not yet nearly to its end.
	ErrNotYet = fault.New(fault.Conflict, "error.declaration.not_yet").For("declaration_not_yet")
	// ErrDesk: the person has made as many as they may alone.
	ErrDesk = fault.New(fault.Denied, "error.declaration.desk").For("declaration_by_desk")
	// ErrAlready: another one was made in the same moment.
	ErrAlready = fault.New(fault.Conflict, "error.declaration.already").For("declaration_already")
)

// last is the declaration that counts, if any: the newest one that is not forgotten.
func last(history []Declaration, now time.Time) (d Declaration, found bool) {
	for _, one := range history {
		if one.Number > d.Number && now.Sub(one.Until) < Memory {
			d, found = one, true
		}
	}
	return d, found
}

// alone is how many a person made alone that still count.
func alone(history []Declaration, now time.Time) (n int) {
	for _, one := range history {
		if one.By == BySelf && now.Sub(one.Until) < Memory {
			n++
		}
	}
	return n
}

// Standing is where a person stands, as the rules of access know it.
func (t Terms) Standing(history []Declaration, now time.Time) access.Declaration {
	d, found := last(history, now)
	if !found {
		return access.Declaration{}
	}
	s := access.Declaration{State: access.Lapsed, Until: d.Until, ByDesk: alone(history, now) >= max(1, t.Renewals)}
	switch {
	case !d.Withdrawn.IsZero():
		s.State = access.Withdrawn
	case now.Before(d.Until):
		s.State = access.Declared
	}
	return s
}

// Next is the declaration that a person may make now: its number and its end, the last
// midnight of the day that pages show. now is where the people are.
func (t Terms) Next(history []Declaration, now time.Time) (Declaration, error) {
	next := Declaration{Number: 1, By: BySelf, Made: now}
	for _, one := range history {
		next.Number = max(next.Number, one.Number+1)
	}
	begin, s := now, t.Standing(history, now)
	if s.State == access.Declared {
		if len(t.Reminders) > 0 && now.Before(s.Until.Add(-t.Reminders[0])) {
			return next, ErrNotYet
		}
		begin = s.Until.Add(-time.Second).In(now.Location())
	}
	next.Until = midnight(begin.Add(t.Life))
	if s.ByDesk || s.State == access.Withdrawn {
		return next, ErrDesk
	}
	return next, nil
}

// AtDesk is Next for a clerk, who may open again what a person cannot alone.
func (t Terms) AtDesk(history []Declaration, now time.Time) (Declaration, error) {
	d, err := t.Next(history, now)
	d.By = ByDesk
	if errors.Is(err, ErrDesk) {
		err = nil
	}
	return d, err
}

// midnight is the end of a day.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
}

// LastDay is the last day of something that ends at a midnight.
func LastDay(until time.Time) time.Time { return until.Add(-time.Second) }

// Store keeps declarations.
type Store interface {
	// Declarations of an account, without their words.
	Declarations(ctx context.Context, accountID string) ([]Declaration, error)
	// Declare makes one with its audit line and mail in one commit. ErrAlready when
	// that number was taken in between.
	Declare(ctx context.Context, c account.Change, d Declaration) error
	// RemindDeclarations sends the reminders that are due, each once.
	RemindDeclarations(ctx context.Context, now time.Time, before []time.Duration, tell func(account.Account, Declaration) notify.Message) error
	// ForgetWords deletes the words of declarations that ended before.
	ForgetWords(ctx context.Context, endedBefore time.Time) error
}
