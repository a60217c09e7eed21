// Package login is the portal's side of the login: an OpenID Connect relying
// party of the gateway.
//
// It starts the login, redeems the answer, and opens the portal's own session.
// What the portal then asks is portal/profile's matter. Token time is the wall
// clock, inside the OpenID library; sessions and pages live on Now.
package login

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"time"

	"atrio/base/seal"
	"atrio/base/setting"
	"atrio/portal/profile"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package.
func Pages() ui.Pages { return ui.Pages{Name: "login", FS: files} }

// Config is the portal's registration at the gateway.
type Config struct {
	// Issuer is the gateway's base URL.
	Issuer string `toml:"issuer"`
	// ClientID and ClientSecret are the portal's at the gateway, where it stands
	// with client_secret_basic, ES256, the redirect address BASE/login/callback and
	// the address after logout BASE/login?out.
	ClientID     string         `toml:"client_id"`
	ClientSecret setting.Secret `toml:"client_secret"`
	// Contact is the address shown for support; RegisterURL leads to "Crea un account", else
	// the login page does, which offers it and keeps the way back.
	Contact     string `toml:"contact"`
	RegisterURL string `toml:"register_url"`
}

// Validate finds all mistakes at once, by the names of the keys.
func (c Config) Validate() []error {
	var faults []error
	for _, k := range []struct{ name, value string }{
		{"issuer", c.Issuer}, {"client_id", c.ClientID}, {"client_secret", c.ClientSecret.Reveal()},
	} {
		if k.value == "" {
			faults = append(faults, fmt.Errorf("portal.login.%s is missing: the portal enters people through the gateway", k.name))
		}
	}
	if c.Issuer != "" && originOf(c.Issuer) == "" {
		faults = append(faults, fmt.Errorf("portal.login.issuer: %q is not an address like https://login.example.it", c.Issuer))
	}
	return faults
}

// GatewayOrigin is where the answer to the logout button leads.
func (c Config) GatewayOrigin() string { return originOf(c.Issuer) }

// Arrival is a person as the gateway presents it.
type Arrival struct {
	Issuer, Subject                    string
	Name, GivenName, FamilyName, Email string
	BirthDate, Gender                  string // "" when not released
	// Replaces is the hash of the session that this browser had, which ends; nil
	// for none.
	Replaces []byte
}

// Store takes in people who arrive and lets them go.
type Store interface {
	// Arrive finds or makes the learner, updates what the gateway released, and
	// opens the session with the audit line, all in one transaction. The session
	// comes without a subject: open is called with the learner's id.
	Arrive(ctx context.Context, a Arrival, now time.Time, open func(learnerID string) web.Session) (profile.Learner, error)
	// Leave ends the session and writes the audit line, in one transaction.
	Leave(ctx context.Context, s web.Session, now time.Time) error
}

// Handler serves the login page and the way to the gateway and back.
type Handler struct {
	Site     *web.Site
	Store    Store
	Config   Config
	Keyring  *seal.Keyring
	Provider *Provider
	Now      func() time.Time
	// Next says where to go after the entry: the first step that is missing, or
	// the page that was asked for.
	Next func(ctx context.Context, l profile.Learner, back string) (string, error)
}

// Mount names the addresses.
func (h *Handler) Mount(m *web.Mux) {
	m.Get("/login", h.show)
	m.Get("/login/start", h.start)
	m.Get("/login/callback", h.callback)
	m.Post("/logout", h.logout)
	m.Get("/help", h.help)
	m.Get("/staff", h.staff)
}

// tab of the login page.
type tab string

const (
	tabUniversity tab = "university"
	tabOthers     tab = "others"
)

// loginView is the page "login/login". P1
type loginView struct {
	Tab         tab
	Return      string
	SignedOut   bool
	OutHereOnly bool // the gateway could not be told
	Contact     string
	RegisterURL string
}

func (h *Handler) show(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	back := returnAddress(f.Value("return"))
	if web.CurrentSession(r) != nil {
		return web.Redirect(w, r, back)
	}
	v := loginView{
		Tab: tabUniversity, Return: back, SignedOut: f.Has("out"), OutHereOnly: f.Value("out") == "here",
		Contact: h.Config.Contact, RegisterURL: h.Config.RegisterURL,
	}
	if f.Value("tab") == string(tabOthers) {
		v.Tab = tabOthers
	}
	return h.Site.Page(w, r, http.StatusOK, "login/login", v)
}

// helpView is the page "login/help".
type helpView struct{ Contact string }

func (h *Handler) help(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "login/help", helpView{h.Config.Contact})
}

// staffView is the page "login/staff".
type staffView struct{ Contact string }

// staff says plainly that the pages for staff are not part of this version. P5
func (h *Handler) staff(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "login/staff", staffView{h.Config.Contact})
}
