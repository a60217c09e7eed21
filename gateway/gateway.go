// Package gateway is the institution's login ("Servizi Online"): doors, accounts,
// one session, and the services behind it.
//
// This package puts the rooms together (New) and holds the one order of steps
// (flow.go). What a room does is in its own package: doors and doors/spiddoor,
// registration, selfcare, sso, oidcop. Rules of access are in access, all SQL in
// gatewaydb. Rooms return to flow.go and do not know each other.
package gateway

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/ratelimit"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/declaration"
	"atrio/gateway/doors"
	"atrio/gateway/doors/ciedoor"
	"atrio/gateway/doors/eidasdoor"
	"atrio/gateway/doors/exit"
	"atrio/gateway/doors/passkeydoor"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/doors/spiddoor"
	"atrio/gateway/entry"
	"atrio/gateway/fiscalcode"
	"atrio/gateway/help"
	"atrio/gateway/helpdesk"
	"atrio/gateway/helpdesk/declarations"
	"atrio/gateway/helpdesk/tasks"
	"atrio/gateway/journey"
	"atrio/gateway/lostmailbox"
	"atrio/gateway/oidcop"
	"atrio/gateway/parental"
	"atrio/gateway/recovery"
	"atrio/gateway/registers"
	"atrio/gateway/registration"
	"atrio/gateway/registration/wizard"
	"atrio/gateway/release"
	"atrio/gateway/relink"
	"atrio/gateway/secondfactor"
	"atrio/gateway/secondfactor/challenge"
	"atrio/gateway/secondfactor/enrolment"
	"atrio/gateway/secondfactor/suspension"
	"atrio/gateway/selfcare"
	"atrio/gateway/services"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/saml/xmlsec"
	"atrio/web"
	"atrio/web/ui"
)

// Store is everything the gateway needs of its database; *gatewaydb.Store is one.
type Store interface {
	selfcare.Accounts
	selfcare.Changes
	helpdesk.Desk
	helpdesk.People
	helpdesk.Tickets
	tasks.Store
	tasks.Tickets
	declarations.Store
	lostmailbox.Store
	registration.Codes
	wizard.Drafts
	fiscalcode.Store
	oidcop.Store
	Entrance
	sso.Store
	exit.Sessions
	secondfactor.Factors
	secondfactor.Codes
	secondfactor.Suspensions
	// PasswordReset tells when a password was chosen without the one before, and by what.
	PasswordReset(ctx context.Context, accountID string) (at time.Time, by string, err error)
	help.Votes
	credential.Store
	credential.StayStore
	recovery.Store
	entry.Statements
	Subjects
	declaration.Store
	Person(ctx context.Context, accountID string) (release.Person, error)
}

// Deps are what the gateway works with. All are required.
type Deps struct {
	// Site has Sessions and Keyring, and pages made from Pages().
	Site *web.Site
	// Store is the gateway's database, History the audit log of the same one.
	Store   Store
	History helpdesk.History
	// Limiter counts on all nodes: it bounds what costs others something.
	Limiter *ratelimit.Limiter
	// Hasher compares passwords at a bounded rate.
	Hasher credential.Hasher
	// Directory knows the SPID providers, CIE the provider of CIE and EIDAS the Italian
	// node of eIDAS; the doors of the last two are there when these are not nil.
	Directory, CIE, EIDAS samldoor.Directory
	// Outage tells whether a provider has known problems and what is said about them;
	// nil when only the configuration knows.
	Outage func(entityID string) (text string, on bool)
	// SPIDSigner signs requests and metadata towards SPID and the eIDAS node,
	// CIESigner those towards CIE.
	SPIDSigner, CIESigner xmlsec.Signer
	// SPIDCertificates and CIECertificates are published in their metadata: of the key
	// that signs, a coming one, a former one. nil: that of the signer alone.
	SPIDCertificates, CIECertificates func() [][]byte
	// Services is the register of services, TokenKeys sign what they are told.
	Services  *services.Register
	TokenKeys oidcop.Keys
	// Registering is for people who come without a digital identity.
	Registering Registering
	// Refusals keeps the pairs of refused answers; nil keeps none.
	Refusals Refusals
	// Now is calendar time; TokenClock is the wall clock of tokens, time.Now when nil.
	Now        func() time.Time
	TokenClock func() time.Time
}

// Gateway is the product, ready to be mounted.
type Gateway struct {
	// Flow is the order of steps.
	Flow *Flow
	// Provider is the OpenID Provider.
	Provider *oidcop.Provider

	mounts       []web.Mounter
	register     *wizard.Wizard
	suspension   *suspension.Suspension
	help         *help.Help
	mailbox      *lostmailbox.Mailbox
	passwords    *credential.Passwords
	declarations *declaration.Desk
	spid         *samldoor.Metadata
	cie          *samldoor.Metadata
}

