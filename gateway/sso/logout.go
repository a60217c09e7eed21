package sso

import (
	"net/http"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/web"
)

// logoutView is the view of "sso/logout".
type logoutView struct{ Name string }

// confirm asks before it ends the session: a link alone must not sign anybody out.
func (s *SSO) confirm(w http.ResponseWriter, r *http.Request) error {
	c := web.CurrentSession(r)
	if c == nil {
		return web.Redirect(w, r, "/login")
	}
	return s.Site.Page(w, r, http.StatusOK, "sso/logout", logoutView{Name: Name(c)})
}

// logout ends the session of this browser and says so.
func (s *SSO) logout(w http.ResponseWriter, r *http.Request) error {
	if err := s.End(w, r); err != nil {
		return err
	}
	s.Site.Notice(w, "sso.notice.signed_out")
	return web.Redirect(w, r, "/login")
}

// End ends the session of this browser, with its audit line. Without a session it
// does nothing. The provider of OpenID Connect uses it too. // ASVS 7.4.1
func (s *SSO) End(w http.ResponseWriter, r *http.Request) error {
	c, err := current(r)
	if err != nil {
		return nil //nolint:nilerr // nobody is signed in: nothing to end
	}
	err = s.Store.EndSession(r.Context(), c.Subject, c.Handle, s.Event(r, map[string]string{"how": "self"}))
	// Ended a moment ago in another tab: the person has what they want.
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return s.Site.Sessions.Clear(w, r)
}

// Event is the common part of an audit line about a session.
func (s *SSO) Event(r *http.Request, detail map[string]string) audit.Event {
	ev := audit.Event{At: s.Now(), Role: s.Site.Role, Reference: web.RequestID(r), Detail: detail}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}
