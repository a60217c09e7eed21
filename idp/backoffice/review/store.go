package review

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video"
)

// Filter narrows the queue.
type Filter struct {
	// States are those that the operator's roles look at.
	States  []enrolment.State
	Method  enrolment.Method // "" for all
	Circuit string           // "" for all
	// Skip and Limit are the page.
	Skip, Limit int
}

// Waiting is a request in the queue: nothing that says whose it is.
type Waiting struct {
	Number         enrolment.Number
	State          enrolment.State
	Method         enrolment.Method
	Circuit, Point string
	// Since is when it came into the queue.
	Since time.Time
	// By is the operator who has it now, "" for nobody; Until when it comes free again.
	By    string
	Until time.Time
}

// Taking gives a request to an operator.
type Taking struct {
	// Operator is who gets it; FiscalCode keeps their own from them.
	Operator, FiscalCode string
	Filter               Filter
	// Number is the one that is handed over; "" for the oldest that is free.
	Number enrolment.Number
	// Again takes one of the sample that somebody else approved.
	Again      bool
	Now, Until time.Time
	Event      audit.Event
}

// The refusals of a Store.
var (
	// ErrNone: nothing waits that this operator may look at.
	ErrNone = fault.New(fault.NotFound, "error.review.none").For("review_none")
	// ErrHeld: they have MostHeld already.
	ErrHeld = fault.New(fault.Conflict, "error.review.held").For("review_held").With("most", MostHeld).Offer("review.back", Path)
	// ErrNotTheirs: they identified this applicant, or it is their own request, or it does
	// not wait any more. // A16
	ErrNotTheirs = fault.New(fault.Conflict, "error.review.not_theirs").For("review_not_theirs")
)

// MostHeld is how many requests one operator has at a time: whoever took all that wait could
// choose whom to decide on. // A16
const MostHeld = 3

// Store keeps who looks at which request; idpdb implements it.
type Store interface {
	// Queue lists what waits, the oldest first, and how much it is in all.
	Queue(ctx context.Context, f Filter, now time.Time) (page []Waiting, all int, err error)
	// Mine lists what an operator has.
	Mine(ctx context.Context, operator string, now time.Time) ([]Waiting, error)
	// Take gives the oldest request that nobody has, or a named one whoever has it, to an
	// operator who had nothing to do with the applicant and is not the applicant; ErrNone,
	// ErrNotTheirs, and ErrHeld where none was named. // A16
	Take(ctx context.Context, t Taking) (enrolment.Number, error)
	// Release gives one back.
	Release(ctx context.Context, operator string, n enrolment.Number, ev audit.Event) error
	// Claimed tells who has a request at this version, "" for nobody.
	Claimed(ctx context.Context, id string, version int, now time.Time) (operator string, err error)
	// Sample puts approved requests since a time into the sample of second looks, of which
	// pick says yes; each is asked about until its time is over, and stays once it is in.
	Sample(ctx context.Context, since, now time.Time, pick func(request string) bool) error
	// Unlooked counts what waits for a second look of an operator.
	Unlooked(ctx context.Context, operator string) (int, error)
	// NoteLook stores what came of a second look, once; fault.Conflict.
	NoteLook(ctx context.Context, l Look) error
	// SessionsOf lists the video sessions of a request, the oldest first; StepsDone are the
	// steps of one.
	SessionsOf(ctx context.Context, request string) ([]video.Session, error)
	StepsDone(ctx context.Context, session string) ([]video.Done, error)
	// Known is what is known about other people with the same contacts and document.
	Known(ctx context.Context, r enrolment.Request) (screening.Known, error)
	// NoteRead writes that an operator looked, before anything is shown.
	NoteRead(ctx context.Context, ev audit.Event) error
}

// Look is what a second look at an approved request found.
type Look struct {
	Request, Looker string
	Right           bool
	Note            string
	At              time.Time
	// Messages go out with the commit.
	Messages []notify.Message
	Event    audit.Event
}

// Evidence opens what was kept; *evidence.Vault does.
type Evidence interface {
	List(ctx context.Context, request string) ([]evidence.Item, error)
	Open(ctx context.Context, id string, a evidence.Access) (evidence.Opened, error)
	OpenRecording(ctx context.Context, id string, a evidence.Access) (*evidence.Playback, error)
}
