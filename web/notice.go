package web

import (
	"net/http"
	"strings"
)

const noticeCookie = "notice"

// Notice leaves a message for the next page, after a redirect: a catalogue key
// with "notice." at its beginning or ".notice." inside, and without arguments.
// The cookie holds only the key, so the worst a visitor can do by changing it
// is to show himself another of our own messages.
func (s *Site) Notice(w http.ResponseWriter, key string) {
	s.SetCookie(w, noticeCookie, key, CookieOptions{MaxAge: 60})
}

// takeNotice reads the message and takes it away.
func (s *Site) takeNotice(w http.ResponseWriter, r *http.Request) string {
	key, ok := s.Cookie(r, noticeCookie)
	if !ok {
		return ""
	}
	s.ClearCookie(w, noticeCookie, CookieOptions{})
	named := strings.HasPrefix(key, "notice.") || strings.Contains(key, ".notice.")
	if !named || s.Pages.Catalog().Check(key) != nil {
		return ""
	}
	return key
}
