// Package lostmailbox is for people who do not read the mailbox of their account any
// more: they write to the help desk, and after it has found out who they are, the account
// gets another address.
//
// The form says the same whatever the account (G3.6): what is typed becomes a ticket,
// sealed, and no mail goes out. The desk (helpdesk, a deed with a second person) never
// types an address: it takes the one that the person wrote. Then the mailbox before, and
// every telephone, hear of it and can stop it for three days; only then a link at the new
// address finishes it. Passwords and second factors are not touched. G5.2, G5.4
package lostmailbox

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "lostmailbox", FS: files} }

// Addresses of this package.
const (
	Path     = "/lost-mailbox"
	linkPath = "/lost-mailbox/change"
)

// ErrNoChange: there is none, it was stopped, finished, or is over.
var ErrNoChange = fault.New(fault.Gone, "error.lostmailbox.gone").For("no_mailbox_change")

// Store keeps tickets and changes.
type Store interface {
	// OpenTicket stores a ticket with its audit line; once is the work of the browser, used
	// up by it, nil without.
	OpenTicket(ctx context.Context, t helpdesk.Ticket, once *account.Once, ev audit.Event) error
	// MailboxChange is one that is under way; ErrNoChange without it.
	MailboxChange(ctx context.Context, id string, now time.Time) (helpdesk.MailboxChange, error)
	// RipeChanges are those whose new mailbox has no link yet; TellChange sends it, once on
	// all nodes.
	RipeChanges(ctx context.Context, now time.Time) ([]helpdesk.MailboxChange, error)
	TellChange(ctx context.Context, c helpdesk.MailboxChange, now time.Time, tell func(account.Account) notify.Message) error
	// StopChange ends one without any change.
	StopChange(ctx context.Context, c helpdesk.MailboxChange, ev audit.Event, tell func(account.Account) notify.Message) error
	// FinishChange gives the account its new address and tells the one before.
	FinishChange(ctx context.Context, c helpdesk.MailboxChange, ev audit.Event, tell func(account.Account) notify.Message) error
}

// Mailbox serves the pages.
type Mailbox struct {
	Site    *web.Site
	Store   Store
	Limiter *ratelimit.Limiter
	// Work asks the browser for some work; who brings none passes within tighter limits.
	Work *proofofwork.Maker
	// Own tells whether an address is of the institution: it would be lost too. // G3.4
	Own func(address string) bool
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// Limit guards form posts against floods.
	Limit web.Guard
}

// Mount gives the pages their addresses.
func (m *Mailbox) Mount(mux *web.Mux) {
	mux.Get(Path, m.ask)
	mux.Post(Path, m.asked, m.Limit)
	mux.Get(linkPath, m.link)
	mux.Post(linkPath, m.takeLink, m.Limit)
}

// limits bound tickets of a network and of all, on all nodes, since clerks read them. A
// browser that worked has limits of its own: a machine that sends without cannot shut the
// form for people.
func limits(worked bool) (network, all ratelimit.Limit) {
	if worked {
		return ratelimit.Limit{Name: "mailbox.network.worked", Burst: 30, Per: time.Hour}, ratelimit.Limit{Name: "mailbox.all.worked", Burst: 2000, Per: time.Hour}
	}
	return ratelimit.Limit{Name: "mailbox.network", Burst: 10, Per: time.Hour}, ratelimit.Limit{Name: "mailbox.all", Burst: 200, Per: time.Hour}
}
