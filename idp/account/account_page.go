package account

import (
	"errors"
	"net/http"
	"time"

	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/web"
)

// shownAccesses is how many lines the list has.
const shownAccesses = 20

// View is the view of "account/account".
type View struct {
	Name     string
	UserID   string
	SPIDCode string
	State    identity.State
	Expires  time.Time
	// Level is the highest level of the credentials.
	Level int
	// Since and Until bound the present session.
	Since    time.Time
	Until    time.Time
	Accesses []Access
}

// show tells the holder who is signed in and where the identity was used.
func (h *Handler) show(w http.ResponseWriter, r *http.Request) error {
	session := web.CurrentSession(r)
	who, err := h.Store.Identity(r.Context(), session.Subject)
	if errors.Is(err, identity.ErrUnknown) {
		return web.Redirect(w, r, way.Request) // an applicant
	}
	if err != nil {
		return err
	}
	accesses, err := h.Store.Accesses(r.Context(), who.ID, shownAccesses)
	if err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "account/account", View{
		Name: who.Holder.GivenName + " " + who.Holder.FamilyName, UserID: who.UserID, SPIDCode: string(who.SPIDCode),
		State: who.State, Expires: who.ExpiresAt, Level: who.Factors.Level(),
		Since: session.CreatedAt, Until: session.ExpiresAt, Accesses: accesses,
	})
}
