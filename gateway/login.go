package gateway

import (
	"net/http"

	"atrio/gateway/oidcop"
	"atrio/gateway/sso"
	"atrio/web"
)

// login is the flow as the OpenID Provider sees it.
type login struct{ flow *Flow }

var _ oidcop.Login = login{}

// Current is who is signed in with this browser.
func (l login) Current(r *http.Request) (oidcop.Subject, bool) {
	s := web.CurrentSession(r)
	if s == nil {
		return oidcop.Subject{}, false
	}
	return oidcop.Subject{
		Account: s.Subject, Session: s.Handle, Login: sso.Login(s), Since: s.CreatedAt, AuthTime: s.AuthTime, Level: sso.Level(s), Strength: loginOf(s).Reached(), ACR: s.ACR, AMR: s.AMR,
	}, true
}

// Begin sends the browser to the login.
func (l login) Begin(w http.ResponseWriter, r *http.Request, to oidcop.Destination) error {
	return l.flow.Begin(w, r, l.flow.destination(to))
}

// Admit refuses a service to somebody who is signed in and may not use it.
func (l login) Admit(r *http.Request, wish oidcop.Wish, _ oidcop.Subject) (oidcop.Refusal, error) {
	return l.flow.admit(r, wish)
}

// End ends the session of this browser.
func (l login) End(w http.ResponseWriter, r *http.Request, to string) (bool, error) {
	return l.flow.SSO.End(w, r, to)
}
