package saml

import (
	"strings"

	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// AuthnStatement says when and how the person authenticated (SAML-core 2.7.2).
type AuthnStatement struct {
	AuthnInstant        Instant
	SessionIndex        string
	SessionNotOnOrAfter Instant
	// HasContext tells an absent AuthnContext from one without class.
	HasContext bool
	// ClassRef is the AuthnContextClassRef, "" when absent.
	ClassRef string
}

// Attribute is a named list of values (SAML-core 2.7.3.1).
type Attribute struct {
	Name         string
	NameFormat   string
	FriendlyName string
	// Type is the local name of the XML Schema type of the values ("string",
	// "date"); "" writes and means none.
	Type   string
	Values []string
}

func (s AuthnStatement) write(w *xmlout.Writer) {
	w.Open("saml:AuthnStatement", "AuthnInstant", string(s.AuthnInstant), "SessionIndex", s.SessionIndex,
		"SessionNotOnOrAfter", string(s.SessionNotOnOrAfter))
	w.Open("saml:AuthnContext")
	w.Leaf("saml:AuthnContextClassRef", s.ClassRef)
	w.Close()
	w.Close()
}

// WriteAttribute writes an attribute as a child of an open element in whose scope
// the prefixes saml, xs and xsi are bound (assertions and metadata).
func WriteAttribute(w *xmlout.Writer, a Attribute) {
	names := []string{"Name", a.Name, "NameFormat", a.NameFormat, "FriendlyName", a.FriendlyName}
	if len(a.Values) == 0 {
		w.Empty("saml:Attribute", names...)
		return
	}
	typed := a.Type
	if typed != "" {
		typed = "xs:" + typed
	}
	w.Open("saml:Attribute", names...)
	for _, v := range a.Values {
		w.Leaf("saml:AttributeValue", v, "xsi:type", typed)
	}
	w.Close()
}

func readAuthnStatement(e *xmlsec.Element) (AuthnStatement, error) {
	context, class := assertionName("AuthnContext"), assertionName("AuthnContextClassRef")
	s := AuthnStatement{
		AuthnInstant:        Instant(attribute(e, "AuthnInstant")),
		SessionIndex:        attribute(e, "SessionIndex"),
		SessionNotOnOrAfter: Instant(attribute(e, "SessionNotOnOrAfter")),
	}
	if err := CheckOrder(e, one(assertionName("SubjectLocality")), one(context)); err != nil {
		return s, err
	}
	c := e.Child(context)
	if c == nil {
		return s, nil
	}
	s.HasContext = true
	err := CheckOrder(c, one(class), one(assertionName("AuthnContextDecl")),
		one(assertionName("AuthnContextDeclRef")), many(assertionName("AuthenticatingAuthority")))
	if ref := c.Child(class); ref != nil {
		s.ClassRef = trimmed(ref)
	}
	return s, err
}

// ReadAttribute reads one attribute; metadata uses it too. A value with child
// elements is refused: no profile here carries structured values.
func ReadAttribute(e *xmlsec.Element) (Attribute, error) {
	a := Attribute{
		Name:         attribute(e, "Name"),
		NameFormat:   attribute(e, "NameFormat"),
		FriendlyName: attribute(e, "FriendlyName"),
	}
	value := assertionName("AttributeValue")
	if err := CheckOrder(e, many(value)); err != nil {
		return a, err
	}
	for _, v := range e.Named(value) {
		if err := leafOnly(v); err != nil {
			return a, err
		}
		typed, _ := v.AttrNS(NamespaceInstance, "type")
		a.Type = typed[strings.IndexByte(typed, ':')+1:]
		a.Values = append(a.Values, trimmed(v))
	}
	return a, nil
}
