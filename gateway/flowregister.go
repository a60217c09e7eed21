package gateway

import (
	"atrio/people/civil"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"atrio/authn/proofofwork"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/fiscalcode"
	"atrio/gateway/journey"
	"atrio/gateway/registration/draft"
	"atrio/gateway/registration/wizard"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// Registering is what the registration without a digital identity works with; without
// Places there is none.
type Registering struct {
	Places draft.Places
	// Compare tells which facts do not fit a codice fiscale.
	Compare func(code person.FiscalCode, f civil.Facts) []string
	// WorkBits is the work asked of a browser; 0 is the default.
	WorkBits int
}

// firstPassword is the password that a registration ends with, under the rules of all.
type firstPassword struct{ *credential.Chooser }

func (p firstPassword) Check(secret string, about ...string) error {
	return p.Rules.Check(secret, append(about, p.Place...)...)
}

func (p firstPassword) Hash(ctx context.Context, secret string) (string, error) {
	return p.Hasher.Hash(ctx, secret)
}

// sendLimits bound how many addresses get a code from one network: with the work of a
// browser a whole campus, without it what a help desk would still call normal.
func sendLimits() (worked, idle ratelimit.Limit) {
	return ratelimit.Limit{Name: "registration.send", Burst: 100, Per: time.Hour}, ratelimit.Limit{Name: "registration.send_idle", Burst: 10, Per: time.Hour}
}

// openRegistration opens the registration, and the page on which a codice fiscale comes
// later; without a gazetteer there is neither.
func (g *Gateway) openRegistration(c Config, d Deps, l limits, sessions *sso.SSO, names func(id, lang string) string) []web.Mounter {
	if d.Registering.Places == nil {
		return nil
	}
	g.register = g.openWizard(c, d, l, names)
	return []web.Mounter{g.register, &fiscalcode.FiscalCode{
		Site: d.Site, Store: d.Store, Compare: d.Registering.Compare, Event: sessions.Event,
		SignIn: web.SignedIn(func(*http.Request) string { return "/login" }), Limit: l.posts, Now: d.Now,
	}}
}

// openWizard wires the registration; its last page leads to the login page, with the
// journey that the person came with.
func (g *Gateway) openWizard(c Config, d Deps, l limits, names func(id, lang string) string) *wizard.Wizard {
	worked, idle := sendLimits()
	return &wizard.Wizard{
		Site: d.Site, Drafts: d.Store, Places: d.Registering.Places, Passwords: firstPassword{g.passwords.Chooser}, Compare: d.Registering.Compare,
		Work:      &proofofwork.Maker{Keyring: d.Site.Keyring, Now: d.Now, Bits: d.Registering.WorkBits},
		AllowCode: l.code,
		AllowSend: func(ctx context.Context, from netip.Addr, did bool) error {
			if did {
				return d.Limiter.Allow(ctx, worked, web.ClientNetwork(from))
			}
			return d.Limiter.Allow(ctx, idle, web.ClientNetwork(from))
		},
		Limit: l.posts, OwnDomains: c.OwnMailDomains, NoticeVersion: c.PrivacyVersion, Digits: c.PersonCodeDigits,
		FiscalCodeDays: c.FiscalCodeDays, SupportMail: c.SupportMail, Now: d.Now,
		ServiceName: func(r *http.Request, flow string) string { return names(g.Flow.destinationOf(r, flow), web.Lang(r)) },
		UnitOf:      func(r *http.Request, flow string) string { return g.Flow.unitOf(g.Flow.destinationOf(r, flow)) },
	}
}

// destinationOf is where a journey of this browser leads, "" without one.
func (f *Flow) destinationOf(r *http.Request, flow string) string {
	j, err := f.Journeys.Find(r, flow)
	if err != nil && !errors.Is(err, journey.ErrExpired) {
		return ""
	}
	return j.To.Service
}

// displaceMail tells the holder of an account that two accounts have one codice fiscale:
// who only declared it, and who proved it. // G3.8
func (f *Flow) displaceMail(which string) func(account.Account) notify.Message {
	return func(a account.Account) notify.Message {
		texts, key := f.Site.Pages.Catalog(), "relink.mail."+which
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language, Subject: texts.Text(a.Language, key+".subject"),
			Text: texts.Text(a.Language, key+".text", "name", a.Called(), "code", string(a.Code), "help", f.Site.BaseURL+"/help"),
		}
	}
}
