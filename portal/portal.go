// Package portal is a portal of online courses, one of the services behind the
// gateway.
//
// People enter through the gateway (portal/login), complete a profile once
// (portal/profile) and study (portal/course). It speaks OpenID Connect with the
// gateway over HTTP and shares no database with it.
package portal

import (
	"net/http"
	"time"

	"atrio/base/seal"
	"atrio/portal/course"
	"atrio/portal/login"
	"atrio/portal/portrait"
	"atrio/portal/profile"
	"atrio/web"
	"atrio/web/locale"
	"atrio/web/ui"
)

// Config is what the portal needs to know.
type Config struct {
	Login login.Config `toml:"login"`
	// Courses is a TOML file with [[course]] tables; see docs/operations/portal.md.
	Courses string `toml:"courses"`
}

// Deps are what the roof hands in.
type Deps struct {
	Site     *web.Site
	Keyring  *seal.Keyring
	Learners profile.Store
	Arrivals login.Store
	Courses  course.Store
	Now      func() time.Time
	// TokenTime is the clock of OpenID tokens; nil is the wall clock.
	TokenTime func() time.Time
}

// Pages are the pages of all packages of the portal.
func Pages() []ui.Pages { return []ui.Pages{profile.Pages(), login.Pages(), course.Pages()} }

// New makes the handlers, each a literal of what it may touch. It tells the site
// where the logout button leads, and so must come before Site.Handler.
func New(c Config, d Deps) []web.Mounter {
	now := italian(d.Now)
	tokenTime := d.TokenTime
	if tokenTime == nil {
		tokenTime = time.Now
	}
	if origin := c.Login.GatewayOrigin(); origin != "" {
		d.Site.FormTargets = append(d.Site.FormTargets, origin)
	}
	people := &profile.Handler{Site: d.Site, Store: d.Learners, Now: now, Studio: portrait.NewStudio()}
	entry := &login.Handler{
		Site: d.Site, Store: d.Arrivals, Config: c.Login, Keyring: d.Keyring, Now: now, Next: people.AfterEntry,
		Provider: &login.Provider{Config: c.Login, RedirectURL: d.Site.BaseURL + "/login/callback", Now: tokenTime},
	}
	courses := &course.Handler{Site: d.Site, Store: d.Courses, Now: now, Complete: people.Complete}
	return []web.Mounter{people, entry, courses}
}

// italian gives the time in the Italian zone: courses begin and end, and people
// turn 14, at midnight there.
func italian(now func() time.Time) func() time.Time {
	zone, err := time.LoadLocation(locale.Zone)
	if err != nil {
		panic(err) // the zones are part of the program: web/locale
	}
	return func() time.Time { return now().In(zone) }
}

// Validate finds all mistakes at once, by the names of the keys.
func (c Config) Validate() []error { return c.Login.Validate() }

// Layout is the frame around the portal's pages: navigation and who is in.
func Layout(r *http.Request) ui.Layout {
	nav := []ui.NavItem{
		{Key: "portal.nav.home", URL: "/", Current: r.URL.Path == "/"},
		{Key: "portal.nav.dashboard", URL: "/dashboard", Current: r.URL.Path == "/dashboard"},
		{Key: "portal.nav.courses", URL: "/courses", Current: r.URL.Path == "/courses"},
		{Key: "portal.nav.help", URL: "/help", Current: r.URL.Path == "/help"},
	}
	l := ui.Layout{Nav: nav}
	if s := web.CurrentSession(r); s != nil {
		l.User, l.UserURL, l.LogoutURL = s.Data["name"], "/profile", "/logout"
		if l.User == "" { // nothing was released: the way out must be there all the same
			l.User = ui.Text{IT: "Il tuo profilo", EN: "Your profile"}.In(web.Lang(r))
		}
	}
	return l
}
