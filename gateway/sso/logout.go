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

// SignOut ends the session of this browser and says so.
func (s *SSO) SignOut(w http.ResponseWriter, r *http.Request) error {
	if away, err := s.End(w, r, ""); err != nil || away {
		return err
	}
	s.Site.Notice(w, "sso.notice.signed_out")
	return web.Redirect(w, r, "/login")
}

// End ends the session of this browser, with its audit line; without a session it does
// nothing. When the person came in by a provider that keeps a session too, the browser
// goes there next (away), and from there to the address to; the session here has ended
// before, whatever the provider does. // ASVS 7.4.1; Avviso SPID 3
func (s *SSO) End(w http.ResponseWriter, r *http.Request, to string) (away bool, err error) {
	c, err := current(r)
	if err != nil {
		return false, nil //nolint:nilerr // nobody is signed in: nothing to end
	}
	if s.Forget != nil {
		if err := s.Forget(w, r, s.Event(r, map[string]string{"how": "logout"})); err != nil {
			return false, err
		}
	}
	door, found, err := s.Store.LeaveSession(r.Context(), c.Subject, c.Handle, s.Event(r, map[string]string{"how": "self"}))
	// Ended a moment ago in another tab: the person has what they want.
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, err
	}
	if err := s.Site.Sessions.Clear(w, r); err != nil || !found || s.Leave == nil {
		return false, err
	}
	return s.Leave(w, r, door, to)
}

// Event is the common part of an audit line about a session.
func (s *SSO) Event(r *http.Request, detail map[string]string) audit.Event {
	ev := audit.Event{At: s.Now(), Role: s.Site.Role, Reference: web.RequestID(r), Detail: detail}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}
