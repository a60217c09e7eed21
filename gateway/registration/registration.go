// Package registration is the first entry: a person passed a door and has no
// account yet. It shows what the door verified, asks only what is missing, and has
// the privacy notice acknowledged.
//
// Before the end it keeps nothing but the row that limits the tries of a contact
// code: everything else lives sealed in the browser (gateway/journey). The account
// itself is made by gateway/flow.go in one transaction (gatewaydb). // G3.7
package registration

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "registration", FS: files} }

// Addresses of the first entry.
const (
	WelcomePath = "/welcome"
	codePath    = "/welcome/code"
	DonePath    = "/welcome/done"
	goPath      = "/welcome/go"
	noticePath  = "/privacy"
)

// ContactCode is a code on its way to an address. Both are stored as MACs.
type ContactCode struct {
	Journey       string
	Address, Code []byte
	Expires       time.Time
}

// Codes keeps contact codes and counts tries: rows, since what limits an attacker
// is never sealed into their own browser. // DESIGN decision 3
type Codes interface {
	// SendCode stores a code in place of an earlier one and queues its message.
	SendCode(ctx context.Context, c ContactCode, m notify.Message, ev audit.Event) error
	// TryCode counts a try and gives the code to compare with; fault.Gone when
	// there is none, it is too old or its tries are used up.
	TryCode(ctx context.Context, journey string, maxTries int, now time.Time) (ContactCode, error)
}

// Registration serves the pages of the first entry.
type Registration struct {
	Site     *web.Site
	Journeys *journey.Keeper
	Codes    Codes
	// AllowCode limits how many codes go to one address, and how many one person
	// has sent; an error refuses.
	AllowCode func(ctx context.Context, of string) error
	// Limit guards form posts against floods.
	Limit web.Guard
	// OwnDomains are mail domains of the institution, refused as personal. // G3.4
	OwnDomains []string
	// NoticeVersion is the version of the privacy notice in force.
	NoticeVersion string
	// ProviderName gives the display name of an issuer.
	ProviderName func(issuer string) string
	// ServiceName gives the display name of a service in a language.
	ServiceName func(id, lang string) string
	// Finish makes the account: gateway/flow.go.
	Finish func(w http.ResponseWriter, r *http.Request, j journey.Journey) error
	// Leave goes on when the Codice Persona was read: gateway/flow.go.
	Leave func(w http.ResponseWriter, r *http.Request, j journey.Journey) error
	Now   func() time.Time
}

// Mount gives the pages their addresses.
func (g *Registration) Mount(m *web.Mux) {
	m.Get(WelcomePath, g.welcome)
	m.Post(WelcomePath, g.confirm, g.Limit)
	m.Get(codePath, g.code)
	m.Post(codePath, g.checkCode, g.Limit)
	m.Get(DonePath, g.done)
	m.Get(goPath, g.leave)
	m.Get(noticePath, g.notice)
}

// find opens the journey that a page belongs to.
func (g *Registration) find(r *http.Request, flow string, steps ...journey.Step) (journey.Journey, error) {
	j, err := g.Journeys.Find(r, flow, steps...)
	if err != nil {
		return j, journey.Explain(err, flow)
	}
	return j, nil
}

func flowOf(r *http.Request) string { return r.URL.Query().Get("flow") }

func at(path string, j journey.Journey) string { return path + "?flow=" + j.Handle }
