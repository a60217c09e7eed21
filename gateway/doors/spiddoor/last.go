package spiddoor

import (
	"encoding/base64"
	"net/http"

	"atrio/web"
)

// The browser remembers the last provider only if the person asked for it. The
// cookie holds "-" until the first login after that. // G1.1
const (
	lastCookie = "spid_last"
	lastNone   = "-"
	lastMaxAge = 180 * 24 * 60 * 60
)

// Last is the provider this browser remembers, and whether it may.
func (d *Door) Last(r *http.Request) (entityID string, on bool) {
	value, ok := d.Site.Cookie(r, lastCookie)
	if !ok {
		return "", false
	}
	name, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return "", true
	}
	return string(name), true
}

// Remember switches that memory.
func (d *Door) Remember(w http.ResponseWriter, on bool) {
	if !on {
		d.Site.ClearCookie(w, lastCookie, web.CookieOptions{})
		return
	}
	d.Site.SetCookie(w, lastCookie, lastNone, web.CookieOptions{MaxAge: lastMaxAge})
}

// noteLast remembers the provider taken now, if the person wants that.
func (d *Door) noteLast(w http.ResponseWriter, r *http.Request, entityID string) {
	if _, on := d.Last(r); on {
		d.Site.SetCookie(w, lastCookie, base64.RawURLEncoding.EncodeToString([]byte(entityID)), web.CookieOptions{MaxAge: lastMaxAge})
	}
}
