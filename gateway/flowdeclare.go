package gateway

import (
	"errors"
	"net/http"

	"atrio/gateway/access"
	"atrio/gateway/entry"
	"atrio/gateway/journey"
	"atrio/web"
)

// declaring is the guard of the declaration. Who has a second factor uses it first, and
// comes back to the service, not to the account; who has none yet declares before they
// set one up, as the institution's flow chart wants it. // G2.3
func (f *Flow) declaring(next web.HandlerFunc) web.HandlerFunc {
	account := f.signedIn(next)
	return func(w http.ResponseWriter, r *http.Request) error {
		j, err := f.Journeys.Find(r, r.URL.Query().Get("flow"))
		if err != nil && !errors.Is(err, journey.ErrExpired) || j.To.Service == "" {
			return account(w, r) // from the account
		}
		s := web.CurrentSession(r)
		if s == nil {
			return web.Redirect(w, r, journey.LoginURL(j.Handle))
		}
		o, err := f.ownAccount(r)
		switch {
		case err != nil:
			return err
		case o.Kind == access.SecondFactor:
			return f.owe(w, r, j, s.Handle)
		case o.Kind != access.Enter && o.Kind != access.Enrol:
			return web.Redirect(w, r, entry.URL(j.Handle))
		}
		return next(w, r)
	}
}

// declarations tells whether the institution takes any now.
func (f *Flow) declarations() bool {
	rule, ok := access.Lookup(access.Undertaking)
	return ok && f.Access.InForce(rule, f.today())
}
