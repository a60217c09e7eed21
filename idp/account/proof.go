package account

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"atrio/idp/identity"
	"atrio/web"
)

const (
	// provePath begins a login that proves the highest level that the holder has.
	provePath = "/account/prove"
	// proofCookie holds the proof: sealed, of this session alone.
	proofCookie  = "proof"
	proofPurpose = "idp.account.proof."
	// proofFresh is how old a proof may be when a page is opened, proofLasts when what was
	// typed there arrives.
	proofFresh = 10 * time.Minute
	proofLasts = 30 * time.Minute
)

// Holder is the holder whose page it is; identity.ErrUnknown for an applicant.
func (h *Handler) Holder(r *http.Request) (*identity.Identity, error) {
	return h.Store.Identity(r.Context(), web.CurrentSession(r).Subject)
}

// SignedIn lets holders pass, and leads others to the login.
func SignedIn() web.Guard {
	return web.SignedIn(func(*http.Request) string { return "/account/login" })
}

// Proving lets those pass who have just proved the highest level that they have, and leads
// others to the proof and back to the page. REG 19, L08
func (h *Handler) Proving() web.Guard {
	return func(next web.HandlerFunc) web.HandlerFunc {
		return SignedIn()(func(w http.ResponseWriter, r *http.Request) error {
			if h.Proved(r) {
				return next(w, r)
			}
			return web.Redirect(w, r, Prove(r.URL.Path))
		})
	}
}

// Prove is the address of the proof that leads to a page.
func Prove(to string) string { return provePath + "?" + url.Values{"to": {to}}.Encode() }

// Proved tells whether the holder of the session proved the highest level in it just now.
func (h *Handler) Proved(r *http.Request) bool {
	s := web.CurrentSession(r)
	sealed, held := h.Site.Cookie(r, proofCookie)
	if s == nil || !held {
		return false
	}
	raw, err := h.Site.Keyring.Open(proofPurpose+s.Handle, h.Now(), sealed)
	if err != nil {
		return false
	}
	at, err := time.Parse(time.RFC3339, string(raw))
	within := proofFresh
	if r.Method == http.MethodPost {
		within = proofLasts
	}
	return err == nil && h.Now().Sub(at) < within
}

// prove begins the proof.
func (h *Handler) prove(w http.ResponseWriter, r *http.Request) error {
	return h.Desk.Prove(w, r, ownPage(r.URL.Query().Get("to")))
}

// ownPage admits pages of holders alone.
func ownPage(to string) string {
	if to = web.LocalPath(to, Path); strings.HasPrefix(to, Path+"/") {
		return to
	}
	return Path
}

// keepProof notes that the highest level was proved in a session.
func (h *Handler) keepProof(w http.ResponseWriter, session string) error {
	now := h.Now()
	sealed, err := h.Site.Keyring.Seal(proofPurpose+session, now.Add(proofLasts), []byte(now.UTC().Format(time.RFC3339)))
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, proofCookie, sealed, web.CookieOptions{})
	return nil
}
