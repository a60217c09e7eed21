package exit

import (
	"net/http"

	"atrio/gateway/account"
	"atrio/saml"
	"atrio/saml/slo"
	"atrio/web"
)

// LeavingView is the view of "exit/leaving": signed out here, and on the way to the
// provider, by a link or a form.
type LeavingView struct {
	Provider string
	// Address is where the link leads; "" when a form with Fields leads to Action.
	Address string
	Action  string
	Fields  []web.Field
	// Silent: the provider will not answer, so nobody is sent there unasked.
	Silent bool
	// Next leads on without the provider's answer.
	Next string
}

// Leave goes on after the session here has ended: to the provider whose session is left
// over, and then to the address to, "" for our own page. The page that it shows stays in
// the browser until the provider has answered something, however long that takes; by then
// the person has read that they are signed out here, and can go on.
func (e *Exit) Leave(w http.ResponseWriter, r *http.Request, s account.DoorSession, to string) error {
	provider, known := e.Directory.Provider(s.Issuer)
	if !known {
		return e.left(w, r, LeftView{State: Unreachable, Provider: s.Issuer, To: to})
	}
	d, pending, err := e.Own.Ask(saml.NewID(), e.Now(), provider.Peer(), s.NameID, s.SessionIndex, "")
	if err != nil {
		return e.left(w, r, LeftView{State: Unreachable, Provider: provider.Name, To: to})
	}
	if err := e.remember(w, waiting{PendingLogout: pending, To: to}); err != nil {
		return err
	}
	view := LeavingView{Provider: provider.Name, Next: e.unansweredPath(), Silent: e.Silent != nil && e.Silent(s.Issuer)}
	if err := view.fill(d); err != nil {
		return err
	}
	if view.Address != "" && !view.Silent {
		// Works without scripts; the page stays until the provider has answered.
		w.Header().Set("Refresh", "0;url="+view.Address)
	}
	return e.Site.Page(w, r, http.StatusOK, "exit/leaving", view, web.NoFormAction, web.Plain)
}

func (v *LeavingView) fill(d slo.Delivery) (err error) {
	if d.Binding == saml.BindingRedirect {
		v.Address, err = d.RedirectURL("")
		return err
	}
	v.Action = d.Location
	v.Fields, err = fields(d, "")
	return err
}
