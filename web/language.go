package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"atrio/web/ui"
)

const languageCookie = "lang"

// aYear is the life of a language the visitor chose, in seconds.
const aYear = 365 * 24 * 60 * 60

// switchLanguage decides the language of the visit. ?lang=en on GET sets the
// cookie, leads to the same page without the parameter and reports true.
func (s *Site) switchLanguage(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || r.URL.RawQuery == "" {
		return false
	}
	q := r.URL.Query()
	// OIDC-core 3.1.2.1 ui_locales: the language the person was reading in.
	for _, l := range strings.Fields(q.Get("ui_locales")) {
		if lang, ok := supported(l); ok {
			s.SetLanguage(w, r, lang)
			break
		}
	}
	lang := q.Get("lang")
	if !slices.Contains(ui.Langs(), lang) {
		return false
	}
	s.SetCookie(w, languageCookie, lang, CookieOptions{MaxAge: aYear})
	to := samePath(r)
	if rest := withoutParameter(r.URL.RawQuery, "lang"); rest != "" {
		to += "?" + rest
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return true
}

// samePath is the path of the request as an address on this host: two slashes
// in front would lead to another one.
func samePath(r *http.Request) string {
	return "/" + strings.TrimLeft(r.URL.EscapedPath(), `/\`)
}

// SetLanguage sets the language for the rest of the browser's session, as
// ui_locales of an OpenID request asks for.
func (s *Site) SetLanguage(w http.ResponseWriter, r *http.Request, lang string) {
	if lang, ok := supported(lang); ok {
		s.SetCookie(w, languageCookie, lang, CookieOptions{})
		visitOf(r).lang = lang
	}
}

// SuggestLanguage sets the language for a visitor who chose none and whose browser
// asks for none of ours: a page that is mostly for foreigners is theirs in English.
func (s *Site) SuggestLanguage(w http.ResponseWriter, r *http.Request, lang string) {
	if v, ok := s.Cookie(r, languageCookie); ok && slices.Contains(ui.Langs(), v) {
		return
	}
	for item := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		name, _, _ := strings.Cut(item, ";")
		if _, ok := supported(name); ok {
			return
		}
	}
	s.SetLanguage(w, r, lang)
}

// withoutParameter removes one parameter from a raw query and leaves the other
// bytes alone: a signed query must come back as it was.
func withoutParameter(raw, name string) string {
	parts := strings.Split(raw, "&")
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool {
		return p == name || strings.HasPrefix(p, name+"=")
	}), "&")
}

// language is the language of a request without ?lang: cookie, then browser.
func (s *Site) language(r *http.Request) string {
	if v, ok := s.Cookie(r, languageCookie); ok && slices.Contains(ui.Langs(), v) {
		return v
	}
	return preferred(r.Header.Get("Accept-Language"))
}

// preferred picks the best supported language of Accept-Language.
// RFC 9110 12.5.4
func preferred(header string) string {
	best, weight := ui.Langs()[0], 0.0
	for i, item := range strings.Split(header, ",") {
		if i == 20 {
			break // nobody reads that many languages
		}
		name, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		lang, ok := supported(name)
		if !ok {
			continue
		}
		q := 1.0
		if v, found := strings.CutPrefix(strings.TrimSpace(params), "q="); found {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil || q < 0 || q > 1 {
				continue
			}
		}
		if q > weight {
			best, weight = lang, q
		}
	}
	return best
}

// supported reduces "en-GB" to "en" and says whether there are such pages.
func supported(tag string) (string, bool) {
	base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	return base, slices.Contains(ui.Langs(), base)
}
