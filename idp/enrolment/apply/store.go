package apply

import (
	"context"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
)

// Hasher compares and hashes at a bounded rate; authn/password has one.
type Hasher interface {
	Hash(ctx context.Context, password string) (phc string, err error)
	Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error)
	VerifyDummy(ctx context.Context, password string) error
}

// People tells who can sign in; the store of credentials does.
type People interface {
	// Password finds who has a User ID, holder or applicant, in one statement; "" when
	// nobody has.
	Password(ctx context.Context, userID string) (id, phc string, err error)
}

// Store is what this package needs beside enrolment.Store.
type Store interface {
	// OpeningPassword is the password of a request whose mailbox is not confirmed yet;
	// "" when there is none.
	OpeningPassword(ctx context.Context, request string) (phc string, err error)
	// UseWork uses a challenge up, once on all nodes: fault.Conflict the second time.
	UseWork(ctx context.Context, id string, until time.Time) error
	// QueueMail queues a message with its audit line.
	QueueMail(ctx context.Context, m notify.Message, ev audit.Event) error
}

// Purpose is what a code is good for; one of another purpose fits nowhere else. // E24
type Purpose string

// Registration confirms the number of a request.
const Registration Purpose = "registration"

// Codes keeps the last code of a request for each purpose. Every method that counts and
// checks does both in one transaction. // A01
type Codes interface {
	// SendRequestCode takes from the caps, replaces the code and queues the message. A
	// positive wait means that nothing was sent.
	SendRequestCode(ctx context.Context, s Sending) (wait time.Duration, err error)
	// RequestCodeSent tells when the last code was sent; zero when none was.
	RequestCodeSent(ctx context.Context, request string, p Purpose) (time.Time, error)
	// TryRequestCode counts the try, compares, and with the right code marks it as used
	// and saves the step, all in one commit: of fifty right codes at once one is right.
	TryRequestCode(ctx context.Context, t CodeTry, step enrolment.Step) (CodeVerdict, error)
}

// Sending is a code on its way.
type Sending struct {
	Request string
	Purpose Purpose
	// Digest is the MAC of the code; the code is in the message alone.
	Digest  []byte
	At      time.Time
	Expires time.Time
	// Pause is the shortest time since the code before.
	Pause   time.Duration
	Caps    []ratelimit.Bucket
	Message notify.Message
	Audit   audit.Event
}

// CodeTry is a typed code.
type CodeTry struct {
	Request string
	Purpose Purpose
	Digest  []byte
	At      time.Time
	// Tries is how many a code has.
	Tries int
}

// CodeVerdict is the answer to a try: Right, Wrong, or Stale for a code that is used, too
// old, tried too often, or was never sent.
type CodeVerdict struct {
	Outcome secondfactor.Outcome
	// Left is how many tries the code still has.
	Left int
}
