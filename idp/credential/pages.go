package credential

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/federation/spid"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package.
func Pages() ui.Pages { return ui.Pages{Name: "credential", FS: files} }

// Identities finds the holder whose password was right.
type Identities interface {
	Identity(ctx context.Context, id string) (*identity.Identity, error)
}

// Handler serves the pages that ask for credentials.
type Handler struct {
	Site       *web.Site
	Desk       *flow.Desk
	Checker    *Checker
	Identities Identities
	Now        func() time.Time
	// Sender stands in the text of messages: "Atrio ID".
	Sender string
	// App begins the second factor of who has the app; it is the best one, and the codes of
	// this package are what the page offers beside it.
	App func(w http.ResponseWriter, r *http.Request, s *flow.State) error
	// Alarm tells the holder that somebody who has the password used up the tries at the code,
	// of one login or of a day; optional. // A01
	Alarm func(r *http.Request, identity string) error
	// Limit bounds the passwords that one address may have hashed: right ones are
	// counted nowhere else, and the hasher is what a flood would starve.
	Limit web.Guard
}

// Mount adds the addresses of the password and of the code.
func (h *Handler) Mount(m *web.Mux) {
	m.Get("/login/{flow}", h.Desk.At(flow.Password, h.showPassword))
	m.Post("/login/{flow}", h.Desk.At(flow.Password, h.checkPassword), h.Limit)
	m.Get("/login/{flow}/code", h.Desk.At(flow.Second, h.showCode))
	m.Post("/login/{flow}/code", h.Desk.At(flow.Second, h.checkCode))
	m.Post("/login/{flow}/sms", h.Desk.At(flow.Second, h.sendCode))
	m.Post("/login/{flow}/cancel", h.Desk.Any(h.cancel))
}

// Frame is what the pages of this package have in common.
type Frame struct {
	// Service that asked, "" when the holder signs in to the own account.
	Service string
	// Need is the level that this login has to reach.
	Need spid.Level
	// Action is the address of the form, Cancel the one of "Annulla".
	Action string
	Cancel string
}

func frame(r *http.Request, s *flow.State, page string) Frame {
	return Frame{
		Service: s.Service(web.Lang(r)), Need: s.Need(),
		Action: flow.URL(s.Handle, page), Cancel: flow.URL(s.Handle, "cancel"),
	}
}

// Notice is what a page says about the last try.
type Notice struct {
	// Key names the text; "" when there is nothing to say.
	Key string
	// Left is how many tries remain in this login.
	Left int
	// Minutes to wait, rounded up, when the text speaks of waiting.
	Minutes int
}

// event begins an audit line. The subject is known only when the password was
// right; a typed User ID is never written.
func (h *Handler) event(r *http.Request, s *flow.State, action, outcome, reason string) audit.Event {
	ev := audit.Event{
		At: h.Now(), Role: h.Site.Role, Actor: s.Identity, Subject: s.Identity, Action: action, Outcome: outcome, Reason: reason,
		Reference: web.RequestID(r), Detail: detail(s),
	}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}

// refused writes a line about a try that was refused.
func (h *Handler) refused(r *http.Request, s *flow.State, action, reason string) {
	if h.Site.Refused != nil {
		h.Site.Refused(r.Context(), h.event(r, s, action, audit.Refused, reason))
	}
}

func detail(s *flow.State) map[string]string {
	if s.Request == nil {
		return map[string]string{}
	}
	return map[string]string{"service": s.Request.Service, "request": s.Request.RequestID}
}
