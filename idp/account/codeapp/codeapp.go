// Package codeapp binds an app that shows codes (TOTP) as a second factor of level 2: beside
// the provider's own app and codes by SMS, for who has no browser on the telephone or no
// network on it. // RFC 6238; REG 15, E30
//
// A binding wants a proof of the highest level that the holder has, a code sent for this
// purpose to the number of the identity, and a code of the app, which shows that it holds
// the key. The key waits sealed beside the code that was sent, so that an abandoned binding
// ends with it; codes of a login are compared by package credential.
package codeapp

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/idp/account"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "codeapp", FS: files} }

// The addresses.
const (
	Path       = account.Path + "/codes"
	removePath = Path + "/remove"
	bindPage   = "/bind"
)

// Purpose is that of the code that binds: one of a login, of a change or of the provider's
// app fits not. // E24
const Purpose = "totp"

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// TOTPSince tells since when an identity has an app; zero for none.
	TOTPSince(ctx context.Context, identity string) (time.Time, error)
	// AddTOTP uses up the code of the purpose and the step that confirmed the key, and keeps
	// the key; false when the code was used meanwhile, or there is an app.
	AddTOTP(ctx context.Context, a Addition) (bool, error)
	// EndTOTP forgets the key and ends every session but one, named by its handle, and what is
	// being bound; false when there is no key.
	EndTOTP(ctx context.Context, identity, keep string, messages []notify.Message, ev audit.Event) (bool, error)
}

// Addition is an app whose key was confirmed.
type Addition struct {
	Identity string
	Key      []byte
	// Step is that of the code which confirmed it: no login takes it again. RFC 6238 5.2
	Step     int64
	At       time.Time
	Messages []notify.Message
	Audit    audit.Event
}

// Handler serves the pages.
type Handler struct {
	Site    *web.Site
	Account *account.Handler
	Store   Store
	Codes   *life.CodeDesk
	// Provider is the name that people read and that the app shows, SMSSender begins messages.
	Provider, SMSSender string
	Limit               web.Guard
	Now                 func() time.Time
}

// Mount adds the addresses.
func (h *Handler) Mount(m *web.Mux) {
	proving := h.Account.Proving()
	home := func(next account.Placed) web.HandlerFunc { return h.Account.AtHome(Path, next) }
	m.Get(Path, home(h.show), proving)
	m.Post(Path, home(h.begin), proving, h.Limit)
	m.Get(Path+bindPage, home(h.ask), proving)
	m.Post(Path+bindPage, home(h.take), proving, h.Limit)
	m.Post(removePath, home(h.remove), account.SignedIn(), h.Limit)

	// E30: in a login that waits for a second factor.
	waiting := func(next account.Placed) web.HandlerFunc { return h.Account.InLogin("codes", next) }
	m.Get(account.LoginPath("codes"), waiting(h.show))
	m.Post(account.LoginPath("codes"), waiting(h.begin), h.Limit)
	m.Get(account.LoginPath("codes")+bindPage, waiting(h.ask))
	m.Post(account.LoginPath("codes")+bindPage, waiting(h.take), h.Limit)
}

// View is the view of "codeapp/codes".
type View struct {
	account.Place
	// Since is zero while there is no app.
	Since time.Time
	// Phone is the masked number that the code goes to; "" when there is none.
	Phone string
	// Blocked says that the identity is suspended or over.
	Blocked bool
	Notice  string
	Minutes int
}

// show tells whether there is an app, and offers to bind or to remove it.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	return h.page(w, r, http.StatusOK, who, View{Place: p})
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request, status int, who *identity.Identity, v View) (err error) {
	if v.Since, err = h.Store.TOTPSince(r.Context(), who.ID); err != nil {
		return err
	}
	v.Phone, v.Blocked = masked(who), who.Blocked(h.Now()) != ""
	return h.Site.Page(w, r, status, "codeapp/codes", v, v.Options()...)
}

// remove ends the app, with a proof of the highest level. // REG 19
func (h *Handler) remove(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if !h.Account.Proved(r, who) {
		return web.Redirect(w, r, account.Prove(Path))
	}
	ended, err := h.Store.EndTOTP(r.Context(), who.ID, p.Key, h.notices(who, "removed"), h.event(r, who, audit.FactorRemoved))
	if err != nil {
		return err
	}
	if ended {
		h.Site.Notice(w, "codes.notice.removed")
	}
	return web.Redirect(w, r, Path)
}

func (h *Handler) event(r *http.Request, who *identity.Identity, action string) audit.Event {
	ev := h.Account.Event(r, who.ID, action)
	ev.Detail = map[string]string{"kind": "totp"}
	return ev
}

// refused writes down why something was not done.
func (h *Handler) refused(r *http.Request, who *identity.Identity, action, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.event(r, who, action)
	ev.Outcome, ev.Reason = audit.Refused, reason
	h.Site.Refused(r.Context(), ev)
}

// notices tell the holder by mail that an app came or went, whoever did it. // REG 24
func (h *Handler) notices(who *identity.Identity, what string) []notify.Message {
	if who.Holder.Email == "" {
		return nil
	}
	c, lang := h.Site.Pages.Catalog(), who.Language
	args := []any{"provider", h.Provider, "codes", h.Site.BaseURL + Path, "stop", h.Site.BaseURL + account.Path + "/stop"}
	return []notify.Message{{
		Channel: notify.Mail, To: who.Holder.Email, Lang: lang,
		Subject: c.Text(lang, "codes.mail."+what+".subject", args...), Text: c.Text(lang, "codes.mail."+what+".text", args...),
	}}
}
