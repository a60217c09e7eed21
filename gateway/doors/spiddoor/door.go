// Package spiddoor is the door of SPID: it sends a person to their identity
// provider and turns the provider's answer into a person.Assertion.
//
// The rules of the messages are in federation/spid/spidsaml; the choice of the
// provider is a page of gateway/doors; what happens to the assertion is decided by
// gateway/flow.go. What is pending lives sealed in the browser (gateway/journey);
// that an answer counts once is a row, written with the session.
package spiddoor

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages
var files embed.FS

// Pages are the pages of this package, with the texts of the world of SPID.
func Pages() ui.Pages { return ui.Pages{Name: "spiddoor", FS: joined{files, spid.Texts()}} }

// Addresses of the door. // DESIGN 1
const (
	LoginPath    = "/spid/login"
	MetadataPath = "/spid/metadata"
	ACSPath      = "/spid/acs"
	SLOPath      = "/spid/slo"
)

// maxResponse bounds the form that brings an answer: 256 KiB of XML in base64,
// which itself grows when it is written as a form field.
const maxResponse = 400 << 10

// Directory knows the providers; it may change while the gateway runs.
type Directory interface {
	// Providers lists all, in any order.
	Providers() []spidsaml.Provider
	// Provider finds one by its entityID.
	Provider(entityID string) (spidsaml.Provider, bool)
}

// Passage is what a passed door hands to the flow.
type Passage struct {
	Assertion person.Assertion
	// Once are the ids to consume with the session.
	Once []account.Once
	// Exchange is the pair of messages for the ledger.
	Exchange *account.Exchange
	// Retry leads to the same provider again, with the same destination.
	Retry string
}

// Door is the SPID door.
type Door struct {
	Site      *web.Site
	Journeys  *journey.Keeper
	SP        *spidsaml.SP
	Directory Directory
	// AttributeIndex names the set of attributes to ask for.
	AttributeIndex int
	// Limit guards starts against floods.
	Limit web.Guard
	// Passed is called when all checks have passed.
	Passed func(w http.ResponseWriter, r *http.Request, j journey.Journey, p Passage) error
	Now    func() time.Time

	metadata metadataCache
}

// Mount gives the door its addresses.
func (d *Door) Mount(m *web.Mux) {
	m.Get(LoginPath, d.start, d.Limit)
	m.Get(MetadataPath, d.serveMetadata)
	m.Post(ACSPath, d.consume, web.MaxBody(maxResponse))
	m.Get(SLOPath, d.logout)
	m.Post(SLOPath, d.logout)
}

// CrossOriginPOST lists the paths to which providers post.
func CrossOriginPOST() []string { return []string{ACSPath, SLOPath} }

// joined is one file system for the pages of one place and the texts of another.
type joined struct{ pages, texts fs.FS }

// Open implements fs.FS.
func (j joined) Open(name string) (fs.File, error) {
	if name == "texts" {
		return j.texts.Open(".")
	}
	if rest, ok := strings.CutPrefix(name, "texts/"); ok {
		return j.texts.Open(rest)
	}
	return j.pages.Open(name)
}
