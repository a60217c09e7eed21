package recovery

import "net/http"

// lostPath is for who has lost the answer or the number.
const lostPath = AskPath + "/lost"

// LostView is the view of "recovery/lost".
type LostView struct{ Support string }

func (h *Handler) lost(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "recovery/lost", LostView{h.Support})
}
