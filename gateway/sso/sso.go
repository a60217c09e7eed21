// Package sso is the browser session of the gateway: it makes sessions out of a
// passed door, tells who is signed in, and ends them.
//
// The cookie and the lookup are the work of web.Sessions, the rows that of
// db/shareddb; when a session is made is decided by gateway/flow.go. The list of a
// person's sessions is a page of gateway/selfcare.
package sso

import (
	"context"
	"embed"
	"net/http"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "sso", FS: files} }

// Names of the data that a session carries, so that neither a page's frame nor
// /session needs the account's row.
const (
	dataCode   = "code"
	dataName   = "name"
	dataIssuer = "issuer"
	dataLevel  = "level"
	dataFor    = "for"
	dataLogin  = "login"
)

// SingleFactor is the authentication context of a password alone. // REFEDS SFA 1.0
const SingleFactor = "https://refeds.org/profile/sfa"

// Store ends sessions together with their audit line.
type Store interface {
	// LeaveSession also tells which session at a provider is left over, if any;
	// fault.NotFound when the owner has no such session.
	LeaveSession(ctx context.Context, accountID, handle string, ev audit.Event) (d account.DoorSession, found bool, err error)
}

// SSO makes, tells and ends sessions.
type SSO struct {
	Site  *web.Site
	Store Store
	Now   func() time.Time
	// Forget ends "Resta connesso" in this browser: who leaves does not want to stay.
	// nil: nobody stays.
	Forget func(w http.ResponseWriter, r *http.Request, ev audit.Event) error
	// Leave goes on to the provider whose session is left over, and from there to an
	// address; away is false when there is no way. nil: nobody is sent on.
	Leave func(w http.ResponseWriter, r *http.Request, s account.DoorSession, to string) (away bool, err error)
}

// Mount gives the pages their addresses.
func (s *SSO) Mount(m *web.Mux) {
	m.Get("/session", s.session)
	m.Get("/logout", s.confirm)
	m.Post("/logout", s.SignOut)
}

// New makes the session of a person who passed a door in the login of that
// correlation id. Nothing is stored.
func (s *SSO) New(r *http.Request, a account.Account, p person.Assertion, login string) (web.Session, string) {
	session, secret := s.Site.Sessions.New(r, a.ID, string(p.Door), p.ACR, methods(p), p.AuthnAt)
	session.Data = map[string]string{
		dataCode: string(a.Code), dataName: a.Called(), dataIssuer: p.Issuer, dataLevel: strconv.Itoa(int(p.Level)),
		dataLogin: login,
	}
	return session, secret
}

// methods are the authentication methods as services learn them. Two factors are
// claimed only where the level says that two were used in this login. // RFC 8176 2, G4.8
func methods(p person.Assertion) []string {
	if p.Level >= person.Level2 {
		return []string{"mfa"}
	}
	return []string{"pwd"}
}

// Level is the level of assurance of a session.
func Level(s *web.Session) person.Level {
	n, err := strconv.Atoi(s.Data[dataLevel])
	if err != nil {
		return 0
	}
	return person.Level(n)
}

// For is the service for minors for which the login of a session was begun; "" for all
// others. // G2.9
func For(s *web.Session) string { return s.Data[dataFor] }

// Begun notes it in a session that is being made.
func Begun(s web.Session, service string) web.Session {
	s.Data[dataFor] = service
	return s
}

// Name is the name of who is signed in, as shown in the frame of pages.
func Name(s *web.Session) string { return s.Data[dataName] }

// Code is the Codice Persona of who is signed in.
func Code(s *web.Session) string { return s.Data[dataCode] }

// Login is the correlation id of the login that made a session. // G6.7
func Login(s *web.Session) string { return s.Data[dataLogin] }

// Issuer is the provider that a session came from.
func Issuer(s *web.Session) string { return s.Data[dataIssuer] }
