// Package parental is the authorisation of whoever has parental responsibility: a minor
// who does not come in by SPID, where the provider asks the parent, enters a service that
// asks for it only with one. The help desk sees a document and records who authorised, as
// a role only, and until when; it is withdrawn at will.
//
// What is recorded is decided here, purely; what it opens is decided by gateway/access,
// and rows are written by gatewaydb. // REQUIREMENTS G2.9
package parental

import (
	"embed"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/web/locale"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of this package; it has no page.
func Pages() ui.Pages { return ui.Pages{Name: "parental", FS: files} }

// Role is who authorised: never a name. // Codice civile art. 316, 320, 343; law 184/1983 art. 5; GDPR art. 5
type Role string

// The roles.
const (
	Parent   Role = "parent"
	Guardian Role = "guardian"
	Foster   Role = "foster"
)

// Roles in the order of the page.
func Roles() []Role { return []Role{Parent, Guardian, Foster} }

// Document is what the desk saw: of it nothing is kept but the kind.
type Document string

// The documents.
const (
	Identity Document = "identity" // of the parent, with the family sheet or a statement
	Court    Document = "court"    // the decision that made somebody guardian or foster parent
)

// Documents in the order of the page.
func Documents() []Document { return []Document{Identity, Court} }

// Longest is how long an authorisation may hold for somebody of whom no day of birth is
// proved.
const Longest = 365 * 24 * time.Hour

// Authorisation is one that was recorded.
type Authorisation struct {
	ID       string
	By       Role
	Document Document
	At       time.Time
	// Until is the first moment at which it holds no more.
	Until time.Time
	// Withdrawn is when it was taken back; zero: it was not.
	Withdrawn time.Time
}

// Holds tells whether it counts at a moment.
func (a Authorisation) Holds(now time.Time) bool { return a.Withdrawn.IsZero() && now.Before(a.Until) }

// Wish is what a clerk types.
type Wish struct {
	By       Role
	Document Document
	// Until is the last day, written 2006-01-02; "" is the day before the majority.
	Until string
}

// Refusals of a wish.
var (
	ErrForm  = fault.New(fault.Invalid, "error.parental.form").For("parental_form")
	ErrUntil = fault.New(fault.Invalid, "error.parental.until").For("parental_until")
	ErrAdult = fault.New(fault.Conflict, "error.parental.adult").For("of_age")
	ErrNone  = fault.New(fault.Conflict, "error.parental.none").For("no_authorisation")
)

// Record makes an authorisation for somebody born on a proved day, "" when none is.
func Record(w Wish, born string, now time.Time) (Authorisation, error) {
	a := Authorisation{ID: account.NewID(), By: w.By, Document: w.Document, At: now}
	if !slices.Contains(Roles(), w.By) || !slices.Contains(Documents(), w.Document) {
		return a, ErrForm
	}
	most := now.Add(Longest)
	if day, err := time.ParseInLocation(time.DateOnly, born, now.Location()); err == nil {
		most = day.AddDate(access.Majority, 0, 0)
	}
	if !most.After(now) {
		return a, ErrAdult // codice civile art. 2
	}
	if a.Until = most; w.Until == "" {
		if born == "" {
			return a, ErrUntil
		}
		return a, nil
	}
	last, err := time.ParseInLocation(time.DateOnly, w.Until, now.Location())
	if err != nil {
		return a, ErrUntil
	}
	if a.Until = last.AddDate(0, 0, 1); !a.Until.After(now) || a.Until.After(most) {
		return a, ErrUntil
	}
	return a, nil
}

// Told makes the mail to the holder about an authorisation; a zero until tells that it was
// withdrawn.
func Told(c *locale.Catalog, base string) func(account.Account, time.Time) notify.Message {
	return func(a account.Account, until time.Time) notify.Message {
		key := "parental.mail.recorded"
		if until.IsZero() {
			key = "parental.mail.withdrawn"
		}
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language, Subject: c.Text(a.Language, key+".subject"),
			Text: c.Text(a.Language, key+".text", "name", a.Called(), "date", c.Date(a.Language, account.LastDay(until)), "page", base+"/account", "help", base+"/help"),
		}
	}
}
