package oidcop

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/people/person"
)

// Store keeps what has to be known on every node: which codes were redeemed, and
// which of the grants made by them still hold. All times are token time.
type Store interface {
	// Redeem writes the grant of a code, the mark of the client assertion (if one
	// was used), the record of the token for 24 months (G6.7; its time is that of the
	// event) and the audit line, in one commit. The key of the grant decides
	// races: ErrRedeemed when the code was used before, on any node; ErrReplayed
	// when the assertion was.
	Redeem(ctx context.Context, g Grant, proof *Assertion, ev audit.Event) error
	// Burn makes the code of g useless after a failed exchange. When the code was
	// redeemed already, its grant is revoked, if that was before the given
	// instant: a second use so much later is theft, a sooner one a race.
	Burn(ctx context.Context, g Grant, redeemedBefore time.Time) error
	// Grant finds a grant that is neither revoked nor over; fault.NotFound.
	Grant(ctx context.Context, id string, now time.Time) (Grant, error)
	// PurgeGrants deletes grants that ended before, and reports how many.
	PurgeGrants(ctx context.Context, before, now time.Time) (int64, error)
}

// Grant is what a person's login gave to a service. It exists from the
// redemption of the code until the last token made by it has expired.
type Grant struct {
	// ID is 128 random bits, drawn with the code.
	ID      string
	Client  string
	Account string
	// Session is the public handle of the session it was made under.
	Session string
	// Correlation names the login at the door, as txn does to the service; Subject is
	// the name of the person for the service. Subject is given to Redeem alone.
	Correlation string
	Subject     string
	Scopes      string
	Level       person.Level
	RedeemedAt  time.Time
	ExpiresAt   time.Time
}

// Assertion is the proof of a client by private_key_jwt, good for one use.
// RFC 7523 3
type Assertion struct {
	Issuer, ID string
	Expires    time.Time
}

// Faults of a Store.
var (
	// ErrRedeemed: the code was redeemed or burnt before.
	ErrRedeemed = fault.New(fault.Conflict, "error.oidc.code_used").For("code_replayed")
	// ErrReplayed: the client assertion was used before.
	ErrReplayed = fault.New(fault.Conflict, "error.oidc.assertion_used").For("assertion_replayed")
)

// newID draws the key of a grant: 128 random bits.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}
