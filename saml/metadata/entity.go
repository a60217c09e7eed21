// Package metadata describes SAML partners: reading the EntityDescriptor of a
// provider or a service, and writing and signing our own.
//
// A description is read either from a document whose signature was verified
// (ReadSigned) or from one that the operator put in place by hand (ReadTrusted);
// there is no third way. Documents that describe many entities are read the same two
// ways (ReadSignedAggregate, ReadTrustedAggregate). Keys come from here and from nowhere
// else. What a federation adds is not here: the SPID profile is in
// federation/spid/spidsaml; where descriptions come from and how they are kept fresh is
// the matter of federation/registry.
package metadata

import (
	"crypto"
	"crypto/x509"
	"time"

	"atrio/saml"
)

// Entity is an EntityDescriptor (SAML-metadata 2.3.2).
type Entity struct {
	ID       string
	EntityID string
	// ValidUntil is the end of the description's life; zero when it has none.
	ValidUntil time.Time
	// CacheDuration is how long it may be used without looking for a newer one; zero
	// when it does not say.
	CacheDuration time.Duration
	// Service and Provider are the roles, nil when the entity has not that role.
	Service  *Service
	Provider *Provider
	// Extensions stand before the roles; they are written only.
	Extensions   []Extension
	Organization *Organization
	Contacts     []Contact
}

// Service is an SPSSODescriptor (SAML-metadata 2.4.4).
type Service struct {
	AuthnRequestsSigned  bool
	WantAssertionsSigned bool
	Certificates         []Certificate
	Logout               []Endpoint
	NameIDFormats        []string
	Consumers            []Consumer
	AttributeSets        []AttributeSet
}

// Provider is an IDPSSODescriptor (SAML-metadata 2.4.3).
type Provider struct {
	WantAuthnRequestsSigned bool
	Certificates            []Certificate
	Logout                  []Endpoint
	NameIDFormats           []string
	SignOn                  []Endpoint
	// Attributes are those that the provider can state.
	Attributes []saml.Attribute
}

// Certificate is the X.509 certificate of a KeyDescriptor (SAML-metadata 2.4.1.1).
type Certificate struct {
	// Use is "signing", "encryption" or "" for both.
	Use string
	// DER is the encoded certificate.
	DER []byte
	// X509 is the certificate as read; writing needs DER only.
	X509 *x509.Certificate
}

// Endpoint is an address for one binding (SAML-metadata 2.2.2).
type Endpoint struct {
	Binding          string
	Location         string
	ResponseLocation string
}

// Consumer is an AssertionConsumerService, an endpoint with an index (2.2.3).
type Consumer struct {
	Endpoint
	Index   int
	Default bool
}

// AttributeSet is an AttributeConsumingService (2.4.4.1): what one service of the
// entity asks for.
type AttributeSet struct {
	Index        int
	Default      bool
	Names        Localized
	Descriptions Localized
	Attributes   []RequestedAttribute
}

// RequestedAttribute is one wish of an AttributeSet (2.4.4.2).
type RequestedAttribute struct {
	Name       string
	NameFormat string
	Required   bool
}

// Organization tells who runs the entity (2.3.2.1).
type Organization struct {
	Names        Localized
	DisplayNames Localized
	URLs         Localized
}

// Localized holds a text by language tag (xml:lang), in the order of the document.
type Localized []LocalizedText

// LocalizedText is a text in one language.
type LocalizedText struct{ Lang, Text string }

// In gives the text in a language, or else in the first one there is.
func (l Localized) In(lang string) string {
	for _, t := range l {
		if t.Lang == lang {
			return t.Text
		}
	}
	if len(l) == 0 {
		return ""
	}
	return l[0].Text
}

// Contact is a ContactPerson (2.3.2.2).
type Contact struct {
	// Type is technical, support, administrative, billing or other.
	Type string
	// Attributes are those of foreign namespaces; like Extensions they are written only.
	Attributes []ForeignAttribute
	Extensions []Extension
	Company    string
	Email      string
	Phone      string
}

// Extension is an element of a foreign namespace inside md:Extensions, with text or
// with elements of the same namespace. It is written with its prefix; readers ignore
// extensions.
type Extension struct {
	Prefix, Space, Local, Text string
	// Use is the attribute of that name, left out when empty.
	Use      string
	Children []Extension
}

// Leaf makes an element of the same namespace with a text.
func (x Extension) Leaf(local, text string) Extension {
	return Extension{Prefix: x.Prefix, Space: x.Space, Local: local, Text: text}
}

// Holding makes an element of the same namespace with elements in it.
func (x Extension) Holding(local string, children ...Extension) Extension {
	return Extension{Prefix: x.Prefix, Space: x.Space, Local: local, Children: children}
}

// ForeignAttribute is an attribute of a foreign namespace.
type ForeignAttribute struct{ Prefix, Space, Local, Value string }

// SigningKeys gives the public keys of the certificates that may sign. At a time
// other than zero, certificates that are not valid then are left out.
func SigningKeys(certificates []Certificate, at time.Time) []crypto.PublicKey {
	var keys []crypto.PublicKey
	for _, c := range certificates {
		if c.X509 == nil || c.Use == "encryption" {
			continue
		}
		if !at.IsZero() && (at.Before(c.X509.NotBefore) || at.After(c.X509.NotAfter)) {
			continue
		}
		keys = append(keys, c.X509.PublicKey)
	}
	return keys
}
