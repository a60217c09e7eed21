// Package idp is the identity provider of SPID: it recognises holders of a
// digital identity for the services of the federation.
//
// New wires the rooms: samlsso (requests, consent, answers), credential (password
// and one-time codes), account (the holder's own page), flow (the state of one
// login), identity (what a holder is). The order of the steps is in order.go and
// nowhere else. SQL is in idpdb; how an identity is requested and proofed is not
// part of this package yet: identities are seeded.
package idp

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/idp/account"
	"atrio/idp/account/codeapp"
	"atrio/idp/account/data"
	"atrio/idp/account/stop"
	"atrio/idp/authenticator"
	"atrio/idp/backoffice/keeping"
	"atrio/idp/backoffice/lifedesk"
	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/reports"
	"atrio/idp/backoffice/review"
	"atrio/idp/cardlogin"
	"atrio/idp/credential"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/activation"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/handoff"
	"atrio/idp/enrolment/shop"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/idp/passwordlife"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/point/console"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/office"
	"atrio/idp/proofing/signing"
	"atrio/idp/proofing/video/booking"
	"atrio/idp/proofing/video/call"
	videoconsole "atrio/idp/proofing/video/console"
	"atrio/idp/recovery"
	"atrio/idp/retention"
	"atrio/idp/samlsso"
	"atrio/idp/useful"
	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
	"atrio/web"
	"atrio/web/ui"
)

// Store is the database of the provider; *idpdb.Store is one.
type Store interface {
	identity.Store
	credential.Store
	samlsso.Store
	account.Store
	authenticator.Store
	passwordlife.Store
	operator.Store
	enrolment.Store
	apply.Store
	apply.Codes
	useful.Votes
	shop.Store
	point.Store
	signing.Store
	handoff.Store
	cns.Store
	chip.Store
	rao.Store
	office.Store
	console.Store
	booking.Store
	videoconsole.Store
	review.Store
	reports.Store
	activation.Contacts
	retention.Store
	keeping.Store
	life.Store
	life.Codes
	life.Tasks
	stop.Store
	codeapp.Store
	cardlogin.Store
	recovery.Store
	lifedesk.Store
	Purge(ctx context.Context, now time.Time) error
}

// Deps are what the provider needs of the program around it.
type Deps struct {
	// Site is the shell of this role; Layout, CrossOriginPOST and Pages of this
	// package have to be in it.
	Site    *web.Site
	Store   Store
	Hasher  credential.Hasher
	Keyring *seal.Keyring
	// Signer signs metadata and answers, with its certificate (DER).
	Signer xmlsec.Signer
	// Certificates are published: of the key that signs, a coming one, a former
	// one. nil: that of Signer alone.
	Certificates func() [][]byte
	// Services finds a service by its entityID.
	Services spidsaml.ServiceLookup
	// Limiter counts in rows, so that limits hold on all nodes.
	Limiter *ratelimit.Limiter
	// Enrolment is what requests need; nil: this provider takes none.
	Enrolment *Enrolment
	// Now is the calendar clock.
	Now func() time.Time
}

// IdP is the product.
type IdP struct {
	config     Config
	now        func() time.Time
	store      Store
	hasher     credential.Hasher
	credential *credential.Handler
	sso        *samlsso.Handler
	account    *account.Handler
	life       *life.Registrar
	stop       *stop.Handler
	data       *data.Handler
	codes      *codeapp.Handler
	cards      *cardlogin.Handler
	app        *authenticator.Handler
	passwords  *passwordlife.Handler
	recovery   *recovery.Handler
	operators  *operator.Desk
	inviter    *operator.Inviter
	enrol      enrolling
	console    *console.Console
	office     *office.Office
	room       call.Room
	videos     *videoconsole.Console
	review     *review.Review
	lives      *lifedesk.Counter
}

