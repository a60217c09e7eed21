package metadata

import (
	"strings"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

func name(local string) xmlsec.Name {
	return xmlsec.Name{Space: saml.NamespaceMetadata, Local: local}
}

func signatureName(local string) xmlsec.Name {
	return xmlsec.Name{Space: saml.NamespaceSignature, Local: local}
}

func attribute(e *xmlsec.Element, local string) string {
	v, _ := e.Attr(local)
	return v
}

func trimmed(e *xmlsec.Element) string { return strings.TrimSpace(e.Text()) }

func localized(e *xmlsec.Element, local string) Localized {
	var all Localized
	for _, child := range e.Named(name(local)) {
		lang, _ := child.AttrNS("http://www.w3.org/XML/1998/namespace", "lang")
		all = append(all, LocalizedText{Lang: lang, Text: trimmed(child)})
	}
	return all
}

func texts(e *xmlsec.Element, local string) []string {
	var all []string
	for _, child := range e.Named(name(local)) {
		all = append(all, trimmed(child))
	}
	return all
}

func readContact(e *xmlsec.Element) Contact {
	c := Contact{Type: attribute(e, "contactType")}
	for _, leaf := range e.Elements() {
		switch leaf.Name {
		case name("Company"):
			c.Company = trimmed(leaf)
		case name("EmailAddress"):
			c.Email = trimmed(leaf)
		case name("TelephoneNumber"):
			c.Phone = trimmed(leaf)
		}
	}
	return c
}
