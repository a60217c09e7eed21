// Package console is what an operator does at a Point: today's appointments, the request of
// the person who stands at the desk, what was checked, the signature, and the outcome.
//
// It owns which requests a Point may open, what has to be seen before somebody is
// recognised, and how a contract is signed there. Whatever is not for this Point is
// answered by one and the same page; whoever opens a request is written down first. What a
// step means is enrolment's; who the operator is and that their key answered just now is
// operator's; pictures and papers are kept by evidence, and nothing stays on the device.
// // 2.c, I8, A16, REG 7
package console

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/pictures"
	"atrio/idp/evidence"
	"atrio/idp/proofing/point"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "console", FS: files} }

// Path is the first page; those of a request are below it.
const Path = operator.PointPath

// Store is what this package needs of the database beside the requests; idpdb has it.
type Store interface {
	// Appointments lists those of a Point, in the order of time.
	Appointments(ctx context.Context, point string, from, to time.Time) ([]point.Appointment, error)
	// NoteRead writes that an operator looks, before anything is shown.
	NoteRead(ctx context.Context, ev audit.Event) error
	// SharedPhone counts the other requests with a telephone. // A18
	SharedPhone(ctx context.Context, phone, request string) (int, error)
}

// Keeper keeps pictures and papers; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
	Open(ctx context.Context, id string, a evidence.Access) (evidence.Opened, error)
}

// Console serves the pages.
type Console struct {
	Desk      *operator.Desk
	Directory *point.Directory
	Store     Store
	Requests  enrolment.Store
	// Codes keeps the codes by which contracts are signed, Limiter and Limits bound them.
	Codes     apply.Codes
	Limiter   *ratelimit.Limiter
	Limits    apply.Limits
	SMSSender string
	Keeper    Keeper
	Pictures  pictures.Intake
	// Service is what mails call the provider, by language.
	Service func(lang string) string
	// UploadLimit guards posts with pictures; the others are guarded by the Desk's.
	UploadLimit web.Guard
}

// Mount gives the pages their addresses.
func (c *Console) Mount(m *web.Mux) {
	staff, one := c.Desk.Staff(operator.Collector), Path+"/{number}"
	room := web.MaxBody(4*c.Pictures.MaxBytes() + 1<<20)
	m.Get(Path, c.list, staff)
	m.Get(one, c.show, staff)
	m.Get(one+contractPath, c.contract, staff)
	m.Get(one+evidencePath+"{item}", c.exhibit, staff)
	m.Post(one+picturesPath, c.takePictures, staff, c.UploadLimit, room)
	m.Post(one+paperPath, c.takePaper, staff, c.UploadLimit, room)
	for path, h := range map[string]web.HandlerFunc{
		checkPath: c.check, codePath: c.sendCode, signPath: c.checkCode, identifyPath: c.identify, comeBackPath: c.comeBack, suspectPath: c.suspect, resumePath: c.resume,
	} {
		m.Post(one+path, h, staff, c.Desk.Limit)
	}
}

// Addresses below that of a request.
const (
	contractPath = "/contract.pdf"
	evidencePath = "/evidence/"
	picturesPath = "/pictures"
	paperPath    = "/paper"
	checkPath    = "/check"
	codePath     = "/code"
	signPath     = "/sign"
	identifyPath = "/identify"
	comeBackPath = "/come-back"
	suspectPath  = "/suspect"
	resumePath   = "/resume"
)

func pathOf(n enrolment.Number) string { return Path + "/" + string(n) }

// The refusals.
var (
	// ErrUnknown is the one answer about every number that is not for this Point: whether
	// there is such a request is not told.
	ErrUnknown = fault.New(fault.NotFound, "error.console.unknown").For("console_unknown").Offer("console.back", Path)
	// ErrOwn: nobody handles their own request. // A16
	ErrOwn = fault.New(fault.Denied, "error.console.own").For("console_own").Offer("console.back", Path)
	// ErrNoPoint: the Point of the operator is not there any more.
	ErrNoPoint = fault.New(fault.Denied, "error.console.no_point").For("console_no_point").Offer("operator.home", operator.Path)
)

// states are those in which a Point meets an applicant.
var states = []enrolment.State{enrolment.ContractReady, enrolment.PointBooked, enrolment.Resubmission}

// visit is an operator with the request of the person at the desk.
type visit struct {
	who     operator.Operator
	at      point.Point
	request enrolment.Request
}

// here gives the operator and their Point.
func (c *Console) here(r *http.Request) (v visit, err error) {
	v.who, _ = c.Desk.Who(r)
	at, ok := c.Directory.Point(v.who.Point)
	if !ok {
		return v, ErrNoPoint
	}
	v.at = at
	return v, nil
}

// visited gives the request of an address, when it is for the operator's Point.
func (c *Console) visited(r *http.Request) (visit, error) {
	v, err := c.here(r)
	if err != nil {
		return v, err
	}
	n, ok := enrolment.ParseNumber(r.PathValue("number"))
	if !ok {
		return v, ErrUnknown
	}
	v.request, err = c.Requests.RequestByNumber(r.Context(), n)
	if fault.Is(err, fault.Gone) {
		return v, ErrUnknown
	}
	if err != nil {
		return v, err
	}
	q := v.request
	switch {
	case q.Method != enrolment.Point, q.Circuit != v.at.Circuit, !slices.Contains(states, q.State):
		return v, ErrUnknown
	case v.who.FiscalCode != "" && v.who.FiscalCode == q.Data.Person.FiscalCode:
		return v, ErrOwn
	}
	return v, nil
}

// acting is visited for who changes something: an operator whose training holds.
func (c *Console) acting(r *http.Request) (visit, error) {
	v, err := c.visited(r)
	if err != nil {
		return v, err
	}
	return v, v.who.Trained(c.Desk.Now())
}

// seen refuses a form about another version of the request than the one that stands: of two
// operators one is right. // A07
func (v visit) seen(f *web.Form) error {
	if f.Value("version") != strconv.Itoa(v.request.Version) {
		return v.moved(enrolment.ErrState)
	}
	return nil
}

// moved offers the page of the request to who was not the first.
func (v visit) moved(err error) error {
	if err == nil {
		return nil
	}
	f := fault.From(err)
	if f.Kind == fault.Conflict {
		return f.Offer("console.reload", pathOf(v.request.Number))
	}
	return err
}

// step prepares a step of the operator.
func (c *Console) step(r *http.Request, v visit, change enrolment.Change) (enrolment.Step, error) {
	change.By, change.At = enrolment.Author{Role: enrolment.Collector, ID: v.who.ID}, c.Desk.Now()
	after, event, err := v.request.Do(change)
	if err != nil {
		return enrolment.Step{}, v.moved(err)
	}
	return enrolment.Step{After: after, Event: event, Audit: c.Desk.Event(r, "", v.request.Holder, nil)}, nil
}

// save stores a step.
func (c *Console) save(r *http.Request, v visit, step enrolment.Step) error {
	return v.moved(c.Requests.Save(r.Context(), step))
}

// take is step and save.
func (c *Console) take(r *http.Request, v *visit, change enrolment.Change) error {
	step, err := c.step(r, *v, change)
	if err != nil {
		return err
	}
	if err := c.save(r, *v, step); err != nil {
		return err
	}
	v.request = step.After
	return nil
}