// New wires the provider. It fails on a configuration that Validate refuses.
func New(c Config, d Deps) (*IdP, error) {
	if faults := c.Validate(); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if d.Site == nil || d.Site.Sessions == nil || d.Store == nil || d.Hasher == nil || d.Keyring == nil || d.Services == nil || d.Limiter == nil || d.Now == nil {
		return nil, errors.New("idp: Site with Sessions, Store, Hasher, Keyring, Services, Limiter and Now are required")
	}
	if s := d.Signer.Current(); s.Key == nil || len(s.Certificate) == 0 {
		return nil, errors.New("idp: the signer needs a key and its certificate")
	}
	c = c.withDefaults()
	p := &IdP{config: c, now: d.Now, store: d.Store, hasher: d.Hasher}
	desk := &flow.Desk{
		Site: d.Site, Keyring: d.Keyring, Now: d.Now, Timeout: time.Duration(c.LoginTimeout), Order: p.order,
	}
	node := &ratelimit.Limiter{Store: ratelimit.NewMemory(), Keyring: d.Keyring, Now: d.Now}
	p.credential = &credential.Handler{
		Limit: web.PerAddress(node, c.passwordLimit()),
		Site:  d.Site, Desk: desk, Identities: d.Store, Now: d.Now, Sender: c.SMSSender,
		Checker: &credential.Checker{Store: d.Store, Hasher: d.Hasher, Keyring: d.Keyring, Limits: c.limits(), Now: d.Now},
	}
	p.app = &authenticator.Handler{
		Site: d.Site, Desk: desk, Store: d.Store, Limiter: d.Limiter, Limits: c.appLimits(), Calls: web.PerAddress(node, appCalls()),
		Provider: c.DisplayName, SMSSender: c.SMSSender, Now: d.Now,
	}
	p.credential.App = p.app.Begin
	p.passwords = &passwordlife.Handler{
		Site: d.Site, Desk: desk, Store: d.Store, Checker: p.credential.Checker, Hasher: d.Hasher, Limiter: d.Limiter,
		Limit: web.PerAddress(node, c.passwordLimit()), Provider: c.DisplayName, Now: d.Now,
	}
	p.sso = &samlsso.Handler{
		Limit: web.PerAddress(node, c.requestLimit()),
		Site:  d.Site, Desk: desk, Services: d.Services, Identities: d.Store, Store: d.Store, Now: d.Now,
		IdP: provider(c, d), Nameless: nameless(node), SetupURL: recovery.AskPath, RequestURL: way.Request,
	}
	p.account = &account.Handler{Site: d.Site, Desk: desk, Store: d.Store, Now: d.Now, Leave: p.sso.Leave}
	p.openLife(c, d, node)
	p.app.Life, p.app.Account, p.passwords.Account = p.life, p.account, p.account
	p.passwords.Known = p.credential.Known
	p.openRecovery(c, d, node)
	if err := errors.Join(p.openBackoffice(c, d, node), p.openLevel3(c, d, desk, node), p.openEnrolment(c, d, node)); err != nil {
		return nil, err
	}
	desk.Enter = map[flow.Step]flow.Entrance{
		flow.Password:    flow.Redirect(""),
		flow.Second:      p.credential.SecondFactor,
		flow.Renew:       flow.Redirect("renew"),
		flow.Setup:       flow.Redirect("setup"),
		flow.Certificate: flow.Redirect("card"),
		flow.Consent:     flow.Redirect("consent"),
		flow.Answer:      p.recovery.CallOff(p.sso.Answer),
		flow.Enter:       p.recovery.CallOff(p.account.Enter),
		flow.Apply:       p.recovery.CallOff(p.account.EnterRequest),
		flow.Refuse:      p.end,
	}
	return p, nil
}

// appLimits applies the configuration to the defaults: what bounds the SMS of a login
// bounds those that bind an app.
func (c Config) appLimits() authenticator.Limits {
	l, of := authenticator.DefaultLimits(), c.limits()
	l.Number.Burst, l.Network.Burst, l.Pause = of.SMSNumber.Burst, of.SMSAddress.Burst, of.SMSPause
	return l
}

// appCalls bounds what apps behind one address call: one that is open looks every few
// seconds, and whole campuses share an address.
func appCalls() ratelimit.Limit {
	return ratelimit.Limit{Name: "idp.app.calls", Burst: 3000, Per: time.Minute}
}

