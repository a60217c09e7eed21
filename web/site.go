// Package web is the shell around every page: routes, the chain of checks
// before a handler, sessions and cookies, forms, and the one place where an
// error becomes a page.
//
// A product hands its handlers to Site.Handler. Handlers return errors; guards
// stand at the line where a route is mounted. The looks are in web/ui, texts in
// web/locale, the rows behind sessions in db/shareddb, limits on tries in
// base/ratelimit. Nothing here knows a product.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/seal"
	"atrio/web/ui"
)

// DefaultMaxBody is the limit of a request body where nothing else is said.
const DefaultMaxBody = 64 << 10

// Site is the web shell of one role. Fill it by a literal; fields marked
// optional may be left out.
type Site struct {
	// Role is part of every cookie name: roles on one host must not share them.
	Role string
	// BaseURL is scheme and host, without a path: "https://login.example.it".
	BaseURL string
	// Institution is the theme Pages was made with.
	Institution ui.Theme
	Pages       *ui.Set
	// Sessions is optional: without it nobody is ever signed in.
	Sessions *Sessions
	// Keyring seals what handlers put into cookies; web itself does not use it.
	Keyring *seal.Keyring
	Now     func() time.Time
	Log     *slog.Logger
	// Refused receives the audit line of every refusal; optional, must not block.
	Refused func(ctx context.Context, ev audit.Event)
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// CrossOriginPOST lists the exact paths that other origins may POST to.
	CrossOriginPOST []string
	// FormTargets are other origins, such as "https://login.example.it", that the
	// answer to a form of any page may redirect to: browsers apply form-action to
	// that redirect too. For single pages there is NoFormAction.
	FormTargets []string
	// MaxBody limits request bodies in bytes; 0 means DefaultMaxBody.
	MaxBody int64
	// Demo shows the banner of the test federation.
	Demo bool
	// Layout adds user, navigation and the like to the frame of a page; optional.
	Layout func(r *http.Request) ui.Layout
	// Ready answers /readyz: nil means ready; optional.
	Ready func(ctx context.Context) error
	// Observe receives pattern, status and duration of every request; optional.
	Observe func(pattern string, status int, took time.Duration)
}

// Validate finds what would only fail at the first request.
func (s *Site) Validate() error {
	var faults []error
	u, err := url.Parse(s.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil {
		faults = append(faults, fmt.Errorf("web: base URL %q must be scheme and host only", s.BaseURL))
	}
	if s.Role == "" || strings.ToLower(s.Role) != s.Role {
		faults = append(faults, fmt.Errorf("web: role %q must be a word in lower case", s.Role))
	}
	if s.Pages == nil || s.Now == nil || s.Log == nil {
		faults = append(faults, errors.New("web: Pages, Now and Log are required"))
	}
	if z := s.Sessions; z != nil && (z.Store == nil || z.Now == nil || z.Idle <= 0 || z.Absolute <= 0 || z.Role != s.Role || z.Secure != s.secure()) {
		faults = append(faults, errors.New("web: Sessions needs Store, Now, Idle and Absolute, and Role and Secure as the site has them"))
	}
	for _, p := range s.CrossOriginPOST {
		if !strings.HasPrefix(p, "/") || strings.ContainsAny(p, "{}*") {
			faults = append(faults, fmt.Errorf("web: %q is not an exact path", p))
		}
	}
	for _, origin := range s.FormTargets {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || origin != u.Scheme+"://"+u.Host || strings.ContainsAny(u.Host, "*;, '\"") {
			faults = append(faults, fmt.Errorf("web: form target %q must be scheme and host only", origin))
		}
	}
	return errors.Join(faults...)
}

// secure reports whether the site is reached over https.
func (s *Site) secure() bool { return strings.HasPrefix(s.BaseURL, "https://") }

// host is the only value of the Host header that is served.
func (s *Site) host() string {
	_, host, _ := strings.Cut(s.BaseURL, "://")
	return strings.ToLower(strings.TrimSuffix(host, "/"))
}

func (s *Site) maxBody() int64 {
	if s.MaxBody > 0 {
		return s.MaxBody
	}
	return DefaultMaxBody
}
