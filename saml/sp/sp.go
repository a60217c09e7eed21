// Package sp holds what every SAML service does with an answer, as functions on
// values: open the envelope, believe an assertion only through its signature, and
// the checks of time, audience and bearer that the standard defines.
//
// Which checks apply, in which order and with which words is the matter of a
// profile (federation/spid/spidsaml); memory and pages are the matter of a product.
package sp

import (
	"crypto"
	"fmt"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

// Error says why an answer was refused.
type Error struct {
	// Code is a stable word for logs and tests.
	Code string
	// Detail is for logs; it holds no value of the answer.
	Detail string
}

// Error is for logs only.
func (e *Error) Error() string { return fmt.Sprintf("sp: %s %s", e.Code, e.Detail) }

func fail(code, detail string) error { return &Error{Code: code, Detail: detail} }

// Envelope is an opened answer. Its fields are verified only if Signed is true;
// whatever happens, nothing about a person can be read from it: that needs
// VerifyAssertion.
type Envelope struct {
	saml.Response
	// Signed tells that the envelope itself carried a signature, which verified.
	Signed bool

	root       *xmlsec.Element
	assertions []*xmlsec.Element
	signatures int
}

// Open reads the envelope of an answer from bytes off the network.
func Open(document []byte) (*Envelope, error) {
	root, err := xmlsec.Parse(document, xmlsec.Message)
	if err != nil {
		return nil, err
	}
	r, err := saml.ReadResponse(root)
	if err != nil {
		return nil, err
	}
	e := &Envelope{Response: *r, root: root}
	e.survey(root)
	return e, nil
}

// survey finds assertions and signatures wherever they hide, by local name alone: an
// element that only looks like an assertion is as unwelcome as a real one.
func (e *Envelope) survey(at *xmlsec.Element) {
	switch at.Name.Local {
	case "Assertion", "EncryptedAssertion":
		e.assertions = append(e.assertions, at)
	case "Signature":
		e.signatures++
	}
	for _, child := range at.Elements() {
		e.survey(child)
	}
}

// VerifyEnvelope verifies the signature of the envelope when there is one, and from
// then on the envelope shows only what that signature covered.
func (e *Envelope) VerifyEnvelope(keys []crypto.PublicKey) error {
	if !xmlsec.HasSignature(e.root) {
		return nil
	}
	signed, err := xmlsec.Verify(e.root, keys)
	if err != nil {
		return err
	}
	r, err := saml.ReadResponse(signed.Root())
	if err != nil {
		return err
	}
	e.Response, e.Signed = *r, true
	return nil
}

// Assertions is the number of assertions anywhere in the answer.
func (e *Envelope) Assertions() int { return len(e.assertions) }

// CheckShape refuses hiding places: more than one assertion, one that is not a child
// of the envelope, and signatures other than those of envelope and assertion.
func (e *Envelope) CheckShape() error {
	expected := 0
	if xmlsec.HasSignature(e.root) {
		expected++
	}
	switch len(e.assertions) {
	case 0:
	case 1:
		a := e.assertions[0]
		if a.Parent != e.root || a.Name != saml.NameAssertion {
			return fail("assertion_misplaced", "")
		}
		if xmlsec.HasSignature(a) {
			expected++
		}
	default:
		return fail("assertions_many", "")
	}
	if e.signatures != expected {
		return fail("signature_misplaced", "")
	}
	return nil
}

// VerifyAssertion verifies the signature of the one assertion, which a signature of
// the envelope does not replace, and reads it from the bytes that were covered.
func (e *Envelope) VerifyAssertion(keys []crypto.PublicKey) (*saml.Assertion, error) {
	if err := e.CheckShape(); err != nil {
		return nil, err
	}
	if len(e.assertions) != 1 {
		return nil, fail("assertion_missing", "")
	}
	signed, err := xmlsec.Verify(e.assertions[0], keys)
	if err != nil {
		return nil, err
	}
	return saml.ReadAssertion(signed)
}
