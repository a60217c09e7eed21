package xmlsec

import (
	"bytes"
	"crypto"
)

// Signed is an element whose signature was verified. Only Verify makes one; the
// zero value holds nothing.
type Signed struct {
	root *Element
	text string
}

// Root is the signed element, read again from Bytes: it is a root, its signature
// is gone, and offsets count in Bytes.
func (s Signed) Root() *Element { return s.root }

// Bytes is a copy of the canonical form that was digested, the signature left out.
func (s Signed) Bytes() []byte { return []byte(s.text) }

// Verify checks the enveloped signature of e with the trusted keys and gives the
// signed content. The signature must be the only ds:Signature among the children
// of e and refer to the ID of e (SAML-core 5.4). Keys that do not fit the
// algorithm, and RSA keys under 2048 bits, are passed over.
//
// What e or its document says outside the signed bytes plays no part in the result.
func Verify(e *Element, keys []crypto.PublicKey) (Signed, error) {
	s, err := readSignature(e)
	if err != nil {
		return Signed{}, err
	}
	w := borrowWriter(e)
	defer w.giveBack()
	info, err := w.canonical(s.info, nil, s.infoPrefixes)
	if err != nil {
		return Signed{}, err
	}
	if err := s.method.check(info, s.value, keys); err != nil {
		return Signed{}, err
	}
	content, err := w.canonical(e, s.element, s.prefixes)
	if err != nil {
		return Signed{}, err
	}
	if !bytes.Equal(sum(s.digestMethod, content), s.digest) {
		return Signed{}, fail(CodeDigest, e.Start, "the content is not what was signed")
	}
	text := string(content)
	root, err := parse(text, e.doc.policy.canonical())
	if err != nil {
		return Signed{}, err
	}
	return Signed{root: root, text: text}, nil
}
