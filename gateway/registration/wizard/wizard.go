// Package wizard is the registration of a person who comes without a digital identity:
// four steps at /register, the address confirmed at the end of the first, a review, a
// password, and the page of the new Codice Persona.
//
// Until the address is confirmed everything that was typed lives sealed in the browser
// and nothing is stored but the row that limits the tries of a code; from then on the
// draft is one sealed row that ends after seven days and that the mailed link opens on
// any device. The rules on fields are in registration/draft, the account is made by
// gatewaydb in one commit. Whatever exists already, the pages are the same. // G3.1–G3.6
package wizard

import (
	"atrio/people/civil"
	"context"
	"embed"
	"net/http"
	"net/netip"
	"time"

	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/gateway/registration"
	"atrio/gateway/registration/draft"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "wizard", FS: files} }

// Addresses of the wizard.
const (
	StartPath     = "/register"
	identityPath  = "/register/identity"
	codePath      = "/register/email"
	linkPath      = "/register/link"
	mailboxPath   = "/register/mailbox"
	residencePath = "/register/residence"
	consentsPath  = "/register/consents"
	reviewPath    = "/register/review"
	leavePath     = "/register/leave"
	donePath      = "/register/done"
	townsPath     = "/register/towns"
)

// paths of the steps.
var paths = map[draft.Step]string{
	draft.StepIdentity: identityPath, draft.StepCode: codePath, draft.StepResidence: residencePath,
	draft.StepConsents: consentsPath, draft.StepReview: reviewPath,
}

// Row is a draft as it is stored: found by the MAC of its id, and sealed.
type Row struct {
	ID      []byte
	Sealed  string
	Version int
	Expires time.Time
}

// Drafts keeps drafts of confirmed addresses and the codes before them.
type Drafts interface {
	// TryCode counts a try and gives the code to compare with; fault.Gone when there is
	// none, it is too old or its tries are used up.
	TryCode(ctx context.Context, journey string, maxTries int, now time.Time) (registration.ContactCode, error)
	// SendDraftCode is SendCode; once, when not nil, is used up with it: ErrUsed when
	// another node saw it before.
	SendDraftCode(ctx context.Context, c registration.ContactCode, once *account.Once, m notify.Message, ev audit.Event) error
	// KnowsAddress tells whether an account has the address.
	KnowsAddress(ctx context.Context, email string) (bool, error)
	// OpenDraft stores a draft and forgets the code of its journey; ErrUsed when the
	// draft is stored already.
	OpenDraft(ctx context.Context, row Row, journey string) error
	// Draft finds a draft; fault.Gone when there is none any more.
	Draft(ctx context.Context, id []byte, now time.Time) (Row, error)
	// SaveDraft replaces the version before; fault.Conflict when that is not the stored one.
	SaveDraft(ctx context.Context, row Row) error
	// DropDraft forgets a draft.
	DropDraft(ctx context.Context, id []byte) error
	// Settle makes the account and uses the draft up, in one commit; ErrUsed when
	// another request was faster.
	Settle(ctx context.Context, s account.Settled) (account.Account, error)
	// RemindTasks queues the reminders that are due, each once.
	RemindTasks(ctx context.Context, now time.Time, write func(account.Account, account.Task) notify.Message) error
}

// Passwords knows the rules of passwords and hashes them.
type Passwords interface {
	// Check is a *fault.Error whose key names the broken rule; about are words that a
	// password must not be made of.
	Check(secret string, about ...string) error
	Hash(ctx context.Context, secret string) (phc string, err error)
}

// Wizard serves the registration.
type Wizard struct {
	Site      *web.Site
	Drafts    Drafts
	Places    draft.Places
	Passwords Passwords
	Work      *proofofwork.Maker
	// Compare tells which facts do not fit a codice fiscale.
	Compare func(code person.FiscalCode, f civil.Facts) []string
	// AllowCode limits how many codes go to one address. AllowSend limits, per network
	// of the visitor, how many addresses get one; without the work of a browser the
	// limit is tighter.
	AllowCode func(ctx context.Context, address string) error
	AllowSend func(ctx context.Context, from netip.Addr, worked bool) error
	// Limit guards form posts against floods.
	Limit web.Guard
	// OwnDomains are mail domains of the institution.
	OwnDomains []string
	// NoticeVersion is the version of the privacy notice in force.
	NoticeVersion string
	// Digits is the length of new Codici Persona.
	Digits int
	// FiscalCodeDays is how long the codice fiscale may come later.
	FiscalCodeDays int
	// SupportMail is where the help desk is reached; may be empty.
	SupportMail string
	// ServiceName gives the display name of the service of a journey, "" without one.
	ServiceName func(r *http.Request, flow string) string
	// UnitOf gives the unit that owns that service.
	UnitOf func(r *http.Request, flow string) string
	Now    func() time.Time
}

// Mount gives the pages their addresses.
func (z *Wizard) Mount(m *web.Mux) {
	m.Get(StartPath, z.start)
	m.Post(StartPath, z.begin, z.Limit)
	m.Get(identityPath, z.identity)
	m.Post(identityPath, z.saveIdentity, z.Limit)
	m.Get(codePath, z.code)
	m.Post(codePath, z.checkCode, z.Limit)
	m.Get(mailboxPath, z.mailbox)
	m.Get(linkPath, z.link)
	m.Post(linkPath, z.follow, z.Limit)
	m.Get(residencePath, z.residence)
	m.Post(residencePath, z.saveResidence, z.Limit)
	m.Get(consentsPath, z.consents)
	m.Post(consentsPath, z.saveConsents, z.Limit)
	m.Get(reviewPath, z.review)
	m.Post(reviewPath, z.finish, z.Limit)
	m.Get(leavePath, z.leave)
	m.Post(leavePath, z.drop, z.Limit)
	m.Get(donePath, z.done)
	m.Get(townsPath, z.towns)
}

// loginURL is the login page with the journey that the person came with.
func loginURL(flow string) string { return journey.LoginURL(flow) }

// flowOf is the journey that the address names; only a handle of ours.
func flowOf(value string) string {
	if !journey.IsHandle(value) {
		return ""
	}
	return value
}
