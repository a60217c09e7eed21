// Package registers is what the offices of the institution know about people: what ties
// them to it, their citizenships, their day of birth. It reads the file that an office
// hands over, and tells what of it is new about a person, and of what the person has to
// be told.
//
// The file is read as a whole, strictly: one mistake in its form and nothing of it counts.
// It makes no account and joins none: it speaks of accounts that exist, named by a Codice
// Persona or by a codice fiscale that was proved. gatewaydb stores what is new. // G2.5, G2.8
package registers

import (
	"embed"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/people/person"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of the mails of this package; it has no page.
func Pages() ui.Pages { return ui.Pages{Name: "registers", FS: files} }

// Person is what a file says about somebody, on one line or on several.
type Person struct {
	// Line is the first one.
	Line int
	// Code and FiscalCode name the account: one of them, or both.
	Code       account.Code
	FiscalCode person.FiscalCode
	// Citizenships as package person writes them; "" says nothing.
	Citizenships string
	// BirthDate is written 2006-01-02; "" says nothing.
	BirthDate string
	// Ties are the affiliations.
	Ties []Tie
}

// Tie is an affiliation on a line.
type Tie struct {
	Line int
	account.Affiliation
}

// Import is one file that somebody imports.
type Import struct {
	// ID names it in the audit log, Event is the common part of its lines.
	ID    string
	Event audit.Event
	Now   time.Time
	// DryRun changes nothing.
	DryRun bool
	// Lines are the accounts that the file has named, with the line: two names of one
	// account on two lines must not contradict each other.
	Lines map[string]int
	// Tell makes the mail about a citizenship.
	Tell func(account.Account, Notice) notify.Message
}

// Notice is what a person has to be told: a register contradicts what was known of their
// citizenship. // G2.8
type Notice struct {
	// Citizenships are those of the register.
	Citizenships string
	// Counts is when they begin to count for the access; zero: at once.
	Counts time.Time
}

// Outcome is what became of a person of the file.
type Outcome struct {
	Line int
	// Account is "" when there is none.
	Account string
	Code    account.Code
	// Changed says in words for the operator what is new; empty: nothing.
	Changed []string
	// Left says why nothing was done; "" otherwise.
	Left string
	// Kept are the affiliations that the file names, by their id.
	Kept []string
}

// Open is an affiliation that holds now or later.
type Open struct {
	ID      string
	Account string
	Code    account.Code
}
