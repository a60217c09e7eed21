package enrolment

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/identity"
	"atrio/idp/life"
)

// ErrTaken: the User ID belongs to somebody who confirmed it. It is told by mail to the
// mailbox alone. // A02
var ErrTaken = fault.New(fault.Conflict, "error.enrolment.taken").For("enrolment_taken")

// ErrGone: there is no such request, or not any more.
var ErrGone = fault.New(fault.Gone, "error.enrolment.gone").For("enrolment_gone")

// ErrFull: somebody else was faster with the appointment.
var ErrFull = fault.New(fault.Conflict, "error.enrolment.full").For("enrolment_full")

// Opening is a new request that waits for its mailbox to be confirmed.
type Opening struct {
	Request Request
	// Password is the PHC string of the applicant's password.
	Password string
	// Link is the MAC of the secret in the mailed link, which ends at Until.
	Link  []byte
	Until time.Time
	Mail  notify.Message
	Audit audit.Event
}

// Step is a change to be stored: the request after it, its event, and what goes with it
// in the same commit.
type Step struct {
	After Request
	Event Event
	// Messages go out with the commit.
	Messages []notify.Message
	// Stop lets whoever is told of an approval stop the identity; nil for none. // A29
	Stop *StopLink
	// Identity is what an approval makes.
	Identity *identity.Identity
	// Regain is what an approval changes of the identity that a request gives back, in place
	// of Identity. // I12
	Regain *life.Step
	// Audit is completed by the store with the act, the states and whose request it is.
	Audit audit.Event
}

// StopLink is the MAC of the secret in a link that stops an identity until a time.
type StopLink struct {
	MAC   []byte
	Until time.Time
}

// Store keeps requests; idpdb implements it.
type Store interface {
	// Open stores a new request and queues its mail. Requests whose mailbox is not
	// confirmed do not exclude each other: whoever reads the mail decides.
	Open(ctx context.Context, o Opening) error
	// ByLink finds the request that a mailed link confirms, confirmed or not; ErrGone
	// when there is none or its time is over.
	ByLink(ctx context.Context, link []byte, now time.Time) (Request, error)
	// Request finds one by its reference, RequestOf the latest of an applicant,
	// RequestByNumber the one that people name; ErrGone when there is none.
	Request(ctx context.Context, id string) (Request, error)
	RequestOf(ctx context.Context, holder string) (Request, error)
	RequestByNumber(ctx context.Context, n Number) (Request, error)
	// Save stores a step over the version before it; ErrState when the stored version is
	// another. ConfirmMail makes the applicant, who can sign in from then on: ErrTaken
	// when somebody has the User ID. Withdraw and Lapse give mailbox and telephone free
	// at once. Approve makes the identity; identity.ErrExists when the person has one.
	Save(ctx context.Context, s Step) error
	// DueToLapse lists requests that nobody carried on, the oldest first.
	DueToLapse(ctx context.Context, now time.Time, limit int) ([]Request, error)
	// Events lists the steps of a request, the first one first.
	Events(ctx context.Context, id string) ([]Event, error)
}
