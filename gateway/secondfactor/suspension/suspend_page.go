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
	// second factors are suspended is there a way on. Wants is set when the service opens
	// with the second factor alone: then the way on is to end the suspension.
	Flow, Onward, Service string
	Wants                 bool
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
		to, err := s.Pending(r, v.flow)
		if err != nil {
			return err
		}
		view.Onward, view.Service, view.Wants = to.Address, s.ServiceName(to.Service, web.Lang(r)), to.Wants
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
		return s.resume(w, r, v)
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
	if err := s.change(r, v, now.Add(secondfactor.SuspendedFor), proof); err != nil {
		return err
	}
	s.Site.Notice(w, "suspension.notice.suspended")
	return web.Redirect(w, r, at(Path, v.flow))
}

// resume ends the suspension and leads on to where the person was going. It needs no
// proof: it only makes the account safer. // G1.4, G4.6
func (s *Suspension) resume(w http.ResponseWriter, r *http.Request, v visit) error {
	to, err := s.Pending(r, v.flow)
	if err != nil {
		return err
	}
	if err := s.change(r, v, time.Time{}, ""); err != nil {
		return err
	}
	s.Site.Notice(w, "suspension.notice.resumed")
	if to.Address == "" {
		to.Address = listPath
	}
	return web.Redirect(w, r, to.Address)
}

// change sets or lifts the suspension.
func (s *Suspension) change(r *http.Request, v visit, until time.Time, proof string) error {
	ev, what := s.event(r, v), "resumed"
	if !until.IsZero() {
		what, ev.Detail["proof"], ev.Detail["until"] = "suspended", proof, until.UTC().Format(time.RFC3339)
	}
	return s.Store.Suspend(r.Context(), secondfactor.Suspension{AccountID: v.session.Subject, Until: until, Event: ev, Tell: s.tell(what, until)})
}
