package secondfactor

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
)

// Times of suspensions and resets. // G4.6
const (
	// SuspendedFor is how long second factors are not asked for after a suspension.
	SuspendedFor = 24 * time.Hour
	// ResetAfter is how long a reset waits, so that its owner can stop it, and ResetFor
	// how long it can be finished then.
	ResetAfter = 72 * time.Hour
	ResetFor   = 72 * time.Hour
	// ResetFrom is how long what the password was reset with is no proof.
	ResetFrom = 7 * 24 * time.Hour
)

// Suspension is a change of what is asked for.
type Suspension struct {
	AccountID string
	// Until is when it ends; zero lifts it.
	Until time.Time
	Event audit.Event
	Tell  Tell
}

// Reset is a wish to have all second factors removed.
type Reset struct {
	ID, AccountID     string
	Asked, Ripe, Ends time.Time
	// Told is when the link that finishes it was sent; zero before.
	Told time.Time
	// AtDesk: the help desk was asked for it and has checked who the person is.
	AtDesk bool
}

// Ready tells whether it may be finished.
func (r Reset) Ready(now time.Time) bool { return !now.Before(r.Ripe) && now.Before(r.Ends) }

// ErrOnlyMailbox: the password came by mail a few days ago, and so did the link.
var ErrOnlyMailbox = fault.New(fault.Denied, "error.secondfactor.only_mailbox").For("only_mailbox")

// ErrNoReset: there is none, it was stopped, finished, or is over.
var ErrNoReset = fault.New(fault.Gone, "error.secondfactor.no_reset").For("no_reset")

// Suspensions keeps suspensions and resets. Each change is one commit with its audit
// line and its messages.
type Suspensions interface {
	// SuspendedUntil is when the suspension of an account ends; zero without one.
	SuspendedUntil(ctx context.Context, accountID string, now time.Time) (time.Time, error)
	Suspend(ctx context.Context, s Suspension) error
	// StartReset begins a reset; fault.Conflict when one is under way.
	StartReset(ctx context.Context, r Reset, ev audit.Event, tell TellAll) error
	// ResetOf is the reset of an account, ResetByID that of an id; ErrNoReset without one
	// that is under way.
	ResetOf(ctx context.Context, accountID string, now time.Time) (Reset, error)
	ResetByID(ctx context.Context, id string, now time.Time) (Reset, error)
	// RipeResets are those that nobody was told of yet; TellReset tells, once on all nodes.
	RipeResets(ctx context.Context, now time.Time) ([]Reset, error)
	TellReset(ctx context.Context, r Reset, now time.Time, tell Tell) error
	// StopReset ends a reset without any change.
	StopReset(ctx context.Context, r Reset, ev audit.Event, tell Tell) error
	// FinishReset removes all second factors and ends the sessions but one.
	FinishReset(ctx context.Context, r Reset, session string, now time.Time, ev audit.Event, tell Tell) error
}

// TellAll writes the messages to every contact of an account: its address and the
// numbers that codes went to.
type TellAll func(a account.Account, numbers []string) []notify.Message
