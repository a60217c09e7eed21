// Package helpdesk is where clerks of the institution help people with their accounts:
// search by exact keys, the timeline of an account in words, the check of a caller by a
// code, and deeds, of which the dangerous ones wait for a second person or for time.
//
// Clerks never see or set a secret, and see of a person only what helps to help: names
// and how they come in, not what providers said. Whoever looks gives a reason, which is
// written into the audit log first. Deeds are decided here (deed.go) and done in one
// commit by gatewaydb; the holder is told of each by mail. // G5.4
package helpdesk

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/registration"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "helpdesk", FS: files} }

// Addresses of the desk.
const (
	Path        = "/helpdesk"
	searchPath  = "/helpdesk/search"
	personPath  = "/helpdesk/person"
	deedPath    = "/helpdesk/deed"
	mergePath   = "/helpdesk/merge"
	decidePath  = "/helpdesk/decide"
	callerPath  = "/helpdesk/caller"
	answersPath = "/helpdesk/answers"
	accessPath  = "/helpdesk/access"
	unitPath    = "/helpdesk/unit"
	loginPath   = "/helpdesk/login"
	// TasksPath is the queue, of package tasks.
	TasksPath = "/helpdesk/tasks"
	// DeclarationsPath is that of package declarations.
	DeclarationsPath = "/helpdesk/declarations"
)

// Member is somebody who works at the desk.
type Member struct {
	Role Role
	Unit string
}

// People reads accounts for the desk.
type People interface {
	Account(ctx context.Context, id string) (account.Account, error)
	Attributes(ctx context.Context, accountID string) ([]account.Attribute, error)
	Identities(ctx context.Context, accountID string) ([]account.Identity, error)
	// NoteRead writes down that a clerk looked, before anything is shown.
	NoteRead(ctx context.Context, ev audit.Event) error
	// ProveCaller uses up the code of a caller and writes it down; false when it was used.
	ProveCaller(ctx context.Context, journey string, code []byte, ev audit.Event) (bool, error)
}

// History reads the audit log.
type History interface {
	EventsOf(ctx context.Context, subject string, before int64, limit int) ([]audit.Row, error)
	EventsByReference(ctx context.Context, reference string, limit int) ([]audit.Row, error)
}

// Helpdesk serves the pages.
type Helpdesk struct {
	Site    *web.Site
	Desk    Desk
	People  People
	History History
	Codes   registration.Codes
	Factors secondfactor.Factors
	// ReadCode reads a Codice Persona, as the login page does.
	ReadCode func(string) (account.Code, error)
	// SuspendedUntil is when the suspension of the second factors of an account ends.
	SuspendedUntil func(ctx context.Context, accountID string, now time.Time) (time.Time, error)
	// PasswordReset tells when a password was chosen without the one before, and by what.
	PasswordReset func(ctx context.Context, accountID string) (at time.Time, by string, err error)
	// Tickets are those of the desk, MailboxAsked writes to every contact that the account
	// gets another address.
	Tickets      Tickets
	MailboxAsked func(MailboxChange) secondfactor.TellAll
	// ResetAsked writes to every contact that a reset of second factors was asked for.
	ResetAsked func(secondfactor.Reset) secondfactor.TellAll
	// Members are the clerks, by their Codice Persona.
	Members map[account.Code]Member
	// AllowSearch bounds how many people one clerk looks at; an error refuses.
	AllowSearch func(ctx context.Context, clerk string) error
	// AllowCode bounds how many codes go to one address.
	AllowCode func(ctx context.Context, address string) error
	// Begin leads somebody who is not signed in through the login and back here.
	Begin web.HandlerFunc
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// ProviderName gives the display name of an issuer, ServiceName that of a service.
	ProviderName func(issuer string) string
	ServiceName  func(id, lang string) string
	// Explain asks the rules of access about somebody at a service, "" for the own
	// account; Services are the identifiers of all.
	Explain  func(ctx context.Context, accountID, service string) ([]access.Told, error)
	Services []string
	Limit    web.Guard
}

// Mount gives the pages their addresses.
func (h *Helpdesk) Mount(m *web.Mux) {
	m.Get(Path, h.home, h.Clerks)
	m.Get(answersPath, h.answers, h.Clerks)
	m.Post(searchPath, h.search, h.Clerks, h.Limit)
	m.Get(personPath, h.person, h.Clerks)
	m.Get(accessPath, h.access, h.Clerks)
	m.Post(deedPath, h.deed, h.Clerks, h.Limit)
	m.Post(mergePath, h.merge, h.Clerks, h.Limit)
	m.Post(decidePath, h.decide, h.Clerks, h.Limit)
	m.Post(callerPath, h.caller, h.Clerks, h.Limit)
	m.Post(loginPath, h.confirmLogin, h.Clerks, h.Limit)
	m.Post(unitPath, h.assign, h.Clerks, h.Limit)
}

// Member is who is signed in, as the desk knows them.
func (h *Helpdesk) Member(r *http.Request) (Member, bool) {
	s := web.CurrentSession(r)
	if s == nil {
		return Member{}, false
	}
	m, ok := h.Members[account.Code(sso.Code(s))]
	return m, ok
}

// Clerks lets nobody pass but members of the desk who came in with two factors: who
// helps others must not be easier to deceive than they are.
func (h *Helpdesk) Clerks(next web.HandlerFunc) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		s := web.CurrentSession(r)
		if s == nil {
			return h.Begin(w, r)
		}
		if _, ok := h.Member(r); !ok {
			return fault.New(fault.Denied, "error.helpdesk.member").For("no_clerk").Offer("helpdesk.account", "/account")
		}
		if sso.Level(s) < person.Level2 && !slices.Contains(s.AMR, "mfa") {
			return fault.New(fault.Denied, "error.helpdesk.level").For("clerk_level").Offer("helpdesk.account", "/account")
		}
		return next(w, r)
	}
}

// Nav is the navigation of the desk.
func Nav(path string) []ui.NavItem {
	items := []ui.NavItem{{Key: "helpdesk.nav.search", URL: Path}, {Key: "helpdesk.nav.tasks", URL: TasksPath}, {Key: "helpdesk.nav.declarations", URL: DeclarationsPath}, {Key: "helpdesk.nav.answers", URL: answersPath}, {Key: "helpdesk.nav.account", URL: "/account"}}
	for i := range items {
		items[i].Current = items[i].URL == path
	}
	return items
}

// answers are texts to send to people, in both languages.
func (h *Helpdesk) answers(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "helpdesk/answers", answersView{Keys: answerKeys, Login: h.Site.BaseURL + "/login", Account: h.Site.BaseURL + "/account", Help: h.Site.BaseURL + "/help"})
}

// answersView is the view of "helpdesk/answers".
type answersView struct {
	Keys                 []string
	Login, Account, Help string
}

// answerKeys name the canned texts: "helpdesk.answer.KEY" and its title, in both languages.
var answerKeys = []string{"first", "provider", "frozen", "not_me", "cannot"}

// passLife is how long a clerk may work on an account after a search.
const passLife = time.Hour
