// Package rao is the identification by a public office (RAO, registration authority officer):
// the office saw the person and sealed a token, which the applicant brings with the two
// halves of its code. // 1.8, I8, A26
//
// It owns whose seals are believed (Judge, Register), and what of a token has to agree with
// a request. The form of tokens is package sealed's, what a step means enrolment's; the
// desk that seals tokens is package office. Whoever has a token alone gets nowhere: it
// opens with both halves, five tries for all who bring it, once.
package rao

import (
	"context"
	"crypto/sha256"
	"embed"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/proofing/rao/sealed"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package, their texts and those of every refusal.
func Pages() ui.Pages { return ui.Pages{Name: "rao", FS: files} }

// The other addresses of this package beside that of the way.
const (
	codePath  = way.RAO + "/code"
	otherPath = way.RAO + "/other"
)

// The refusals of the store.
var (
	// ErrUsed: the token identified somebody already.
	ErrUsed = fault.New(fault.Conflict, "rao.refused.used").For("rao_used")
	// ErrDead: its code was typed wrong too often.
	ErrDead = fault.New(fault.Conflict, "rao.refused.dead").For("rao_dead")
)

// Tries is how often the code of a token may be typed, by whoever brings it.
const Tries = 5

// Store is what this package needs of the database; idpdb implements it. A token is known
// there by a digest of body and number alone, until it has ended by itself.
type Store interface {
	// TokenUsable gives ErrUsed or ErrDead.
	TokenUsable(ctx context.Context, token []byte) error
	// TryToken takes one of the tries of a token before its code is looked at, and tells how
	// many are left; ErrUsed, ErrDead. Of many at the same time no two have the same.
	TryToken(ctx context.Context, token []byte, ends time.Time) (left int, err error)
	// UseToken uses a token up, saves the step that it proves and writes the line that says
	// for which request, in one commit; ErrUsed.
	UseToken(ctx context.Context, token []byte, step enrolment.Step, line audit.Event) error
}

// Keeper keeps evidence; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
	Open(ctx context.Context, id string, a evidence.Access) (evidence.Opened, error)
}

// Limiter bounds how often a request brings tokens.
type Limiter interface {
	Allow(ctx context.Context, limit ratelimit.Limit, key ...string) error
}

// Tokens serves the applicant's pages.
type Tokens struct {
	Site    *web.Site
	Way     *way.Way
	Store   Store
	Keeper  Keeper
	Limiter Limiter
	Judge   *Judge
	// Own tells whether a body's desk is one of ours: who identified there decides nothing
	// here. // A16
	Own func(issuer string) bool
	// Provider is how mails name the provider.
	Provider string
	// Limit guards posts against floods, UploadLimit those with a token.
	Limit, UploadLimit web.Guard
	Now                func() time.Time
}

const (
	// asking bounds the questions about revocation: somebody waits for the page.
	asking = 25 * time.Second
	// author stands at evidence that the program made.
	author = "system:rao"
)

// perRequest bounds tokens and codes of one request: each asks authorities outside.
func perRequest() ratelimit.Limit {
	return ratelimit.Limit{Name: "enrol.rao", Burst: 30, Per: time.Hour}
}

// digest is what a token is known by: bodies number theirs for themselves.
func digest(c sealed.Claims) []byte {
	sum := sha256.Sum256([]byte(c.Issuer + "\x00" + c.ID))
	return sum[:]
}
