// Package cieprovider is a simulated identity provider of CIE, "Entra con CIE": it
// checks requests as the documents of CIE say, lets the tester be one of a few
// invented people by one of the three levels, and answers with the four attributes
// of the scheme, or with one of its errors.
//
// Consent, answers and the page of other outcomes are in app/demo/simulator; what a
// service must check is in federation/cie. Clauses: CIE-SAML, chapters protocolli,
// binding, codiciErrore and ciespid of italia/cie-eid-saml-docs.
package cieprovider

import (
	"embed"
	"sync"
	"time"

	"atrio/app/demo/simulator"
	"atrio/federation/cie"
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
func Pages() ui.Pages { return ui.Pages{Name: "cie", FS: files} }

// Addresses, below the base address of the demo desk.
const (
	EntityPath   = "/cie/idp"
	MetadataPath = EntityPath + "/metadata"
	// Each binding has an address of its own. CIE-SAML protocolli: Destination is the
	// Location of the binding that was used
	redirectSSO = EntityPath + "/sso/redirect"
	postSSO     = EntityPath + "/sso/post"
	redirectSLO = EntityPath + "/slo/redirect"
	postSLO     = EntityPath + "/slo/post"
	loginPath   = EntityPath + "/login/"
)

// CrossOriginPOST are the addresses that services post to.
func CrossOriginPOST() []string { return []string{redirectSSO, postSSO, redirectSLO, postSLO} }

// CIE is the simulated provider.
type CIE struct {
	*simulator.Provider

	once        sync.Once
	document    []byte
	documentErr error

	sessions simulator.Sessions
}

// New makes the provider that lives at the address of site and signs with signer.
func New(site *web.Site, signer xmlsec.Signer, now func() time.Time) *CIE {
	both := func(text string) metadata.Localized {
		return metadata.Localized{{Lang: "it", Text: text}, {Lang: "en", Text: text}}
	}
	c := &CIE{}
	c.Provider = &simulator.Provider{
		Site: site, Now: now,
		IdP: &spidsaml.IdP{
			EntityID: site.BaseURL + EntityPath, Signer: signer,
			Organization: metadata.Organization{Names: both("Gestore CIE di Prova"), DisplayNames: both("CIE di Prova"), URLs: both(site.BaseURL)},
		},
		Scheme: simulator.Scheme{
			Words: "demo.cie", Logins: loginPath, People: People(), Codes: Codes(), Needed: "fiscalNumber", Manners: true,
			Dress: dress, Agreed: c.sessions.Begin,
		},
	}
	return c
}

// Codes are the anomalies of the person that CIE knows; 19, 20 and 24 are reserved.
// CIE-SAML codiciErrore
func Codes() []int { return []int{21, 22, 23, 25} }

// Mount names the addresses.
func (c *CIE) Mount(m *web.Mux) {
	m.Get(EntityPath, simulator.Metadata(c.Metadata))
	m.Get(MetadataPath, simulator.Metadata(c.Metadata))
	for path, way := range map[string]string{redirectSSO: saml.BindingRedirect, postSSO: saml.BindingPost} {
		receive := c.Receive(c.reader(path, way))
		m.Get(path, receive)
		m.Post(path, receive)
		m.Handle(path, c.WrongMethod())
	}
	for _, path := range []string{redirectSLO, postSLO} {
		m.Get(path, c.logout)
		m.Post(path, c.logout)
	}
	m.Get(loginPath+"{visit}", c.At(c.choose))
	m.Post(loginPath+"{visit}", c.At(c.chosen))
	m.Get(loginPath+"{visit}/credentials", c.At(c.credentials))
	m.Post(loginPath+"{visit}/credentials", c.At(c.given))
	c.Provider.Mount(m)
}

// Metadata is the description of the provider, signed once.
func (c *CIE) Metadata() ([]byte, error) {
	c.once.Do(func() {
		e := &metadata.Entity{
			ID: saml.NewID(), EntityID: c.IdP.EntityID, Organization: &c.IdP.Organization,
			Provider: &metadata.Provider{
				WantAuthnRequestsSigned: true,
				Certificates:            []metadata.Certificate{{Use: "signing", DER: c.IdP.Signer.Certificate}},
				NameIDFormats:           []string{saml.FormatTransient},
				Logout:                  c.endpoints(redirectSLO, postSLO),
				SignOn:                  c.endpoints(redirectSSO, postSSO),
			},
		}
		for _, name := range cie.Attributes() {
			e.Provider.Attributes = append(e.Provider.Attributes, saml.Attribute{Name: name, NameFormat: saml.AttributeBasic})
		}
		c.document, c.documentErr = e.Sign(c.IdP.Signer)
	})
	return c.document, c.documentErr
}

func (c *CIE) endpoints(redirect, post string) []metadata.Endpoint {
	return []metadata.Endpoint{
		{Binding: saml.BindingRedirect, Location: c.Site.BaseURL + redirect},
		{Binding: saml.BindingPost, Location: c.Site.BaseURL + post},
	}
}

// friendly are the names that CIE writes beside those of the attributes.
var friendly = map[string]string{
	"name": "Nome", "familyName": "Cognome", "dateOfBirth": "Data di Nascita", "fiscalNumber": "Codice Fiscale",
}

// dress gives an answer the form of CIE. CIE-SAML protocolli, ciespid: no Format on the
// Issuers, a SessionIndex at every level, dates as plain text
func dress(r *saml.Response, v simulator.Visit) {
	if !v.Manner.IssuerFormat {
		r.Issuer.Format, r.Assertion.Issuer.Format = "", ""
	}
	r.Assertion.Subject.NameID.SPNameQualifier = v.Request.Service
	statement := &r.Assertion.AuthnStatements[0]
	statement.SessionIndex = v.Session
	if v.Manner.HighestClass {
		statement.ClassRef = spid.L3.URI()
	}
	for _, list := range r.Assertion.AttributeStatements {
		for i := range list {
			list[i].Type, list[i].FriendlyName = "string", friendly[list[i].Name]
		}
	}
}
