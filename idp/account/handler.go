// Package account is what a holder sees of the provider outside a login to a
// service: the start page, the own page with the latest accesses, and the
// sign-out that the rules of SPID oblige a provider to offer.
//
// It opens sessions of level 1 only, with the same pages and limits as every
// login (packages flow and credential); what changes something wants a proof of the
// highest level that the holder has. Packages below it are the pages that do: stop ends
// or suspends an identity, data amends it.
package account

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package.
func Pages() ui.Pages { return ui.Pages{Name: "account", FS: files} }

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// OpenSession inserts a session and writes the audit line, in one transaction.
	OpenSession(ctx context.Context, s web.Session, ev audit.Event) error
	// Accesses lists the latest accesses of an identity, newest first.
	Accesses(ctx context.Context, identity string, limit int) ([]Access, error)
	// AccessesBefore is a page of them: the latest ones before a time.
	AccessesBefore(ctx context.Context, identity string, before time.Time, limit int) ([]Access, error)
	// LifeOf lists what was done to an identity, the latest first.
	LifeOf(ctx context.Context, id string) ([]identity.Event, error)
	// Identity finds the holder; identity.ErrUnknown when there is none.
	Identity(ctx context.Context, id string) (*identity.Identity, error)
	// RequestOf finds the request of an applicant.
	RequestOf(ctx context.Context, holder string) (enrolment.Request, error)
}

// Access is one line of the list that the holder sees.
type Access struct {
	Service string
	Level   int
	Method  string
	// Anomaly is the number of the official table; 1 is success.
	Anomaly int
	At      time.Time
}

// Handler serves the pages.
type Handler struct {
	Site  *web.Site
	Desk  *flow.Desk
	Store Store
	Now   func() time.Time
	// Endless says that contracts have no end: nobody renews them, and no date is promised.
	Endless bool
	// MaxLevel is the highest level that this provider grants.
	MaxLevel int
	// Leave ends a session of level 1 and tells the services that were entered from it.
	Leave func(w http.ResponseWriter, r *http.Request, s *web.Session) error
}

// Mount adds the addresses.
func (h *Handler) Mount(m *web.Mux) {
	m.Get("/", h.start)
	m.Get(Path, h.show, SignedIn())
	m.Get(accessesPath, h.accesses, SignedIn())
	m.Get(provePath, h.prove, SignedIn())
	m.Get("/account/login", h.login)
	m.Get("/login/{flow}/setup", h.Desk.At(flow.Setup, h.setup))
	m.Post("/login/{flow}/setup", h.Desk.At(flow.Setup, h.leadToSetup))
	m.Post("/account/logout", h.logout)
}

// start explains what this place is.
func (h *Handler) start(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "account/start", StartView{SignedIn: web.CurrentSession(r) != nil})
}

// StartView is the view of "account/start".
type StartView struct{ SignedIn bool }

// login begins a login that leads to the own page.
func (h *Handler) login(w http.ResponseWriter, r *http.Request) error {
	return h.Desk.Start(w, r, nil)
}

// Enter is the entrance that ends a login to the own page: a new session of
// level 1.
func (h *Handler) Enter(w http.ResponseWriter, r *http.Request, s *flow.State, _ flow.Turn) error {
	who, err := h.Store.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	current := web.CurrentSession(r)
	if s.Prove && current != nil && current.Subject == who.ID {
		if err := h.keepProof(w, s, current.Handle); err != nil {
			return err
		}
		return web.Redirect(w, r, ownPage(s.To))
	}
	handle, err := h.open(w, r, s, Session(who.Holder.GivenName+" "+who.Holder.FamilyName))
	if err != nil {
		return err
	}
	if s.Prove {
		if err := h.keepProof(w, s, handle); err != nil {
			return err
		}
	}
	return web.Redirect(w, r, ownPage(s.To))
}

// EnterRequest is the entrance that ends the login of an applicant: a session of level 1
// that leads to where the request goes on.
func (h *Handler) EnterRequest(w http.ResponseWriter, r *http.Request, s *flow.State, _ flow.Turn) error {
	request, err := h.Store.RequestOf(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	if _, err := h.open(w, r, s, map[string]string{"name": request.Data.Email}); err != nil {
		return err
	}
	return web.Redirect(w, r, way.Next(request))
}

// open starts a session in place of the one that the browser has.
func (h *Handler) open(w http.ResponseWriter, r *http.Request, s *flow.State, data map[string]string) (handle string, err error) {
	next, secret := h.Site.Sessions.New(r, s.Identity, "password", spid.L1.URI(), []string{"pwd"}, s.PasswordAt)
	next.Data = data
	if err := h.Store.OpenSession(r.Context(), next, h.event(r, s.Identity, audit.LoginSucceeded)); err != nil {
		return "", err
	}
	// Also that of an operator, which is none here.
	if err := h.Site.Sessions.Clear(w, r); err != nil {
		return "", err
	}
	h.Site.Sessions.SetCookie(w, secret)
	return next.Handle, nil
}

// Refuse is the entrance that ends a login to the own page without a session.
func (h *Handler) Refuse(w http.ResponseWriter, r *http.Request, s *flow.State, t flow.Turn) error {
	switch t.Anomaly {
	case 25:
		return web.Redirect(w, r, "/")
	case 19:
		return fault.New(fault.Denied, "error.idp.exhausted").For("exhausted").Offer("idp.account.again", "/account/login")
	case 23:
		return fault.New(fault.Denied, "error.idp.blocked").For(t.Reason)
	}
	return flow.ErrClosed.For("timeout").Offer("idp.account.again", "/account/login")
}

// Event begins a line of the audit log about a holder.
func (h *Handler) Event(r *http.Request, who, action string) audit.Event {
	return h.event(r, who, action)
}

func (h *Handler) event(r *http.Request, who, action string) audit.Event {
	ev := audit.Event{
		At: h.Now(), Role: h.Site.Role, Actor: who, Subject: who, Action: action, Outcome: audit.OK,
		Reference: web.RequestID(r),
	}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}
