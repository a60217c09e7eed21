package credential

import (
	"encoding/hex"
	"net/http"
	"time"

	"atrio/idp/identity"
	"atrio/web"
)

// knownFor is how long a browser counts as known after a right password.
const knownFor = 180 * 24 * time.Hour

const knownPurpose = "idp.known"

// knownName is the cookie of one User ID in one browser. The name holds a part
// of a MAC, so that two people of one computer have a cookie each and neither is
// named in it.
func (h *Handler) knownName(userID string) string {
	return "known_" + hex.EncodeToString(h.Checker.Keyring.MAC(knownPurpose, userID)[:6])
}

// Known returns the id of a browser that signed in with this User ID before.
// Such a browser has a limit of its own (Limits.Known); it gains nothing else.
func (h *Handler) Known(r *http.Request, userID string) string {
	sealed, ok := h.Site.Cookie(r, h.knownName(userID))
	if !ok {
		return ""
	}
	id, err := h.Checker.Keyring.Open(knownPurpose+"."+userID, h.Now(), sealed)
	if err != nil {
		return ""
	}
	return string(id)
}

// remember makes this browser known for the User ID.
func (h *Handler) remember(w http.ResponseWriter, r *http.Request, userID string) {
	if h.Known(r, userID) != "" {
		return
	}
	sealed, err := h.Checker.Keyring.Seal(knownPurpose+"."+userID, h.Now().Add(knownFor), []byte(identity.NewID()))
	if err != nil {
		return // the login goes on; this browser only stays unknown
	}
	h.Site.SetCookie(w, h.knownName(userID), sealed, web.CookieOptions{MaxAge: int(knownFor.Seconds())})
}
