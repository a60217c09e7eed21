package gateway

import (
	"errors"
	"net/http"

	"atrio/authn/passkey"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/doors/passkeydoor"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/gateway/secondfactor/challenge"
	"atrio/gateway/secondfactor/enrolment"
	"atrio/gateway/sso"
	"atrio/web"
)

// openSecondFactor builds the pages that set second factors up and ask for them.
func (g *Gateway) openSecondFactor(c Config, d Deps, limits limits, sessions *sso.SSO) []web.Mounter {
	checker := &secondfactor.Checker{
		Codes: d.Store, Passkeys: passkeysOf(d), Limiter: d.Limiter, Keyring: d.Site.Keyring, Limits: c.SecondFactor.Limits(), Now: d.Now,
	}
	return []web.Mounter{
		&passkeydoor.Door{
			Site: d.Site, Journeys: g.Flow.Journeys, Accounts: d.Store, Checker: checker, ServiceName: d.Services.NameOf,
			Passed: g.Flow.byPasskey, Limit: limits.posts, Now: d.Now,
		},
		&enrolment.Enrolment{
			Site: d.Site, Factors: d.Store, Checker: checker, Accounts: d.Store, Prefixes: c.SecondFactor.SMSPrefixes,
			Event: sessions.Event, Again: g.Flow.again, Prove: g.Flow.prove, Now: d.Now,
			Enrolled: g.Flow.enrolled, Onward: g.Flow.onward, ServiceName: d.Services.NameOf,
			SignIn: web.SignedIn(func(*http.Request) string { return "/login" }), Limit: limits.posts,
		},
		&challenge.Challenge{
			Site: d.Site, Journeys: g.Flow.Journeys, Factors: d.Store, Checker: checker, Event: sessions.Event,
			ServiceName: d.Services.NameOf, Passed: g.Flow.secondFactor, Leave: g.Flow.withoutSecondFactor, Desk: len(c.Clerks) > 0,
			Limit: limits.posts, Now: d.Now,
		},
	}
}

// passkeysOf is the site that passkeys are made for; nil where it has no domain name.
func passkeysOf(d Deps) *passkey.Party {
	party, err := passkey.New(d.Site.BaseURL, d.Site.Institution.Institution.IT)
	if err != nil {
		return nil
	}
	return party
}

// prove asks who is signed in for a second factor, and leads back to a page of the account.
func (f *Flow) prove(w http.ResponseWriter, r *http.Request, page string) error {
	s := web.CurrentSession(r)
	if s == nil {
		return f.again(w, r, page)
	}
	j := journey.Journey{Handle: journey.NewHandle(), To: journey.Destination{Kind: journey.ToAccount, Resume: page}}
	return f.owe(w, r, j, s.Handle)
}

// owe asks for a second factor in the session of that public handle, which is or
// becomes the browser's; the login goes on in secondFactor. // G4.8
func (f *Flow) owe(w http.ResponseWriter, r *http.Request, j journey.Journey, session string) error {
	owing := journey.Journey{Handle: j.Handle, Step: journey.Owing, To: j.To, Proved: session, Correlation: j.Correlation}
	if err := f.Journeys.Save(w, r, &owing); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, challenge.Path+"?flow="+owing.Handle)
}

// secondFactor goes on after a second factor was proved: the session gives way to one
// that says so, in one commit, and the journey ends at its destination.
func (f *Flow) secondFactor(w http.ResponseWriter, r *http.Request, j journey.Journey, used secondfactor.Used) error {
	current := web.CurrentSession(r)
	if current == nil || current.Handle != j.Proved {
		return journey.Explain(journey.ErrWrongStep, j.Handle)
	}
	if err := f.stepUp(w, r, current, used, j.Handle, j.To.Service); err != nil {
		return refused(err, j)
	}
	return f.arrive(w, r, j)
}

// stepUp lets the session give way to one in which a second factor was used. once names
// the login or the setting-up in which it was: that works once.
func (f *Flow) stepUp(w http.ResponseWriter, r *http.Request, current *web.Session, used secondfactor.Used, once, service string) error {
	next, secret := f.SSO.StepUp(r, current, used)
	now := f.Now()
	err := f.Entrance.StepUp(r.Context(), account.StepUp{
		From: current.Handle, Session: next, Now: now,
		Once: account.Once{Kind: "second_factor", ID: once, Until: now.Add(2 * f.Journeys.Life)},
		Event: eventOf(now, f.Site.Role, r, map[string]string{
			"method": string(used.Kind), "factor": used.Factor, "service": service, "login": sso.Login(current),
		}),
	})
	if err == nil {
		f.Site.Sessions.SetCookie(w, secret)
	}
	return err
}

// enrolled goes on after a first second factor was set up by somebody whose session has
// one factor only: both were used in this login. // G4.1
func (f *Flow) enrolled(w http.ResponseWriter, r *http.Request, used secondfactor.Used, once string) error {
	err := f.stepUp(w, r, web.CurrentSession(r), used, once, "")
	if errors.Is(err, shareddb.ErrUsed) {
		return nil // the form was sent twice
	}
	return err
}

// onward is where a person was going who had to set a second factor up first; ok is
// false when nobody waits for them. // G4.1
func (f *Flow) onward(r *http.Request, flow string) (service, address string, ok bool) {
	j, err := f.Journeys.Find(r, flow, journey.Choosing)
	if err != nil || j.To.Kind != journey.ToAuthorize {
		return "", "", false
	}
	return j.To.Service, f.address(j.To), true
}

// withoutSecondFactor is "Annulla": to the own account, or to the login page with the
// destination, where other doors are.
func (f *Flow) withoutSecondFactor(w http.ResponseWriter, r *http.Request, j journey.Journey) error {
	owes, err := f.owesFactor(r)
	if err != nil {
		return err
	}
	if j.To.Kind != journey.ToAuthorize && !owes {
		j.To = journey.Destination{}
		return f.arrive(w, r, j)
	}
	fresh := journey.Journey{Handle: j.Handle, Step: journey.Choosing, To: j.To}
	if err := f.Journeys.Save(w, r, &fresh); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, journey.LoginURL(j.Handle))
}
