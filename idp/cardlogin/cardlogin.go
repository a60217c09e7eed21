// Package cardlogin is level 3: beside the password, the certificate of the holder's Carta
// Nazionale dei Servizi, proved at the listener that asks for cards. // SPID-RT livelli; I12
//
// The listener has no session and no cookie: it knows a login, or the own page that binds a
// card, by the code of a ceremony, and what it found counts only for who comes back with
// both the secret of the way back and the login or the session that began it. How a card is
// judged is package cns's; that keys on such cards may serve for level 3 is the authority's
// to say, so this is off unless it is configured (docs/decisions/0051-level-3.md).
package cardlogin

import (
	"context"
	"crypto/x509"
	"embed"
	"errors"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/account"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/cns/card"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "cardlogin", FS: files} }

// Path is the own page on which a card is bound.
const Path = account.Path + "/card"

// CeremonyPath stands before the code in the address of the listener.
const CeremonyPath = "/login/"

// ErrStale: there is no such ceremony, it is over, or it was used.
var ErrStale = fault.New(fault.Conflict, "idp.cns.refused.stale").For("card_stale")

// Ceremony is one use of a card. Key is the login that it is for, or the session that binds
// the card; the next one of the same key replaces it.
type Ceremony struct {
	Key, Identity string
	// Page is where the browser goes back to.
	Page string
	// Code is the MAC of the secret in the address of the listener.
	Code  []byte
	Until time.Time
}

// Finding is a card that was accepted, for whoever began the ceremony.
type Finding struct {
	// Back is the MAC of the secret that the browser brings back.
	Back  []byte
	Until time.Time
	// Ending is the end of the card's number, by which its holder knows it.
	Ending string
}

// Taking is the end of a ceremony.
type Taking struct {
	Key, Identity string
	Back          []byte
	// Binds makes the card that of the identity.
	Binds    bool
	Messages []notify.Message
	Audit    audit.Event
}

// Bound is the card of an identity.
type Bound struct {
	At     time.Time
	Ending string
}

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// Identity finds the holder.
	Identity(ctx context.Context, id string) (*identity.Identity, error)
	// BeginCardLogin replaces the ceremony of a key.
	BeginCardLogin(ctx context.Context, c Ceremony) error
	// PresentCardLogin uses the code of a ceremony up and gives the ceremony. With ErrStale
	// it gives the page of one that is known still. Of many at the same time one has it.
	PresentCardLogin(ctx context.Context, code []byte, now time.Time) (Ceremony, error)
	// FoundCard keeps what was found in a ceremony; ErrStale when another one began.
	FoundCard(ctx context.Context, c Ceremony, f Finding) error
	// TakeCard ends a ceremony by what the browser brought back, and writes the line;
	// ErrStale when there is nothing to take.
	TakeCard(ctx context.Context, t Taking) error
	// CardOf is the card of an identity; the zero Bound for none.
	CardOf(ctx context.Context, identity string) (Bound, error)
	// EndCard forgets it and ends every session but one, named by its handle; false when there
	// is none.
	EndCard(ctx context.Context, identity, keep string, messages []notify.Message, ev audit.Event) (bool, error)
}

// Judge says whose card a certificate is; *cns.Judge does.
type Judge interface {
	Judge(ctx context.Context, sent []*x509.Certificate) (cns.Verdict, error)
}

// Limiter bounds how often somebody asks for a card: each use asks authorities outside.
type Limiter interface {
	Allow(ctx context.Context, limit ratelimit.Limit, key ...string) error
}

// Handler serves the page of a login, the own page, and the listener.
type Handler struct {
	Site    *web.Site
	Desk    *flow.Desk
	Account *account.Handler
	Store   Store
	Judge   Judge
	Limiter Limiter
	// BaseURL is where browsers reach the listener: "https://cns.example.it".
	BaseURL string
	// Provider is the name that people read.
	Provider string
	Limit    web.Guard
	Now      func() time.Time
}

// Mount adds the addresses.
func (h *Handler) Mount(m *web.Mux) {
	m.Get("/login/{flow}/card", h.Desk.At(flow.Certificate, h.show))
	m.Post("/login/{flow}/card", h.Desk.At(flow.Certificate, h.begin), h.Limit)
	m.Get("/login/{flow}/card/done", h.Desk.At(flow.Certificate, h.done), h.Limit)

	proving := h.Account.Proving()
	m.Get(Path, h.holding(h.own), proving)
	m.Post(Path, h.holding(h.bind), proving, h.Limit)
	m.Get(Path+"/done", h.holding(h.bound), proving, h.Limit)
	m.Post(Path+"/remove", h.holding(h.remove), proving, h.Limit)
}

const (
	// life of a ceremony, from the page to the card: time to find the PIN. // A24
	life = 5 * time.Minute
	// comeBack is how long the browser has, from the listener to where it began.
	comeBack = 2 * time.Minute
)

func perIdentity() ratelimit.Limit {
	return ratelimit.Limit{Name: "idp.card", Burst: 20, Per: time.Hour}
}

func (h *Handler) codeMAC(code string) []byte { return h.Site.Keyring.MAC("cardlogin.code", code) }

func (h *Handler) backMAC(key, secret string) []byte {
	return h.Site.Keyring.MAC("cardlogin.back", key, secret)
}

// CardView is what the two pages have in common: why a card was not taken, and what to do.
type CardView struct {
	ui.Errors
	// Help says what to do about a refusal, a key; "" without one.
	Help string
	// Life is for how many minutes a ceremony can be used.
	Life int
}

func view(why card.Refusal) CardView {
	v := CardView{Life: int(life.Minutes())}
	if why != "" {
		v.Errors, v.Help = ui.Errors{{Key: cns.Key(why)}}, help(why)
	}
	return v
}

// help says what to do about a refusal, in the words of a login.
func help(why card.Refusal) string {
	switch why {
	case card.Signature, card.CIE, cns.OtherPerson, cns.Unreachable, cns.Stale, cns.Failed:
		return "cardlogin.help." + string(why)
	}
	return "cardlogin.help"
}

func (h *Handler) event(r *http.Request, who, action string) audit.Event {
	ev := h.Account.Event(r, who, action)
	ev.Detail = map[string]string{"method": string(flow.Card)}
	return ev
}

// refused writes down why a card was not taken.
func (h *Handler) refused(ctx context.Context, ev audit.Event, why card.Refusal) {
	if h.Site.Refused == nil {
		return
	}
	ev.Action, ev.Outcome, ev.Reason = audit.CodeChecked, audit.Refused, "card_"+string(why)
	ev.Detail = map[string]string{"method": string(flow.Card)}
	h.Site.Refused(ctx, ev)
}

// reason of an error: stale ones are told, others are ours.
func stale(err error) bool { return errors.Is(err, ErrStale) }
