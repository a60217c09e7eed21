// Package exit is the way out of the gateway for a person who came in by a door whose
// provider keeps a session of its own: the session here ends first, then the provider is
// asked, and a page tells the truth about both. It also answers when the provider asks.
//
// The rules of the messages are in federation/spid/spidsaml; sessions are ended by the
// store together with their audit lines. Nothing here waits for a provider: what is
// pending is sealed into the browser and may stay there for ever. // Avviso SPID 3
package exit

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/slo"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "exit", FS: files} }

// Directory finds the providers of one world.
type Directory interface {
	Provider(entityID string) (spidsaml.Provider, bool)
}

// Sessions ends what a provider names.
type Sessions interface {
	// EndSessionsFrom ends the sessions that came from a provider under a name and one
	// of the indexes, and writes the audit lines, in one commit; none is no error.
	EndSessionsFrom(ctx context.Context, issuer, nameID string, indexes []string, ev audit.Event) (n int, err error)
	// NoteLogout writes the line of a provider's answer.
	NoteLogout(ctx context.Context, ev audit.Event) error
}

// Exit is the way out of one world.
type Exit struct {
	Site *web.Site
	// Path is our address for logout, as it stands in the metadata.
	Path string
	// Own is our side of a logout in this world.
	Own       spidsaml.Leaver
	Directory Directory
	Sessions  Sessions
	// Silent tells the providers that end their session and never answer, as CIE does:
	// the person is not sent there to wait, but offered the way. nil: none.
	Silent func(entityID string) bool
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// Limit guards against floods: every message costs a signature to check or to make.
	Limit web.Guard
	Now   func() time.Time
}

// Mount gives the way out its addresses.
func (e *Exit) Mount(m *web.Mux) {
	m.Get(e.Path, e.receive, e.Limit)
	m.Post(e.Path, e.receive, e.Limit)
	m.Get(e.unansweredPath(), e.unanswered)
}

func (e *Exit) unansweredPath() string { return e.Path + "/unanswered" }

// peer finds a provider as the other side of a logout.
func (e *Exit) peer(entityID string) (spidsaml.Peer, bool) {
	p, known := e.Directory.Provider(entityID)
	return p.Peer(), known
}

// name is what people call a provider; its entityID when it is not known any more.
func (e *Exit) name(entityID string) string {
	if p, known := e.Directory.Provider(entityID); known {
		return p.Name
	}
	return entityID
}

// send leads the browser on with a message, at once.
func (e *Exit) send(w http.ResponseWriter, r *http.Request, d slo.Delivery, relayState string) error {
	if d.Binding == saml.BindingRedirect {
		address, err := d.RedirectURL(relayState)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store") // SAML-bindings 3.4.5.1
		http.Redirect(w, r, address, http.StatusFound)
		return nil
	}
	list, err := fields(d, relayState)
	if err != nil {
		return err
	}
	return e.Site.AutoPost(w, r, web.AutoPost{Action: d.Location, Fields: list, TitleKey: "exit.answer.title"})
}

// fields are the hidden fields of a message by HTTP-POST.
func fields(d slo.Delivery, relayState string) ([]web.Field, error) {
	value, err := d.Field()
	list := []web.Field{{Name: d.Parameter, Value: value}}
	if relayState != "" { // SAML-bindings 3.5.3: exactly as it came
		list = append(list, web.Field{Name: "RelayState", Value: relayState})
	}
	return list, err
}
