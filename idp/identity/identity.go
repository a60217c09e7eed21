// Package identity holds the digital identity of SPID: the holder's attributes,
// the spidCode, the state and the levels that its credentials reach.
//
// It is pure: no pages and no SQL. Package credential checks the credentials,
// package samlsso sends the attributes out, package idpdb stores all of it. How
// an identity comes to be (the request and the proofing) is not here: in this
// issue identities are seeded, see Seed.
package identity

import (
	"context"
	"time"

	"atrio/base/fault"
)

// State is the state of an identity. Only an Active one can sign in.
type State string

// The states. A suspension can be lifted, a revocation cannot.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Revoked   State = "revoked"
)

// Known reports whether s is one of the states.
func (s State) Known() bool { return s == Active || s == Suspended || s == Revoked }

// Identity is one digital identity with what its holder can prove it by.
type Identity struct {
	// ID is the internal reference: random, never shown, never sent to a service.
	ID       string
	SPIDCode SPIDCode
	// UserID is what the holder types to sign in: the e-mail address in the form
	// that Login gives it.
	UserID  string
	Holder  Holder
	State   State
	StateAt time.Time
	// Cause is why it is suspended or revoked, "" while it is active and in rows of before.
	Cause Cause
	// Version grows with every event of its life: two at once do not overwrite each other.
	Version int
	// Language is the one the holder is written to in, Notices how they are told of each use.
	Language string
	Notices  Notices
	// CreatedAt and ExpiresAt bound the life of the identity.
	CreatedAt time.Time
	ExpiresAt time.Time
	Factors   Factors
	// PasswordAt is when the password was chosen; zero without one.
	PasswordAt time.Time
}

// Notices are the ways by which a holder is told of each use. REG 18
type Notices struct{ Mail, SMS bool }

// Factors says which credentials the identity has, without their secrets.
type Factors struct {
	Password bool
	TOTP     bool
	// SMS is true when the mobile number of the holder was confirmed.
	SMS bool
	// App is true when a telephone is bound whose key signs.
	App bool
	// Card is true when the holder's card may prove level 3.
	Card bool
}

// Level is the highest SPID level that the factors reach: 0 for none, 1 for a
// password, 2 for a password with a one-time code or the app, 3 for who has a card beside
// them: a card that is lost leaves level 2 to be proved by.
func (f Factors) Level() int {
	switch {
	case !f.Password:
		return 0
	case !f.TOTP && !f.SMS && !f.App:
		return 1
	case f.Card:
		return 3
	}
	return 2
}

// Blocked tells why the identity cannot be used at now: suspended, revoked, or
// past its expiry. Empty when it can be used.
func (i *Identity) Blocked(now time.Time) string {
	switch {
	case i.State != Active:
		return string(i.State)
	case !i.ExpiresAt.IsZero() && !now.Before(i.ExpiresAt):
		return "expired"
	}
	return ""
}

// ErrUnknown says that no identity has this reference. It is never shown to a
// person who has not signed in: the answer to an unknown User ID is the answer
// to a wrong password.
var ErrUnknown = fault.New(fault.NotFound, "error.idp.identity_unknown")

// ErrExists says that the User ID or the spidCode of a new identity is taken.
var ErrExists = fault.New(fault.Conflict, "error.idp.identity_exists")

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// Identity returns the identity with this internal reference, or ErrUnknown.
	Identity(ctx context.Context, id string) (*Identity, error)
	// Exists tells whether an identity has this User ID or this spidCode.
	Exists(ctx context.Context, userID string, code SPIDCode) (bool, error)
	// Create stores a new identity with its secrets. A spidCode or User ID that
	// is already taken gives ErrExists.
	Create(ctx context.Context, i *Identity, s Secrets) error
	// SetState changes the state. Unknown references give ErrUnknown.
	SetState(ctx context.Context, id string, to State, at time.Time) error
}

// Secrets are the secrets of a new identity, ready for the store.
type Secrets struct {
	// PasswordHash is a PHC string; empty when there is no password.
	PasswordHash string
	// TOTPKey is the raw shared key; empty when there is no app.
	TOTPKey []byte
	// Question is the key of the security question, AnswerHash a PHC string; empty when the
	// request has them.
	Question, AnswerHash string
}
