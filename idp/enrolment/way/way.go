// Package way leads an applicant along: which page belongs to the state of a request,
// who sees it, and how a step that was taken there is stored.
//
// A page names the acts that it offers; whoever comes to a page that offers nothing in
// the present state is led to the one that does, so a link from an old mail, a second
// tab or the back button never end in an error. Each package of pages mounts its own
// addresses; that they are one way is said here alone. // I14, A06
package way

import (
	"embed"
	"net/http"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts that all pages of the way share, and the refusals of steps.
func Pages() ui.Pages { return ui.Pages{Name: "way", FS: files} }

// The addresses of the way.
const (
	Start     = "/enrol"
	Security  = "/enrol/security"
	Phone     = "/enrol/phone"
	Person    = "/enrol/person"
	Documents = "/enrol/documents"
	Handoff   = "/enrol/handoff" // their pictures, with a telephone
	Contract  = "/enrol/contract"
	Request   = "/enrol/request" // how far it is, and every exit
	Method    = "/enrol/change-method"
	Withdraw  = "/enrol/withdraw"
	Sign      = "/enrol/sign" // the contract, with a code by SMS
	Point     = "/enrol/point"
	Signature = "/enrol/signature"
	CNS       = "/enrol/cns"
	Video     = "/enrol/video"
	Chip      = "/enrol/chip"
	RAO       = "/enrol/rao"
	Login     = "/account/login"
)

// next has the page on which the applicant goes on; other states show the request.
var next = map[enrolment.State]string{
	enrolment.MailConfirmed:  Security,
	enrolment.PhonePending:   Phone,
	enrolment.PhoneConfirmed: Person,
	enrolment.PersonalData:   Documents,
	enrolment.Documents:      Contract,
}

// identify has the page of each way on which the applicant is identified, or says when.
var identify = map[enrolment.Method]string{
	enrolment.Point:     Point,
	enrolment.Signature: Signature,
	enrolment.CNS:       CNS,
	enrolment.Chip:      Chip,
	enrolment.Video:     Video,
	enrolment.RAO:       RAO,
}

// SignsByCode tells that the contract is signed with a code from the applicant's own page:
// whoever has a key signs with it, whoever comes to a Point signs there.
func SignsByCode(m enrolment.Method) bool {
	return m == enrolment.CNS || m == enrolment.Video || m == enrolment.Chip || m == enrolment.RAO
}

// Identification is the page on which the applicant goes on with the way that was chosen;
// "" while it is not their turn, or where the way is closed here. A contract that is
// signed with a code is signed first.
func (y *Way) Identification(r enrolment.Request) string {
	if r.State == enrolment.Resubmission { // who was identified stays so, and signs what was corrected
		if r.May(enrolment.Sign, enrolment.Applicant) && !r.Data.SignedNow() && len(r.Data.Missing()) == 0 {
			return Sign
		}
		return ""
	}
	acts := []enrolment.Act{enrolment.Book, enrolment.ReadChip, enrolment.Deposit, enrolment.Identify, enrolment.Sign, enrolment.Return}
	if !slices.ContainsFunc(acts, func(act enrolment.Act) bool { return r.May(act, enrolment.Applicant) }) || !y.open(r.Method) {
		return ""
	}
	if SignsByCode(r.Method) && !r.Data.SignedNow() {
		return Sign
	}
	return identify[r.Method]
}

// Next is the page on which a request goes on.
func Next(r enrolment.Request) string {
	if r.State == enrolment.PhoneConfirmed && r.Data.DocumentsFirst && r.Data.Document.Number == "" {
		return Documents // E28
	}
	if path, ok := next[r.State]; ok {
		return path
	}
	return Request
}

// Way keeps requests and knows the time.
type Way struct {
	Site  *web.Site
	Store enrolment.Store
	// Closed are ways of identification whose pages are not served here, although requests
	// may have begun while they were.
	Closed []enrolment.Method
	Now    func() time.Time
}

// open tells whether the pages of a way of identification are served here.
func (y *Way) open(m enrolment.Method) bool {
	return identify[m] != "" && !slices.Contains(y.Closed, m)
}

// Off tells whether a request has to take another way, because its own is closed here and
// nobody was identified by it. // I14
func (y *Way) Off(r enrolment.Request) bool {
	return !y.open(r.Method) && r.Data.Identified.IsZero() && r.May(enrolment.ChangeMethod, enrolment.Applicant)
}

// Mount leads from the addresses of closed ways, which stand in mails and open tabs, to the
// request. What is sent there is not read.
func (y *Way) Mount(m *web.Mux) {
	leave := y.At(func(w http.ResponseWriter, r *http.Request, _ enrolment.Request) error {
		return web.Redirect(w, r, Request)
	})
	for _, method := range y.Closed {
		if page := identify[method]; page != "" {
			for _, pattern := range []string{page, page + "/{rest...}"} {
				m.Get(pattern, leave)
				m.Post(pattern, leave)
			}
		}
	}
}

// Handler is a page of the applicant's request.
type Handler func(w http.ResponseWriter, r *http.Request, request enrolment.Request) error

// At serves a page to the applicant who is signed in, while one of the acts may be taken;
// otherwise it leads to where the request goes on. Without acts it is served always.
func (y *Way) At(h Handler, acts ...enrolment.Act) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		s := web.CurrentSession(r)
		if s == nil {
			return web.Redirect(w, r, Login)
		}
		request, err := y.Store.RequestOf(r.Context(), s.Subject)
		if fault.Is(err, fault.Gone) {
			return web.Redirect(w, r, Start)
		}
		if err != nil {
			return err
		}
		offered := func(act enrolment.Act) bool { return request.May(act, enrolment.Applicant) }
		if len(acts) > 0 && !slices.ContainsFunc(acts, offered) {
			return web.Redirect(w, r, Next(request))
		}
		return h(w, r, request)
	}
}

