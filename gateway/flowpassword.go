package gateway

import (
	"context"
	"net/http"

	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/doors"
	"atrio/gateway/doors/localdoor"
	"atrio/gateway/journey"
	"atrio/gateway/recovery"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// openPasswords builds what compares and chooses passwords.
func (g *Gateway) openPasswords(c Config, d Deps, limits limits, sessions *sso.SSO) (*credential.Passwords, error) {
	rules, err := c.Password.Rules()
	if err != nil {
		return nil, err
	}
	g.Flow.Rules = rules
	g.Flow.Stays = &credential.Stays{Site: d.Site, Store: d.Store, Life: c.Password.StayFor(), SecondFactor: hasFactor(d.Store), Now: d.Now}
	sessions.Forget, g.Flow.SuspendedUntil = g.Flow.Stays.Forget, d.Store.SuspendedUntil
	bounds, names := credential.DefaultLimits(), d.Site.Institution
	return &credential.Passwords{
		Site: d.Site, Journeys: g.Flow.Journeys, Browsers: credential.Browsers{Site: d.Site, Now: d.Now},
		Checker: &credential.Checker{Store: d.Store, Hasher: d.Hasher, Limiter: d.Limiter, Limits: bounds},
		Chooser: &credential.Chooser{
			Store: d.Store, Hasher: d.Hasher, Rules: rules, Limiter: d.Limiter, Limits: bounds, Now: d.Now,
			Place: []string{names.Institution.IT, names.Institution.EN, names.Service.IT, names.Service.EN},
		},
		Event: sessions.Event, Arrive: g.Flow.arrive, Renewed: g.Flow.enterByPassword,
		SignIn: g.Flow.signedIn, Limit: limits.posts, Now: d.Now,
	}, nil
}

// openLocalDoor builds the door of the password, and the way to get one back.
func (g *Gateway) openLocalDoor(c Config, d Deps, limits limits, sessions *sso.SSO, choice *doors.Doors) []web.Mounter {
	p := g.passwords
	return []web.Mounter{
		&recovery.Recovery{
			Site: d.Site, Store: d.Store, Chooser: p.Chooser, Browsers: p.Browsers, Limiter: d.Limiter,
			Event: sessions.Event, Tell: p.Tell, Limit: limits.posts, SupportMail: c.SupportMail, Now: d.Now,
		},
		&localdoor.Door{
			Site: d.Site, Journeys: g.Flow.Journeys, Checker: p.Checker, Browsers: p.Browsers, Show: choice.ShowLocal,
			Stays: g.Flow.Stays, ReadCode: c.ReadCode(), Event: sessions.Event, Passed: g.Flow.typed, Limit: limits.posts,
		},
	}
}

// hasFactor tells whether an account has a second factor: without one no browser keeps
// its password. // G1.3
func hasFactor(store secondfactor.Factors) func(ctx context.Context, accountID string) (bool, error) {
	return func(ctx context.Context, accountID string) (bool, error) {
		s, err := store.FactorStatus(ctx, accountID)
		return len(s.Factors) > 0, err
	}
}

// staying names who need not type the password in a browser.
func (f *Flow) staying(r *http.Request) (string, error) {
	p, _, err := f.Stays.Find(r)
	return p.Account.Name(), err
}

// secure asks for a first password while the session lasts that was just opened: of
// accounts that were made here, and of those from the time before passwords. // G3.7
//
// A login of level 1 chooses none: it would be half of something stronger than itself.
func (f *Flow) secure(w http.ResponseWriter, r *http.Request, j journey.Journey, a account.Account, session string, level person.Level) error {
	if !a.PasswordAt.IsZero() || level < person.Level2 {
		return f.arrive(w, r, j)
	}
	ask := journey.Journey{Handle: j.Handle, Step: journey.Securing, To: j.To, Proved: session}
	if err := f.Journeys.Save(w, r, &ask); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, credential.ChoosePath+"?flow="+j.Handle)
}

// shown goes on when the new Codice Persona was read.
func (f *Flow) shown(w http.ResponseWriter, r *http.Request, j journey.Journey) error {
	level := person.Level1
	if s := web.CurrentSession(r); s != nil {
		level = sso.Level(s)
	}
	return f.secure(w, r, j, account.Account{}, j.Proved, level)
}

// typed goes on after Codice Persona and password were right: whether it has expired, and
// in. What a password alone opens is asked where every login is (flowaccess.go): the
// session is of level 1, and the way to more is a page.
func (f *Flow) typed(w http.ResponseWriter, r *http.Request, j journey.Journey, p credential.Proof) error {
	if !f.Rules.Expired(p.SetAt, f.Now()) {
		return f.enterByPassword(w, r, j, p)
	}
	j.Step, j.Account, j.PasswordAt, j.Passed = journey.Renewing, p.Account.ID, p.SetAt, f.Now()
	if err := f.Journeys.Save(w, r, &j); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, credential.ChoosePath+"?flow="+j.Handle)
}

// enterByPassword opens the session of somebody who typed their password.
func (f *Flow) enterByPassword(w http.ResponseWriter, r *http.Request, j journey.Journey, p credential.Proof) error {
	j.Correlation = newCorrelation()
	said := person.Assertion{Door: person.DoorLocal, Level: person.Level1, ACR: sso.SingleFactor, AuthnAt: p.TypedAt}
	if said.AuthnAt.IsZero() {
		said.AuthnAt = f.Now()
	}
	visit, secret := f.visit(r, j, said)
	opened := handleOf(&visit)
	entering := account.PasswordVisit{Visit: visit, AccountID: p.Account.ID, PasswordAt: p.SetAt, PHC: p.PHC}
	var kept string
	if p.Stay {
		var err error
		var offered bool
		if entering.Stay, kept, offered, err = f.Stays.Begin(r, p); err != nil {
			return err
		}
		if !offered {
			f.Site.Notice(w, "credential.notice.stay")
		}
	}
	a, err := f.Entrance.EnterByPassword(r.Context(), entering)
	if err != nil {
		return refused(err, j)
	}
	f.Site.Sessions.SetCookie(w, *secret)
	if kept != "" {
		f.Stays.Keep(w, kept)
	}
	if j.Link != nil {
		return f.offerLink(w, r, j, said, a, *opened)
	}
	return f.arrive(w, r, j)
}
