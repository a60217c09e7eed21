package account

import (
	"net/http"

	"atrio/web"
)

// logout ends the session of level 1; the services where the holder is signed in are
// told. SPID-RT single logout
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	session := web.CurrentSession(r)
	if session == nil {
		return web.Redirect(w, r, "/")
	}
	return h.Leave(w, r, session)
}
