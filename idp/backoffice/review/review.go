// Package review is where operators decide on requests: the queue, which shows no names
// and hands out the oldest, the page with data beside pictures, and the decision.
//
// Who takes a request is drawn by the queue and not chosen; who identified the applicant
// never gets it, nor does the applicant. Whoever opens it is written down first. A
// decision is taken with the key in hand, for one version of the request: of two operators
// one decides. What a step means is enrolment's. // A16, A17, I11, ETSI TS 119 461
package review

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/activation"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "review", FS: files} }

// Addresses of the queue; the first one stands in the navigation of operators.
const (
	Path          = operator.QueuePath
	nextPath      = Path + "/next"
	handPath      = Path + "/hand-over"
	releasePath   = Path + "/release"
	requestPath   = "/operator/request/"
	evidencePath  = "/evidence/"
	filmPath      = "/film/"
	recordingPath = "/recording/"
	decidePath    = "/decide"
	lookPath      = "/operator/second-look"
	lookNextPath  = lookPath + "/next"
)

// held is how long a request stays with who took it.
const held = 2 * time.Hour

// Activation makes identities; *activation.Activation does.
type Activation interface {
	Identity(ctx context.Context, r enrolment.Request, now time.Time) (*identity.Identity, error)
	Notices(ctx context.Context, r enrolment.Request, i *identity.Identity) ([]notify.Message, *enrolment.StopLink, error)
	Warnings(ctx context.Context, r enrolment.Request) ([]notify.Message, error)
	// Regain gives back the identity of a request, by the operator who approves. // I12
	Regain(ctx context.Context, r enrolment.Request, operator string, line audit.Event) (activation.Regained, error)
}

// Review serves the pages.
type Review struct {
	Desk       *operator.Desk
	Store      Store
	Requests   enrolment.Store
	Evidence   Evidence
	Activation Activation
	Places     screening.Places
	// Source says who has died; nil: nobody is asked. // A40
	Source screening.Source
	// Service is what mails call the provider, by language.
	Service func(lang string) string
	// CircuitName and PointName give what people call them.
	CircuitName, PointName func(id string) string
	// Circuits are the partners, for the filter.
	Circuits []string
	Limiter  *ratelimit.Limiter
}

// pace bounds how many applicants one operator sees: far more than anybody can check. // A16
var pace = ratelimit.Limit{Name: "operator.take", Burst: 40, Per: time.Hour}

// Mount gives the pages their addresses.
func (v *Review) Mount(m *web.Mux) {
	deciders := v.Desk.Staff(operator.Approver, operator.Fraud)
	m.Get(Path, v.queue, v.Desk.Staff(operator.Approver, operator.Fraud, operator.Supervisor))
	m.Post(nextPath, v.next, deciders, v.Desk.Limit)
	m.Post(handPath, v.handOver, v.Desk.Staff(operator.Supervisor), v.Desk.Limit)
	m.Post(releasePath, v.release, deciders, v.Desk.Limit)
	m.Get(requestPath+"{number}", v.show, deciders)
	m.Get(requestPath+"{number}"+evidencePath+"{item}", v.exhibit, deciders)
	m.Get(requestPath+"{number}"+filmPath+"{recording}", v.film, deciders)
	m.Get(requestPath+"{number}"+recordingPath+"{item}", v.recording, deciders)
	m.Post(requestPath+"{number}"+decidePath, v.decide, deciders, v.Desk.Limit)
	approvers := v.Desk.Staff(operator.Approver)
	m.Post(lookNextPath, v.nextLook, approvers, v.Desk.Limit)
	m.Get(lookPath+"/{number}", v.showLook, approvers)
	m.Get(lookPath+"/{number}"+evidencePath+"{item}", v.exhibitLook, approvers)
	m.Get(lookPath+"/{number}"+filmPath+"{recording}", v.filmLook, approvers)
	m.Get(lookPath+"/{number}"+recordingPath+"{item}", v.recordingLook, approvers)
	m.Post(lookPath+"/{number}", v.look, approvers, v.Desk.Limit)
}

// pathOf is the page of a request.
func pathOf(n enrolment.Number) string { return requestPath + string(n) }

// statesOf are what an operator's roles look at.
func statesOf(o operator.Operator) (list []enrolment.State) {
	if o.Has(operator.Approver, operator.Supervisor) {
		list = append(list, enrolment.OperatorCheck)
	}
	if o.Has(operator.Fraud, operator.Supervisor) {
		list = append(list, enrolment.FraudReview)
	}
	return list
}

// decides tells whether an operator decides in a state: a supervisor alone does not.
func decides(o operator.Operator, in enrolment.State) bool {
	return in == enrolment.OperatorCheck && o.Has(operator.Approver) || in == enrolment.FraudReview && o.Has(operator.Fraud)
}

// The refusals of a page.
var (
	// ErrOwn: nobody handles their own request. // A16
	ErrOwn = fault.New(fault.Denied, "error.review.own").For("review_own").Offer("review.back", Path)
	// ErrMoved: somebody else decided, or the applicant went on, while the page was open. // A07
	ErrMoved = fault.New(fault.Conflict, "error.review.moved").For("review_moved").Offer("review.back", Path)
	// ErrNotTaken: the request is with somebody else, or with nobody.
	ErrNotTaken = fault.New(fault.Denied, "error.review.not_taken").For("review_not_taken").Offer("review.back", Path)
)

// taken gives the request of an address, when the operator has it and may decide on it.
func (v *Review) taken(r *http.Request) (who operator.Operator, request enrolment.Request, err error) {
	return v.has(r, decides)
}

// has gives the request of an address, when the operator has it and does in its state what
// the page is for.
func (v *Review) has(r *http.Request, does func(operator.Operator, enrolment.State) bool) (who operator.Operator, request enrolment.Request, err error) {
	who, _ = v.Desk.Who(r)
	n, ok := enrolment.ParseNumber(r.PathValue("number"))
	if !ok {
		return who, request, fault.New(fault.NotFound, "error.review.unknown").For("review_unknown").Offer("review.back", Path)
	}
	if request, err = v.Requests.RequestByNumber(r.Context(), n); err != nil {
		return who, request, fault.From(err).Offer("review.back", Path)
	}
	if own(who, request) {
		return who, request, ErrOwn
	}
	if who.ID == request.Collector {
		return who, request, fault.From(enrolment.ErrOwnCheck).Offer("review.back", Path)
	}
	by, err := v.Store.Claimed(r.Context(), request.ID, request.Version, v.Desk.Now())
	switch {
	case err != nil:
		return who, request, err
	case !does(who, request.State) && by == "":
		return who, request, ErrMoved
	case by != who.ID:
		return who, request, ErrNotTaken
	case !does(who, request.State):
		return who, request, ErrMoved
	}
	return who, request, nil
}

// own tells whether a request is the operator's.
func own(who operator.Operator, request enrolment.Request) bool {
	return who.FiscalCode != "" && who.FiscalCode == request.Data.Person.FiscalCode
}

// note writes down that an operator looks at a request, and why, before it is shown.
func (v *Review) note(r *http.Request, request enrolment.Request) error {
	return v.Store.NoteRead(r.Context(), v.Desk.Event(r, audit.DataRead, request.Holder, map[string]string{
		"what": "request", "request": string(request.Number), "purpose": string(request.State),
	}))
}
