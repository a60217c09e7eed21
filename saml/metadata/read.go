package metadata

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

// Error says why a description was refused.
type Error struct {
	// Code is a stable word for the audit log and tests.
	Code string
	// Detail is for logs and for the operator.
	Detail string
}

// Error is for logs and for the operator.
func (e *Error) Error() string { return fmt.Sprintf("metadata: %s: %s", e.Code, e.Detail) }

func fail(code, format string, args ...any) error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// ReadSigned reads the description of one entity from a document whose signature
// verifies with one of the keys, and only from the bytes that were verified.
func ReadSigned(document []byte, keys []crypto.PublicKey, now time.Time) (*Entity, error) {
	root, err := xmlsec.Parse(document, xmlsec.Metadata)
	if err != nil {
		return nil, err
	}
	signed, err := xmlsec.Verify(root, keys)
	if err != nil {
		return nil, err
	}
	return read(signed.Root(), now)
}

// ReadTrusted reads the description of one entity from a document that the operator
// put in place: the file is the anchor of trust, a signature in it is not looked at.
func ReadTrusted(document []byte, now time.Time) (*Entity, error) {
	root, err := xmlsec.Parse(document, xmlsec.Metadata)
	if err != nil {
		return nil, err
	}
	return read(root, now)
}

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

// read takes the parts that matter here; what it does not know (other roles,
// extensions) it leaves alone, as SAML-metadata 2.1 asks.
func read(root *xmlsec.Element, now time.Time) (*Entity, error) {
	if root.Name != name("EntityDescriptor") {
		return nil, fail("metadata_root", "an EntityDescriptor is expected, found %s", root.Name.Local)
	}
	e := &Entity{ID: attribute(root, "ID"), EntityID: strings.TrimSpace(attribute(root, "entityID"))}
	if e.EntityID == "" || len(e.EntityID) > 1024 { // SAML-metadata 2.2.1
		return nil, fail("metadata_entity_id", "entityID is absent or longer than 1024 characters")
	}
	if err := e.readLife(root, now); err != nil {
		return nil, err
	}
	var err error
	if e.Service, err = readRole(root, "SPSSODescriptor", now, readService); err != nil {
		return nil, err
	}
	if e.Provider, err = readRole(root, "IDPSSODescriptor", now, readProvider); err != nil {
		return nil, err
	}
	if o := root.Child(name("Organization")); o != nil {
		e.Organization = &Organization{
			Names:        localized(o, "OrganizationName"),
			DisplayNames: localized(o, "OrganizationDisplayName"),
			URLs:         localized(o, "OrganizationURL"),
		}
	}
	for _, c := range root.Named(name("ContactPerson")) {
		e.Contacts = append(e.Contacts, readContact(c))
	}
	return e, nil
}

func (e *Entity) readLife(root *xmlsec.Element, now time.Time) error {
	until, err := expiry(root)
	if err != nil {
		return err
	}
	if !until.IsZero() && !now.Before(until) { // SAML-metadata 2.3.2
		return fail("metadata_expired", "%s: valid until %s", e.EntityID, until.Format(time.RFC3339))
	}
	e.ValidUntil = until
	return nil
}

func expiry(e *xmlsec.Element) (time.Time, error) {
	text, present := e.Attr("validUntil")
	if !present {
		return time.Time{}, nil
	}
	until, err := saml.Instant(text).Time()
	if err != nil {
		return until, fail("metadata_valid_until", "validUntil is not an instant")
	}
	return until, nil
}

// readRole reads the one descriptor of a role that speaks SAML 2.0. A role past its
// own validUntil counts as absent.
func readRole[T any](root *xmlsec.Element, local string, now time.Time, readOne func(*xmlsec.Element) (*T, error)) (*T, error) {
	var found *T
	for _, e := range root.Named(name(local)) {
		if !supports(e) {
			continue
		}
		until, err := expiry(e)
		if err != nil {
			return nil, err
		}
		if !until.IsZero() && !now.Before(until) {
			continue
		}
		if found != nil {
			return nil, fail("metadata_roles", "%s stands there twice", local)
		}
		if found, err = readOne(e); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func supports(e *xmlsec.Element) bool {
	for p := range strings.FieldsSeq(attribute(e, "protocolSupportEnumeration")) {
		if p == saml.NamespaceProtocol {
			return true
		}
	}
	return false
}

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

func readEndpoints(e *xmlsec.Element, local string) ([]Endpoint, error) {
	var all []Endpoint
	for _, child := range e.Named(name(local)) {
		endpoint, err := readEndpoint(child)
		if err != nil {
			return nil, err
		}
		all = append(all, endpoint)
	}
	return all, nil
}

// readEndpoint takes http and https addresses only: they end up in redirects and in
// forms, where "javascript:" would run.
func readEndpoint(e *xmlsec.Element) (Endpoint, error) {
	p := Endpoint{Binding: attribute(e, "Binding"), Location: attribute(e, "Location"), ResponseLocation: attribute(e, "ResponseLocation")}
	if !webAddress(p.Location) || p.ResponseLocation != "" && !webAddress(p.ResponseLocation) {
		return p, fail("metadata_endpoint", "%s has an address that is not http(s)", e.Name.Local)
	}
	return p, nil
}

func webAddress(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	return ok && rest != "" && rest[0] != '/' && !strings.ContainsAny(s, " \t\r\n\"<>\\")
}

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

func readCertificates(e *xmlsec.Element) ([]Certificate, error) {
	var all []Certificate
	for _, key := range e.Named(name("KeyDescriptor")) {
		use := attribute(key, "use")
		if use != "" && use != "signing" && use != "encryption" {
			return nil, fail("metadata_key", "use of a KeyDescriptor is unknown")
		}
		info := key.Child(signatureName("KeyInfo"))
		if info == nil {
			return nil, fail("metadata_key", "a KeyDescriptor has no KeyInfo")
		}
		for _, data := range info.Named(signatureName("X509Data")) {
			for _, encoded := range data.Named(signatureName("X509Certificate")) {
				c, err := readCertificate(encoded.Text())
				if err != nil {
					return nil, err
				}
				c.Use = use
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// readCertificate does not look at issuer and dates: in SAML metadata a certificate
// is a wrapping of a key, and metadata itself says how long the key counts.
func readCertificate(encoded string) (Certificate, error) {
	der, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return Certificate{}, fail("metadata_certificate", "not base64")
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return Certificate{}, fail("metadata_certificate", "%v", err)
	}
	return Certificate{DER: der, X509: parsed}, nil
}
