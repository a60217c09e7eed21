package login

import (
	"net/http"
	"net/url"

	"atrio/web"
)

const (
	// hintKey is where the session keeps the ID token, to end the gateway's
	// session with: it says whose session it was and opens nothing.
	hintKey = "id_token_hint"
	// maxHint is what an address can carry; without the hint the gateway asks.
	maxHint = 4 << 10
	// farewell is where people arrive when they are out.
	farewell = "/login?out"
)

// logout ends the portal's session and then, by way of the browser, the
// gateway's. OIDC RP-Initiated Logout 1.0, 2
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) error {
	session := web.CurrentSession(r)
	if session == nil {
		return web.Redirect(w, r, farewell)
	}
	if err := h.Store.Leave(r.Context(), *session, h.Now()); err != nil {
		return err
	}
	if err := h.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	end, err := url.Parse(h.Provider.endSession(r.Context()))
	if err != nil || end.Host == "" {
		return web.Redirect(w, r, "/login?out=here")
	}
	q := end.Query()
	q.Set("client_id", h.Config.ClientID)
	q.Set("post_logout_redirect_uri", h.Site.BaseURL+farewell)
	q.Set("ui_locales", web.Lang(r))
	if hint := session.Data[hintKey]; hint != "" {
		q.Set("id_token_hint", hint)
	}
	end.RawQuery = q.Encode()
	return web.Redirect(w, r, end.String())
}
