// Package binding carries SAML messages in HTTP: HTTP-Redirect (SAML-bindings 3.4)
// and HTTP-POST (3.5). It decodes within limits, keeps the very octets that a
// redirect signature covers, and escapes the way web forms do.
//
// It does not look into messages (package saml) nor decide whose keys count (the
// profiles do). It is the only part of saml that knows net/url.
package binding

import (
	"crypto"
	"fmt"

	"atrio/saml/xmlsec"
)

// Parameter names of both bindings.
const (
	Request  = "SAMLRequest"
	Response = "SAMLResponse"
)

// Limits on what is decoded. A Response with many attributes has 10 to 20 KB.
const (
	// MaxMessage bounds a message after base64 and DEFLATE, in bytes.
	MaxMessage = 256 << 10
	// MaxQuery bounds the query of a redirect before decoding; browsers and
	// servers stop at about 8 KB, signatures and escaping included.
	MaxQuery = 32 << 10
	// MaxRelayState bounds RelayState; the standard allows 80 bytes (SAML-bindings
	// 3.4.3), some partners send more.
	MaxRelayState = 1 << 10
)

// Message is a message taken from HTTP. Nothing in it is trusted yet.
type Message struct {
	// Parameter is Request or Response.
	Parameter string
	// XML is the decoded text.
	XML        []byte
	RelayState string
	// SigAlg is the signature algorithm of a redirect, "" when unsigned and with POST.
	SigAlg string

	signature []byte
	signed    []byte
}

// Verify checks the detached signature of a redirect with one of the keys, over the
// octets as they arrived (SAML-bindings 3.4.4.1).
func (m *Message) Verify(keys []crypto.PublicKey) error {
	if m.SigAlg == "" || len(m.signature) == 0 {
		return fail("signature_missing", "")
	}
	return xmlsec.VerifyDetached(m.SigAlg, m.signed, m.signature, keys)
}

// Error says why a message was not taken from HTTP.
type Error struct {
	// Code is a stable word for the audit log and tests.
	Code string
	// Detail is for logs; it holds no value of the message.
	Detail string
}

// Error is for logs only.
func (e *Error) Error() string { return fmt.Sprintf("binding: %s %s", e.Code, e.Detail) }

func fail(code, detail string) error { return &Error{Code: code, Detail: detail} }
