package metadata

import (
	"encoding/base64"
	"strconv"
	"time"

	"atrio/saml"
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// XML writes the description, unsigned, in the order of the schema.
func (e *Entity) XML() ([]byte, error) {
	var w xmlout.Writer
	w.Open("md:EntityDescriptor", "xmlns:md", saml.NamespaceMetadata, "xmlns:ds", saml.NamespaceSignature,
		"ID", e.ID, "entityID", e.EntityID, "validUntil", until(e.ValidUntil))
	writeExtensions(&w, e.Extensions)
	if e.Provider != nil {
		e.Provider.write(&w)
	}
	if e.Service != nil {
		e.Service.write(&w)
	}
	if o := e.Organization; o != nil {
		w.Open("md:Organization")
		o.Names.write(&w, "md:OrganizationName")
		o.DisplayNames.write(&w, "md:OrganizationDisplayName")
		o.URLs.write(&w, "md:OrganizationURL")
		w.Close()
	}
	for _, c := range e.Contacts {
		c.write(&w)
	}
	w.Close()
	return w.Bytes()
}

// Sign writes the description with a signature as its first child
// (SAML-metadata 2.3.2; SPID metadata rules).
func (e *Entity) Sign(s xmlsec.Signer) ([]byte, error) {
	doc, err := e.XML()
	if err != nil {
		return nil, err
	}
	return xmlsec.Sign(doc, e.ID, xmlsec.Name{}, s)
}

func until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return string(saml.At(t))
}

func (p *Provider) write(w *xmlout.Writer) {
	w.Open("md:IDPSSODescriptor", "protocolSupportEnumeration", saml.NamespaceProtocol,
		"WantAuthnRequestsSigned", strconv.FormatBool(p.WantAuthnRequestsSigned))
	writeKeys(w, p.Certificates)
	writeEndpoints(w, "md:SingleLogoutService", p.Logout)
	writeFormats(w, p.NameIDFormats)
	writeEndpoints(w, "md:SingleSignOnService", p.SignOn)
	for _, a := range p.Attributes {
		w.Empty("saml:Attribute", "xmlns:saml", saml.NamespaceAssertion, "Name", a.Name,
			"NameFormat", a.NameFormat, "FriendlyName", a.FriendlyName)
	}
	w.Close()
}

func (s *Service) write(w *xmlout.Writer) {
	w.Open("md:SPSSODescriptor", "protocolSupportEnumeration", saml.NamespaceProtocol,
		"AuthnRequestsSigned", strconv.FormatBool(s.AuthnRequestsSigned),
		"WantAssertionsSigned", strconv.FormatBool(s.WantAssertionsSigned))
	writeKeys(w, s.Certificates)
	writeEndpoints(w, "md:SingleLogoutService", s.Logout)
	writeFormats(w, s.NameIDFormats)
	for _, c := range s.Consumers {
		w.Empty("md:AssertionConsumerService", "Binding", c.Binding, "Location", c.Location,
			"ResponseLocation", c.ResponseLocation, "index", strconv.Itoa(c.Index), "isDefault", whenTrue(c.Default))
	}
	for _, set := range s.AttributeSets {
		set.write(w)
	}
	w.Close()
}

func (set AttributeSet) write(w *xmlout.Writer) {
	w.Open("md:AttributeConsumingService", "index", strconv.Itoa(set.Index), "isDefault", whenTrue(set.Default))
	set.Names.write(w, "md:ServiceName")
	set.Descriptions.write(w, "md:ServiceDescription")
	for _, a := range set.Attributes {
		w.Empty("md:RequestedAttribute", "Name", a.Name, "NameFormat", a.NameFormat, "isRequired", whenTrue(a.Required))
	}
	w.Close()
}

func (c Contact) write(w *xmlout.Writer) {
	attributes := []string{"contactType", c.Type}
	for _, a := range c.Attributes {
		attributes = append(attributes, "xmlns:"+a.Prefix, a.Space, a.Prefix+":"+a.Local, a.Value)
	}
	w.Open("md:ContactPerson", attributes...)
	writeExtensions(w, c.Extensions)
	for _, leaf := range [][2]string{{"md:Company", c.Company}, {"md:EmailAddress", c.Email}, {"md:TelephoneNumber", c.Phone}} {
		if leaf[1] != "" {
			w.Leaf(leaf[0], leaf[1])
		}
	}
	w.Close()
}

func writeExtensions(w *xmlout.Writer, list []Extension) {
	if len(list) == 0 {
		return
	}
	w.Open("md:Extensions")
	for _, x := range list {
		x.write(w, "xmlns:"+x.Prefix, x.Space)
	}
	w.Close()
}

// write declares the namespace at the outermost element only.
func (x Extension) write(w *xmlout.Writer, declaration ...string) {
	name := x.Prefix + ":" + x.Local
	declaration = append(declaration, "use", x.Use)
	switch {
	case len(x.Children) > 0:
		w.Open(name, declaration...)
		for _, child := range x.Children {
			child.write(w)
		}
		w.Close()
	case x.Text == "":
		w.Empty(name, declaration...)
	default:
		w.Leaf(name, x.Text, declaration...)
	}
}

func (l Localized) write(w *xmlout.Writer, name string) {
	for _, t := range l {
		w.Leaf(name, t.Text, "xml:lang", t.Lang)
	}
}

// writeKeys writes certificates without KeyName, which some SPID providers reject.
func writeKeys(w *xmlout.Writer, certificates []Certificate) {
	for _, c := range certificates {
		w.Open("md:KeyDescriptor", "use", c.Use)
		w.Open("ds:KeyInfo")
		w.Open("ds:X509Data")
		w.Leaf("ds:X509Certificate", base64.StdEncoding.EncodeToString(c.DER))
		w.Close()
		w.Close()
		w.Close()
	}
}

func writeEndpoints(w *xmlout.Writer, name string, endpoints []Endpoint) {
	for _, e := range endpoints {
		w.Empty(name, "Binding", e.Binding, "Location", e.Location, "ResponseLocation", e.ResponseLocation)
	}
}

func writeFormats(w *xmlout.Writer, formats []string) {
	for _, f := range formats {
		w.Leaf("md:NameIDFormat", f)
	}
}

func whenTrue(b bool) string {
	if b {
		return "true"
	}
	return ""
}
