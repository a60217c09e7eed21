// Package console is what an operator does in a video session: who waits, the script step
// by step, each with what is said and what was seen, and the outcome.
//
// It owns what has to be true before a step is done and before somebody is identified.
// Nobody chooses whom they identify, nobody identifies themselves, and a session is its
// operator's alone: every other address is answered by one and the same page. The lines are
// call's, the streams the studio's, what a step means is enrolment's. // REG 8, A16
package console

import (
	"context"
	"crypto/rand"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/booking"
	"atrio/idp/proofing/video/call"
	"atrio/idp/proofing/video/studio"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "videodesk", FS: files} }

// Path is the first page; those of a session are below it.
const Path = operator.VideoPath

// Store is what this package needs of the database beside the requests; idpdb has it.
type Store interface {
	video.Store
	// Appointments lists those of a place, in the order of time; that of sessions is "".
	Appointments(ctx context.Context, place string, from, to time.Time) ([]point.Appointment, error)
	// NoteRead writes that an operator looks, before anything is shown.
	NoteRead(ctx context.Context, ev audit.Event) error
}

// Keeper keeps evidence; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
	Open(ctx context.Context, id string, a evidence.Access) (evidence.Opened, error)
}

// Console serves the pages.
type Console struct {
	call.Room
	Desk     *operator.Desk
	Store    Store
	Requests enrolment.Store
	// Codes keeps the code that is read back, Limits bound it.
	Codes     apply.Codes
	Limits    apply.Limits
	SMSSender string
	Keeper    Keeper
	// Provider is the issuer's name, in what is said and in mails.
	Provider string
}

// Mount gives the pages their addresses.
func (c *Console) Mount(m *web.Mux) {
	staff, one := c.Desk.Staff(operator.Video), Path+"/{session}"
	m.Get(Path, c.list, staff)
	m.Post(nextPath, c.next, staff, c.Desk.Limit)
	m.Post(noShowPath, c.noShow, staff, c.Desk.Limit)
	m.Get(one, c.at(c.show), staff)
	m.Get(one+eventsPath, c.at(c.events), staff)
	m.Get(one+evidencePath+"{item}", c.at(c.exhibit), staff)
	m.Post(one+joinPath, c.at(c.join), staff, call.JoinLimit())
	for path, h := range map[string]inSession{
		sayPath: c.say, stepPath: c.step, sendPath: c.send, codePath: c.code, drawPath: c.draw, abortPath: c.abort, identifyPath: c.identify,
	} {
		m.Post(one+path, c.at(h), staff, c.Desk.Limit)
	}
}

// Addresses; the last ones are below that of a session.
const (
	nextPath     = Path + "/next"
	noShowPath   = Path + "/no-show"
	eventsPath   = "/events"
	evidencePath = "/evidence/"
	joinPath     = "/join"
	sayPath      = "/say"
	stepPath     = "/step"
	sendPath     = "/send"
	codePath     = "/code"
	drawPath     = "/draw"
	abortPath    = "/abort"
	identifyPath = "/identify"
)

// pace bounds how many applicants one operator takes: far more than anybody can serve. // A16
var pace = ratelimit.Limit{Name: "video.take", Burst: 20, Per: time.Hour}

// visit is an operator in their session.
type visit struct {
	who     operator.Operator
	one     video.Session
	request enrolment.Request
}

func (v visit) path() string { return Path + "/" + v.one.ID }

// inSession is a page of a session of the operator who is signed in.
type inSession func(w http.ResponseWriter, r *http.Request, v visit) error

// at finds the session of an address; one of somebody else is there no more than one that
// never was.
func (c *Console) at(h inSession) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) (err error) {
		v := visit{}
		v.who, _ = c.Desk.Who(r)
		if v.one, err = c.Store.Session(r.Context(), r.PathValue("session")); err != nil {
			return fault.From(err).Offer("videodesk.back", Path)
		}
		if v.one.Operator != v.who.ID {
			return video.ErrGone.Offer("videodesk.back", Path)
		}
		if v.request, err = c.Requests.Request(r.Context(), v.one.Request); err != nil {
			return err
		}
		return h(w, r, v)
	}
}

// going is at for who changes something in a session that goes on.
func (c *Console) going(v visit) error {
	if v.one.State != video.Live || v.request.State != enrolment.VideoLive {
		return video.ErrOver.Offer("videodesk.back", Path)
	}
	return v.who.Trained(c.Desk.Now())
}

// moved offers the session's page to who was not the first.
func (v visit) moved(err error) error {
	if err == nil {
		return nil
	}
	f := fault.From(err)
	if f.Kind == fault.Conflict || f.Kind == fault.NotFound || f.Kind == fault.Gone {
		return f.Offer("videodesk.reload", v.path())
	}
	return err
}

// next takes the first who waits: nobody chooses. // A16
func (c *Console) next(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	who, _ := c.Desk.Who(r)
	if err := who.Trained(c.Desk.Now()); err != nil {
		return err
	}
	live, err := c.Store.LiveOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	if len(live) > 0 { // one after the other
		return web.Redirect(w, r, Path+"/"+live[0].ID)
	}
	if err := c.Limiter.Allow(r.Context(), pace, who.ID); err != nil {
		return fault.From(err).Offer("videodesk.back", Path)
	}
	now := c.Desk.Now()
	one, err := c.Store.TakeWaiting(r.Context(), video.Taken{
		Session: rand.Text(), Operator: who.ID, FiscalCode: who.FiscalCode, Now: now, Fresh: now.Add(-booking.Fresh),
		Step: func(q enrolment.Request) (enrolment.Step, bool, error) { return c.enter(r, who, q, now) },
	})
	if fault.Is(err, fault.NotFound) {
		c.Desk.Site.Notice(w, "videodesk.notice.nobody")
		return web.Redirect(w, r, Path)
	}
	if err != nil {
		return err
	}
	err = c.Media.Open(r.Context(), studio.Room{Request: one.Request, Session: one.ID, Sides: video.Sides()})
	if err != nil {
		return c.noRoom(r, who, one, err)
	}
	return web.Redirect(w, r, Path+"/"+one.ID)
}

