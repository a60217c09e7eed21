// Package idp holds what every SAML provider does: signing an answer in the right
// places and taking a request apart by its binding, as functions on values.
//
// Which requests are acceptable and what an answer states is the matter of a profile
// (federation/spid/spidsaml).
package idp

import (
	"crypto"

	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/xmlsec"
)

// Sign writes an answer with its signatures: first the Assertion, when there is one,
// then the Response around it (SAML-core 5.4.1).
func Sign(r *saml.Response, s xmlsec.Signer) ([]byte, error) {
	document, err := r.XML()
	if err != nil {
		return nil, err
	}
	if r.Assertion != nil {
		if document, err = xmlsec.Sign(document, r.Assertion.ID, saml.NameIssuer, s); err != nil {
			return nil, err
		}
	}
	return xmlsec.Sign(document, r.ID, saml.NameIssuer, s)
}

// Request is a request taken from HTTP, read but not yet believed: its Issuer serves to
// find the keys, and Verify must be called before anything else is used.
type Request struct {
	// Issuer as claimed.
	Issuer *saml.NameID
	// Message is how it came.
	Message *binding.Message

	root *xmlsec.Element
	post bool
}

// Open parses a message that came by HTTP-POST (post) or HTTP-Redirect.
func Open(m *binding.Message, post bool) (*Request, error) {
	root, err := xmlsec.Parse(m.XML, xmlsec.Message)
	if err != nil {
		return nil, err
	}
	if root.Name != saml.NameAuthnRequest {
		return nil, &saml.FormError{Where: root.Name.Local, What: "AuthnRequest expected"}
	}
	issuer, err := saml.ReadIssuer(root)
	if err != nil {
		return nil, err
	}
	return &Request{Issuer: issuer, Message: m, root: root, post: post}, nil
}

// Verify checks the signature that belongs to the binding, enveloped for POST and
// detached for Redirect, and returns the element that it covered.
func (r *Request) Verify(keys []crypto.PublicKey) (*xmlsec.Element, error) {
	if r.post {
		signed, err := xmlsec.Verify(r.root, keys)
		if err != nil {
			return nil, err
		}
		return signed.Root(), nil
	}
	return r.root, r.Message.Verify(keys)
}
