// Package doors is the choice: the login page with all doors, and the guide that
// finds the right one. The help pages are in gateway/help.
//
// It owns what a person sees before taking a door. What happens behind a door is
// in the packages beside it (spiddoor); what happens after one, and in which
// order, is in gateway/flow.go.
package doors

import (
	"embed"
	"net/http"
	"net/url"

	"atrio/gateway/journey"
	"atrio/saml/metadata"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "doors", FS: files} }

// Doors serves the login page and the guide.
type Doors struct {
	Site     *web.Site
	Journeys *journey.Keeper
	// Providers lists the SPID providers, in any order.
	Providers func() []Provider
	// ServiceName gives the display name of a service in a language.
	ServiceName func(id, lang string) string
	// CIE and EIDAS are the buttons of these doors.
	CIE, EIDAS Button
	// Declaring tells whether the institution takes declarations now; nil: it does.
	Declaring func() bool
	// Passkeys tells that the door of passkeys is there.
	Passkeys bool
	// Links are the official pages about SPID.
	Links SPIDLinks
	// Last is the provider that this browser remembers; on tells whether the
	// person chose that it does.
	Last func(r *http.Request) (entityID string, on bool)
	// Remember switches that memory.
	Remember func(w http.ResponseWriter, on bool)
	// Staying names who need not type the password in this browser; "" for nobody.
	Staying func(r *http.Request) (name string, err error)
	// Limit guards form posts against floods.
	Limit web.Guard
}

// Provider is one entry of the list of SPID providers.
type Provider struct {
	EntityID, Name string
	// Outage shows on the button that problems are known. // G1.1
	Outage bool
	// OutageText is what the operator wrote about them; may be empty.
	OutageText string
	// Sites is the provider's own web site by language; may be empty.
	Sites metadata.Localized
}

// Button is a door of one provider on the login page.
type Button struct {
	// Open tells that the door has a handler of its own here; otherwise a page says
	// that it is not offered, and what to use instead.
	Open bool
	// Outage tells whether problems are known, and what the operator wrote about them;
	// nil for none. // G1.1
	Outage func() (text string, on bool)
}

func (b Button) view() outageView {
	if b.Outage == nil {
		return outageView{}
	}
	text, on := b.Outage()
	return outageView{On: on, Text: text}
}

// SPIDLinks are the official pages that the SPID list ends with.
type SPIDLinks struct{ More, Get, Help string }

// Mount gives the pages their addresses.
func (d *Doors) Mount(m *web.Mux) {
	m.Get("/login", d.choice)
	m.Post("/login/remember", d.remember, d.Limit)
	m.Get("/guide", d.guide)
	for _, n := range NotYets() {
		if n.Name == "cie" && d.CIE.Open || n.Name == "eidas" && d.EIDAS.Open {
			continue
		}
		m.Get(n.Path, d.notYet(n))
	}
}

// flowOf reads the handle of the journey from an address; one that cannot be a
// handle is dropped, so that it never comes back in a link.
func flowOf(r *http.Request) string {
	handle := r.URL.Query().Get("flow")
	if !journey.IsHandle(handle) {
		return ""
	}
	return handle
}

// with adds the journey to the address of a page of ours.
func with(path, flow string) string {
	if flow == "" {
		return path
	}
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Set("flow", flow)
	u.RawQuery = q.Encode()
	return u.String()
}

// withAll adds the journey to several ways.
func withAll(ways []Way, flow string) []Way {
	out := make([]Way, len(ways))
	for i, w := range ways {
		out[i] = Way{w.Key, with(w.URL, flow)}
	}
	return out
}