// enter is the step of an applicant who is taken; skip: not this one. // E08
func (c *Console) enter(r *http.Request, who operator.Operator, q enrolment.Request, now time.Time) (step enrolment.Step, skip bool, err error) {
	own := who.FiscalCode != "" && who.FiscalCode == q.Data.Person.FiscalCode
	if own || !video.Ready(q) || !video.Consented(q) || !q.May(enrolment.Enter, enrolment.Collector) {
		return step, true, nil
	}
	after, event, err := q.Do(enrolment.Change{Act: enrolment.Enter, By: enrolment.Author{Role: enrolment.Collector, ID: who.ID}, At: now, Edit: func(q *enrolment.Request) { q.Data.Booking = nil }})
	return enrolment.Step{After: after, Event: event, Audit: c.Desk.Event(r, "", q.Holder, nil)}, false, err
}

// noRoom leads an applicant back for whom this node had no room.
func (c *Console) noRoom(r *http.Request, who operator.Operator, one video.Session, cause error) error {
	request, err := c.Requests.Request(r.Context(), one.Request)
	if err != nil {
		return err
	}
	if err := c.end(r, visit{who, one, request}, enrolment.Abort, "busy", ""); err != nil {
		return err
	}
	return fault.From(cause).Offer("videodesk.back", Path)
}

// noShow leads somebody back who did not come to the appointment.
func (c *Console) noShow(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	who, _ := c.Desk.Who(r)
	unknown := video.ErrGone.Offer("videodesk.back", Path)
	n, ok := enrolment.ParseNumber(f.Value("number"))
	if !ok {
		return unknown
	}
	request, err := c.Requests.RequestByNumber(r.Context(), n)
	if fault.Is(err, fault.Gone) || err == nil && request.Method != enrolment.Video {
		return unknown
	}
	if err != nil {
		return err
	}
	now := c.Desk.Now()
	if at := request.Data.Booking; at == nil || now.Before(at.At.Add(patience)) {
		return fault.From(enrolment.ErrState).Offer("videodesk.back", Path)
	}
	_, there, err := c.Store.PlaceOf(r.Context(), request.ID, now.Add(-booking.Fresh))
	if err != nil {
		return err
	}
	if there {
		return video.ErrWaits.Offer("videodesk.back", Path)
	}
	after, event, err := request.Do(enrolment.Change{Act: enrolment.NoShow, By: enrolment.Author{Role: enrolment.Collector, ID: who.ID}, At: now})
	if err != nil {
		return fault.From(err).Offer("videodesk.back", Path)
	}
	mail := booking.Mail(c.Desk.Site, c.Provider, request, request.Data.Booking.At, "booking.mail.missed")
	err = c.Requests.Save(r.Context(), enrolment.Step{After: after, Event: event, Messages: []notify.Message{mail}, Audit: c.Desk.Event(r, "", request.Holder, nil)})
	if err != nil {
		return fault.From(err).Offer("videodesk.back", Path)
	}
	c.Desk.Site.Notice(w, "videodesk.notice.no_show")
	return web.Redirect(w, r, Path)
}

// patience is how long an operator waits for somebody who has an appointment.
const patience = 10 * time.Minute

func (c *Console) join(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.Join(w, r, v.one, studio.Operator)
}

func (c *Console) say(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := c.Say(r, v.one, studio.Operator); err != nil {
		return fault.From(err).Offer("videodesk.reload", v.path())
	}
	return web.Redirect(w, r, v.path())
}

func (c *Console) events(w http.ResponseWriter, r *http.Request, v visit) error {
	words := func(ctx context.Context, one video.Session, step video.Step) (title, say string, err error) {
		s := c.saying(v, web.Lang(r))
		return s.Title(step), "", nil
	}
	return c.Events(w, r, v.one, studio.Operator, words, func(video.Session) string { return Path })
}

// saying are the words of the script in a language.
func (c *Console) saying(v visit, lang string) video.Saying {
	return video.Saying{Catalog: c.Desk.Site.Pages.Catalog(), Lang: lang, Operator: v.who.Name, Provider: c.Provider, At: c.Desk.Now()}
}

// end ends a session without an identification: the applicant is told in plain words.
func (c *Console) end(r *http.Request, v visit, act enrolment.Act, reason, note string) error {
	texts, lang := c.Desk.Site.Pages.Catalog(), v.request.Data.Language
	told := texts.Text(lang, "video.abort."+reason+".told")
	if note != "" {
		told += "\n" + note
	}
	var proof []string
	var err error
	if act == enrolment.Suspect { // who examines it reads what was written
		if proof, err = c.keepChat(r, v, nil); err != nil {
			return err
		}
	}
	after, event, err := v.request.Do(enrolment.Change{Act: act, By: enrolment.Author{Role: enrolment.Collector, ID: v.who.ID}, At: c.Desk.Now(), Reason: told, Evidence: proof})
	if err != nil {
		return v.moved(err)
	}
	step := enrolment.Step{After: after, Event: event, Audit: c.Desk.Event(r, "", v.request.Holder, nil)}
	if act == enrolment.Abort {
		step.Messages = []notify.Message{c.saying(v, lang).Told(v.request, told, c.Desk.Site.BaseURL+way.Video)}
	}
	if err := c.Requests.Save(r.Context(), step); err != nil {
		return v.moved(err)
	}
	return c.Drop(r.Context(), v.one, reason)
}
