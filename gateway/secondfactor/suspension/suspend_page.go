package suspension

import (
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/secondfactor"
	"atrio/web"
	"atrio/web/ui"
)

// suspendView is the view of "suspension/suspend".
type suspendView struct {
	ui.Errors
	// Has is set when there is something to suspend, Until when it is suspended already.
	Has   bool
	Until time.Time
	// Proved is set when the proof is there and the password is asked for; else Factor
	// tells that a factor can be asked for, and Spent that the digital identity of this
	// session was used to reset the password.
	Proved, Factor, Spent bool
	Hours                 int
	// Flow is the login that waits, Onward where it leads and Service its name: only when
	// second factors are suspended is there a way on.
	Flow, Onward, Service string
}

// show asks for the proof, then for the password.
func (s *Suspension) show(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visitOf(r)
	if err != nil {
		return err
	}
	return s.page(w, r, http.StatusOK, v, nil)
}

func (s *Suspension) page(w http.ResponseWriter, r *http.Request, status int, v visit, errs ui.Errors) error {
	now := s.Now()
	view := suspendView{
		Errors: errs, Has: v.status.Has(), Until: v.until, Proved: v.proof(now) != "", Factor: v.canProve(),
		Spent: v.spent(v.session.Method, now), Hours: int(secondfactor.SuspendedFor.Hours()), Flow: v.flow,
	}
	if !v.until.IsZero() && v.flow != "" {
		if service, address, ok := s.Pending(r, v.flow); ok {
			view.Onward, view.Service = address, s.ServiceName(service, web.Lang(r))
		}
	}
	return s.Site.Page(w, r, status, "suspension/suspend", view, web.NoFormAction)
}

// take suspends, resumes, or leads to a proof.
func (s *Suspension) take(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.visitOf(r)
	if err != nil {
		return err
	}
	switch f.Value("do") {
	case "factor":
		return s.Prove(w, r, named(Name, v.flow))
	case "login":
		return s.Again(w, r, named(Name, v.flow))
	case "resume":
		return s.change(w, r, v, time.Time{}, "")
	case "suspend":
		return s.suspend(w, r, v, f)
	}
	return fault.New(fault.Invalid, "error.invalid").For("suspension").Offer("enrolment.action.list", listPath)
}

func (s *Suspension) suspend(w http.ResponseWriter, r *http.Request, v visit, f *web.Form) error {
	now := s.Now()
	proof := v.proof(now)
	if proof == "" || !v.status.Has() {
		s.refused(r, v, audit.FactorsSuspended, "no_proof")
		return s.page(w, r, http.StatusForbidden, v, nil)
	}
	if err := s.password(f, r, v); err != nil {
		return err
	}
	if !f.OK() {
		return s.page(w, r, http.StatusUnprocessableEntity, v, f.Errors)
	}
	return s.change(w, r, v, now.Add(secondfactor.SuspendedFor), proof)
}

// change sets or lifts the suspension. To lift it needs nothing: it only makes the
// account safer.
func (s *Suspension) change(w http.ResponseWriter, r *http.Request, v visit, until time.Time, proof string) error {
	ev, what := s.event(r, v), "resumed"
	if !until.IsZero() {
		what, ev.Detail["proof"], ev.Detail["until"] = "suspended", proof, until.UTC().Format(time.RFC3339)
	}
	err := s.Store.Suspend(r.Context(), secondfactor.Suspension{AccountID: v.session.Subject, Until: until, Event: ev, Tell: s.tell(what, until)})
	if err != nil {
		return err
	}
	s.Site.Notice(w, "suspension.notice."+what)
	return web.Redirect(w, r, at(Path, v.flow))
}
