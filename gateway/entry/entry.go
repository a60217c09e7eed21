// Package entry shows what the rules of access say to a person who is signed in: why a
// service does not open, and every way on. It asks for the citizenship where the rules
// need it and nobody has told.
//
// It decides nothing: the rules are in gateway/access, and what they say is asked anew
// at every page, so that a page left open shows what holds now. gateway/flow.go leads
// here and is where the person goes on. // G2.2
package entry

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/gateway/access"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "entry", FS: files} }

// Addresses.
const (
	Path            = "/entry"
	citizenshipPath = "/entry/citizenship"
)

// Statements keeps what people say about their citizenship.
type Statements interface {
	// DeclareCitizenship stores the statement with its audit line in one commit; it
	// replaces an earlier one of the person, never that of a register.
	DeclareCitizenship(ctx context.Context, accountID, states string, at time.Time, ev audit.Event) error
}

// Entry serves the pages.
type Entry struct {
	Site       *web.Site
	Journeys   *journey.Keeper
	Statements Statements
	// Judge asks the rules about who is signed in and where they want to go.
	Judge func(r *http.Request, s *web.Session, to journey.Destination) (access.Outcome, error)
	// Note tells the audit log what stood against whom.
	Note func(r *http.Request, s *web.Session, o access.Outcome, service string)
	// Owe asks for the second factor in the session of that handle, and goes on.
	Owe func(w http.ResponseWriter, r *http.Request, j journey.Journey, session string) error
	// Suspended is when the suspension of the second factors of who is signed in ends; zero
	// without one. // G4.6
	Suspended func(r *http.Request, s *web.Session) (time.Time, error)
	// Arrive goes on to the destination.
	Arrive func(w http.ResponseWriter, r *http.Request, j journey.Journey) error
	// URL is where a way leads, "" when it is not open here.
	URL func(way access.Way, flow string) string
	// ServiceName gives the display name of a service in a language.
	ServiceName func(id, lang string) string
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// Limit guards form posts against floods.
	Limit web.Guard
	Now   func() time.Time
}

// Mount gives the pages their addresses.
func (e *Entry) Mount(m *web.Mux) {
	m.Get(Path, e.verdict)
	m.Get(citizenshipPath, e.ask)
	m.Post(citizenshipPath, e.answer, e.Limit)
}

// URL is the page of a journey.
func URL(flow string) string { return Path + "?flow=" + flow }

// CitizenshipURL is where a journey asks for the citizenship.
func CitizenshipURL(flow string) string { return citizenshipPath + "?flow=" + flow }

// visit is a person before a service that may not open.
type visit struct {
	journey journey.Journey
	session *web.Session
	outcome access.Outcome
	// until is when the suspension of a second factor ends that the service wants.
	until time.Time
}

// find finds the journey and asks the rules. done tells that the answer is given: the
// person is not signed in any more, or the service opens.
func (e *Entry) find(w http.ResponseWriter, r *http.Request, flow string) (v visit, done bool, err error) {
	j, err := e.Journeys.Find(r, flow)
	if errors.Is(err, journey.ErrExpired) {
		err = nil // the destination is all that counts here
	}
	if err != nil {
		return v, true, journey.Explain(err, flow)
	}
	s := web.CurrentSession(r)
	if s == nil {
		return v, true, web.Redirect(w, r, journey.LoginURL(flow))
	}
	o, err := e.Judge(r, s, j.To)
	if err != nil {
		return v, true, err
	}
	switch o.Kind {
	case access.Enter:
		return v, true, e.Arrive(w, r, j)
	case access.SecondFactor:
		until, err := e.Suspended(r, s)
		if err != nil {
			return v, true, err
		}
		if until.IsZero() {
			return v, true, e.Owe(w, r, j, s.Handle)
		}
		// Nobody is asked for what they said they cannot use; they may use it all the same.
		return visit{j, s, o, until}, false, nil
	}
	return visit{journey: j, session: s, outcome: o}, false, nil
}
