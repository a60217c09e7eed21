package enrolment

import (
	"maps"
	"slices"
	"strings"
	"time"

	"atrio/base/fault"
)

// Request is one person's request for an identity.
type Request struct {
	// ID is the internal reference: random, in no page.
	ID string
	// Holder is whose request it is: the subject of the applicant's sessions, and the
	// internal reference of the identity that comes of it.
	Holder string
	// Regains is the identity that the request gives back to its holder, who is identified
	// anew; "" for a request of a new one. // I12
	Regains string
	// Number is how people name the request, at a desk or to the help desk.
	Number Number
	State  State
	Method Method
	// Circuit is the partner whose Points are chosen, Point the one of the appointment.
	Circuit, Point string
	// Version grows with every step: two tabs, or two operators, do not overwrite each other.
	Version int
	// Opened is when it was made, Changed when it last went on.
	Opened, Changed time.Time
	// Collector is the operator who identified the applicant, "" before.
	Collector string
	// Data is what the applicant said and what was shown; stored sealed.
	Data Data
}

// Author is who takes a step.
type Author struct {
	Role Role
	// ID is the holder or the operator; "" for a job.
	ID string
}

// Event is one step that was taken. Events are never changed.
type Event struct {
	Request string
	// N is the version of the request that it made.
	N        int
	At       time.Time
	Act      Act
	From, To State
	By       Author
	// Reason is what the author said; shown to the applicant.
	Reason string
	// Evidence are the references of what was kept with it.
	Evidence []string
}

// Change is a step to take.
type Change struct {
	Act      Act
	By       Author
	At       time.Time
	Reason   string
	Evidence []string
	// Edit changes the data with the step; nil leaves them.
	Edit func(*Request)
}

// The refusals of Do.
var (
	// ErrState: the request does not stand where this step begins; it may have gone on
	// in another tab, or at another desk.
	ErrState = fault.New(fault.Conflict, "error.enrolment.state").For("enrolment_state")
	// ErrOwnCheck: who identified does not decide. // A16
	ErrOwnCheck = fault.New(fault.Denied, "error.enrolment.own_check").For("enrolment_own_check")
	// ErrMissing: something that the step needs is not there yet.
	ErrMissing = fault.New(fault.Conflict, "error.enrolment.missing").For("enrolment_missing")
	// ErrReason: why has to be said.
	ErrReason = fault.New(fault.Invalid, "error.enrolment.reason").For("enrolment_reason")
)

// Do takes a step: it gives the request as it stands afterwards and the event, to be
// stored in one commit. The request itself is left alone.
func (r Request) Do(c Change) (Request, Event, error) {
	line, ok := r.line(c.Act, c.By.Role)
	switch {
	case !ok:
		return r, Event{}, ErrState
	case line.Reason && strings.TrimSpace(c.Reason) == "":
		return r, Event{}, ErrReason
	case c.By.Role != System && c.By.ID == "":
		return r, Event{}, ErrState
	case c.By.Role == Applicant && c.By.ID != r.Holder:
		return r, Event{}, ErrState
	case (c.By.Role == Approver || c.By.Role == Fraud) && c.By.ID == r.Collector:
		return r, Event{}, ErrOwnCheck
	}
	after := r.clone()
	if c.Edit != nil {
		c.Edit(&after)
	}
	// An edit changes data, never whose request it is or how far it has come.
	after.ID, after.Holder, after.Regains, after.Number, after.Opened = r.ID, r.Holder, r.Regains, r.Number, r.Opened
	after.State, after.Version, after.Changed = r.State, r.Version+1, c.At
	after.settle(r, c)
	if !after.complete(c.Act) {
		return r, Event{}, ErrMissing
	}
	after.State = line.next(after)
	after.forget()
	return after, Event{
		Request: r.ID, N: after.Version, At: c.At, Act: c.Act, From: r.State, To: after.State, By: c.By, Reason: c.Reason,
		Evidence: slices.Clone(c.Evidence),
	}, nil
}

// identifiedAnew tells whether the applicant is identified after what was asked for again:
// because it changes what was signed, or because they never were.
func (r Request) identifiedAnew() bool {
	if r.stands() {
		return false
	}
	return r.Method == RAO || r.Data.Identified.IsZero() || slices.ContainsFunc(r.Data.Wanted, func(item Item) bool { return item.What != WantedPictures })
}

// stands tells whether what identified the applicant stays good whatever else is asked for
// again: a token is another's paper, was accepted, and nobody can use it twice. // I14
func (r Request) stands() bool {
	return r.Method == RAO && r.State == Resubmission && !r.Data.Identified.IsZero() && r.Data.Verdict != nil &&
		!slices.ContainsFunc(r.Data.Wanted, func(item Item) bool { return item.What == WantedIdentification })
}

