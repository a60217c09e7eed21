package entry

import (
	"net/http"

	"atrio/gateway/access"
	"atrio/gateway/journey"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// citizenshipView is the view of "entry/citizenship".
type citizenshipView struct {
	ui.Errors
	Flow, Service string
	// Correct tells that an answer is known and shall be corrected.
	Correct bool
	Chosen  string
	// Login is the way by SPID or CIE, which needs no answer.
	Login, Help string
}

// Answers to the question, and what is stored. Which other state it is does not matter
// to any rule, so it is not asked. // GDPR art. 5
var statements = map[string]string{
	"italian": person.Italy,
	"both":    person.Italy + " " + person.OtherState,
	"other":   person.OtherState,
}

// Answers in the order of the page.
func Answers() []string { return []string{"italian", "both", "other"} }

// The answer may lead on to the service at once, at an address of its own: browsers apply
// form-action to that redirect too, so these pages send none.

// ask asks for the citizenship, only while the rules have a use for the answer.
func (e *Entry) ask(w http.ResponseWriter, r *http.Request) error {
	v, done, err := e.asked(w, r, r.URL.Query().Get("flow"))
	if done || err != nil {
		return err
	}
	e.Note(r, v.session, v.outcome, v.journey.To.Service)
	return e.Site.Page(w, r, http.StatusOK, "entry/citizenship", e.question(r, v), web.Plain, web.NoFormAction)
}

// asked is find for these pages: with another verdict there is nothing to ask.
func (e *Entry) asked(w http.ResponseWriter, r *http.Request, flow string) (visit, bool, error) {
	v, done, err := e.find(w, r, flow)
	if !done && err == nil && !v.outcome.Offers(access.WayAnswer) && !v.outcome.Offers(access.WayCitizenship) {
		return v, true, web.Redirect(w, r, URL(v.journey.Handle))
	}
	return v, done, err
}

func (e *Entry) question(r *http.Request, v visit) citizenshipView {
	flow := v.journey.Handle
	return citizenshipView{
		Flow: flow, Service: e.ServiceName(v.journey.To.Service, web.Lang(r)), Correct: v.outcome.Offers(access.WayCitizenship),
		Login: journey.LoginURL(flow), Help: e.URL(access.WayHelp, flow),
	}
}

// answer stores what the person says, with source and date, and asks the rules again.
// G2.8
func (e *Entry) answer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, done, err := e.asked(w, r, f.Value("flow"))
	if done || err != nil {
		return err
	}
	states, ok := statements[f.Value("citizenship")]
	if !ok {
		view := e.question(r, v)
		view.Errors = ui.Errors{{Field: "citizenship", Key: "entry.citizenship.missing"}}
		return e.Site.Page(w, r, http.StatusUnprocessableEntity, "entry/citizenship", view, web.Plain, web.NoFormAction)
	}
	ev := e.Event(r, map[string]string{"fields": "[" + person.Citizenship + "]", "source": "declared", "service": v.journey.To.Service})
	ev.Actor = v.session.Subject
	if err := e.Statements.DeclareCitizenship(r.Context(), v.session.Subject, states, e.Now(), ev); err != nil {
		return err
	}
	return web.Redirect(w, r, URL(v.journey.Handle))
}
