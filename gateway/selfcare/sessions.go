package selfcare

import (
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/gateway/sso"
	"atrio/web"
)

// sessionsView is the view of "selfcare/sessions".
type sessionsView struct {
	Sessions []sessionView
	Stays    []stayView
}

// stayView is a browser in which the password need not be typed again. // G1.3
type stayView struct {
	Handle, Browser, Address string
	Typed, Expires           time.Time
}

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
	stays, err := s.Accounts.Stays(r.Context(), here.Subject, s.Site.Now())
	if err != nil {
		return err
	}
	for _, one := range stays {
		v.Stays = append(v.Stays, stayView{
			Handle: one.Handle, Browser: browserName(one.UserAgent), Address: one.Address, Typed: one.TypedAt, Expires: one.ExpiresAt,
		})
	}
	return s.Site.Page(w, r, http.StatusOK, "selfcare/sessions", v)
}

// endStay ends a stay of the list.
func (s *Selfcare) endStay(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	handle := f.Text("stay", web.Required, web.Max(64))
	if !f.OK() {
		return fault.New(fault.Invalid, "error.invalid").For("stay_handle").Offer("selfcare.nav.sessions", sessionsPath)
	}
	err = s.Accounts.EndStay(r.Context(), web.CurrentSession(r).Subject, handle, s.Event(r, map[string]string{"how": "other device"}))
	// One that ended in the meantime is what the person wanted.
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	s.Site.Notice(w, "selfcare.notice.stay_ended")
	return web.Redirect(w, r, sessionsPath)
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
