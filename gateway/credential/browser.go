package credential

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"atrio/gateway/account"
	"atrio/web"
)

// knownFor is how long a browser counts as known after a right password.
const knownFor = 180 * 24 * time.Hour

const knownPurpose = "credential.known"

// Browsers knows browsers again that were entered with a password. Such a browser has a
// limit of its own (Limits.Known) and gains nothing else.
type Browsers struct {
	Site *web.Site
	Now  func() time.Time
}

// name is the cookie of one account in one browser. It holds a part of a MAC, so that
// two people of one computer have a cookie each and neither is named in it.
func (b Browsers) name(code account.Code) string {
	return "known_" + hex.EncodeToString(b.Site.Keyring.MAC(knownPurpose, string(code))[:6])
}

// purpose binds the cookie to one password: who knew an earlier one has no browsers
// left to guess the next with.
func (b Browsers) purpose(c Credential) string {
	return knownPurpose + "." + c.Account.ID + "." + strconv.FormatInt(c.SetAt.UnixMicro(), 10)
}

// Known gives the id of a browser that was entered with this password before, else "".
func (b Browsers) Known(r *http.Request, c Credential) string {
	if c.SetAt.IsZero() {
		return ""
	}
	sealed, ok := b.Site.Cookie(r, b.name(c.Account.Code))
	if !ok {
		return ""
	}
	id, err := b.Site.Keyring.Open(b.purpose(c), b.Now(), sealed)
	if err != nil {
		return ""
	}
	return string(id)
}

// maxKnown is how many accounts one browser is known for: on the computers of a library
// the cookies of everybody would outgrow what a server reads.
const maxKnown = 5

// Remember makes this browser known for an account with the password set at a time.
func (b Browsers) Remember(w http.ResponseWriter, r *http.Request, c Credential) {
	if b.Known(r, c) != "" {
		return
	}
	sealed, err := b.Site.Keyring.Seal(b.purpose(c), b.Now().Add(knownFor), []byte(rand.Text()))
	if err != nil {
		return // the login goes on; this browser only stays unknown
	}
	own := b.name(c.Account.Code)
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(b.Site.Cookies(r, "known_"))), func(n string) bool { return n == own })
	for i := 0; i <= len(others)-maxKnown; i++ {
		b.Site.ClearCookie(w, others[i], web.CookieOptions{})
	}
	b.Site.SetCookie(w, own, sealed, web.CookieOptions{MaxAge: int(knownFor.Seconds())})
}