// Pages are all pages of the gateway, for the site that New gets.
func Pages() []ui.Pages {
	return []ui.Pages{
		doors.Pages(), help.Pages(), spiddoor.Pages(), ciedoor.Pages(), eidasdoor.Pages(),
		exit.Pages(), registration.Pages(), wizard.Pages(), fiscalcode.Pages(),
		relink.Pages(), selfcare.Pages(), entry.Pages(), declaration.Pages(),
		helpdesk.Pages(), tasks.Pages(), declarations.Pages(), lostmailbox.Pages(), sso.Pages(), oidcop.Pages(), credential.Pages(),
		recovery.Pages(), registers.Pages(), parental.Pages(),
		enrolment.Pages(), challenge.Pages(), passkeydoor.Pages(), suspension.Pages(),
	}
}

// CrossOriginPOST lists the paths that other origins may post to.
func CrossOriginPOST() []string {
	return slices.Concat(spiddoor.CrossOriginPOST(), ciedoor.CrossOriginPOST(), oidcop.CrossOriginPOST())
}

// New wires the rooms. The errors are mistakes of configuration.
func New(c Config, d Deps) (*Gateway, error) {
	if err := errors.Join(append(c.Validate(), c.CheckRegister(d.Services)...)...); err != nil {
		return nil, err
	}
	c = c.WithDefaults()
	keeper := &journey.Keeper{Keyring: d.Site.Keyring, Jar: d.Site, Now: d.Now, Life: c.LoginLife.Std()}
	sessions := &sso.SSO{Site: d.Site, Store: d.Store, Now: d.Now}
	flow := &Flow{Site: d.Site, Journeys: keeper, Entrance: d.Store, SSO: sessions, Refusals: d.Refusals, Digits: c.PersonCodeDigits, Now: d.Now,
		Services: d.Services, Access: access.NewBook(c.Decisions), Subjects: d.Store, Terms: c.Declaration.Terms(), Factors: d.Store.FactorStatus}
	limits := newLimits(c.Limits, d)
	g := &Gateway{Flow: flow}
	out := d.worlds().Exits(c, sessions.Event, limits.starts)
	sessions.Leave = out.Leave

	d.Directory = samldoor.Without{Directory: d.Directory, Other: d.EIDAS}
	spid, entrances := g.openDoors(c, d, samldoor.Common{
		Site: d.Site, Journeys: keeper, Passed: flow.passed, Now: d.Now,
	}, limits)
	passwords, err := g.openPasswords(c, d, limits, sessions)
	if err != nil {
		return nil, err
	}
	g.passwords = passwords
	names, serviceNames, there := samldoor.Worlds{d.Directory, d.CIE, d.EIDAS}.NameOf, d.Services.NameOf, d.worlds()
	choice := &doors.Doors{
		Site: d.Site, Journeys: keeper, Providers: there.Providers(c.SPID), ServiceName: serviceNames, Links: c.SPID.OfficialLinks(),
		Last: spid.Last, Remember: spid.Remember, Limit: limits.posts,
		CIE: there.Button(d.CIE, c.CIE.Outage), EIDAS: there.Button(d.EIDAS, c.EIDAS.Outage), Staying: flow.staying,
		Declaring: flow.declarations,
		Passkeys:  passkeysOf(d) != nil,
	}
	g.help = openHelp(c, d, limits, choice)
	g.mounts = append(entrances, choice, g.help, passwords)
	g.mounts = append(g.mounts, g.openLocalDoor(c, d, limits, sessions, choice)...)
	g.mounts = append(g.mounts, g.openHelpdesk(c, d, limits, sessions, names, serviceNames)...)
	g.mounts = append(g.mounts, g.openAccounts(c, d, limits, sessions, names, serviceNames)...)
	g.suspension = g.openSuspension(d, limits, sessions, passwords.Checker)
	g.mounts = slices.Concat(g.mounts, out.Mounts(), g.openSecondFactor(c, d, limits, sessions), g.openRegistration(c, d, limits, sessions, serviceNames))
	g.mounts = append(g.mounts, g.suspension)
	g.mounts = append(g.mounts, g.openRules(d, limits, sessions, serviceNames)...)
	g.Provider, err = oidcop.New(oidcop.Deps{
		Site: d.Site, Services: d.Services, Keys: d.TokenKeys, Login: login{flow}, People: d.Store, Store: d.Store, Clock: d.TokenClock,
	})
	if err != nil {
		return nil, err
	}
	g.mounts = append(g.mounts, g.Provider)
	return g, nil
}

