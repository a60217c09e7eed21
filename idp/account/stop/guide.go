package stop

import (
	"net/http"

	"atrio/idp/useful"
	"atrio/web"
)

// The page of help about the life of an identity: it needs no login.
const (
	GuidePath = "/help/identity"
	GuidePage = "identity"
)

// questions are what people ask, in the order of the page; each is an anchor that the help
// desk can send.
var questions = []string{"lost", "pause", "unknown", "document", "contract", "revoke", "help"}

// GuideView is the view of "stop/guide".
type GuideView struct {
	Questions []string
	Foot      useful.Foot
}

func (h *Handler) guide(w http.ResponseWriter, r *http.Request) error {
	v := GuideView{Questions: questions}
	if h.Useful != nil {
		v.Foot = h.Useful.Foot(r, GuidePage)
	}
	return h.Site.Page(w, r, http.StatusOK, "stop/guide", v)
}

func (h *Handler) mountGuide(m *web.Mux) { m.Get(GuidePath, h.guide) }
