package oidcop

import (
	"context"
	"net/http"
	"time"

	"atrio/gateway/release"
	"atrio/people/person"
)

// Login is what the provider needs from the gateway's flow.
type Login interface {
	// Current is who is signed in with this browser.
	Current(r *http.Request) (Subject, bool)
	// Begin sends the browser to the login. When it is done the flow redirects to
	// AuthorizePath + "?" + Destination.Resume.
	Begin(w http.ResponseWriter, r *http.Request, to Destination) error
	// Admit tells whether somebody who is signed in may use a service: nil for yes, else
	// what shows the person why not and how they may go on. nil too when nothing but a
	// stronger login helps that was not tried yet.
	Admit(r *http.Request, wish Wish, s Subject) (Refusal, error)
	// End ends the session of this browser and revokes the grants made under it, in
	// one commit; without a session it does nothing. away tells that the browser was
	// led on, to end a session elsewhere too, and comes to the address to afterwards.
	End(w http.ResponseWriter, r *http.Request, to string) (away bool, err error)
}

// Wish is what is asked of somebody who is signed in.
type Wish struct {
	// Service is the client_id.
	Service string
	// TwoFactors tells that this login shall use two, whatever the service is registered for.
	TwoFactors TwoFactors
	// Resumed: the person comes from a login that was begun for this.
	Resumed bool
}

// TwoFactors is how much two factors matter to a request. // G4.8
type TwoFactors int

// A wish bows to what the person can do now, a requirement does not.
const (
	Unasked TwoFactors = iota
	Wished
	Required
)

// Refusal shows a person why a service does not open to them, or leads them to where
// that can be changed; from there the flow comes back as after a login.
type Refusal func(w http.ResponseWriter, r *http.Request, to Destination) error

// People finds what is known about an account. A closed or frozen account is
// fault.NotFound: its tokens open nothing any more.
type People interface {
	Person(ctx context.Context, accountID string) (release.Person, error)
}

// Subject is who is signed in, and how.
type Subject struct {
	// Account is the inner key of the account.
	Account string
	// Session is the public handle of the session.
	Session string
	// Login is the correlation id of the login at the door; services get it as txn.
	Login string
	// Since is when the session began here, AuthTime when the person proved who
	// they are, as the door says it: both in calendar time. The clock of a foreign
	// provider may differ, so Since tells whether a login is new (AuthTime does when
	// Since is zero).
	Since, AuthTime time.Time
	// Level of assurance that the door vouched for, ACR and AMR as they are told to
	// services. Strength is what counts for opening one: two factors of the institution's
	// own are as strong as a level that no door vouched for.
	Level    person.Level
	Strength person.Level
	ACR      string
	AMR      []string
}

// strong is the level that counts for opening a service.
func (s Subject) strong() person.Level { return max(s.Level, s.Strength) }

// newAfter reports whether the person signed in at or after an instant.
func (s Subject) newAfter(t time.Time) bool {
	if s.Since.IsZero() {
		return !s.AuthTime.Before(t)
	}
	return !s.Since.Before(t)
}

// Destination is where a login shall lead.
type Destination struct {
	// Service is the client_id.
	Service string
	// Resume is the query with which AuthorizePath goes on.
	Resume string
	// Level that has to be reached at least.
	Level person.Level
	// TwoFactors have to be used in this login.
	TwoFactors bool
	// Fresh asks for a new login although there may be a session.
	Fresh bool
}
