package account

import (
	"net/http"

	"atrio/base/audit"
	"atrio/web"
)

// logout ends the session of level 1. Services where the holder is signed in
// are not told: the page says so. SPID-RT single logout
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	session := web.CurrentSession(r)
	if session == nil {
		return web.Redirect(w, r, "/")
	}
	if err := h.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	if err := h.Store.Note(r.Context(), h.event(r, session.Subject, audit.SessionEnded)); err != nil {
		return err
	}
	h.Site.Notice(w, "idp.notice.logout")
	return web.Redirect(w, r, "/")
}
