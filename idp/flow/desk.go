package flow

import (
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/web"
)

// Step is a page at which a login waits, or its end.
type Step string

// The steps. Answer and Refuse end the flow.
const (
	Password Step = "password"
	Second   Step = "second"
	// Certificate asks for the card of level 3.
	Certificate Step = "certificate"
	// Renew asks for another password in place of one that is over.
	Renew Step = "renew"
	// Setup tells a holder with the password alone how to get level 2, and leads there.
	Setup   Step = "setup"
	Consent Step = "consent"
	Answer  Step = "answer"
	Refuse  Step = "refuse"
	// Enter ends a login to the provider's own account page.
	Enter Step = "enter"
	// Apply ends a login of somebody who has no identity yet: it leads to their request.
	Apply Step = "apply"
)

// Turn is what comes next. Anomaly is the number of the official table when
// Step is Refuse.
type Turn struct {
	Step    Step
	Anomaly int
	// Reason is the word for the audit log when Step is Refuse.
	Reason string
}

// Handler is a page of a login.
type Handler func(w http.ResponseWriter, r *http.Request, s *State) error

// Entrance begins a step: it redirects to the page of the step, or answers.
type Entrance func(w http.ResponseWriter, r *http.Request, s *State, t Turn) error

// Desk opens, keeps and closes the flows of a browser.
type Desk struct {
	Site    *web.Site
	Keyring *seal.Keyring
	Now     func() time.Time
	// Timeout is how long a person may take (nr 21 after it).
	Timeout time.Duration
	// Order says what comes now; the product owns it.
	Order func(r *http.Request, s *State) (Turn, error)
	// Enter has one entrance per step.
	Enter map[Step]Entrance
}

// ErrClosed answers everything that comes for a flow that this browser does not
// hold: finished, older than three others, too old, or of another browser. The
// same page for all of them.
var ErrClosed = fault.New(fault.Gone, "error.idp.flow_closed").For("flow_closed")

// Start begins a flow for a request (nil: the account page).
func (d *Desk) Start(w http.ResponseWriter, r *http.Request, request *spidsaml.Authn) error {
	return d.begin(w, r, &State{Request: request})
}

// Prove begins a flow in which a holder proves the highest level that they have, and that
// leads to one of our own pages.
func (d *Desk) Prove(w http.ResponseWriter, r *http.Request, to string) error {
	return d.begin(w, r, &State{Prove: true, To: to})
}

func (d *Desk) begin(w http.ResponseWriter, r *http.Request, s *State) error {
	now := d.Now()
	s.Handle, s.StartedAt, s.Deadline = newHandle(), now, now.Add(d.Timeout)
	d.evict(w, r)
	if err := d.save(w, s); err != nil {
		return err
	}
	// The redirect also makes the browser send its session cookie, which it
	// keeps back from a POST that comes from the service.
	http.Redirect(w, r, URL(s.Handle, ""), http.StatusSeeOther)
	return nil
}

// At serves a page of one step. A flow that stands at another step is led
// there: a person who goes back or reloads an old tab is never stuck. So is a
// form whose page was made for another person, which happens when another tab
// changed the session that stands for the password: its answer is not theirs.
func (d *Desk) At(step Step, h Handler) web.HandlerFunc {
	return d.Any(func(w http.ResponseWriter, r *http.Request, s *State) error {
		shown := s.Identity
		turn, err := d.Order(r, s)
		switch {
		case err != nil:
			return err
		case turn.Step != step, r.Method == http.MethodPost && s.Identity != shown:
			return d.enter(w, r, s, turn)
		}
		return h(w, r, s)
	})
}

// Any serves an action that is possible at every step.
func (d *Desk) Any(h Handler) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := d.load(r, r.PathValue("flow"))
		if err != nil {
			return err
		}
		return System(h(w, r, s))
	}
}

// System gives our own failures the official texts: nr 3 for an error, nr 2 for
// a part that is not available. SPID-RT messaggi di errore
func System(err error) error {
	var row spid.Anomaly
	switch f := fault.From(err); {
	case err == nil:
		return nil
	case f.Kind == fault.Internal:
		row, _ = spid.LookupAnomaly(3)
		return fault.New(fault.Internal, row.Key).For(f.AuditReason()).Because(err)
	case f.Kind == fault.Unavailable:
		row, _ = spid.LookupAnomaly(2)
		return fault.New(fault.Unavailable, row.Key).For(f.AuditReason()).Because(err).Retry(f.RetryAfter)
	}
	return err
}

// Next takes the state back from a step and begins the step that follows.
func (d *Desk) Next(w http.ResponseWriter, r *http.Request, s *State) error {
	turn, err := d.Order(r, s)
	if err != nil {
		return err
	}
	return d.enter(w, r, s, turn)
}

// Prolong begins the time for a login anew, once. // E30
func (d *Desk) Prolong(w http.ResponseWriter, s *State) error {
	if !s.Prolonged {
		s.Prolonged, s.Deadline = true, d.Now().Add(d.Timeout)
	}
	return d.save(w, s)
}

func (d *Desk) enter(w http.ResponseWriter, r *http.Request, s *State, t Turn) error {
	switch t.Step {
	case Answer, Refuse, Enter, Apply:
		d.drop(w, s.Handle)
	default:
		if err := d.save(w, s); err != nil {
			return err
		}
	}
	return d.Enter[t.Step](w, r, s, t)
}

// URL is the address of a page of the flow; page is "" for the first one.
func URL(handle, page string) string {
	if page == "" {
		return "/login/" + handle
	}
	return "/login/" + handle + "/" + page
}

// Redirect is the entrance of a step that has a page of that name.
func Redirect(page string) Entrance {
	return func(w http.ResponseWriter, r *http.Request, s *State, _ Turn) error {
		http.Redirect(w, r, URL(s.Handle, page), http.StatusSeeOther)
		return nil
	}
}
