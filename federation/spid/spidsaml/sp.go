package spidsaml

import (
	"strconv"
	"time"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
)

// SP is our own service towards SPID (SPID-RT, metadata; Avviso 29).
type SP struct {
	// Kind says what we are to the federation; "" is Public.
	Kind Kind
	// EntityID is also the NameQualifier of requests: providers and validators use
	// it as the Audience of answers.
	EntityID string
	// ACSURL and SLOURL are our addresses for answers and for logout.
	ACSURL, SLOURL string
	// OtherACS are more addresses for answers, published for a move to another host.
	// Requests always ask for ACSURL.
	OtherACS     []string
	Organization metadata.Organization
	// Contact is who signs; Aggregated whose services those are, for kinds that have it;
	// Billing who pays, for private services.
	Contact    Contact
	Aggregated *Contact
	Billing    *Billing
	// Ages is published when not nil. // AgID LG-minori
	Ages *Ages
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

// AttributeSet is a named set of attributes that a service of ours asks for.
type AttributeSet struct {
	Index int
	Names metadata.Localized
	// Attributes are names of package spid.
	Attributes []string
}

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
			Consumers:            sp.consumers(),
		},
		Extensions:   sp.ages(),
		Organization: &sp.Organization,
		Contacts:     sp.contacts(),
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

// consumers has the address of requests first, as index 0 and default. // SPID-RT metadata
func (sp *SP) consumers() []metadata.Consumer {
	var all []metadata.Consumer
	for i, address := range append([]string{sp.ACSURL}, sp.OtherACS...) {
		all = append(all, metadata.Consumer{
			Endpoint: metadata.Endpoint{Binding: saml.BindingPost, Location: address}, Index: i, Default: i == 0,
		})
	}
	return all
}

// ages tells providers of whom not to say anything. // AgID LG-minori
func (sp *SP) ages() []metadata.Extension {
	if sp.Ages == nil {
		return nil
	}
	return []metadata.Extension{spidSpace.Holding("AgeLimit",
		spidSpace.Leaf("MinAge", strconv.Itoa(sp.Ages.Min)), spidSpace.Leaf("MaxAge", strconv.Itoa(sp.Ages.Max)))}
}

// SignatureSet is the reserved set of services for the electronic signature with SPID:
// it asks for nothing, and logins never name it. // AgID LG-firma
func SignatureSet() AttributeSet {
	return AttributeSet{Index: spid.SetSignature, Names: metadata.Localized{{Lang: "it", Text: "Sottoscrizione elettronica ex art. 20 CAD"}}}
}
