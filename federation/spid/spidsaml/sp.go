package spidsaml

import (
	"time"

	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
)

// SP is our own service towards SPID: a public body (SPID-RT, metadata; Avviso 29).
type SP struct {
	// EntityID is also the NameQualifier of requests: providers and validators use
	// it as the Audience of answers.
	EntityID string
	// ACSURL and SLOURL are our addresses for answers and for logout.
	ACSURL, SLOURL string
	Organization   metadata.Organization
	Contact        Contact
	// AttributeSets are published in this order; requests name one by its index.
	AttributeSets []AttributeSet
	Signer        xmlsec.Signer
	// Published gives the certificates, DER, of all keys that others may meet: of
	// the one that signs, a coming one, a former one. nil: that of Signer alone.
	Published func() [][]byte
	// Skew is how far the clocks of providers may differ from ours. Zero means
	// DefaultSkew.
	Skew time.Duration
}

// DefaultSkew is the tolerance between clocks: hosts synchronized by NTP differ by
// less than a second, a minute also covers one that drifts for days without it, and
// prolongs the life of an assertion (5 minutes as a rule) by no more than a fifth.
const DefaultSkew = time.Minute

// Contact is the contact "other" of a public body (Avviso 29).
type Contact struct {
	// IPACode is the code in the index of public administrations (IndicePA).
	IPACode string
	// VATNumber, with country prefix, and FiscalCode are optional for public bodies.
	VATNumber, FiscalCode string
	// Email is not that of a natural person; Phone is like +390123456789.
	Email, Phone string
}

// AttributeSet is a named set of attributes that a service of ours asks for.
type AttributeSet struct {
	Index int
	Names metadata.Localized
	// Attributes are names of package spid.
	Attributes []string
}

const extensionSpace = "https://spid.gov.it/saml-extensions"

// Metadata writes and signs our description. id is the identifier of the document
// (saml.NewID).
func (sp *SP) Metadata(id string, _ time.Time) ([]byte, error) {
	signer, published := KeySet(sp.Signer, sp.Published)
	e := &metadata.Entity{
		ID:       id,
		EntityID: sp.EntityID,
		Service: &metadata.Service{
			AuthnRequestsSigned:  true, // SPID-RT 1.3.1
			WantAssertionsSigned: true,
			Certificates:         certificates(published),
			Logout:               sp.logout(),
			NameIDFormats:        []string{saml.FormatTransient},
			Consumers: []metadata.Consumer{{
				Endpoint: metadata.Endpoint{Binding: saml.BindingPost, Location: sp.ACSURL}, Index: 0, Default: true,
			}},
		},
		Organization: &sp.Organization,
		Contacts:     []metadata.Contact{sp.contact()},
	}
	for _, set := range sp.AttributeSets {
		out := metadata.AttributeSet{Index: set.Index, Names: set.Names}
		for _, name := range set.Attributes {
			out.Attributes = append(out.Attributes, metadata.RequestedAttribute{Name: name, NameFormat: saml.AttributeBasic})
		}
		e.Service.AttributeSets = append(e.Service.AttributeSets, out)
	}
	return e.Sign(signer)
}

// logout publishes one address per binding: with more a provider has no rule to choose.
func (sp *SP) logout() []metadata.Endpoint {
	return []metadata.Endpoint{
		{Binding: saml.BindingRedirect, Location: sp.SLOURL},
		{Binding: saml.BindingPost, Location: sp.SLOURL},
	}
}

// contact has the extensions in the order of the schema of Avviso 29.
func (sp *SP) contact() metadata.Contact {
	c := metadata.Contact{Type: "other", Email: sp.Contact.Email, Phone: sp.Contact.Phone}
	for _, x := range [][2]string{{"IPACode", sp.Contact.IPACode}, {"VATNumber", sp.Contact.VATNumber}, {"FiscalCode", sp.Contact.FiscalCode}} {
		if x[1] != "" {
			c.Extensions = append(c.Extensions, metadata.Extension{Prefix: "spid", Space: extensionSpace, Local: x[0], Text: x[1]})
		}
	}
	c.Extensions = append(c.Extensions, metadata.Extension{Prefix: "spid", Space: extensionSpace, Local: "Public"})
	return c
}
