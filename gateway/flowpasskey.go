package gateway

import (
	"net/http"

	factors "atrio/authn/secondfactor"
	"atrio/base/fault"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/people/person"
	"atrio/web"
)

// byPasskey goes on after the door of passkeys: one answer stands for two factors, since
// the device asked for a PIN or looked at the person. G4.5
func (f *Flow) byPasskey(w http.ResponseWriter, r *http.Request, j journey.Journey, e secondfactor.Entry) error {
	if !claims(j.Link) { // who came by SPID or CIE goes on with that login // G3.8
		if err := f.passkeySuffices(j); err != nil {
			return err
		}
	}
	j.Correlation = newCorrelation()
	used := secondfactor.Used{Kind: factors.Passkey, Factor: e.Use.Factor, Synced: e.Answer.Synced, At: f.Now()}
	said := person.Assertion{Door: person.DoorPasskey, Level: person.Level1, ACR: secondfactor.ACR, AuthnAt: used.At}
	visit, secret := f.visit(r, j, said)
	open := visit.Session
	visit.Session = func(a account.Account) web.Session {
		s := open(a)
		s.AMR = used.AMR(nil)
		return s
	}
	opened := handleOf(&visit)
	a, err := f.Entrance.EnterByPasskey(r.Context(), visit, e.Use)
	if err != nil {
		return refused(err, j)
	}
	f.Site.Sessions.SetCookie(w, *secret)
	if j.Link != nil {
		return f.offerLink(w, r, j, said, a, *opened)
	}
	return f.arrive(w, r, j)
}

// passkeySuffices lets a passkey open the own account, and services that ask for no more
// than level 1. // G2.6
func (f *Flow) passkeySuffices(j journey.Journey) error {
	if j.To.Kind != journey.ToAuthorize || access.LevelSuffices(j.To.Level, person.Level1) {
		return nil
	}
	return fault.New(fault.Denied, "error.passkey.level").For("level_too_low").
		Offer("gateway.action.other", journey.LoginURL(j.Handle)).Offer("gateway.action.help", "/help")
}