// Take stores a step of the applicant and gives the request as it stands now.
func (y *Way) Take(r *http.Request, request enrolment.Request, act enrolment.Act, edit func(*enrolment.Request), messages ...notify.Message) (enrolment.Request, error) {
	return y.TakeWith(r, request, enrolment.Change{Act: act, Edit: edit}, messages...)
}

// TakeWith is Take for a step with a reason or evidence; author and time are the
// applicant and now.
func (y *Way) TakeWith(r *http.Request, request enrolment.Request, c enrolment.Change, messages ...notify.Message) (enrolment.Request, error) {
	step, err := y.Step(r, request, c, messages...)
	if err != nil {
		return request, err
	}
	return step.After, y.Offer(y.Store.Save(r.Context(), step))
}

// Step prepares a step of the applicant, for who stores it together with something else.
func (y *Way) Step(r *http.Request, request enrolment.Request, c enrolment.Change, messages ...notify.Message) (enrolment.Step, error) {
	c.By, c.At = enrolment.Author{Role: enrolment.Applicant, ID: request.Holder}, y.Now()
	after, event, err := request.Do(c)
	if err != nil {
		return enrolment.Step{}, y.Offer(err)
	}
	return enrolment.Step{After: after, Event: event, Messages: messages, Audit: y.Event(r, request.Holder)}, nil
}

// Offer gives the way on to who took a step that is over.
func (y *Way) Offer(err error) error {
	if f := fault.From(err); err != nil && f.Kind == fault.Conflict {
		return f.Offer("enrolment.to_request", Request)
	}
	return err
}

// Event begins an audit line of a request of this person.
func (y *Way) Event(r *http.Request, holder string) audit.Event {
	ev := audit.Event{At: y.Now(), Role: y.Site.Role, Actor: holder, Subject: holder, Outcome: audit.OK, Reference: web.RequestID(r)}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}
