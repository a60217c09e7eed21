// Package selfcare is the person's own account: my data with their sources, linked
// identities, sessions and their end, history. // G5.1
//
// It reads accounts and the audit log, ends sessions, takes identities away, exports
// what is known and closes the account. Making sessions is the work of gateway/sso,
// making accounts that of gateway/registration.
package selfcare

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/declaration"
	"atrio/gateway/parental"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "selfcare", FS: files} }

// Addresses of the account.
const (
	AccountPath    = "/account"
	sessionsPath   = "/account/sessions"
	endPath        = "/account/sessions/end"
	endStayPath    = "/account/sessions/stay"
	historyPath    = "/account/history"
	identitiesPath = "/account/identities"
	exportPath     = "/account/export"
	closingPath    = "/account/closing"
	disputePath    = "/account/history/dispute"
	disputedPath   = "/account/history/disputed"
	namePath       = "/account/name"
	againPath      = "/account/again"
	factorsPath    = "/account/second-factor" // its pages are in gateway/secondfactor/enrolment
)

// Accounts reads what is known about a person and ends their sessions.
type Accounts interface {
	Account(ctx context.Context, id string) (account.Account, error)
	Attributes(ctx context.Context, accountID string) ([]account.Attribute, error)
	Identities(ctx context.Context, accountID string) ([]account.Identity, error)
	// Affiliations are what ties the person to the institution.
	Affiliations(ctx context.Context, accountID string) ([]account.Affiliation, error)
	// Authorisations are those of whoever has parental responsibility.
	Authorisations(ctx context.Context, accountID string) ([]parental.Authorisation, error)
	// Declarations are those about SPID and CIE, Words what the person wrote in one.
	Declarations(ctx context.Context, accountID string) ([]declaration.Declaration, error)
	Words(ctx context.Context, declarationID string, now time.Time) (string, error)
	EndSession(ctx context.Context, accountID, handle string, ev audit.Event) error
	// Stays are the browsers in which the password need not be typed again; EndStay ends
	// one, fault.NotFound when there is none.
	Stays(ctx context.Context, accountID string, now time.Time) ([]account.Stay, error)
	EndStay(ctx context.Context, accountID, handle string, ev audit.Event) error
}

// Changes are what a person does to their own account, each with its audit line and
// its mail in one commit.
type Changes interface {
	// Unlink takes an identity away; the last one is refused.
	Unlink(ctx context.Context, c account.Change, identityID string) error
	// ChooseName says how the person wants to be called; "" takes it back.
	ChooseName(ctx context.Context, c account.Change, name string) error
	// Close closes the account and ends its sessions.
	Close(ctx context.Context, c account.Change) error
	// Dispute ends all other sessions after an event that the person does not know,
	// named by its reference; n is how many ended.
	Dispute(ctx context.Context, c account.Change, reference string) (n int, err error)
}

// History reads the audit lines that concern a person, newest first.
type History interface {
	EventsOf(ctx context.Context, subject string, before int64, limit int) ([]audit.Row, error)
}

// Selfcare serves the account pages.
type Selfcare struct {
	Site     *web.Site
	Accounts Accounts
	Changes  Changes
	History  History
	// ProviderName gives the display name of an issuer.
	ProviderName func(issuer string) string
	// ServiceName gives the display name of a service in a language.
	ServiceName func(id, lang string) string
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// SignOut ends the session of this browser and leads on.
	SignOut web.HandlerFunc
	// SignIn leads somebody who is not signed in to the login page.
	SignIn web.Guard
	// Again begins a new login that leads to the page of this name; see Path.
	Again func(w http.ResponseWriter, r *http.Request, page string) error
	// HasFactor tells whether an account has a second factor, suspended or not.
	HasFactor func(ctx context.Context, accountID string) (bool, error)
	// Limit guards form posts against floods.
	Limit web.Guard
}

// Mount gives the pages their addresses.
func (s *Selfcare) Mount(m *web.Mux) {
	m.Get(AccountPath, s.data, s.SignIn)
	m.Get(sessionsPath, s.sessions, s.SignIn)
	m.Post(endPath, s.end, s.SignIn, s.Limit)
	m.Post(endStayPath, s.endStay, s.SignIn, s.Limit)
	m.Get(historyPath, s.history, s.SignIn)
	m.Get(disputePath, s.dispute, s.SignIn)
	m.Post(disputePath, s.disputed, s.SignIn, s.Limit)
	m.Get(disputedPath, s.done, s.SignIn)
	m.Get(identitiesPath, s.identities, s.SignIn, s.fresh("identities"))
	m.Post(identitiesPath, s.unlink, s.SignIn, s.Limit, s.fresh("identities"))
	m.Get(namePath, s.chosenName, s.SignIn)
	m.Post(namePath, s.chooseName, s.SignIn, s.Limit)
	m.Post(exportPath, s.export, s.SignIn, s.Limit, s.fresh("export"))
	m.Get(closingPath, s.closing, s.SignIn, s.fresh("closing"))
	m.Post(closingPath, s.close, s.SignIn, s.Limit, s.fresh("closing"))
	m.Post(againPath, s.again, s.SignIn, s.Limit)
}

// Nav is the navigation of the account pages.
func Nav(path string) []ui.NavItem {
	items := []ui.NavItem{
		{Key: "selfcare.nav.data", URL: AccountPath},
		{Key: "selfcare.nav.factors", URL: factorsPath},
		{Key: "selfcare.nav.sessions", URL: sessionsPath},
		{Key: "selfcare.nav.history", URL: historyPath},
		{Key: "credential.nav", URL: credential.ChangePath},
	}
	for i := range items {
		items[i].Current = items[i].URL == path || items[i].URL == factorsPath && strings.HasPrefix(path, factorsPath+"/")
	}
	return items
}

// accountOf is the account of who is signed in. One that is gone ends the session.
func (s *Selfcare) accountOf(r *http.Request) (account.Account, error) {
	return s.Accounts.Account(r.Context(), web.CurrentSession(r).Subject)
}

func before(id string) string { return historyPath + "?" + url.Values{"before": {id}}.Encode() }
