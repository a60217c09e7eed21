package xmlsec

import (
	"encoding/base64"
	"slices"
)

// Sign puts an enveloped signature into a document of our own making and gives
// the whole document. The element whose ID attribute is id is signed; the
// signature becomes the sibling right after the first child called after, or the
// first child if after is the zero Name (SAML wants it behind the Issuer,
// metadata wants it first). Nothing else in the document changes.
//
// To sign an assertion and the response around it, sign the assertion first.
func Sign(doc []byte, id string, after Name, s Signer) ([]byte, error) {
	s = s.Current()
	m, err := s.method()
	if err != nil {
		return nil, err
	}
	own := Metadata
	own.DropComments = false
	root, err := Parse(doc, own)
	if err != nil {
		return nil, err
	}
	e := root.find(id)
	if e == nil || !isNCName(id) {
		return nil, fail(CodeID, 0, "no element has the ID to be signed")
	}
	at, err := place(e, after)
	if err != nil {
		return nil, err
	}
	content, err := Canonical(e)
	if err != nil {
		return nil, err
	}
	signed, err := s.signature(m, id, sum(m.hash, content))
	if err != nil {
		return nil, err
	}
	return slices.Concat(doc[:at], signed, doc[at:]), nil
}

// place gives the offset at which the signature of e goes.
func place(e *Element, after Name) (int, error) {
	switch {
	case HasSignature(e):
		return 0, fail(CodePlace, e.Start, "the element is signed already")
	case after == Name{} && e.inner == 0:
		return 0, fail(CodePlace, e.Start, "an empty element cannot hold a signature")
	case after == Name{}:
		return e.inner, nil
	}
	sibling := e.Child(after)
	if sibling == nil {
		return 0, fail(CodePlace, e.Start, "the child that goes before the signature is missing")
	}
	return sibling.End, nil
}

// signature writes ds:Signature. SignedInfo is written in its canonical form
// but for the namespace declaration, which in the document its parent carries.
func (s Signer) signature(m method, id string, digest []byte) ([]byte, error) {
	const (
		signatureStart = `<ds:Signature xmlns:ds="` + dsSpace + `">`
		infoStart      = `<ds:SignedInfo>`
		infoCanonical  = `<ds:SignedInfo xmlns:ds="` + dsSpace + `">`
	)
	info := s.signedInfo(m, id, digest)
	value, err := s.sign(m, slices.Concat([]byte(infoCanonical), info))
	if err != nil {
		return nil, err
	}
	out := append(append([]byte(signatureStart), infoStart...), info...)
	out = append(out, `<ds:SignatureValue>`...)
	out = base64.StdEncoding.AppendEncode(out, value)
	out = append(out, `</ds:SignatureValue>`...)
	if s.Certificate != nil {
		out = append(out, `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>`...)
		out = base64.StdEncoding.AppendEncode(out, s.Certificate)
		out = append(out, `</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`...)
	}
	return append(out, `</ds:Signature>`...), nil
}

// signedInfo writes ds:SignedInfo from after its start tag to its end.
func (s Signer) signedInfo(m method, id string, digest []byte) []byte {
	out := []byte(`<ds:CanonicalizationMethod Algorithm="` + excC14NURI + `"></ds:CanonicalizationMethod>` +
		`<ds:SignatureMethod Algorithm="` + m.uri + `"></ds:SignatureMethod>` +
		`<ds:Reference URI="#` + id + `"><ds:Transforms>` +
		`<ds:Transform Algorithm="` + envelopedURI + `"></ds:Transform>` +
		`<ds:Transform Algorithm="` + excC14NURI + `"></ds:Transform></ds:Transforms>` +
		`<ds:DigestMethod Algorithm="` + digestURI(m.hash) + `"></ds:DigestMethod><ds:DigestValue>`)
	out = base64.StdEncoding.AppendEncode(out, digest)
	return append(out, `</ds:DigestValue></ds:Reference></ds:SignedInfo>`...)
}
