package account

import (
	"net/http"

	"atrio/authn/secondfactor"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
)

// SetupView is the view of "account/setup".
type SetupView struct {
	Service, Phone string
	Action, Cancel string
}

// setup tells who has the password alone, at a service that wants level 2, what to do. // E30
func (h *Handler) setup(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	who, err := h.Store.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "account/setup", SetupView{
		Service: s.Service(web.Lang(r)), Phone: secondfactor.Masked(who.Holder.MobilePhone),
		Action: flow.URL(s.Handle, "setup"), Cancel: flow.URL(s.Handle, "cancel"),
	}, web.Plain)
}

// leadToSetup opens the own pages, where a second factor is bound; the login waits. The
// password was typed in this login, and is all that the holder has: it is the proof that the
// pages want. The session ends with the login. // E30, REG 28
func (h *Handler) leadToSetup(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	to := Path + "/app"
	if f.Value("with") == "codes" {
		to = Path + "/codes"
	}
	who, err := h.Store.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	handle, err := h.open(w, r, s, Session(who.Holder.GivenName+" "+who.Holder.FamilyName))
	if err != nil {
		return err
	}
	if err := h.keepProof(w, handle); err != nil {
		return err
	}
	if err := h.Desk.Lend(w, s, handle); err != nil {
		return err
	}
	return web.Redirect(w, r, to)
}

// Onward is the login that waits while its holder gets level 2.
type Onward struct {
	// Waiting is the service; ContinueURL, once there is a second factor, the way on.
	Waiting, ContinueURL string
}

// Onward finds the login that waits for a holder; the zero Onward for none. // E30
func (h *Handler) Onward(r *http.Request, who *identity.Identity) (o Onward) {
	s := h.Desk.Waiting(r, web.CurrentSession(r).Handle)
	if s == nil || s.Identity != who.ID {
		return o
	}
	o.Waiting = s.Service(web.Lang(r))
	if who.Factors.Level() > 1 {
		o.ContinueURL = flow.URL(s.Handle, "")
	}
	return o
}
