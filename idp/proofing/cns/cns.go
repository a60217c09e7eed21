// Package cns is the identification with the Carta Nazionale dei Servizi: the applicant
// proves with the key on the card, and its PIN, whose card it is. // DPCM 7(2) b, E05
//
// Browsers prove a key in the handshake of TLS, so the card is asked for by a listener of
// its own (Door, Listener), which has no session, no cookie and no page: it knows an
// applicant by the code of a ceremony, judges the card, and leads the browser back.
// There, in the applicant's session, the request takes its step (Cards): whoever was
// lured to use a card for a stranger's request comes back without that session, and
// nothing happens. // A14, A24, A25
package cns

import (
	"context"
	"embed"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the page of this package, its texts and those of every refusal.
func Pages() ui.Pages { return ui.Pages{Name: "cns", FS: files} }

// ErrStale: there is no such ceremony, it is over, or it was used.
var ErrStale = fault.New(fault.Conflict, "idp.cns.refused.stale").For("card_stale")

// Ceremony is one use of a card for one request as it stands.
type Ceremony struct {
	Request, Holder string
	// Version is that of the request.
	Version int
	// Code is the MAC of the secret in the address of the listener.
	Code      []byte
	At, Until time.Time
}

// Finding is what the listener found, for the applicant's session to take.
type Finding struct {
	// Back is the MAC of the secret that the browser brings back.
	Back  []byte    `json:"-"`
	Until time.Time `json:"-"`
	// Version is that of the request, Verdict what was found.
	Version int               `json:"version"`
	Verdict enrolment.Verdict `json:"verdict"`
}

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// BeginCeremony replaces the ceremony of a request.
	BeginCeremony(ctx context.Context, c Ceremony) error
	// PresentCard uses the code of a ceremony up and gives the ceremony; ErrStale. Of
	// many at the same time one has it.
	PresentCard(ctx context.Context, code []byte, now time.Time) (Ceremony, error)
	// KeepFinding keeps what was found in a ceremony, with its line.
	KeepFinding(ctx context.Context, c Ceremony, f Finding, line audit.Event) error
	// Finding gives what was found for a request, by the MAC of what the browser brought;
	// ErrStale.
	Finding(ctx context.Context, request string, back []byte, now time.Time) (Finding, error)
	// TakeFinding ends the ceremony and saves the step that it proves, in one commit;
	// ErrStale when it was taken.
	TakeFinding(ctx context.Context, request string, back []byte, step enrolment.Step) error
}

// Keeper keeps evidence; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
}

// Limiter bounds how often a request asks for its card.
type Limiter interface {
	Allow(ctx context.Context, limit ratelimit.Limit, key ...string) error
}

// Cards serves the page of the applicant, and the listener.
type Cards struct {
	Site    *web.Site
	Way     *way.Way
	Store   Store
	Keeper  Keeper
	Limiter Limiter
	Judge   *Judge
	// BaseURL is where browsers reach the listener: "https://cns.example.it".
	BaseURL string
	// Limit guards posts against floods.
	Limit web.Guard
	Now   func() time.Time
}

const (
	// life of a ceremony, from the page to the card: time to find the PIN. // A24
	life = 5 * time.Minute
	// return of the browser, from the listener to the applicant's session.
	comeBack = 2 * time.Minute
	// Asking bounds the question about revocation: somebody waits for the page.
	Asking = 25 * time.Second
	// author stands at evidence that the program made.
	author = "system:cns"
)

// perRequest bounds ceremonies of one request: each asks authorities outside.
func perRequest() ratelimit.Limit {
	return ratelimit.Limit{Name: "enrol.cns", Burst: 20, Per: time.Hour}
}

// codeMAC and backMAC are what is stored of the two secrets.
func (c *Cards) codeMAC(code string) []byte { return c.Site.Keyring.MAC("cns.ceremony", code) }

func (c *Cards) backMAC(request, secret string) []byte {
	return c.Site.Keyring.MAC("cns.back", request, secret)
}
