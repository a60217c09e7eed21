// Package portal is a portal of online courses, one of the services behind the
// gateway.
//
// People enter through the gateway (portal/login), complete a profile once
// (portal/profile) and study (portal/course). It speaks OpenID Connect with the
// gateway over HTTP and shares no database with it.
package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"atrio/base/seal"
	"atrio/portal/course"
	"atrio/portal/login"
	"atrio/portal/profile"
	"atrio/web"
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
}

// Pages are the pages of all packages of the portal.
func Pages() []ui.Pages { return []ui.Pages{profile.Pages(), login.Pages(), course.Pages()} }

// New makes the handlers, each a literal of what it may touch.
func New(c Config, d Deps) []web.Mounter {
	people := &profile.Handler{Site: d.Site, Store: d.Learners, Now: d.Now}
	entry := &login.Handler{
		Site: d.Site, Store: d.Arrivals, Config: c.Login, Keyring: d.Keyring, Now: d.Now, Next: afterEntry(d.Learners),
		Provider: &login.Provider{Config: c.Login, RedirectURL: d.Site.BaseURL + "/login/callback"},
	}
	courses := &course.Handler{Site: d.Site, Store: d.Courses, Now: d.Now, Complete: people.Complete}
	return []web.Mounter{people, entry, courses}
}

// afterEntry says where a person goes after the login: profile, documents, then
// the page that was asked for.
func afterEntry(store profile.Store) func(ctx context.Context, learnerID, back string) (string, error) {
	return func(ctx context.Context, learnerID, back string) (string, error) {
		l, err := store.Learner(ctx, learnerID)
		if err != nil {
			return "", err
		}
		accepted, err := store.Accepted(ctx, learnerID)
		if err != nil {
			return "", err
		}
		switch profile.Next(l, accepted) {
		case profile.StepProfile:
			return "/profile?return=" + url.QueryEscape(back), nil
		case profile.StepTerms:
			return "/welcome/terms?return=" + url.QueryEscape(back), nil
		}
		return back, nil
	}
}

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
	}
	return l
}

// Validate finds all mistakes at once, by the names of the keys.
func (c Config) Validate() []error {
	var faults []error
	for key, value := range map[string]string{
		"issuer": c.Login.Issuer, "client_id": c.Login.ClientID, "client_secret": c.Login.ClientSecret.Reveal(),
	} {
		if value == "" {
			faults = append(faults, fmt.Errorf("portal.login.%s is missing: the portal enters people through the gateway", key))
		}
	}
	return faults
}
