package login

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"atrio/base/fault"
	"atrio/web"
)

// start sends the person to the gateway.
func (h *Handler) start(w http.ResponseWriter, r *http.Request) error {
	if ahead(r) {
		// Nobody pressed anything yet: a login begun now would push out one that
		// somebody did begin. Browsers drop the answer and ask again on the click.
		w.WriteHeader(http.StatusTooEarly)
		return nil
	}
	f, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	back := returnAddress(f.Value("return"))
	g, err := h.Provider.discover(r.Context())
	if err != nil {
		return withWaysOn(err, back)
	}
	state, p, err := h.remember(w, r, back)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, g.oauth.AuthCodeURL(state,
		oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier), oauth2.SetAuthURLParam("ui_locales", web.Lang(r))))
}

// ahead reports whether a browser fetches the address before anybody asks for it.
func ahead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
		if strings.Contains(strings.ToLower(r.Header.Get(name)), "prefetch") {
			return true
		}
	}
	return false
}

// withWaysOn offers another try, which leads back to the same page, and the
// login page.
func withWaysOn(err error, back string) error {
	return fault.From(err).Offer("login.action.again", "/login/start?return="+url.QueryEscape(back)).Offer("login.action.other", "/login")
}
