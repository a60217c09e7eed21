package idp

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"

	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/federation/spid"
	"atrio/idp/account/codeapp"
	"atrio/idp/account/data"
	"atrio/idp/account/stop"
	"atrio/idp/cardlogin"
	"atrio/idp/enrolment/activation"
	"atrio/idp/flow"
	"atrio/idp/life"
	"atrio/idp/recovery"
	"atrio/web"
)

// openLife builds what happens to identities after their activation: the holder's pages
// that change something, the notices, the jobs.
func (p *IdP) openLife(c Config, d Deps, node *ratelimit.Limiter) {
	p.life = &life.Registrar{
		Price: c.Enrolment.Renewal, Extend: c.extend(), Store: d.Store, Texts: d.Site.Pages.Catalog(), Site: d.Site.BaseURL, Service: d.Site.Institution.Service.In, Role: d.Site.Role, Now: d.Now,
	}
	codes := &life.CodeDesk{Store: d.Store, Keyring: d.Keyring, Limiter: d.Limiter, Now: d.Now}
	posts, uploads := web.PerAddress(node, c.passwordLimit()), web.PerAddress(node, perUpload())
	p.stop = &stop.Handler{
		Site: d.Site, Account: p.account, Life: p.life, Codes: codes, Store: d.Store, Limiter: d.Limiter, Limit: posts, UploadLimit: uploads, Now: d.Now,
	}
	p.data = &data.Handler{
		Site: d.Site, Account: p.account, Life: p.life, Codes: codes, Tasks: d.Store, Months: c.months(), Prefixes: c.Enrolment.WithDefaults().Prefixes,
		Price: c.Enrolment.Renewal, Limit: posts, UploadLimit: uploads, Now: d.Now,
	}
	p.codes = &codeapp.Handler{
		Site: d.Site, Account: p.account, Store: d.Store, Codes: codes, Provider: c.DisplayName, SMSSender: c.SMSSender, Limit: posts, Now: d.Now,
	}
	if e := d.Enrolment; e != nil {
		p.stop.Keeper, p.stop.Pictures = e.Vault, e.Pictures
		p.data.Keeper, p.data.Pictures = e.Vault, e.Pictures
	}
	p.credential.Alarm = func(r *http.Request, id string) error {
		return p.life.Guessed(r.Context(), d.Limiter, id, p.account.Event(r, id, audit.IdentityWarned))
	}
	p.sso.Told, p.account.Endless = p.life.Used, c.extend() > 0
}

// openLevel3 builds the login by a card, where level 3 is granted. // I12
func (p *IdP) openLevel3(c Config, d Deps, desk *flow.Desk, node *ratelimit.Limiter) error {
	p.account.MaxLevel = c.MaxLevel
	if c.MaxLevel < int(spid.L2) {
		p.sso.SetupURL = "" // no way leads there
	}
	if !c.Level3() {
		return nil
	}
	if d.Enrolment == nil || d.Enrolment.Cards == nil {
		return errors.New("idp: level 3 is granted, and nobody judges cards")
	}
	p.cards = &cardlogin.Handler{
		Site: d.Site, Desk: desk, Account: p.account, Store: d.Store, Judge: d.Enrolment.Cards, Limiter: d.Limiter, BaseURL: c.CNS.BaseURL,
		Provider: c.DisplayName, Limit: web.PerAddress(node, c.passwordLimit()), Now: d.Now,
	}
	p.sso.CardURL = cardlogin.Path
	return nil
}

// openRecovery builds how holders get a forgotten password back.
func (p *IdP) openRecovery(c Config, d Deps, node *ratelimit.Limiter) {
	p.recovery = &recovery.Handler{
		Site: d.Site, Store: d.Store, Account: p.account, Life: p.life, Codes: p.data.Codes, Passwords: p.passwords, Hasher: d.Hasher,
		Work: &proofofwork.Maker{Keyring: d.Keyring, Now: d.Now}, Limiter: d.Limiter, Limit: web.PerAddress(node, c.passwordLimit()),
		Stop: p.stopLink(d), Support: c.Enrolment.WithDefaults().SupportMail, Now: d.Now,
	}
}

// stopLink makes links that stop an identity. // A29
func (p *IdP) stopLink(d Deps) func() (url string, mac []byte) {
	return func() (string, []byte) {
		secret := rand.Text()
		return d.Site.BaseURL + stop.LinkPath + "?token=" + secret, stop.LinkMAC(d.Keyring, secret)
	}
}

// extend is by how many months the end that services are told is moved on: the contract has none.
func (c Config) extend() int {
	if c.Contract.Years > 0 {
		return 0
	}
	return c.months()
}

// months is how long an identity lasts, and a renewal after it.
func (c Config) months() int {
	return cmp.Or(c.ValidityMonths, 12*c.Contract.Years, activation.DefaultMonths)
}