// openAccounts builds the first entry, the way back to an account, and the account itself.
func (g *Gateway) openAccounts(c Config, d Deps, limits limits, sessions *sso.SSO, names func(string) string, serviceNames func(id, lang string) string) []web.Mounter {
	flow := g.Flow
	return []web.Mounter{
		&registration.Registration{
			Site: d.Site, Journeys: flow.Journeys, Codes: d.Store, AllowCode: limits.code, Limit: limits.posts,
			OwnDomains: c.OwnMailDomains, NoticeVersion: c.PrivacyVersion, ProviderName: names, ServiceName: serviceNames,
			Finish: flow.registered, Leave: flow.shown, Now: d.Now,
		},
		&relink.Relink{
			Site: d.Site, Journeys: flow.Journeys, Limit: limits.posts,
			AsNew: flow.asNew, Enter: flow.enterAgain, Link: flow.link, Leave: flow.arrive,
		},
		&selfcare.Selfcare{
			Site: d.Site, Accounts: d.Store, Changes: d.Store, Again: flow.again, History: d.History, ProviderName: names,
			ServiceName: serviceNames, Event: sessions.Event, SignOut: sessions.SignOut,
			SignIn: flow.signedIn, HasFactor: hasFactor(d.Store), Limit: limits.posts,
		},
		sessions,
	}
}

// SPIDMetadata is the signed description of the service towards SPID, as served.
func (g *Gateway) SPIDMetadata() ([]byte, error) { return g.spid.Document() }

// CIEMetadata is the signed description of the service towards CIE, as served.
// It fails with fault.NotFound when that door is not configured.
func (g *Gateway) CIEMetadata() ([]byte, error) {
	if g.cie == nil {
		return nil, fault.New(fault.NotFound, "error.cie.provider_unknown").For("cie_not_configured")
	}
	return g.cie.Document()
}

// Mounts are the addresses of the gateway.
func (g *Gateway) Mounts() []web.Mounter { return g.mounts }

// Jobs are what has to be done again and again; those of the tables are with
// gatewaydb and shareddb.
func (g *Gateway) Jobs() []jobs.Job {
	list := slices.Concat(g.Provider.Jobs(), g.suspension.Jobs(), g.help.Jobs(), g.mailbox.Jobs())
	list = append(list, g.declarations.Job())
	if g.register != nil {
		list = append(list, g.register.Jobs()...)
	}
	return list
}

// Layout adds who is signed in, and the navigation of the account, to pages.
func Layout(r *http.Request) ui.Layout {
	s := web.CurrentSession(r)
	if s == nil {
		return ui.Layout{}
	}
	nav := selfcare.Nav
	if strings.HasPrefix(r.URL.Path, helpdesk.Path) {
		nav = helpdesk.Nav
	}
	return ui.Layout{User: sso.Name(s), UserURL: selfcare.AccountPath, LogoutURL: "/logout", Nav: nav(r.URL.Path)}
}

// Entrance lets people in; see account.Visit.
type Entrance interface {
	// Enter admits a known person in one commit; known is false for others.
	Enter(ctx context.Context, v account.Visit) (a account.Account, known bool, err error)
	// Register makes the account of a first entry in one commit; created is false
	// when another first entry of the same person was faster.
	Register(ctx context.Context, e account.FirstEntry) (a account.Account, created bool, err error)
	// Namesake tells whether an account, or any ("") has the names and the birth date of a person.
	Namesake(ctx context.Context, p person.Assertion, accountID string) (bool, error)
	// EnterByPassword admits somebody who typed the password of an account, in one commit.
	EnterByPassword(ctx context.Context, v account.PasswordVisit) (account.Account, error)
	// Declares tells whether an account, or any (""), declared a codice fiscale and proved none.
	Declares(ctx context.Context, code person.FiscalCode, accountID string) (bool, error)
	// Relink links a changed identifier to an account that was proved.
	Relink(ctx context.Context, l account.Relink) error
	// EnterByPasskey admits somebody whose passkey answered, in one commit.
	EnterByPasskey(ctx context.Context, v account.Visit, u secondfactor.PasskeyUse) (account.Account, error)
	// StepUp replaces a session in which a second factor was proved, in one commit.
	StepUp(ctx context.Context, up account.StepUp) error
	// Claim lets SPID or CIE prove the codice fiscale that an account declared, after the
	// account was proved.
	Claim(ctx context.Context, c account.Claim) (account.Account, error)
}

// home is the root of the site: the account, or the way to it.
type home struct{}

// Mount gives the root its address.
func (home) Mount(m *web.Mux) {
	m.Get("/", func(w http.ResponseWriter, r *http.Request) error {
		if web.CurrentSession(r) == nil {
			return web.Redirect(w, r, "/login")
		}
		return web.Redirect(w, r, selfcare.AccountPath)
	})
}

// eventOf is the common part of the audit lines of a visit.
func eventOf(now time.Time, role string, r *http.Request, detail map[string]string) audit.Event {
	ev := audit.Event{At: now, Role: role, Reference: web.RequestID(r), Detail: detail}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}
