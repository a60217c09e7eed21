package metadata

import (
	"strconv"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

func readService(e *xmlsec.Element) (*Service, error) {
	s := &Service{
		AuthnRequestsSigned:  saml.Bool(attribute(e, "AuthnRequestsSigned")).IsTrue(),
		WantAssertionsSigned: saml.Bool(attribute(e, "WantAssertionsSigned")).IsTrue(),
		NameIDFormats:        texts(e, "NameIDFormat"),
	}
	var err error
	if s.Certificates, err = readCertificates(e); err != nil {
		return nil, err
	}
	if s.Logout, err = readEndpoints(e, "SingleLogoutService"); err != nil {
		return nil, err
	}
	if s.Consumers, err = readConsumers(e); err != nil {
		return nil, err
	}
	s.AttributeSets, err = readAttributeSets(e)
	return s, err
}

func readConsumers(e *xmlsec.Element) ([]Consumer, error) {
	var all []Consumer
	for _, child := range e.Named(name("AssertionConsumerService")) {
		endpoint, err := readEndpoint(child)
		if err != nil {
			return nil, err
		}
		index, err := readIndex(child)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if other.Index == index { // SAML-metadata 2.2.3: unique among its kind
				return nil, fail("metadata_index", "AssertionConsumerService %d stands there twice", index)
			}
		}
		all = append(all, Consumer{Endpoint: endpoint, Index: index, Default: saml.Bool(attribute(child, "isDefault")).IsTrue()})
	}
	return all, nil
}

func readAttributeSets(e *xmlsec.Element) ([]AttributeSet, error) {
	var all []AttributeSet
	for _, child := range e.Named(name("AttributeConsumingService")) {
		index, err := readIndex(child)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if other.Index == index {
				return nil, fail("metadata_index", "AttributeConsumingService %d stands there twice", index)
			}
		}
		set := AttributeSet{
			Index:        index,
			Default:      saml.Bool(attribute(child, "isDefault")).IsTrue(),
			Names:        localized(child, "ServiceName"),
			Descriptions: localized(child, "ServiceDescription"),
		}
		for _, a := range child.Named(name("RequestedAttribute")) {
			set.Attributes = append(set.Attributes, RequestedAttribute{
				Name: attribute(a, "Name"), NameFormat: attribute(a, "NameFormat"),
				Required: saml.Bool(attribute(a, "isRequired")).IsTrue(),
			})
		}
		all = append(all, set)
	}
	return all, nil
}

func readIndex(e *xmlsec.Element) (int, error) {
	index, err := strconv.ParseUint(attribute(e, "index"), 10, 16) // xs:unsignedShort
	if err != nil {
		return 0, fail("metadata_index", "%s has no valid index", e.Name.Local)
	}
	return int(index), nil
}
