package gateway

import (
	"net/http"

	"atrio/gateway/journey"
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
		Account: s.Subject, Session: s.Handle, Login: sso.Login(s), Since: s.CreatedAt, AuthTime: s.AuthTime, Level: sso.Level(s), ACR: s.ACR, AMR: s.AMR,
	}, true
}

// Begin sends the browser to the login.
func (l login) Begin(w http.ResponseWriter, r *http.Request, to oidcop.Destination) error {
	return l.flow.Begin(w, r, journey.Destination{
		Kind: journey.ToAuthorize, Service: to.Service, Resume: to.Resume,
		Level: to.Level, ForceAuthn: to.Fresh, Minors: l.flow.agesOf(to.Service).ForMinors(), Purpose: l.flow.purposeOf(to.Service),
	})
}

// Admit refuses a service to somebody who is signed in and may not use it.
func (l login) Admit(r *http.Request, service string, s oidcop.Subject) error {
	ages := l.flow.agesOf(service)
	if !ages.Set() {
		return nil
	}
	birth, err := l.flow.birthOf(r.Context(), s.Account)
	if err != nil {
		return err
	}
	return refused(l.flow.admits(ages, birth), journey.Journey{})
}

// End ends the session of this browser.
func (l login) End(w http.ResponseWriter, r *http.Request, to string) (bool, error) {
	return l.flow.SSO.End(w, r, to)
}
