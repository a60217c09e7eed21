// Package passwordlife is what becomes of a password of level 1 after it was chosen: the
// reminders before its end, the change at the next login without losing the service that
// waits, and the change whenever the holder wants. // REG 15, E12, E13, E21
//
// What may be a password is passwordrule; whether the present one was typed right is
// checked by credential, within its limits.
package passwordlife

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/authn/password"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/account"
	"atrio/idp/credential"
	"atrio/idp/enrolment"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/idp/passwordrule"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package.
func Pages() ui.Pages { return ui.Pages{Name: "passwordlife", FS: files} }

// Path is the page on which a holder changes the password.
const Path = "/account/password"

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	Identity(ctx context.Context, id string) (*identity.Identity, error)
	// RequestOf finds the request of a holder, for the customer of the shop; there is none
	// when the identity was made by hand.
	RequestOf(ctx context.Context, holder string) (enrolment.Request, error)
	// FormerPasswords lists the present password and those before it, the newest first.
	FormerPasswords(ctx context.Context, identity string) ([]passwordrule.Former, error)
	// ChangePassword puts a password in place of the one it was compared with, counts it, and
	// ends the holder's other sessions; fault.Conflict when another one is there meanwhile.
	ChangePassword(ctx context.Context, c Change) error
	// RemindPasswords queues what is due for one day before the end, and tells how many.
	RemindPasswords(ctx context.Context, days int, now time.Time, message func(*identity.Identity, time.Time) notify.Message) (int, error)
}

// Change is a password in place of another.
type Change struct {
	Identity string
	Old, New string // hashes
	// Keep is the handle of the session that goes on; "" for none.
	Keep string
	// Cap is what a change that succeeds takes from.
	Cap      ratelimit.Bucket
	Messages []notify.Message
	Audit    audit.Event
}

// Shop is told the password that holds from now on. // E21
type Shop interface {
	SetPassword(ctx context.Context, customer, password string) error
}

// Handler serves the pages.
type Handler struct {
	Site  *web.Site
	Desk  *flow.Desk
	Store Store
	// Account asks for a proof of the highest level before the own page. // REG 19
	Account *account.Handler
	Checker *credential.Checker
	Hasher  credential.Hasher
	// Shop is nil when there is none.
	Shop     Shop
	Breached password.Breached
	Limiter  *ratelimit.Limiter
	// Known tells which browser signed in with a User ID before, as at a login: what strangers
	// fail at stops nobody there.
	Known func(r *http.Request, userID string) string
	// Limit bounds what one address may have hashed.
	Limit web.Guard
	// Provider is the name that people read.
	Provider string
	Now      func() time.Time
}

// Mount adds the addresses.
func (h *Handler) Mount(m *web.Mux) {
	proving := h.Account.Proving()
	m.Get(Path, h.show, proving)
	m.Post(Path, h.change, proving, h.Limit)
	m.Get("/login/{flow}/renew", h.Desk.At(flow.Renew, h.showRenew))
	m.Post("/login/{flow}/renew", h.Desk.At(flow.Renew, h.renew), h.Limit)
	m.Post("/login/{flow}/renew/later", h.Desk.At(flow.Renew, h.later))
}
