// Package recovery gives people back what they forgot: the Codice Persona, and by a link
// to their personal address a new password. // G5.2
//
// The pages say the same whatever the address: who writes that of another learns
// nothing. The link is sealed and names the password that it replaces, so it works once,
// and not at all when the password was changed meanwhile; nothing is stored before. Who
// never had a password gets none by mail alone, since they have another door; but for an
// account that a register brought and nobody has entered, where the mailbox that the
// register knows is the first access (gateway/codeimport). Second factors are not touched. The password itself is set by gateway/credential.
package recovery

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "recovery", FS: files} }

// Addresses of the recovery.
const (
	AskPath  = "/recover"
	linkPath = "/recover/password"
)

// linkLife is how long the link works.
const linkLife = 30 * time.Minute

// Store finds accounts by their address and notes what was sent.
type Store interface {
	// CredentialsByEmail finds the accounts that have an address, at most so many.
	CredentialsByEmail(ctx context.Context, email string, most int) ([]credential.Credential, error)
	// NoteRecovery queues a message and writes its audit lines, in one commit.
	NoteRecovery(ctx context.Context, m notify.Message, lines []audit.Event) error
}

// Recovery serves the pages.
type Recovery struct {
	Site     *web.Site
	Store    Store
	Chooser  *credential.Chooser
	Browsers credential.Browsers
	Limiter  *ratelimit.Limiter
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// Tell writes the mail about the new password.
	Tell func(account.Account) notify.Message
	// Limit guards form posts against floods.
	Limit web.Guard
	// SupportMail is shown as the last way; may be empty.
	SupportMail string
	Now         func() time.Time
}

// Mount gives the pages their addresses.
func (v *Recovery) Mount(m *web.Mux) {
	m.Get(AskPath, v.ask)
	m.Post(AskPath, v.asked, v.Limit)
	m.Get(linkPath, v.link)
	m.Post(linkPath, v.reset, v.Limit)
}

// Limits of messages: an address gets few, and one network causes few; all rows, on all
// nodes. They are counted by what was typed, so they tell nothing either.
func perAddress() ratelimit.Limit {
	return ratelimit.Limit{Name: "recovery.address", Burst: 3, Per: time.Hour}
}

func perNetwork() ratelimit.Limit {
	return ratelimit.Limit{Name: "recovery.network", Burst: 60, Per: time.Hour}
}

func all() ratelimit.Limit {
	return ratelimit.Limit{Name: "recovery.all", Burst: 600, Per: 10 * time.Minute}
}
