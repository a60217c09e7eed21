package suspension

import (
	"errors"
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/secondfactor"
	"atrio/gateway/waylink"
	"atrio/web"
	"atrio/web/ui"
)

// resetView is the view of "suspension/reset".
type resetView struct {
	ui.Errors
	// Has is set when there is something to reset.
	Has bool
	// Ripe is when the reset that is under way may be finished; zero when none is.
	Ripe time.Time
	// Hours is how long a reset waits.
	Hours int
}

// showReset explains what a reset is, or when the one under way is ripe.
func (s *Suspension) showReset(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visitOf(r)
	if err != nil {
		return err
	}
	return s.resetPage(w, r, http.StatusOK, v, nil)
}

func (s *Suspension) resetPage(w http.ResponseWriter, r *http.Request, status int, v visit, errs ui.Errors) error {
	under, err := s.Store.ResetOf(r.Context(), v.session.Subject, s.Now())
	if err != nil && !errors.Is(err, secondfactor.ErrNoReset) {
		return err
	}
	return s.Site.Page(w, r, status, "suspension/reset", resetView{
		Errors: errs, Has: v.status.Has(), Ripe: under.Ripe, Hours: int(secondfactor.ResetAfter.Hours()),
	})
}

// takeReset begins a reset: the password is all that is asked for, so it waits, and
// every contact hears of it.
func (s *Suspension) takeReset(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.visitOf(r)
	if err != nil {
		return err
	}
	if !v.status.Has() {
		return s.resetPage(w, r, http.StatusOK, v, nil)
	}
	if err := s.password(f, r, v); err != nil {
		return err
	}
	if !f.OK() {
		return s.resetPage(w, r, http.StatusUnprocessableEntity, v, f.Errors)
	}
	now := s.Now()
	reset := secondfactor.Reset{
		ID: account.NewID(), AccountID: v.session.Subject, Asked: now, Ripe: now.Add(secondfactor.ResetAfter),
		Ends: now.Add(secondfactor.ResetAfter + secondfactor.ResetFor),
	}
	err = s.Store.StartReset(r.Context(), reset, s.event(r, v), s.tellAll(reset))
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return web.Redirect(w, r, resetPath)
}

// linkView is the view of "suspension/link".
type linkView struct {
	Token string
	// Finish is set for the link that finishes a reset, else it stops one. Early is set
	// before its time, Stranger when somebody else is signed in here, or nobody.
	Finish, Stranger bool
	Ripe             time.Time
	Login            string
}

// link shows what the link of a message does; nothing is done before a button is
// pressed, since programs open links too.
func (s *Suspension) link(w http.ResponseWriter, r *http.Request) error {
	reset, kind, err := s.resetOf(r, r.URL.Query().Get("token"))
	if err != nil {
		return err
	}
	return s.Site.Page(w, r, http.StatusOK, "suspension/link", linkView{
		Token: r.URL.Query().Get("token"), Finish: kind == waylink.Finish, Stranger: stranger(r, reset), Ripe: reset.Ripe, Login: "/login",
	}, web.Plain)
}

// stranger tells that it is not the owner who is signed in here.
func stranger(r *http.Request, reset secondfactor.Reset) bool {
	s := web.CurrentSession(r)
	return s == nil || s.Subject != reset.AccountID
}

// takeLink stops or finishes a reset. To stop it, the link is enough; to finish it, the
// owner is signed in, which takes the password.
func (s *Suspension) takeLink(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	reset, kind, err := s.resetOf(r, f.Value("token"))
	if err != nil {
		return err
	}
	ev := s.Event(r, map[string]string{})
	if kind == waylink.Stop {
		if err := s.Store.StopReset(r.Context(), reset, ev, s.tell("stopped", time.Time{})); err != nil {
			return err
		}
		return s.Site.Page(w, r, http.StatusOK, "suspension/stopped", nil, web.Plain)
	}
	if stranger(r, reset) {
		return fault.New(fault.Unauthenticated, "error.unauthenticated").For("no_session").Offer("gateway.action.restart", "/login")
	}
	session := web.CurrentSession(r)
	// Whoever has the mailbox alone would have password and link. // G4.6
	v, err := s.visitOf(r)
	if err != nil {
		return err
	}
	if v.spent("mail", s.Now()) && !reset.AtDesk {
		return secondfactor.ErrOnlyMailbox.Offer("gateway.action.help", "/help/second-factor").Offer("enrolment.action.list", listPath)
	}
	ev.Actor = session.Subject
	if err := s.Store.FinishReset(r.Context(), reset, session.Handle, s.Now(), ev, s.tell("reset", time.Time{})); err != nil {
		return err
	}
	s.Site.Notice(w, "suspension.notice.reset")
	return web.Redirect(w, r, listPath)
}

// resetOf finds the reset of a link that is ours.
func (s *Suspension) resetOf(r *http.Request, token string) (secondfactor.Reset, waylink.Kind, error) {
	id, k := s.links().Read(token)
	if id == "" {
		return secondfactor.Reset{}, "", secondfactor.ErrNoReset.Offer("enrolment.action.list", listPath).Offer("gateway.action.help", "/help")
	}
	reset, err := s.Store.ResetByID(r.Context(), id, s.Now())
	if errors.Is(err, secondfactor.ErrNoReset) || err == nil && k == waylink.Finish && !reset.Ready(s.Now()) {
		return reset, k, secondfactor.ErrNoReset.Offer("enrolment.action.list", listPath).Offer("gateway.action.help", "/help")
	}
	return reset, k, err
}
