package account

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"atrio/people/person"
)

// State says whether an account may be entered.
type State string

// The states. A frozen account keeps its data and opens nothing; the help desk
// decides about it. A closed one was closed by its holder and opens nothing either;
// after ClosedFor it is erased, and only its Codice Persona stays taken.
const (
	Active State = "active"
	Frozen State = "frozen"
	Closed State = "closed"
	Erased State = "erased"
	// Merged accounts live on in another one; their Codice Persona is an alias of it.
	Merged State = "merged"
)

// Account is one person at this institution.
type Account struct {
	// ID is the inner key: random, never shown, never reused.
	ID string
	// Code is the Codice Persona, the public name of the account.
	Code Code
	// State says whether the account may be entered.
	State State
	// GivenName and FamilyName are shown in pages and mails.
	GivenName, FamilyName string
	// ChosenName is how the person wants to be called; empty when they chose none. // G3.9
	ChosenName string
	// Email is the confirmed address for messages.
	Email string
	// Language is "it" or "en": the language of mails.
	Language string
	// FiscalCode is the verified codice fiscale, empty when no door proved one.
	// A declared one is an attribute and never stands here. // G3.8
	FiscalCode person.FiscalCode
	CreatedAt  time.Time
	// PasswordAt is when the password was chosen; zero when there is none.
	PasswordAt time.Time
}

// Name is the full name as shown to the person.
func (a Account) Name() string {
	switch {
	case a.GivenName == "":
		return a.FamilyName
	case a.FamilyName == "":
		return a.GivenName
	}
	return a.GivenName + " " + a.FamilyName
}

// Called is how pages and mails call the person: by the chosen name, where there is one.
// Acts, and services that do not ask for it, use Name. // G3.9
func (a Account) Called() string {
	if a.ChosenName != "" {
		return a.ChosenName
	}
	return a.Name()
}

// NewID makes the inner key of a new account or identity: 128 random bits.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// Identity is one road by which a person has entered: door, issuer and the
// subject that the issuer gave. The three together are unique. // ASVS 6.8.1
type Identity struct {
	ID        string
	AccountID string
	Door      person.Door
	Issuer    string
	Subject   string
	LinkedAt  time.Time
	LastUsed  time.Time
}
