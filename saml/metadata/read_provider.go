package metadata

import (
	"atrio/saml"
	"atrio/saml/xmlsec"
)

func readProvider(e *xmlsec.Element) (*Provider, error) {
	p := &Provider{
		WantAuthnRequestsSigned: saml.Bool(attribute(e, "WantAuthnRequestsSigned")).IsTrue(),
		NameIDFormats:           texts(e, "NameIDFormat"),
	}
	var err error
	if p.Certificates, err = readCertificates(e); err != nil {
		return nil, err
	}
	if p.Logout, err = readEndpoints(e, "SingleLogoutService"); err != nil {
		return nil, err
	}
	if p.SignOn, err = readEndpoints(e, "SingleSignOnService"); err != nil {
		return nil, err
	}
	for _, child := range e.Named(xmlsec.Name{Space: saml.NamespaceAssertion, Local: "Attribute"}) {
		a, err := saml.ReadAttribute(child)
		if err != nil {
			return nil, err
		}
		p.Attributes = append(p.Attributes, a)
	}
	return p, nil
}