// settle keeps what goes with an act true, whatever the edit did.
func (r *Request) settle(before Request, c Change) {
	switch c.Act {
	case Identify:
		r.Data.Identified = c.At
		if c.By.Role == Collector {
			r.Collector = c.By.ID
		}
	case Return, Abort:
		r.Data.Booking, r.Data.Verdict = nil, nil
		// A token is another's paper, and a line falls by itself: what the applicant signed stands.
		if r.Method != RAO && (r.Method != Video || c.By.Role != System) {
			r.unsign()
		}
	case Suspect:
		if c.By.Role == Collector {
			r.Collector = c.By.ID // who suspects does not decide either
		}
	case ChangeMethod:
		r.Point, r.Data.Booking, r.Data.Contract = "", nil, nil
		r.unsign()
	case AddPictures:
		if c.By.Role == Applicant {
			r.Data.Checks, r.Data.CheckedBy = nil, "" // the Point saw others
		}
	case CancelBooking, NoShow:
		r.Point, r.Data.Booking = "", nil
	case ComeBack:
		r.Point, r.Data.Booking = "", nil
		r.unsign()
	case SavePerson, SaveDocuments:
		if !r.Data.says(before.Data) { // what was frozen says something else
			r.Data.Contract = nil
			r.reopen()
		}
	case FreezeContract:
		r.reopen() // another one than was signed
	case Resubmit:
		if r.Method == RAO && r.identifiedAnew() {
			r.Data.Verdict = nil // another token is brought
		}
	}
}

// reopen forgets what was about another contract. An identification that stays good is
// compared with this one, once it is signed.
func (r *Request) reopen() {
	if !r.stands() {
		r.unsign()
		return
	}
	r.Data.Signed, r.Data.Verdict.Stale = nil, true
}

// unsign forgets that somebody was seen and signed: both are for one contract.
func (r *Request) unsign() {
	r.Data.Identified, r.Data.Checks, r.Data.CheckedBy, r.Data.Signed, r.Data.Verdict = time.Time{}, nil, "", nil, nil
}

// complete tells whether there is what an act needs.
func (r *Request) complete(act Act) bool {
	switch act {
	case FreezeContract, Submit:
		return r.Data.Contract != nil
	case Sign: // who signs with a key signs the document itself, who comes to a Point signs there
		return r.Data.SignedNow() && (r.Method == CNS || r.Method == Video || r.Method == Chip || r.Method == RAO)
	case ReadChip, Deposit:
		return r.Data.Verdict != nil
	case Identify: // at a Point and in a session people see, elsewhere there is a verdict
		return r.Data.SignedNow() && (r.Method == Point || r.Method == Video || r.Data.Verdict != nil)
	case AddPictures: // after the identification only those that were asked for again
		return r.Data.Identified.IsZero() || r.Data.asks(WantedPictures, WantedDocument)
	case Approve:
		return !r.Data.Identified.IsZero() && r.Data.SignedNow() && !r.stale()
	case Resubmit:
		return r.Data.Contract != nil && len(r.Data.Missing()) == 0 && (!r.stands() || r.Data.SignedNow() && !r.stale())
	}
	return true
}

func (r *Request) stale() bool { return r.Data.Verdict != nil && r.Data.Verdict.Stale }

// forget drops what a new state makes untrue: who goes back before the identification is
// identified anew, and what was asked for again is there.
func (r *Request) forget() {
	switch r.State {
	case OperatorCheck, FraudReview, Resubmission, Activated, Rejected:
	default:
		r.Collector, r.Data.Identified = "", time.Time{}
	}
	if r.State != Resubmission {
		r.Data.Wanted = nil
	}
}

// clone copies what an edit may change in place.
func (r Request) clone() Request {
	d := &r.Data
	d.Consents, d.Wanted = slices.Clone(d.Consents), slices.Clone(d.Wanted)
	d.Pictures = clonePictures(d.Pictures)
	if d.Contract != nil {
		c := *d.Contract
		d.Contract = &c
	}
	if d.Booking != nil {
		b := *d.Booking
		d.Booking = &b
	}
	d.Checks = maps.Clone(d.Checks)
	if d.Signed != nil {
		s := *d.Signed
		d.Signed = &s
	}
	if d.Verdict != nil {
		v := *d.Verdict
		v.Evidence, v.Facts, v.Doubts = slices.Clone(v.Evidence), slices.Clone(v.Facts), slices.Clone(v.Doubts)
		d.Verdict = &v
	}
	return r
}

// May tells whether a role may take an act now, for pages that offer it.
func (r Request) May(act Act, by Role) bool {
	_, ok := r.line(act, by)
	return ok
}

// LapseDays is how long a request may stand still.
const LapseDays = 30

// Waits bounds how long a request may stand still before it lapses: a day for a mailbox
// that nobody confirms, thirty days else; what waits for operators does not lapse by
// their slowness, an appointment not before its day.
func (r Request) Waits() time.Time {
	const day = 24 * time.Hour
	switch {
	case r.State == MailPending:
		return r.Changed.Add(day)
	case r.State == OperatorCheck, r.State == FraudReview, r.State.Final():
		return time.Time{}
	case r.Data.Booking != nil:
		return r.Data.Booking.At.Add(LapseDays * day)
	}
	return r.Changed.Add(LapseDays * day)
}
