package saml

import (
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// AuthnRequest asks a provider to authenticate a person (SAML-core 3.4.1).
type AuthnRequest struct {
	ID           string
	Version      string
	IssueInstant Instant
	Destination  string
	ForceAuthn   Bool
	IsPassive    Bool
	// The answer goes to the address of an index of the metadata, or, never both,
	// to a URL with a binding.
	AssertionConsumerServiceIndex  string
	AssertionConsumerServiceURL    string
	ProtocolBinding                string
	AttributeConsumingServiceIndex string
	Issuer                         *NameID
	// Extensions are elements of other namespaces. They are written, not read.
	Extensions            []Extension
	NameIDPolicy          *NameIDPolicy
	RequestedAuthnContext *RequestedAuthnContext
}

// Extension is one element of a federation's own namespace (SAML-core 3.2.1).
type Extension struct {
	// Prefix and Space are the namespace; Local and Text the element.
	Prefix, Space, Local, Text string
}

// NameIDPolicy is the wanted form of the person's name (SAML-core 3.4.1.1).
type NameIDPolicy struct {
	Format string
}

// RequestedAuthnContext is the wanted strength (SAML-core 3.3.2.2.1).
type RequestedAuthnContext struct {
	// Comparison is exact, minimum, better or maximum; absent means exact.
	Comparison string
	ClassRefs  []string
}

// XML writes the request, unsigned.
func (r *AuthnRequest) XML() ([]byte, error) {
	var w xmlout.Writer
	w.Open("samlp:AuthnRequest", "xmlns:samlp", NamespaceProtocol, "xmlns:saml", NamespaceAssertion,
		"ID", r.ID, "Version", r.Version, "IssueInstant", string(r.IssueInstant), "Destination", r.Destination,
		"ForceAuthn", string(r.ForceAuthn), "IsPassive", string(r.IsPassive),
		"ProtocolBinding", r.ProtocolBinding, "AssertionConsumerServiceIndex", r.AssertionConsumerServiceIndex,
		"AssertionConsumerServiceURL", r.AssertionConsumerServiceURL,
		"AttributeConsumingServiceIndex", r.AttributeConsumingServiceIndex)
	r.Issuer.write(&w, "saml:Issuer")
	if len(r.Extensions) > 0 {
		w.Open("samlp:Extensions")
		for _, x := range r.Extensions {
			w.Leaf(x.Prefix+":"+x.Local, x.Text, "xmlns:"+x.Prefix, x.Space)
		}
		w.Close()
	}
	if p := r.NameIDPolicy; p != nil {
		w.Empty("samlp:NameIDPolicy", "Format", p.Format)
	}
	if c := r.RequestedAuthnContext; c != nil {
		w.Open("samlp:RequestedAuthnContext", "Comparison", c.Comparison)
		for _, class := range c.ClassRefs {
			w.Leaf("saml:AuthnContextClassRef", class)
		}
		w.Close()
	}
	w.Close()
	return w.Bytes()
}

// ReadAuthnRequest reads a request. Extensions, Subject, Conditions and Scoping are
// allowed where the schema has them, and not interpreted.
func ReadAuthnRequest(e *xmlsec.Element) (*AuthnRequest, error) {
	if err := expect(e, NameAuthnRequest); err != nil {
		return nil, err
	}
	policy, context := protocolName("NameIDPolicy"), protocolName("RequestedAuthnContext")
	err := CheckOrder(e, one(NameIssuer), one(nameSignature), one(protocolName("Extensions")), one(assertionName("Subject")),
		one(policy), one(assertionName("Conditions")), one(context), one(protocolName("Scoping")))
	if err != nil {
		return nil, err
	}
	r := &AuthnRequest{
		ID:                             attribute(e, "ID"),
		Version:                        attribute(e, "Version"),
		IssueInstant:                   Instant(attribute(e, "IssueInstant")),
		Destination:                    attribute(e, "Destination"),
		ForceAuthn:                     Bool(attribute(e, "ForceAuthn")),
		IsPassive:                      Bool(attribute(e, "IsPassive")),
		AssertionConsumerServiceIndex:  attribute(e, "AssertionConsumerServiceIndex"),
		AssertionConsumerServiceURL:    attribute(e, "AssertionConsumerServiceURL"),
		ProtocolBinding:                attribute(e, "ProtocolBinding"),
		AttributeConsumingServiceIndex: attribute(e, "AttributeConsumingServiceIndex"),
	}
	if r.Issuer, err = readNameID(e.Child(NameIssuer)); err != nil {
		return nil, err
	}
	if p := e.Child(policy); p != nil {
		r.NameIDPolicy = &NameIDPolicy{Format: attribute(p, "Format")}
	}
	if c := e.Child(context); c != nil {
		r.RequestedAuthnContext, err = readRequestedContext(c)
	}
	return r, err
}

func readRequestedContext(e *xmlsec.Element) (*RequestedAuthnContext, error) {
	class := assertionName("AuthnContextClassRef")
	if err := CheckOrder(e, many(class), many(assertionName("AuthnContextDeclRef"))); err != nil {
		return nil, err
	}
	c := &RequestedAuthnContext{Comparison: attribute(e, "Comparison")}
	for _, ref := range e.Named(class) {
		c.ClassRefs = append(c.ClassRefs, trimmed(ref))
	}
	return c, nil
}
