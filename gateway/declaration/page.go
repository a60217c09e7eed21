package declaration

import (
	"embed"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"atrio/base/audit"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "declaration", FS: files} }

// Path is where it is made.
const Path = "/declaration"

// URL is the page of a journey.
func URL(flow string) string { return Path + "?flow=" + flow }

// Desk serves the page.
type Desk struct {
	Site     *web.Site
	Journeys *journey.Keeper
	Store    Store
	Terms    Terms
	// Judge asks the rules about who is signed in and where they want to go.
	Judge func(r *http.Request, s *web.Session, to journey.Destination) (access.Outcome, error)
	// Arrive goes on to the destination.
	Arrive func(w http.ResponseWriter, r *http.Request, j journey.Journey) error
	// Verdict is the page that says why a service does not open.
	Verdict     func(flow string) string
	ServiceName func(id, lang string) string
	Event       func(r *http.Request, detail map[string]string) audit.Event
	SignIn      web.Guard
	Limit       web.Guard
	Now         func() time.Time
}

// Mount gives the page its address.
func (d *Desk) Mount(m *web.Mux) {
	m.Get(Path, d.show, d.SignIn)
	m.Post(Path, d.make, d.SignIn, d.Limit)
}

// view is the view of "declaration/form".
type view struct {
	ui.Errors
	Flow, Service string
	// State is where the person stands, Until its last day.
	State string
	Until time.Time
	// Open tells that one may be made now; Last is its last day, On the same for the
	// form, which is confirmed for that day only.
	Open          bool
	Last          time.Time
	On            string
	Desk          bool
	Reasons       []Reason
	Reason, Words string
	MaxWords      int
	Sure          bool
	Back, Help    string
}

// situation is a person who wants to declare, and what for.
type situation struct {
	session *web.Session
	journey journey.Journey // without a handle: from the account
	history []Declaration
	next    Declaration
	refusal error
}

// find finds it. done tells that the answer is given: for this person at this service
// there is nothing to declare.
func (d *Desk) find(w http.ResponseWriter, r *http.Request, flow string) (s situation, done bool, err error) {
	s.session = web.CurrentSession(r)
	if flow != "" {
		s.journey, err = d.Journeys.Find(r, flow)
		if err != nil && !errors.Is(err, journey.ErrExpired) {
			return s, true, journey.Explain(err, flow)
		}
		o, err := d.Judge(r, s.session, s.journey.To)
		switch {
		case err != nil:
			return s, true, err
		case o.Kind == access.Enter:
			return s, true, d.Arrive(w, r, s.journey)
		case !o.Offers(access.WayDeclare):
			return s, true, web.Redirect(w, r, d.Verdict(flow))
		}
	}
	if s.history, err = d.Store.Declarations(r.Context(), s.session.Subject); err != nil {
		return s, true, err
	}
	s.next, s.refusal = d.Terms.Next(s.history, d.today())
	return s, false, nil
}

// today is now where the people are: days end at their midnight.
func (d *Desk) today() time.Time { return d.Site.Pages.Catalog().Local(d.Now()) }

func (d *Desk) view(r *http.Request, s situation) view {
	flow := s.journey.Handle
	now := d.Terms.Standing(s.history, d.Now())
	v := view{
		Flow: flow, State: string(now.State), Until: LastDay(now.Until), Reasons: Reasons(), MaxWords: MaxWords,
		Open: s.refusal == nil && (flow != "" || now.State == access.Declared || now.State == access.Lapsed),
		Last: LastDay(s.next.Until), On: LastDay(s.next.Until).Format(time.DateOnly), Desk: now.ByDesk || now.State == access.Withdrawn,
		Back: "/account", Help: "/help",
	}
	if flow != "" {
		v.Service, v.Back, v.Help = d.ServiceName(s.journey.To.Service, web.Lang(r)), d.Verdict(flow), "/help?flow="+flow
	}
	return v
}

// show shows where the person stands and, where one may be made, the form with the day
// on which it will end. The answer to the form may lead on to the service, at an address
// of its own: browsers apply form-action to that redirect too, so the page sends none.
func (d *Desk) show(w http.ResponseWriter, r *http.Request) error {
	s, done, err := d.find(w, r, r.URL.Query().Get("flow"))
	if done || err != nil {
		return err
	}
	return d.Site.Page(w, r, http.StatusOK, "declaration/form", d.view(r, s), web.Plain, web.NoFormAction)
}

// make makes one and goes on to the service.
func (d *Desk) make(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, done, err := d.find(w, r, f.Value("flow"))
	if done || err != nil {
		return err
	}
	v := d.view(r, s)
	if !v.Open {
		if s.refusal == nil {
			return web.Redirect(w, r, Path)
		}
		return offer(s.refusal, v)
	}
	v.Reason, v.Words, v.Sure = f.Value("reason"), f.Text("words", web.Max(MaxWords), web.Multiline), f.Bool("sure")
	if v.Errors = check(v, f); len(v.Errors) > 0 {
		return d.Site.Page(w, r, http.StatusUnprocessableEntity, "declaration/form", v, web.Plain, web.NoFormAction)
	}
	s.next.Reason = Reason(v.Reason)
	if s.next.Reason == Other {
		s.next.Words = v.Words
	}
	if err := d.Store.Declare(r.Context(), d.change(r, s), s.next); err != nil && !errors.Is(err, ErrAlready) {
		return offer(err, v)
	}
	if s.journey.Handle == "" {
		return web.Redirect(w, r, Path)
	}
	// The rules are asked again: it may be another one that stands against it now.
	return web.Redirect(w, r, d.Verdict(s.journey.Handle))
}

// check finds what is missing, in the order of the page.
func check(v view, f *web.Form) (errs ui.Errors) {
	fail := func(field, key string, args ...any) {
		errs = append(errs, ui.FieldError{Field: field, Key: key, Args: args})
	}
	known := false
	for _, one := range Reasons() {
		known = known || v.Reason == string(one)
	}
	if !known {
		fail("reason", "declaration.reason.missing")
	}
	switch {
	case v.Reason == string(Other) && v.Words == "":
		fail("words", "declaration.words.missing")
	case utf8.RuneCountInString(v.Words) > MaxWords:
		fail("words", "declaration.words.long", "max", MaxWords)
	case f.Errors.Err("words") != nil:
		fail("words", "form.characters")
	}
	if !v.Sure {
		fail("sure", "declaration.sure.missing")
	} else if f.Value("on") != v.On {
		fail("sure", "declaration.date_changed")
	}
	return errs
}

// change is the act with its audit line, which holds no reason: it is kept for longer
// than a reason that may say something about health. // GDPR art. 5
func (d *Desk) change(r *http.Request, s situation) account.Change {
	ev := d.Event(r, map[string]string{"by": s.next.By, "until": s.next.Until.UTC().Format(time.RFC3339), "service": s.journey.To.Service})
	ev.Actor = s.session.Subject
	return account.Change{AccountID: s.session.Subject, Session: s.session.Handle, Now: d.Now(), Event: ev, Tell: Made(d.Site.Pages.Catalog(), d.Site.BaseURL, s.next)}
}
