// Package suspension is the way out for who cannot use a second factor: to do without
// for a day, or to have all of them removed after three. G4.6
//
// A suspension wants the password and a proof that did not reset the password: a second
// device, a recovery code, a digital identity. Who has none of these, and so no more
// than a password and a mailbox, can only begin a reset, which every contact hears of
// and can stop. A suspension opens services of one factor; it is never a second factor
// itself, nor stands for SPID or CIE (gateway/access).
package suspension

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "suspension", FS: files} }

// Addresses of this package.
const (
	// Path is the page of who is signed in, resetPath that of a reset. What a suspension
	// is stands on a page of gateway/help.
	Path      = "/account/second-factor/suspend"
	resetPath = "/account/second-factor/reset"
	// linkPath is where the links of messages lead.
	linkPath = "/second-factor/reset"

	listPath = "/account/second-factor"
)

// Passwords compares the password of who is signed in.
type Passwords interface {
	// Compare compares; false for a wrong one, fault.TooMany when it is too often.
	Compare(ctx context.Context, accountID, secret, session string) (bool, error)
	// LastReset tells when the password was last chosen by somebody who did not type the
	// one before, and by what they were known: "mail", or a door; zero for never.
	LastReset(ctx context.Context, accountID string) (at time.Time, by string, err error)
}

// Suspension serves the pages.
type Suspension struct {
	Site      *web.Site
	Factors   secondfactor.Factors
	Store     secondfactor.Suspensions
	Passwords Passwords
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// Again leads through a fresh login and back to the page of this name; Prove through a
	// second factor.
	Again, Prove func(w http.ResponseWriter, r *http.Request, page string) error
	// Pending is where a person was going who was asked for a second factor; zero when
	// nobody waits for them.
	Pending func(r *http.Request, flow string) (Waiting, error)
	// ServiceName gives the display name of a service in a language.
	ServiceName func(id, lang string) string
	Now         func() time.Time
	// SignIn leads somebody who is not signed in to the login page.
	SignIn web.Guard
	// Limit guards form posts against floods.
	Limit web.Guard
}

// Waiting is a destination that waits for a person.
type Waiting struct {
	Service, Address string
	// Wants is set when it opens with the second factor alone, suspended or not.
	Wants bool
}

// Mount gives the pages their addresses.
func (s *Suspension) Mount(m *web.Mux) {
	m.Get(Path, s.show, s.SignIn)
	m.Post(Path, s.take, s.SignIn, s.Limit)
	m.Get(resetPath, s.showReset, s.SignIn)
	m.Post(resetPath, s.takeReset, s.SignIn, s.Limit)
	m.Get(linkPath, s.link)
	m.Post(linkPath, s.takeLink, s.Limit)
}

// Names of the pages for a login or a proof that leads back to them.
const (
	Name      = "second-factor-suspend"
	resetName = "second-factor-reset"
)

// PathOf is the page of this package with this name; a name may carry the journey that
// waits, so that a login on the way does not lose it.
func PathOf(name string) (string, bool) {
	name, flow, _ := strings.Cut(name, flowMark)
	path, ok := map[string]string{Name: Path, resetName: resetPath}[name]
	if journey.IsHandle(flow) {
		path = at(path, flow)
	}
	return path, ok
}

// NameOf is the name of the page that is asked for, with the journey that waits.
func NameOf(r *http.Request) string {
	name := Name
	if r.URL.Path == resetPath {
		name = resetName
	}
	return named(name, flowOf(r))
}

// URL is the page on the way of a journey. // G1.4
func URL(flow string) string { return at(Path, flow) }

const flowMark = "."

func named(name, flow string) string {
	if flow == "" {
		return name
	}
	return name + flowMark + flow
}

// at is a page of this package with the journey that waits.
func at(path, flow string) string {
	if flow == "" {
		return path
	}
	return path + "?flow=" + flow
}

// flowOf is the journey that waits; what cannot be one is dropped.
func flowOf(r *http.Request) string {
	flow := r.URL.Query().Get("flow")
	if !journey.IsHandle(flow) {
		return ""
	}
	return flow
}

// proofLife is how old a proof may be.
const proofLife = 15 * time.Minute

// visit is what every page here knows.
type visit struct {
	session *web.Session
	// flow is the login that waits; may be empty.
	flow   string
	status secondfactor.Status
	until  time.Time
	// reset is when the password was reset, by what.
	resetAt time.Time
	resetBy string
}

func (s *Suspension) visitOf(r *http.Request) (v visit, err error) {
	v.session, v.flow = web.CurrentSession(r), flowOf(r)
	id := v.session.Subject
	if v.status, err = s.Factors.FactorStatus(r.Context(), id); err != nil {
		return v, err
	}
	if v.until, err = s.Store.SuspendedUntil(r.Context(), id, s.Now()); err != nil {
		return v, err
	}
	v.resetAt, v.resetBy, err = s.Passwords.LastReset(r.Context(), id)
	return v, err
}

// proof names what the session proves beside the password, "" for nothing that counts.
func (v visit) proof(now time.Time) string {
	if proved := sso.Proved(v.session); now.Sub(proved) < proofLife {
		return "factor"
	}
	door := v.session.Method
	digital := slices.Contains([]person.Door{person.DoorSPID, person.DoorCIE, person.DoorEIDAS}, person.Door(door))
	if digital && now.Sub(v.session.AuthTime) < proofLife && !v.spent(door, now) {
		return door
	}
	return ""
}

// spent tells that a door was used to reset the password a few days ago: whoever had
// only that would have both. // G4.6
func (v visit) spent(door string, now time.Time) bool {
	return v.resetBy == door && now.Sub(v.resetAt) < secondfactor.ResetFrom
}

// canProve tells whether a factor of the account can be asked for.
func (v visit) canProve() bool {
	for _, k := range v.status.Kinds() {
		if k.Asks() {
			return true
		}
	}
	return false
}

// password compares the typed password; the error is the store's alone.
func (s *Suspension) password(f *web.Form, r *http.Request, v visit) error {
	secret := f.Secret("password")
	if !f.OK() {
		return nil
	}
	right, err := s.Passwords.Compare(r.Context(), v.session.Subject, secret, v.session.Handle)
	switch {
	case fault.Is(err, fault.TooMany):
		f.Fail("password", "suspension.password.wait", "minutes", int((fault.From(err).RetryAfter+time.Minute-1)/time.Minute))
	case err != nil:
		return err
	case !right:
		f.Fail("password", "suspension.password.wrong")
	}
	if !f.OK() {
		s.refused(r, v, audit.PasswordChecked, "wrong_credentials")
	}
	return nil
}

func (s *Suspension) event(r *http.Request, v visit) audit.Event {
	ev := s.Event(r, map[string]string{"session": v.session.Handle})
	ev.Actor = v.session.Subject
	return ev
}

func (s *Suspension) refused(r *http.Request, v visit, action, reason string) {
	if s.Site.Refused == nil {
		return
	}
	ev := s.event(r, v)
	ev.Subject, ev.Action, ev.Outcome, ev.Reason = v.session.Subject, action, audit.Refused, reason
	s.Site.Refused(r.Context(), ev)
}
