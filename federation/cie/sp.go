// Package cie holds the rules of "Entra con CIE", the login with the Italian
// electronic identity card, as data and checks: our service towards it, the request,
// the table of what an answer must pass, its error codes. No HTTP, no pages.
//
// CIE speaks the SAML of SPID with differences (CIE-SAML, the manual of the Ministry
// of the Interior). What is equal is in federation/spid/spidsaml; what differs stands
// here, each with its reason.
package cie

import (
	"time"

	"atrio/federation/spid/spidsaml"
	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
)

// SP is our own service towards CIE: an entity of its own, with contacts and
// metadata of another form than those of SPID.
type SP struct {
	EntityID string
	// ACSURL and SLOURL are our addresses for answers and for logout.
	ACSURL, SLOURL string
	Organization   metadata.Organization
	// Administrative is the body itself, Technical its partner, if it has one.
	// CIE-SAML metadata
	Administrative Contact
	Technical      *Contact
	// ServiceNames name the service in the set of attributes.
	ServiceNames metadata.Localized
	// AttributeSets are published in this order; requests name one by its index.
	AttributeSets []spidsaml.AttributeSet
	Signer        xmlsec.Signer
	// Published gives the certificates, DER, of all keys that CIE may meet: of the one
	// that signs, a coming one, a former one; nil for that of Signer alone.
	Published func() [][]byte
	// Skew is how far the clock of CIE may differ from ours. Zero means
	// spidsaml.DefaultSkew.
	Skew time.Duration
}

// KeyMark changes with the keys: a document made under another mark has to be made
// again.
func (sp *SP) KeyMark() [32]byte { return sp.party().KeyMark() }

// party is the service as the common parts of the profile see it.
func (sp *SP) party() *spidsaml.SP {
	return &spidsaml.SP{
		EntityID: sp.EntityID, ACSURL: sp.ACSURL, SLOURL: sp.SLOURL, Organization: sp.Organization,
		AttributeSets: sp.AttributeSets, Signer: sp.Signer, Published: sp.Published, Skew: sp.Skew,
	}
}

// Attributes is what CIE says about a person, and all that may be asked of it: the
// minimum set of eIDAS with the codice fiscale as its identifier. // CIE-SAML attributi
func Attributes() []string { return []string{"name", "familyName", "dateOfBirth", "fiscalNumber"} }
