// Package slo holds what both roles do with messages of logout: taking one apart by
// its binding, believing it through its signature alone, and signing one for its way,
// as functions on values.
//
// Which messages are acceptable and what they state is the matter of a profile
// (federation/spid/spidsaml); sessions and pages are the matter of a product.
package slo

import (
	"crypto"
	"fmt"

	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/xmlsec"
)

// Error says why a message was not taken.
type Error struct {
	// Code is a stable word for logs and tests.
	Code string
}

// Error is for logs only.
func (e *Error) Error() string { return fmt.Sprintf("slo: %s", e.Code) }

// Message is a message of logout taken from HTTP, read but not yet believed: its Issuer
// serves to find the keys, and Verify must be called before anything else is used.
type Message struct {
	// Issuer as claimed.
	Issuer *saml.NameID
	// Request tells a LogoutRequest from a LogoutResponse.
	Request bool
	// Carrier is how it came.
	Carrier *binding.Message

	root *xmlsec.Element
	post bool
}

// Open parses a message that came by HTTP-POST (post) or HTTP-Redirect. The parameter
// and the root must agree: a LogoutRequest in SAMLResponse is nobody's honest mistake.
func Open(m *binding.Message, post bool) (*Message, error) {
	root, err := xmlsec.Parse(m.XML, xmlsec.Message)
	if err != nil {
		return nil, err
	}
	want := saml.NameLogoutResponse
	if m.Parameter == binding.Request {
		want = saml.NameLogoutRequest
	}
	if root.Name != want {
		return nil, &Error{"root_other"}
	}
	issuer, err := saml.ReadIssuer(root)
	if err != nil {
		return nil, err
	}
	return &Message{Issuer: issuer, Request: m.Parameter == binding.Request, Carrier: m, root: root, post: post}, nil
}

// Verify checks the signature that belongs to the binding, enveloped for POST and
// detached for Redirect, and returns the element that it covered (SAML-bindings
// 3.4.4.1, 3.5.5.2). A second signature anywhere is refused: it hides something.
func (m *Message) Verify(keys []crypto.PublicKey) (*xmlsec.Element, error) {
	if !m.post {
		if count(m.root) > 0 { // SAML-bindings 3.4.4.1: the sender takes it out
			return nil, &Error{"signature_misplaced"}
		}
		return m.root, m.Carrier.Verify(keys)
	}
	if count(m.root) > 1 {
		return nil, &Error{"signature_misplaced"}
	}
	signed, err := xmlsec.Verify(m.root, keys)
	if err != nil {
		return nil, err
	}
	return signed.Root(), nil
}

// count finds signatures wherever they hide, by local name alone.
func count(e *xmlsec.Element) (n int) {
	for _, child := range e.Elements() {
		if child.Name.Local == "Signature" {
			n++
		}
		n += count(child)
	}
	return n
}
