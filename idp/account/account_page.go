package account

import (
	"errors"
	"net/http"
	"time"

	"atrio/federation/spid"
	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
)

// shownAccesses is how many lines the list has.
const shownAccesses = 5

// View is the view of "account/account".
type View struct {
	Name     string
	UserID   string
	SPIDCode string
	State    identity.State
	Cause    identity.Cause
	StateAt  time.Time
	Expires  time.Time
	// Document is its kind, DocumentEnds its last day; "" and zero when there is none.
	Document     string
	DocumentEnds time.Time
	// Renewable says that the contract can be renewed now, MayLift that the holder can lift
	// the suspension, MayReport that a denuncia can be handed in, MayDocument that a new
	// document makes the identity active, or is what is still missing then.
	Renewable, MayLift, MayReport, MayDocument bool
	History                                    []EventView
	// Level is the highest level of the credentials; Cards says that level 3 is granted.
	Level int
	Cards bool
	// Since and Until bound the present session.
	Since    time.Time
	Until    time.Time
	Accesses []Access
}

// EventView is a line of the history. // REG 21
type EventView struct {
	At         time.Time
	Act, Cause string
	Fields     []string
	Role       string
}

// shownEvents is how many lines of the history the page has.
const shownEvents = 20

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
	events, err := h.Store.LifeOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	v := View{
		Name: who.Holder.GivenName + " " + who.Holder.FamilyName, UserID: who.UserID, SPIDCode: string(who.SPIDCode),
		State: who.State, Cause: who.Cause, StateAt: who.StateAt, Expires: who.ExpiresAt, Level: min(who.Factors.Level(), h.MaxLevel), Cards: h.MaxLevel >= int(spid.L3),
		Document: who.Holder.Document.Kind, DocumentEnds: who.Holder.Document.ExpiresOn,
		Renewable: !h.Endless && life.MayRenew(who, h.Now()), MayLift: who.May(identity.Lift, "", identity.AsHolder) && who.Factors.Level() > 1,
		MayReport: who.May(identity.Revoke, identity.Fraud, identity.AsHolder) && who.Factors.Level() > 1, MayDocument: who.State == identity.Suspended && life.MayDocument(who, h.Now()),
		Since: session.CreatedAt, Until: session.ExpiresAt, Accesses: accesses,
	}
	if h.Endless {
		v.Expires = time.Time{}
	}
	for _, e := range events[:min(len(events), shownEvents)] {
		v.History = append(v.History, EventView{At: e.At, Act: e.Word(), Cause: string(e.Cause), Fields: e.Fields, Role: string(e.By.Role)})
	}
	return h.Site.Page(w, r, http.StatusOK, "account/account", v)
}
