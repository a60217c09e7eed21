package spidsaml

import (
	"time"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/metadata"
)

// Metadata writes and signs the provider's description (SPID-RT, metadata). id is the
// identifier of the document (saml.NewID).
func (idp *IdP) Metadata(id string, _ time.Time) ([]byte, error) {
	both := func(location string) []metadata.Endpoint {
		return []metadata.Endpoint{
			{Binding: saml.BindingRedirect, Location: location},
			{Binding: saml.BindingPost, Location: location},
		}
	}
	signer, published := KeySet(idp.Signer, idp.Published)
	e := &metadata.Entity{
		ID:       id,
		EntityID: idp.EntityID,
		Provider: &metadata.Provider{
			WantAuthnRequestsSigned: true,
			Certificates:            certificates(published),
			Logout:                  both(idp.SLOURL),
			NameIDFormats:           []string{saml.FormatTransient},
			SignOn:                  both(idp.SSOURL),
		},
		Organization: &idp.Organization,
	}
	for _, name := range idp.Attributes {
		if _, known := spid.LookupAttribute(name); known {
			e.Provider.Attributes = append(e.Provider.Attributes, saml.Attribute{Name: name, NameFormat: saml.AttributeBasic})
		}
	}
	return e.Sign(signer)
}
