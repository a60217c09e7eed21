package credential

import (
	"net/http"

	"atrio/idp/flow"
	"atrio/web"
	"atrio/web/ui"
)

// PasswordView is the view of "credential/password".
type PasswordView struct {
	Frame
	ui.Errors
	Notice
	UserID string
}

func (h *Handler) showPassword(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	return h.passwordPage(w, r, s, http.StatusOK, PasswordView{})
}

func (h *Handler) passwordPage(w http.ResponseWriter, r *http.Request, s *flow.State, status int, v PasswordView) error {
	v.Frame = frame(r, s, "")
	return h.Site.Page(w, r, status, "credential/password", v, web.Plain)
}
