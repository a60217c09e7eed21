// Package eidasnode is a simulated Italian eIDAS node: for Italian services a SPID
// provider like any other, behind which people of other countries sign in at home.
// It takes the attribute sets 99 and 100 and no other, puts the identifier of the
// person into spidCode, and can answer with every anomaly of the table.
//
// Consent, answers and the page of other outcomes are in app/demo/simulator; the
// profile of the world, as a service sees it, is in federation/eidas. Clauses: Avviso
// eIDAS 01-2018; SPID-RT.
package eidasnode

import (
	"embed"
	"net/http"
	"sync"
	"time"

	"atrio/app/demo/simulator"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package; simulator.Pages go with them.
func Pages() ui.Pages { return ui.Pages{Name: "eidas", FS: files} }

// Addresses, below the base address of the demo desk.
const (
	EntityPath   = "/eidas/idpit"
	MetadataPath = EntityPath + "/metadata"
	ssoPath      = EntityPath + "/sso"
	sloPath      = EntityPath + "/slo"
	loginPath    = EntityPath + "/login/"
)

// CrossOriginPOST are the addresses that services post to.
func CrossOriginPOST() []string { return []string{ssoPath, sloPath} }

// Node is the simulated node.
type Node struct {
	*simulator.Provider
	sessions simulator.Sessions

	once        sync.Once
	document    []byte
	documentErr error
}

// New makes the node that lives at the address of site and signs with signer.
func New(site *web.Site, signer xmlsec.Signer, now func() time.Time) *Node {
	both := func(text string) metadata.Localized {
		return metadata.Localized{{Lang: "it", Text: text}, {Lang: "en", Text: text}}
	}
	n := &Node{}
	n.Provider = &simulator.Provider{
		Site: site, Now: now,
		IdP: &spidsaml.IdP{
			EntityID: site.BaseURL + EntityPath, SSOURL: site.BaseURL + ssoPath, SLOURL: site.BaseURL + sloPath, Signer: signer,
			Organization: metadata.Organization{Names: both("Nodo eIDAS di Prova"), DisplayNames: both("eIDAS di Prova"), URLs: both(site.BaseURL)},
			Attributes:   []string{"spidCode", "name", "familyName", "dateOfBirth", "placeOfBirth", "address", "gender"},
			OnlySets:     []int{spid.SetEIDASMinimum, spid.SetEIDASFull},
		},
		Scheme: simulator.Scheme{
			Words: "demo.eidas", Logins: loginPath, People: People(), Codes: Codes(), Needed: "spidCode",
			Labels: map[string]string{"spidCode": "demo.eidas.identifier"}, Agreed: n.began,
		},
	}
	return n
}

// Codes are all anomalies of which a service learns.
func Codes() []int {
	var out []int
	for _, a := range spid.Anomalies() {
		if a.To == spid.ToService && a.Status != saml.StatusSuccess {
			out = append(out, a.Code)
		}
	}
	return out
}

// Mount names the addresses.
func (n *Node) Mount(m *web.Mux) {
	m.Get(EntityPath, simulator.Metadata(n.Metadata))
	m.Get(MetadataPath, simulator.Metadata(n.Metadata))
	receive := foreign(n.Site, n.Receive(n.IdP.ReadRequest))
	m.Get(ssoPath, receive)
	m.Post(ssoPath, receive)
	m.Handle(ssoPath, n.WrongMethod())
	m.Get(sloPath, n.logout)
	m.Post(sloPath, n.logout)
	m.Get(loginPath+"{visit}", n.At(n.countries))
	m.Get(loginPath+"{visit}/person", n.At(n.people))
	m.Post(loginPath+"{visit}/person", n.At(n.chosen))
	n.Provider.Mount(m)
}

// Metadata is the description of the node, signed once.
func (n *Node) Metadata() ([]byte, error) {
	n.once.Do(func() { n.document, n.documentErr = n.IdP.Metadata(saml.NewID(), n.Now()) })
	return n.document, n.documentErr
}

// foreign shows the pages in English to whoever asks for no Italian: those who come
// here are people of other countries.
func foreign(site *web.Site, h web.HandlerFunc) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		site.SuggestLanguage(w, r, "en")
		return h(w, r)
	}
}
