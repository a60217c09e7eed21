package account

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"atrio/federation/spid"
	"atrio/idp/flow"
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
// others to the proof and back to the page. An applicant has none: the page leads them to
// their request. REG 19, L08
func (h *Handler) Proving() web.Guard {
	return func(next web.HandlerFunc) web.HandlerFunc {
		return SignedIn()(func(w http.ResponseWriter, r *http.Request) error {
			who, err := h.Holder(r)
			switch {
			case errors.Is(err, identity.ErrUnknown), err == nil && h.Proved(r, who):
				return next(w, r)
			case err != nil:
				return err
			}
			return web.Redirect(w, r, Prove(r.URL.Path))
		})
	}
}

// Prove is the address of the proof that leads to a page.
func Prove(to string) string { return provePath + "?" + url.Values{"to": {to}}.Encode() }

// proof is what a holder proved in a session, and when: at Level 1 the password, at 2 a second
// factor too.
type proof struct {
	At    time.Time `json:"at"`
	Level int       `json:"level"`
}

// Proved tells whether the holder of the session has just proved in it the highest level that
// they have now. Who got level 2 since a proof by the password proves again: somebody else
// may have had the password then.
func (h *Handler) Proved(r *http.Request, who *identity.Identity) bool {
	s := web.CurrentSession(r)
	sealed, held := h.Site.Cookie(r, proofCookie)
	if s == nil || !held || s.Subject != who.ID {
		return false
	}
	raw, err := h.Site.Keyring.Open(proofPurpose+s.Handle, h.Now(), sealed)
	var p proof
	if err != nil || json.Unmarshal(raw, &p) != nil {
		return false
	}
	within := proofFresh
	if r.Method == http.MethodPost {
		within = proofLasts
	}
	return h.Now().Sub(p.At) < within && p.Level >= min(who.Factors.Level(), int(spid.L2))
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

// keepProof notes what a login proved, in a session. It is as old as what was typed last: a
// login that is gone through again proves nothing new.
func (h *Handler) keepProof(w http.ResponseWriter, s *flow.State, session string) error {
	p := proof{At: s.PasswordAt, Level: int(spid.L1)}
	if !s.SecondAt.IsZero() {
		p.Level = int(spid.L2)
	}
	if s.SecondAt.After(p.At) {
		p.At = s.SecondAt
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	sealed, err := h.Site.Keyring.Seal(proofPurpose+session, p.At.Add(proofLasts), raw)
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, proofCookie, sealed, web.CookieOptions{})
	return nil
}
