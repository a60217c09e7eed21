package saml

import (
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// Assertion is what a provider says about a person (SAML-core 2.3.3).
type Assertion struct {
	ID              string
	Version         string
	IssueInstant    Instant
	Issuer          *NameID
	Subject         *Subject
	Conditions      *Conditions
	AuthnStatements []AuthnStatement
	// AttributeStatements holds the attributes of each statement; a statement
	// without attributes is an empty list, which profiles may refuse.
	AttributeStatements [][]Attribute
}

func (a *Assertion) write(w *xmlout.Writer) {
	if a == nil {
		return
	}
	w.Open("saml:Assertion", "xmlns:saml", NamespaceAssertion, "xmlns:xs", NamespaceSchema, "xmlns:xsi", NamespaceInstance,
		"ID", a.ID, "Version", a.Version, "IssueInstant", string(a.IssueInstant))
	a.Issuer.write(w, "saml:Issuer")
	a.Subject.write(w)
	a.Conditions.write(w)
	for _, s := range a.AuthnStatements {
		s.write(w)
	}
	for _, attributes := range a.AttributeStatements {
		w.Open("saml:AttributeStatement")
		for _, attr := range attributes {
			WriteAttribute(w, attr)
		}
		w.Close()
	}
	w.Close()
}

// ReadAssertion reads an assertion from the bytes that a signature covered, and
// from nothing else.
func ReadAssertion(s xmlsec.Signed) (*Assertion, error) {
	e := s.Root()
	if err := expect(e, NameAssertion); err != nil {
		return nil, err
	}
	subject, conditions := assertionName("Subject"), assertionName("Conditions")
	authn, attributes := assertionName("AuthnStatement"), assertionName("AttributeStatement")
	statements := Part{Name: authn, Many: true, Or: []xmlsec.Name{attributes, assertionName("AuthzDecisionStatement")}}
	err := CheckOrder(e, one(NameIssuer), one(nameSignature), one(subject), one(conditions), one(assertionName("Advice")), statements)
	if err != nil {
		return nil, err
	}
	a := &Assertion{
		ID:           attribute(e, "ID"),
		Version:      attribute(e, "Version"),
		IssueInstant: Instant(attribute(e, "IssueInstant")),
	}
	if a.Issuer, err = readNameID(e.Child(NameIssuer)); err != nil {
		return nil, err
	}
	if a.Subject, err = readSubject(e.Child(subject)); err != nil {
		return nil, err
	}
	if a.Conditions, err = readConditions(e.Child(conditions)); err != nil {
		return nil, err
	}
	if err = a.readAuthn(e.Named(authn)); err != nil {
		return nil, err
	}
	return a, a.readAttributes(e.Named(attributes))
}

func (a *Assertion) readAuthn(statements []*xmlsec.Element) error {
	for _, e := range statements {
		s, err := readAuthnStatement(e)
		if err != nil {
			return err
		}
		a.AuthnStatements = append(a.AuthnStatements, s)
	}
	return nil
}

func (a *Assertion) readAttributes(statements []*xmlsec.Element) error {
	name := assertionName("Attribute")
	for _, e := range statements {
		if err := CheckOrder(e, many(name)); err != nil {
			return err
		}
		attributes := []Attribute{}
		for _, child := range e.Named(name) {
			attr, err := ReadAttribute(child)
			if err != nil {
				return err
			}
			attributes = append(attributes, attr)
		}
		a.AttributeStatements = append(a.AttributeStatements, attributes)
	}
	return nil
}
