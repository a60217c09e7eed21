// Package samlsso is the SAML side of the identity provider: requests of
// services come in, consent is asked, answers go out.
//
// What a request must look like and how an answer is built is in
// federation/spid/spidsaml; what a person types is checked by credential; which
// step comes when is decided by idp.order. This package owns the addresses /sso,
// /metadata and /slo, the page of consent, and the register of accesses.
package samlsso

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/federation/spid/spidsaml"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
)

// Identities finds the holder of a login.
type Identities interface {
	Identity(ctx context.Context, id string) (*identity.Identity, error)
}

// Handler serves SAML.
type Handler struct {
	Site       *web.Site
	Desk       *flow.Desk
	IdP        *spidsaml.IdP
	Services   spidsaml.ServiceLookup
	Identities Identities
	Store      Store
	Now        func() time.Time

	// Limit bounds the requests of one address: each costs a signature to verify,
	// and a refused one a signature to make.
	Limit web.Guard
	// Nameless says whether there is room in the register for an answer to a login in
	// which nobody was recognised: that costs its sender nothing. Nil: always.
	Nameless func(r *http.Request) bool
	// SetupURL is where a holder without a number begins who wants level 2. // E30
	SetupURL string
	// RequestURL is the page of an applicant.
	RequestURL string
	// CardURL is the page on which a holder gets level 3; "" where it is not granted.
	CardURL string
	// Told makes the notices of a use, as the holder chose them; nil: none. REG 18
	Told func(who *identity.Identity, service func(lang string) string, level int, at time.Time) []notify.Message

	// description is the metadata, signed once for each set of keys.
	description atomic.Pointer[description]
	describing  sync.Mutex
}

// CrossOriginPOST are the addresses that services post to from their own pages.
func CrossOriginPOST() []string { return []string{"/sso", "/slo"} }

// Mount adds the addresses of SAML and of consent.
func (h *Handler) Mount(m *web.Mux) {
	m.Get("/sso", h.receive, h.Limit)
	m.Post("/sso", h.receive, h.Limit)
	m.Handle("/sso", http.HandlerFunc(h.wrongMethod))
	m.Get("/metadata", h.metadata)
	m.Get("/slo", h.logout, h.Limit)
	m.Post("/slo", h.logout, h.Limit)
	m.Get(outcomePath, h.outcome)
	m.Get(tellPath, h.tellByHand, h.Limit)
	m.Get(backPath, h.back, h.Limit)
	m.Get("/login/{flow}/consent", h.Desk.At(flow.Consent, h.showConsent))
	m.Post("/login/{flow}/consent", h.Desk.At(flow.Consent, h.decide))
}

// event begins an audit line about a login.
func (h *Handler) event(r *http.Request, s *flow.State, action, outcome, reason string) audit.Event {
	ev := audit.Event{
		At: h.Now(), Role: h.Site.Role, Actor: s.Identity, Subject: s.Identity, Action: action, Outcome: outcome, Reason: reason,
		Reference: web.RequestID(r), Detail: map[string]string{},
	}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	if q := s.Request; q != nil {
		ev.Detail["service"], ev.Detail["request"] = q.Service, q.RequestID
		ev.Detail["level"] = s.Need().URI()
	}
	if s.Method != "" {
		ev.Detail["method"] = string(s.Method)
	}
	return ev
}
