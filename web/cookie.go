package web

import (
	"net/http"
	"strings"
)

// CookieName is the bare name of a cookie: it carries the role, because on one
// host browsers do not tell ports apart. The site puts __Host- before it when
// it is reached over https.
func CookieName(role, name string) string { return "atrio_" + role + "_" + name }

func prefixed(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// CookieOptions are the properties of a cookie beyond the fixed ones: HttpOnly
// always, Secure and __Host- on https, path "/", SameSite=Lax.
type CookieOptions struct {
	// MaxAge in seconds; 0 keeps the cookie until the browser is closed.
	MaxAge int
	// CrossSite lets the cookie come with a POST from another site, as the
	// answer of an identity provider does: SameSite=None on https. Plain http
	// cannot have that and stays Lax; there the demo's roles are one site.
	CrossSite bool
}

// SetCookie sets a cookie by its short name, for example "flow_x7".
func (s *Site) SetCookie(w http.ResponseWriter, name, value string, opt CookieOptions) {
	c := &http.Cookie{
		Name: prefixed(CookieName(s.Role, name), s.secure()), Value: value, Path: "/", MaxAge: opt.MaxAge,
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	}
	if opt.CrossSite && s.secure() {
		c.SameSite = http.SameSiteNoneMode
	}
	http.SetCookie(w, c)
}

// ClearCookie takes a cookie away; CrossSite must be as it was set.
func (s *Site) ClearCookie(w http.ResponseWriter, name string, opt CookieOptions) {
	opt.MaxAge = -1
	s.SetCookie(w, name, "", opt)
}

// Cookie reads a cookie by its short name.
func (s *Site) Cookie(r *http.Request, name string) (string, bool) {
	c, err := r.Cookie(prefixed(CookieName(s.Role, name), s.secure()))
	if err != nil || c.Value == "" {
		return "", false
	}
	return c.Value, true
}

// Cookies reads all cookies whose short name begins with a prefix, by short name.
func (s *Site) Cookies(r *http.Request, prefix string) map[string]string {
	full := prefixed(CookieName(s.Role, ""), s.secure())
	out := map[string]string{}
	for _, c := range r.Cookies() {
		if short, ours := strings.CutPrefix(c.Name, full); ours && strings.HasPrefix(short, prefix) && c.Value != "" {
			out[short] = c.Value
		}
	}
	return out
}
