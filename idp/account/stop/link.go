package stop

import (
	"errors"
	"net/http"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/idp/identity"
	"atrio/web"
)

// LinkMAC is how the secret of a link is stored.
func LinkMAC(ring *seal.Keyring, secret string) []byte { return ring.MAC("idp.stop.link", secret) }

// errLink: the link is over, or never was one.
var errLink = fault.New(fault.Gone, "error.stop.link").For("stop_link").Offer("stop.emergency.title", EmergencyPath)

// LinkView is the view of "stop/link".
type LinkView struct{ Token string }

// maxToken is longer than any link that we make.
const maxToken = 100

// showLink asks: programs that open the links of mails stop nobody. // A04
func (h *Handler) showLink(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if _, err := h.linked(r, token); err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "stop/link", LinkView{token}, web.Plain)
}

// link suspends an identity that somebody else may have made in the name of whoever was
// told; what lifts it is a check by two operators. // A29
func (h *Handler) link(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	who, err := h.linked(r, f.Value("token"))
	if err != nil {
		return err
	}
	return h.called(w, r, who, identity.Security, "")
}

func (h *Handler) linked(r *http.Request, token string) (*identity.Identity, error) {
	if token == "" || len(token) > maxToken {
		return nil, errLink
	}
	who, err := h.Store.StopLink(r.Context(), LinkMAC(h.Site.Keyring, token), h.Now())
	if errors.Is(err, identity.ErrUnknown) {
		return nil, errLink
	}
	return who, err
}
