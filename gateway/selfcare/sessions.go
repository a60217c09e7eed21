package selfcare

import (
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/gateway/sso"
	"atrio/web"
)

// sessionsView is the view of "selfcare/sessions".
type sessionsView struct{ Sessions []sessionView }

type sessionView struct {
	Handle, Method, Issuer string
	Browser, Address       string
	Created, Seen, Expires time.Time
	// Current marks the browser that looks at the page.
	Current bool
}

// sessions lists the open sessions of the person. // ASVS 7.5.2
func (s *Selfcare) sessions(w http.ResponseWriter, r *http.Request) error {
	here := web.CurrentSession(r)
	list, err := s.Site.Sessions.List(r.Context(), here.Subject)
	if err != nil {
		return err
	}
	var v sessionsView
	for _, one := range list {
		v.Sessions = append(v.Sessions, sessionView{
			Handle: one.Handle, Method: one.Method, Issuer: s.ProviderName(sso.Issuer(&one)), Browser: browserName(one.UserAgent), Address: one.Address,
			Created: one.CreatedAt, Seen: one.SeenAt, Expires: one.ExpiresAt, Current: one.Handle == here.Handle,
		})
	}
	return s.Site.Page(w, r, http.StatusOK, "selfcare/sessions", v)
}

// end ends one session of the list; the one of this browser is a logout.
func (s *Selfcare) end(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	here, handle := web.CurrentSession(r), f.Text("session", web.Required, web.Max(64))
	if !f.OK() {
		return fault.New(fault.Invalid, "error.invalid").For("session_handle").Offer("selfcare.nav.sessions", sessionsPath)
	}
	if handle == here.Handle {
		return s.SignOut(w, r)
	}
	err = s.Accounts.EndSession(r.Context(), here.Subject, handle, s.Event(r, map[string]string{"how": "other device"}))
	// A session that ended in the meantime is what the person wanted.
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	s.Site.Notice(w, "selfcare.notice.ended")
	return web.Redirect(w, r, sessionsPath)
}
