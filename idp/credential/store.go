package credential

import (
	"context"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
)

// Store is what this package needs of the database; idpdb implements it. Every
// method that counts something and checks something does both in one
// transaction, so that parallel tries on several nodes cannot slip through.
type Store interface {
	// Password finds the identity of a User ID and its password hash in one
	// statement. Both are empty when there is none: no error tells the two apart.
	Password(ctx context.Context, userID string) (identity, phc string, err error)
	// Rehash replaces the hash that was compared, made with older parameters; when another
	// password is there meanwhile nothing changes.
	Rehash(ctx context.Context, identity, old, phc string) error
	// Standing reads the stored arrival times of the buckets, in their order.
	Standing(ctx context.Context, buckets []ratelimit.Bucket) ([]time.Time, error)
	// Charge counts one failure in each bucket; a full bucket stays as it is.
	Charge(ctx context.Context, buckets []ratelimit.Bucket, now time.Time) error
	// TryTOTP charges the buckets, shows the identity's key to verify, and marks
	// the time step that it returns as used on all nodes. Right codes are not
	// charged.
	TryTOTP(ctx context.Context, t CodeTry, verify func(key []byte) (step int64, ok bool)) (Verdict, error)
	// TrySMS does the same with the code sent for this login.
	TrySMS(ctx context.Context, t CodeTry, digest []byte) (Verdict, error)
	// SendSMS takes from the caps, replaces the code of this login and queues
	// the message. A positive wait means that nothing was sent.
	SendSMS(ctx context.Context, s Sending) (wait time.Duration, err error)
	// SMSSent tells when the last code of this login was sent; zero when none.
	SMSSent(ctx context.Context, flow string) (time.Time, error)
}

// CodeTry is one typed code of a second factor.
type CodeTry struct {
	Flow     string
	Identity string
	// Second and Request are charged, in this order.
	Second  ratelimit.Bucket
	Request ratelimit.Bucket
	At      time.Time
	// Audit is written when the code is right.
	Audit audit.Event
}

// Sending is one code on its way.
type Sending struct {
	Flow     string
	Identity string
	// Digest is the MAC of the code, bound to the login; the code itself is only
	// in the message.
	Digest  []byte
	Message notify.Message
	At      time.Time
	Expires time.Time
	// Pause is the shortest time since the last code of this login.
	Pause time.Duration
	Caps  []ratelimit.Bucket
	// Audit is written with the message.
	Audit audit.Event
}

// Verdict is the answer to a try.
type Verdict struct {
	Outcome secondfactor.Outcome
	// Identity whose password was right; only for Right.
	Identity string
	// Left is how many tries this login still has.
	Left int
	// Wait, for Waiting, is the time until the next try; Again, when Left is 0, the time until
	// this login had one again.
	Wait, Again time.Duration
}
