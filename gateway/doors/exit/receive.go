package exit

import (
	"errors"
	"net/http"
	"strconv"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/web"
)

// receive takes a message of logout: a provider asks, or it answers.
func (e *Exit) receive(w http.ResponseWriter, r *http.Request) error {
	in, err := e.incoming(r)
	if err != nil {
		return err
	}
	f, err := e.Own.Read(in, e.peer)
	if err != nil {
		return e.refuse(r, err)
	}
	if f.Request {
		return e.asked(w, r, f)
	}
	return e.answered(w, r, f)
}

func (e *Exit) incoming(r *http.Request) (spidsaml.Incoming, error) {
	in := spidsaml.Incoming{Method: http.MethodGet, RawQuery: r.URL.RawQuery, Now: e.Now()}
	if r.Method != http.MethodPost {
		return in, nil
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return in, err
	}
	in.Method, in.RawQuery, in.Form = http.MethodPost, "", map[string][]string{}
	for _, name := range []string{"SAMLRequest", "SAMLResponse", "RelayState"} {
		if value := form.Value(name); value != "" {
			in.Form[name] = []string{value}
		}
	}
	return in, nil
}

// asked ends the sessions that a provider names, whoever's browser brought the request,
// and answers. That nothing was left to end is a success too: the person is signed out.
func (e *Exit) asked(w http.ResponseWriter, r *http.Request, f *spidsaml.Farewell) error {
	ev := e.Event(r, map[string]string{"how": "provider", "from": f.Peer.EntityID, "id": f.ID})
	if _, err := e.Sessions.EndSessionsFrom(r.Context(), f.Peer.EntityID, f.NameID, f.SessionIndexes, ev); err != nil {
		return err
	}
	d, err := e.Own.Answer(saml.NewID(), e.Now(), f.Peer, f.ID, f.Binding, false)
	if err != nil {
		return offer(err)
	}
	return e.send(w, r, d, f.RelayState)
}

// answered tells the person how it went at the provider. An answer that this browser does
// not wait for changes nothing and is not told.
func (e *Exit) answered(w http.ResponseWriter, r *http.Request, f *spidsaml.Farewell) error {
	p, err := e.recall(r)
	if err != nil {
		return offer(err)
	}
	if p.RequestID != f.InResponseTo || p.Peer != f.Peer.EntityID {
		return offer(errNotWaiting)
	}
	ev := e.Event(r, map[string]string{"issuer": f.Peer.EntityID, "id": f.ID, "complete": strconv.FormatBool(f.Complete)})
	if err := e.Sessions.NoteLogout(r.Context(), ev); err != nil {
		return err
	}
	e.forget(w)
	view := LeftView{Provider: e.name(p.Peer), To: p.To, State: Refused}
	switch {
	case f.Complete && p.To != "":
		return web.Redirect(w, r, p.To) // all is done: nothing to tell before the service
	case f.Complete:
		view.State = Complete
	case f.Partial:
		view.State = Partial
	}
	return e.left(w, r, view)
}

// unanswered is where the person goes on when the provider does not answer.
func (e *Exit) unanswered(w http.ResponseWriter, r *http.Request) error {
	p, err := e.recall(r)
	if err != nil {
		return web.Redirect(w, r, "/login")
	}
	return e.left(w, r, LeftView{State: Unanswered, Provider: e.name(p.Peer), To: p.To})
}

// refuse writes the audit line of a message that was not taken, and makes the page.
func (e *Exit) refuse(r *http.Request, err error) error {
	var refusal *spidsaml.LogoutRefusal
	if errors.As(err, &refusal) && e.Site.Refused != nil {
		ev := e.Event(r, map[string]string{"from": refusal.Issuer, "check": refusal.Check.ID})
		ev.Action, ev.Outcome, ev.Reason = audit.RequestRefused, audit.Refused, refusal.Check.ID
		e.Site.Refused(r.Context(), ev)
	}
	return offer(err)
}

func offer(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("gateway.action.account", "/account").Offer("gateway.action.login", "/login").Offer("gateway.action.help", "/help")
}
