package worlds

import (
	"strings"

	"atrio/federation/cie"
	"atrio/federation/eidas"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/doors/ciedoor"
	"atrio/gateway/doors/spiddoor"
	"atrio/gateway/settings"
	"atrio/saml/metadata"
)

// attributeIndex is the index of the set of the gateway itself, as Register.AttributeIndex says.
const attributeIndex = 0

// SPIDService is the SP of the settings of SPID.
func (h House) SPIDService(c settings.SPIDConfig) *spidsaml.SP {
	base := strings.TrimSuffix(h.Site.BaseURL, "/")
	entity := c.EntityID
	if entity == "" {
		entity = base
	}
	attributes := c.Attributes
	if len(attributes) == 0 {
		attributes = settings.DefaultAttributes()
	}
	sets := []spidsaml.AttributeSet{{Index: attributeIndex, Names: h.serviceText(c.Organization.Metadata()), Attributes: attributes}}
	sets = append(sets, h.Services.AttributeSets()...)
	if c.SignatureSet {
		sets = append(sets, spidsaml.SignatureSet())
	}
	if h.EIDAS != nil {
		sets = append(sets, eidas.Sets()...)
	}
	sp := &spidsaml.SP{
		Kind: c.Kind, EntityID: entity, ACSURL: base + spiddoor.ACSPath, SLOURL: base + spiddoor.SLOPath, OtherACS: c.OtherACS,
		Organization: c.Organization.Metadata(), AttributeSets: sets, Signer: h.SPIDSigner, Published: h.SPIDCertificates,
	}
	c.Describe(sp)
	return sp
}

// CIEService is the SP of the settings of CIE.
func (h House) CIEService(c settings.CIEConfig, spid settings.SPIDConfig) *cie.SP {
	base := strings.TrimSuffix(h.Site.BaseURL, "/")
	entity := c.EntityID
	if entity == "" {
		entity = base + "/cie"
	}
	o := c.NamesOr(spid.Organization).Metadata()
	names := h.serviceText(o)
	sp := &cie.SP{
		EntityID: entity, ACSURL: base + ciedoor.ACSPath, SLOURL: base + ciedoor.SLOPath, Organization: o, ServiceNames: names,
		AttributeSets: []spidsaml.AttributeSet{{Index: attributeIndex, Names: names, Attributes: cie.Attributes()}},
		Signer:        h.CIESigner, Published: h.CIECertificates,
	}
	c.Describe(sp, spid)
	return sp
}

// serviceText is the name of the service where the provider shows it.
func (h House) serviceText(o metadata.Organization) metadata.Localized {
	var names metadata.Localized
	for _, n := range o.Names {
		names = append(names, metadata.LocalizedText{Lang: n.Lang, Text: h.Site.Institution.Service.In(n.Lang)})
	}
	return names
}
