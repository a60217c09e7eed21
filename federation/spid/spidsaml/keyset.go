package spidsaml

import (
	"bytes"
	"crypto/sha256"

	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
)

// KeySet gives the signer of a document and the certificates that it announces,
// the signer's own first: whatever changes meanwhile, a document verifies with
// what it says.
func KeySet(s xmlsec.Signer, published func() [][]byte) (xmlsec.Signer, [][]byte) {
	s = s.Current()
	all := [][]byte{s.Certificate}
	if published == nil {
		return s, all
	}
	for _, der := range published() {
		if !bytes.Equal(der, s.Certificate) {
			all = append(all, der)
		}
	}
	return s, all
}

// KeyMark changes with the keys: a document made under another mark has to be
// made again.
func (sp *SP) KeyMark() [32]byte { return keyMark(sp.Signer, sp.Published) }

// KeyMark changes with the keys: a document made under another mark has to be
// made again.
func (idp *IdP) KeyMark() [32]byte { return keyMark(idp.Signer, idp.Published) }

func keyMark(s xmlsec.Signer, published func() [][]byte) (mark [32]byte) {
	_, all := KeySet(s, published)
	h := sha256.New()
	for _, der := range all { // DER tells its own length
		h.Write(der)
	}
	h.Sum(mark[:0])
	return mark
}

func certificates(published [][]byte) []metadata.Certificate {
	var all []metadata.Certificate
	for _, der := range published {
		all = append(all, metadata.Certificate{Use: "signing", DER: der})
	}
	return all
}
