package gateway

import (
	"net/http"

	factors "atrio/authn/secondfactor"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/people/person"
	"atrio/web"
)

// byPasskey goes on after the door of passkeys: one answer stands for two factors, since
// the device asked for a PIN or looked at the person. G4.5
func (f *Flow) byPasskey(w http.ResponseWriter, r *http.Request, j journey.Journey, e secondfactor.Entry) error {
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
