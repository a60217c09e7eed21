package login

import (
	"net/http"
	"net/url"

	"atrio/web"
)

// hintKey is where the session keeps the ID token, to end the gateway's session
// with: it says whose session it was and opens nothing.
const hintKey = "id_token_hint"

// logout ends the portal's session and then, by way of the browser, the
// gateway's. OIDC RP-Initiated Logout 1.0, 2
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) error {
	session := web.CurrentSession(r)
	if session == nil {
		return web.Redirect(w, r, "/login?out")
	}
	hint := session.Data[hintKey]
	if err := h.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	end := h.Provider.endSession(r.Context())
	if end == "" || hint == "" {
		return web.Redirect(w, r, "/login?out")
	}
	q := url.Values{
		"id_token_hint":            {hint},
		"client_id":                {h.Config.ClientID},
		"post_logout_redirect_uri": {h.Site.BaseURL + "/login?out"},
		"ui_locales":               {web.Lang(r)},
	}
	return web.Redirect(w, r, end+"?"+q.Encode())
}
