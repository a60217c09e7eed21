package gateway

import (
	"context"
	"net/http"

	"atrio/base/fault"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// openPasswords builds what compares and chooses passwords.
func (g *Gateway) openPasswords(c Config, d Deps, limits limits, sessions *sso.SSO) (*credential.Passwords, error) {
	rules, err := c.Password.rules()
	if err != nil {
		return nil, err
	}
	g.Flow.Rules = rules
	g.Flow.Stays = &credential.Stays{Site: d.Site, Store: d.Store, Life: c.Password.stay(), SecondFactor: hasFactor(d.Store), Now: d.Now}
	sessions.Forget = g.Flow.Stays.Forget
	bounds, names := credential.DefaultLimits(), d.Site.Institution
	return &credential.Passwords{
		Site: d.Site, Journeys: g.Flow.Journeys, Browsers: credential.Browsers{Site: d.Site, Now: d.Now},
		Checker: &credential.Checker{Store: d.Store, Hasher: d.Hasher, Limiter: d.Limiter, Limits: bounds},
		Chooser: &credential.Chooser{
			Store: d.Store, Hasher: d.Hasher, Rules: rules, Limiter: d.Limiter, Limits: bounds, Now: d.Now,
			Place: []string{names.Institution.IT, names.Institution.EN, names.Service.IT, names.Service.EN},
		},
		Event: sessions.Event, Arrive: g.Flow.arrive, Renewed: g.Flow.enterByPassword,
		SignIn: web.SignedIn(func(*http.Request) string { return "/login" }), Limit: limits.posts, Now: d.Now,
	}, nil
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
func (f *Flow) secure(w http.ResponseWriter, r *http.Request, j journey.Journey, a account.Account, session string) error {
	if !a.PasswordAt.IsZero() {
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
	return f.secure(w, r, j, account.Account{}, j.Proved)
}

// typed goes on after Codice Persona and password were right: what a password alone
// opens, whether it has expired, and in.
func (f *Flow) typed(w http.ResponseWriter, r *http.Request, j journey.Journey, p credential.Proof) error {
	// Who came by SPID or CIE and proves an account goes on with that login. // G3.8
	if !claims(j.Link) {
		if err := f.passwordSuffices(r, j, p.Account); err != nil {
			return err
		}
	}
	if !f.Rules.Expired(p.SetAt, f.Now()) {
		return f.enterByPassword(w, r, j, p)
	}
	j.Step, j.Account, j.PasswordAt, j.Passed = journey.Renewing, p.Account.ID, p.SetAt, f.Now()
	if err := f.Journeys.Save(w, r, &j); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, credential.ChoosePath+"?flow="+j.Handle)
}

// passwordSuffices refuses services that want more than one factor, or another age. The
// own account opens with the password alone. // G2.6, G2.9
func (f *Flow) passwordSuffices(r *http.Request, j journey.Journey, a account.Account) error {
	if j.To.Kind != journey.ToAuthorize {
		return nil
	}
	if !access.LevelSuffices(j.To.Level, person.Level1) {
		return fault.New(fault.Denied, "error.local.level").For("level_too_low").
			Offer("gateway.action.other", journey.LoginURL(j.Handle)).Offer("gateway.action.help", "/help")
	}
	ages := f.agesOf(j.To.Service)
	if !ages.Set() {
		return nil
	}
	birth, err := f.birthOf(r.Context(), a.ID)
	if err != nil {
		return err
	}
	return refused(f.admits(ages, birth), j)
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
