package keys

import (
	"crypto/x509/pkix"
	"encoding/asn1"
)

// LegalSubject is the subject of a certificate that names a legal person and the
// service it runs, as the Italian federations want it.
type LegalSubject struct {
	CommonName     string // display name of the organization
	Organization   string // full name
	OrganizationID string // "PA:IT-<IPA code>", "VATIT-<VAT number>" or "CF:IT-<tax code>"
	URI            string // entityID of the service
	Country        string // "IT"
	Locality       string
}

// Name returns the distinguished name. SPID Avviso 29 v3: commonName,
// organizationName, uri, organizationIdentifier, countryName and localityName are
// required; names of natural persons are forbidden, so there is no place for them.
func (l LegalSubject) Name() pkix.Name {
	return pkix.Name{
		CommonName:   l.CommonName,
		Organization: []string{l.Organization},
		Country:      []string{l.Country},
		Locality:     []string{l.Locality},
		ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: l.OrganizationID}, // organizationIdentifier, X.520
			{Type: asn1.ObjectIdentifier{2, 5, 4, 83}, Value: l.URI},            // uri, X.520
		},
	}
}

// Policy is an entry of the extension CertificatePolicies.
type Policy struct {
	ID     asn1.ObjectIdentifier
	Notice string // explicitText of a UserNotice; "" for none
}

// SPIDPublicPolicies mark the certificate of a public body that is a SPID service
// provider; such a body signs its certificate itself. SPID Avviso 29 v3.
func SPIDPublicPolicies() []Policy {
	return []Policy{
		{ID: asn1.ObjectIdentifier{1, 3, 76, 16, 6}, Notice: "agIDcert"},
		{ID: asn1.ObjectIdentifier{1, 3, 76, 16, 4, 2, 1}, Notice: "cert_SP_Pub"},
	}
}

// The structures of RFC 5280 4.2.1.4.
type (
	policyInformation struct {
		ID         asn1.ObjectIdentifier
		Qualifiers []policyQualifier `asn1:"optional,omitempty"`
	}
	policyQualifier struct {
		ID     asn1.ObjectIdentifier
		Notice userNotice
	}
	userNotice struct {
		ExplicitText string `asn1:"utf8"`
	}
)

func marshalPolicies(policies []Policy) ([]byte, error) {
	list := make([]policyInformation, len(policies))
	for i, p := range policies {
		list[i].ID = p.ID
		if p.Notice != "" {
			unotice := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 2}
			list[i].Qualifiers = []policyQualifier{{ID: unotice, Notice: userNotice{p.Notice}}}
		}
	}
	return asn1.Marshal(list)
}

// SPIDPrivatePolicies are those of a private service provider, whose certificate comes
// from the authority's own. SPID Avviso 29 v3.
func SPIDPrivatePolicies() []Policy {
	return []Policy{
		{ID: asn1.ObjectIdentifier{1, 3, 76, 16, 6}, Notice: "agIDcert"},
		{ID: asn1.ObjectIdentifier{1, 3, 76, 16, 4, 3, 1}, Notice: "cert_SP_Priv"},
	}
}
