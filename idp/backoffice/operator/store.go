package operator

import (
	"context"
	"time"

	"atrio/authn/passkey"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/web"
)

// Key is a key of an operator.
type Key struct {
	ID, Operator, Label string
	Key                 passkey.Key
	// Added is when it was made, Used when it last answered; zero before.
	Added, Used time.Time
}

// Invitation lets an operator make a key.
type Invitation struct {
	Operator Operator
	// Link is the MAC of the secret in the mailed link, which ends at Until.
	Link  []byte
	Until time.Time
	Mail  notify.Message
	Event audit.Event
}

// Addition is a new key.
type Addition struct {
	Key Key
	// Link uses up the invitation that it was made by; nil for one who is signed in.
	Link  []byte
	Mail  notify.Message
	Event audit.Event
}

// Use is an answer of a key.
type Use struct {
	Operator, Key string
	Count         uint32
	// Challenge is used up; its mark is kept until Until.
	Challenge string
	Until, At time.Time
}

// Entry opens a session by an answer of a key.
type Entry struct {
	Use     Use
	Session web.Session
	// Replaces is the handle of the session that it stands in for, or "".
	Replaces string
	Event    audit.Event
}

// Standing is what the database knows of somebody who is or was an operator.
type Standing struct {
	ID, Name, Email string
	Keys            int
	// Invited is when the open invitation ends, zero without one.
	Invited time.Time
}

// The refusals of a Store.
var (
	// ErrLink: the invitation was used, is over or was replaced by a later one.
	ErrLink = fault.New(fault.Gone, "error.operator.link").For("operator_link")
	// ErrKnown: somebody has this key already.
	ErrKnown = fault.New(fault.Conflict, "error.operator.key_known").For("operator_key_known")
	// ErrTooMany: one operator has no more than MostKeys.
	ErrTooMany = fault.New(fault.Conflict, "error.operator.too_many").For("operator_keys")
	// ErrLastKey: without it nobody could sign in.
	ErrLastKey = fault.New(fault.Conflict, "error.operator.last_key").For("operator_last_key")
	// ErrAnswered: the answer of the key was taken before.
	ErrAnswered = fault.New(fault.Conflict, "error.operator.answered").For("operator_answered")
	// ErrCopied: the counter of the key did not grow. // WebAuthn 7.2
	ErrCopied = fault.New(fault.Denied, "error.operator.copied").For("operator_key_copied")
)

// MostKeys is how many keys one operator has.
const MostKeys = 5

// Store keeps keys, invitations and sessions of operators; idpdb implements it.
type Store interface {
	// InviteOperator stores an invitation in place of the one before, with its mail.
	InviteOperator(ctx context.Context, i Invitation) error
	// InvitedOperator gives whom an open invitation is for; ErrLink.
	InvitedOperator(ctx context.Context, link []byte, now time.Time) (id string, err error)
	// OperatorKeys are the keys of an operator, the oldest first.
	OperatorKeys(ctx context.Context, id string) ([]Key, error)
	// AddOperatorKey stores a key; ErrLink, ErrKnown, ErrTooMany.
	AddOperatorKey(ctx context.Context, a Addition) error
	// RemoveOperatorKey removes one of several; ErrLastKey, fault.NotFound.
	RemoveOperatorKey(ctx context.Context, id, key string, mail notify.Message, ev audit.Event) error
	// EnterOperator notes the use of a key and opens the session; ErrAnswered, ErrCopied.
	EnterOperator(ctx context.Context, e Entry) error
	// RevokeOperator ends keys, invitations and sessions.
	RevokeOperator(ctx context.Context, id string, ev audit.Event) error
	// Operators is everybody who was ever invited.
	Operators(ctx context.Context, now time.Time) ([]Standing, error)
}
