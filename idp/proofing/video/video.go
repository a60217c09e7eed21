// Package video is the recorded video session: an operator identifies an applicant over a
// line, by a script of thirteen steps, and both are recorded. REG 8
//
// It owns the script, the rows of queue and sessions as a Store keeps them, and what an
// applicant needs before a session begins. booking is how applicants come to it, call the
// session as the applicant sees it, console as the operator does, studio the media. What a
// step of the request means is enrolment's. // I9
package video

import (
	"context"
	"embed"
	"slices"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts that booking, call and console share.
func Pages() ui.Pages { return ui.Pages{Name: "video", FS: files} }

// ConsentKey is the consent to be recorded and to the recording being kept for 20 years:
// one of its own, since a session is only one of the ways. ConsentVersion is its text's.
// REG 8
const (
	ConsentKey     = "video"
	ConsentVersion = "1"
)

// Consented tells whether the applicant agreed to the recording.
func Consented(q enrolment.Request) bool {
	return slices.ContainsFunc(q.Data.Consents, func(c enrolment.Consent) bool {
		return c.Key == ConsentKey && c.Given && c.Version == ConsentVersion
	})
}

// Agree writes the consent into a request.
func Agree(q *enrolment.Request, at time.Time) {
	q.Data.Consents = slices.DeleteFunc(q.Data.Consents, func(c enrolment.Consent) bool { return c.Key == ConsentKey })
	q.Data.Consents = append(q.Data.Consents, enrolment.Consent{Key: ConsentKey, Given: true, Version: ConsentVersion, At: at})
}

// Ready tells whether a session may begin: the documents that will be shown are uploaded
// and the contract is there. // E08
func Ready(q enrolment.Request) bool {
	missing := slices.ContainsFunc(enrolment.Pictures(), func(what enrolment.Picture) bool { return q.Data.Pictures[what] == "" })
	return q.Method == enrolment.Video && q.Data.Contract != nil && !missing
}

// The addresses that several packages lead to.
const (
	// CallPath is the session of an applicant, EventsPath what goes on in it.
	CallPath = "/enrol/video/session"
	// RoomPath is where an applicant waits.
	RoomPath = "/enrol/video/waiting"
	// MailPath is where the link in the mail leads.
	MailPath = "/enrol/video/mail"
)

// Media are the streams of a session; *studio.Studio has them.
type Media interface {
	Open(ctx context.Context, r studio.Room) error
	Join(ctx context.Context, session string, side studio.Side, offer string) (answer string, err error)
	Stats(session string) (studio.Stats, bool)
	Finish(ctx context.Context, session string, m studio.Manifest) (manifest string, recordings []string, err error)
	Abort(ctx context.Context, session, reason string) (manifest string, recordings []string, err error)
	// Recover ties together what is left of a session whose node stopped.
	Recover(ctx context.Context, r studio.Room, m studio.Manifest) (manifest.Kept, error)
	// Sessions are those under way on this node.
	Sessions() []string
}

// State is how a session stands.
type State string

// The states.
const (
	Live    State = "live"
	Ended   State = "done"    // with an identification
	Aborted State = "aborted" // without
)

// Session is one session.
type Session struct {
	ID, Request, Holder, Operator string
	State                         State
	Opened, Seen, Closed          time.Time
	// LinkAt is when the link in the mail was opened, CodeAt when the right code was said.
	LinkAt, CodeAt time.Time
	// Drawn are the random actions.
	Drawn []Drawn
	// Signs are programs that stand in for the applicant's camera. // A13
	Signs []Sign
	Evidence
}

// Evidence is what was kept of a session that ended, in whatever way.
type Evidence struct {
	Manifest string `json:"manifest"`
	// Recordings are those of applicant and operator, which begin at Begun; "" for one of
	// which nothing was kept.
	Recordings []string  `json:"recordings"`
	Begun      time.Time `json:"begun"`
	// Recovered: the node stopped, and this is what it had kept.
	Recovered bool `json:"recovered,omitempty"`
}

// Sides are who is recorded in a session, in the order of Recordings.
func Sides() []studio.Side { return []studio.Side{studio.Applicant, studio.Operator} }

// Line is a line of the chat.
type Line struct {
	N    int
	At   time.Time
	Side studio.Side
	Text string
}

// Limits of the chat: what people type in an hour, and no more.
const (
	MaxLine  = 500 // characters
	MaxLines = 300 // of a session
)

// Place is where an applicant stands in the queue.
type Place struct {
	// Before is how many are served first.
	Before int
	// Joined is when they came.
	Joined time.Time
	// Booked is the time of an appointment; zero for none.
	Booked time.Time
}

// The refusals.
var (
	// ErrNobody: nobody waits whom this operator may take.
	ErrNobody = fault.New(fault.NotFound, "error.video.nobody").For("video_nobody")
	// ErrGone: there is no such session, or it is not theirs; which is not told.
	ErrGone = fault.New(fault.NotFound, "error.video.gone").For("video_gone")
	// ErrOver: the session is over.
	ErrOver = fault.New(fault.Conflict, "error.video.over").For("video_over")
	// ErrOpen: a step of the script is open. // E08
	ErrOpen = fault.New(fault.Conflict, "error.video.open_step").For("video_open_step")
	// ErrOrder: another step is next.
	ErrOrder = fault.New(fault.Conflict, "error.video.order").For("video_order")
	// ErrDrawn: the actions were drawn before.
	ErrDrawn = fault.New(fault.Conflict, "error.video.drawn").For("video_drawn")
	// ErrWaits: who has an appointment is there.
	ErrWaits = fault.New(fault.Conflict, "error.video.waits").For("video_waits")
	// ErrFull: the chat has no room for more.
	ErrFull = fault.New(fault.TooMany, "error.video.chat_full").For("video_chat_full")
)

// Taken is an applicant whom an operator takes.
type Taken struct {
	// Step prepares the step of the request that was found; not one that the operator may
	// not take: skip tells, and the next is asked for.
	Step func(q enrolment.Request) (step enrolment.Step, skip bool, err error)
	// Session is the id of the session, Operator who takes.
	Session, Operator string
	// FiscalCode keeps their own request from them. // A16
	FiscalCode string
	Now        time.Time
	// Fresh is since when who waits must have been seen.
	Fresh time.Time
}

// Store keeps queue and sessions; idpdb implements it.
type Store interface {
	// JoinQueue puts a request into the queue, or notes that its applicant still waits. Booked
	// is the time of an appointment, which goes first.
	JoinQueue(ctx context.Context, request string, booked, now time.Time) error
	// LeaveQueue takes it out.
	LeaveQueue(ctx context.Context, request string) error
	// PlaceOf tells where a request stands among those seen since a time; false: not there.
	PlaceOf(ctx context.Context, request string, fresh time.Time) (Place, bool, error)
	// Waiting counts those seen since a time; Lasted is how long the last sessions took.
	Waiting(ctx context.Context, fresh time.Time) (int, error)
	Lasted(ctx context.Context) (time.Duration, error)
	// ForgetWaiting deletes the entries of those who were not seen since a time.
	ForgetWaiting(ctx context.Context, fresh time.Time) error
	// TakeWaiting gives the first in the queue to an operator, with the step and the session in
	// one commit: of two operators one gets them. ErrNobody.
	TakeWaiting(ctx context.Context, t Taken) (Session, error)
	// Session finds one; SessionOf the live one of a request, SessionsOf all, the oldest
	// first; ErrGone.
	Session(ctx context.Context, id string) (Session, error)
	SessionOf(ctx context.Context, request string) (Session, error)
	SessionsOf(ctx context.Context, request string) ([]Session, error)
	// LiveOf are the live sessions of an operator.
	LiveOf(ctx context.Context, operator string) ([]Session, error)
	// TouchSession notes that somebody is in a session; UnseenSessions are the live ones in which nobody
	// was since a time.
	TouchSession(ctx context.Context, id string, now time.Time) error
	UnseenSessions(ctx context.Context, since time.Time, limit int) ([]Session, error)
	// StepsDone are the steps that were done, in the order of time.
	StepsDone(ctx context.Context, id string) ([]Done, error)
	// DoStep notes a step, after exactly the ones before it; ErrOrder, ErrOver.
	DoStep(ctx context.Context, id string, d Done, ev audit.Event) error
	// KeepDrawn keeps the random actions in the place of those before; ErrOver when those are
	// others by now.
	KeepDrawn(ctx context.Context, id string, before, drawn []Drawn) error
	// KeepSigns keeps programs that stand in for a camera, beside those that were seen before.
	KeepSigns(ctx context.Context, id string, signs []Sign) error
	// AddLine adds a line to the chat; ErrOver, ErrFull. Chat lists it.
	AddLine(ctx context.Context, id string, l Line) error
	Chat(ctx context.Context, id string) ([]Line, error)
	// KeepLink keeps the MAC of the secret in a mail and queues the mail; SessionByLink finds the live
	// session of a link and says whether it was opened; OpenLink notes that it was.
	KeepLink(ctx context.Context, id string, mac []byte, m notify.Message, ev audit.Event) error
	SessionByLink(ctx context.Context, mac []byte) (Session, error)
	OpenLink(ctx context.Context, id string, now time.Time, ev audit.Event) error
	// TryCode compares a typed code, and notes in the session that it was right.
	TryCode(ctx context.Context, t apply.CodeTry, session string) (secondfactor.Outcome, int, error)
	// LooseSessions are those that ended before a time and of which recordings are kept that
	// nothing ties to them: their node stopped.
	LooseSessions(ctx context.Context, before time.Time, limit int) ([]Session, error)
	// KeepRecordings notes the evidence of a session that ended.
	KeepRecordings(ctx context.Context, id string, e Evidence) error
}
