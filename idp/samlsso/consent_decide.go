package samlsso

import (
	"net/http"

	"atrio/idp/flow"
	"atrio/web"
)

// decide takes "Acconsento", "Non acconsento", or the wish to use another
// identity where a session stood for the password.
func (h *Handler) decide(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	switch f.Value("consent") {
	case "yes":
		s.End = flow.Agreed
	case "no":
		s.End = flow.Denied
	case "other":
		s.Forget()
		s.Fresh = true
	}
	// Anything else is no decision: Next shows the page again.
	return h.Desk.Next(w, r, s)
}
