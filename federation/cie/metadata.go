package cie

import (
	"time"

	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/metadata"
)

// Metadata writes and signs our description. id is the identifier of the document
// (saml.NewID). // CIE-SAML metadata
func (sp *SP) Metadata(id string, _ time.Time) ([]byte, error) {
	signer, published := spidsaml.KeySet(sp.Signer, sp.Published)
	var keys []metadata.Certificate
	for _, der := range published {
		keys = append(keys, metadata.Certificate{Use: "signing", DER: der})
	}
	e := &metadata.Entity{
		ID:       id,
		EntityID: sp.EntityID,
		Service: &metadata.Service{
			AuthnRequestsSigned: true, WantAssertionsSigned: true,
			Certificates:  keys,
			Logout:        []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: sp.SLOURL}},
			NameIDFormats: []string{saml.FormatTransient},
			Consumers: []metadata.Consumer{{
				Endpoint: metadata.Endpoint{Binding: saml.BindingPost, Location: sp.ACSURL}, Index: 0, Default: true,
			}},
		},
		Organization: &sp.Organization,
		Contacts:     sp.contacts(),
	}
	for _, set := range sp.AttributeSets {
		names := set.Names
		if len(names) == 0 {
			names = sp.ServiceNames
		}
		out := metadata.AttributeSet{Index: set.Index, Names: names}
		for _, name := range set.Attributes {
			out.Attributes = append(out.Attributes, metadata.RequestedAttribute{Name: name, NameFormat: saml.AttributeBasic})
		}
		e.Service.AttributeSets = append(e.Service.AttributeSets, out)
	}
	return e.Sign(signer)
}