// nameless bounds what one address may leave in the register without signing in.
func nameless(node *ratelimit.Limiter) func(*http.Request) bool {
	limit := ratelimit.Limit{Name: "ledger.nameless", Burst: 300, Per: 10 * time.Minute}
	return func(r *http.Request) bool { return node.Allow(r.Context(), limit, web.ClientAddr(r).String()) == nil }
}

// provider describes us to the federation.
func provider(c Config, d Deps) *spidsaml.IdP {
	signer := d.Signer
	if signer.Hash == 0 {
		signer.Hash = crypto.SHA256 // SPID-RT: SHA-256 or better
	}
	both := func(text string) metadata.Localized {
		return metadata.Localized{{Lang: "it", Text: text}, {Lang: "en", Text: text}}
	}
	return &spidsaml.IdP{
		EntityID: c.EntityID, SSOURL: c.BaseURL + "/sso", SLOURL: c.BaseURL + "/slo",
		Organization: metadata.Organization{
			Names: both(c.Organization), DisplayNames: both(c.DisplayName), URLs: both(c.OrganizationURL),
		},
		Signer: signer, Published: d.Certificates, Attributes: certified(),
	}
}

// certified lists the attributes that we can state, in the official order.
func certified() []string {
	var names []string
	for _, row := range spid.Attributes() {
		if identity.Certifies(row.Name) {
			names = append(names, row.Name)
		}
	}
	return names
}

// Mounts are the addresses of the provider.
func (p *IdP) Mounts() []web.Mounter {
	mounts := append(append(p.enrol.mounts, p.backoffice()...), p.sso, p.credential, p.app, p.passwords, p.account, p.stop, p.data, p.codes, p.recovery)
	if p.cards != nil {
		mounts = append(mounts, p.cards)
	}
	return mounts
}

// Cards is what answers at the listener that asks for cards; nil where there is none.
func (p *IdP) Cards() http.Handler { return p.enrol.cards }

// Metadata is the signed description, as served at /metadata.
func (p *IdP) Metadata() ([]byte, error) { return p.sso.Description() }

// Jobs are what has to happen again and again.
func (p *IdP) Jobs() []jobs.Job {
	return append(slices.Concat(p.enrol.jobs, p.backofficeJobs(), p.life.Jobs(), p.passwords.Jobs()), jobs.Job{
		// Also deletes accesses after 24 months. I13, SPID-RT registro
		Name: "idp.purge", Every: time.Hour,
		Run: func(ctx context.Context, now time.Time) error { return p.store.Purge(ctx, now) },
	})
}

// Seed stores identities made by hand, for the demonstration and for tests, and
// leaves alone those whose User ID or spidCode exists.
func (p *IdP) Seed(ctx context.Context, seeds ...identity.Seed) error {
	s := &identity.Seeder{Store: p.store, Hasher: p.hasher, Provider: p.config.Code, Now: p.now}
	for n, seed := range seeds {
		if _, err := s.Plant(ctx, seed); err != nil && !fault.Is(err, fault.Conflict) {
			return fmt.Errorf("idp: seed %d: %w", n+1, err)
		}
	}
	return nil
}

// Pages are the pages and texts of the provider.
func Pages() []ui.Pages {
	return append(slices.Concat(backofficePages(), enrolmentPages()), samlsso.Pages(), samlsso.AnomalyPages(), credential.Pages(), passwordlife.Pages(), authenticator.Pages(), account.Pages(), life.Pages(), stop.Pages(), data.Pages(), codeapp.Pages(), recovery.Pages(), cardlogin.Pages(), evidence.Pages(), picture.Pages())
}

// CrossOriginPOST are the exact addresses that other origins post to.
func CrossOriginPOST() []string { return samlsso.CrossOriginPOST() }

// Layout names the signed-in holder, or operator, in the frame of every page; the
// shell's Layout has to be this.
func Layout(r *http.Request) ui.Layout {
	if s := web.CurrentSession(r); s != nil && operator.Is(s.Subject) {
		return operator.Layout(r)
	}
	return account.Layout(r)
}
