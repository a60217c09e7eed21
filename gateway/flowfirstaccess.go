package gateway

import (
	"net/http"

	"atrio/gateway/access"
	"atrio/gateway/entry"
	"atrio/gateway/journey"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// signedIn is the guard of the account: who has a second factor passes it with both, so
// that neither a password nor the mailbox that gives one back opens the account alone; who
// has none sets one up from the second access on. // ASVS 6.4.3, G4.1, G4.8
func (f *Flow) signedIn(next web.HandlerFunc) web.HandlerFunc {
	guarded := func(w http.ResponseWriter, r *http.Request) error {
		o, err := f.ownAccount(r)
		switch {
		case err != nil:
			return err
		case o.Kind == access.Enter:
			return next(w, r)
		case o.Kind == access.SecondFactor:
			return f.prove(w, r, "")
		}
		j, err := f.Journeys.Begin(w, r, journey.Destination{})
		if err != nil {
			return journey.Explain(err, "")
		}
		return web.Redirect(w, r, entry.URL(j.Handle))
	}
	return web.SignedIn(func(*http.Request) string { return "/login" })(guarded)
}

// ownAccount asks the rules about the account of who is signed in. A suspension opens it:
// there it is ended. // G4.6
func (f *Flow) ownAccount(r *http.Request) (access.Outcome, error) {
	s := web.CurrentSession(r)
	if s == nil {
		return access.Outcome{Kind: access.Enter}, nil
	}
	if l := loginOf(s); l.ByState() && l.Level >= person.Level2 || l.SecondFactor {
		return access.Outcome{Kind: access.Enter}, nil // nothing about the person matters then
	}
	o, err := f.judge(r, s, journey.Destination{})
	if err != nil || o.Kind != access.SecondFactor {
		return o, err
	}
	if until, err := f.SuspendedUntil(r.Context(), s.Subject, f.Now()); err != nil || !until.IsZero() {
		return access.Outcome{Kind: access.Enter}, err
	}
	return o, nil
}

// owesFactor tells that the account of who is signed in asks for a second factor.
func (f *Flow) owesFactor(r *http.Request) (bool, error) {
	o, err := f.ownAccount(r)
	return o.Kind == access.SecondFactor, err
}

// judgeAccount asks the rules about the own account. The first login by password opens it
// alone, for as long as it lasts. // G4.1
func (f *Flow) judgeAccount(r *http.Request, s *web.Session) (access.Outcome, error) {
	p, book, err := f.known(r.Context(), s.Subject)
	if err != nil {
		return access.Outcome{}, err
	}
	login, err := f.Subjects.FirstLogin(r.Context(), s.Subject)
	p.FirstAccess = login != "" && login == sso.Login(s)
	return book.Decide(p, access.OwnAccount(), loginOf(s), f.today()), err
}
