package credential

import (
	"net/http"

	"atrio/idp/flow"
	"atrio/web"
)

// cancel is "Annulla": possible at every step of a login (nr 25).
func (h *Handler) cancel(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	s.End = flow.Cancelled
	return h.Desk.Next(w, r, s)
}
