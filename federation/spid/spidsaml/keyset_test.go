package spidsaml

import (
	"sync/atomic"
	"testing"
	"time"

	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// TestADocumentVerifiesWithWhatItSays while the keys change in the middle of it.
func TestADocumentVerifiesWithWhatItSays(t *testing.T) {
	keys := []xmlsec.Signer{samltest.RSA(t), samltest.RSA(t)}
	var asked atomic.Int64
	// Another key at every question: the worst moment, all the time.
	moving := xmlsec.Signer{Source: func() xmlsec.Signer { return keys[asked.Add(1)%2] }}
	published := func() [][]byte { return [][]byte{keys[0].Certificate, keys[1].Certificate} }
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	sp, idp := testSP(moving), testIdP(moving)
	sp.Published, idp.Published = published, published
	for range 4 {
		for name, make := range map[string]func(string, time.Time) ([]byte, error){"service": sp.Metadata, "provider": idp.Metadata} {
			document, err := make(saml.NewID(), now)
			if err != nil {
				t.Fatal(err)
			}
			e, err := metadata.ReadTrusted(document, now)
			if err != nil {
				t.Fatal(err)
			}
			var list []metadata.Certificate
			if e.Service != nil {
				list = e.Service.Certificates
			} else {
				list = e.Provider.Certificates
			}
			if len(list) != 2 {
				t.Fatalf("%s: %d certificates", name, len(list))
			}
			first := xmlsec.Signer{Key: keys[0].Key}
			if string(list[0].DER) == string(keys[1].Certificate) {
				first = xmlsec.Signer{Key: keys[1].Key}
			}
			if _, err := metadata.ReadSigned(document, samltest.Public(first), now); err != nil {
				t.Errorf("%s: the signature is not that of the first certificate: %v", name, err)
			}
		}
	}
}

func TestTheMarkChangesWithTheKeys(t *testing.T) {
	one, two := samltest.RSA(t), samltest.RSA(t)
	sp := testSP(one)
	alone := sp.KeyMark()
	sp.Published = func() [][]byte { return [][]byte{one.Certificate} }
	if sp.KeyMark() != alone {
		t.Error("the same keys, another mark")
	}
	sp.Published = func() [][]byte { return [][]byte{one.Certificate, two.Certificate} }
	both := sp.KeyMark()
	sp.Signer = two
	if both == alone || sp.KeyMark() == both || sp.KeyMark() == testIdP(one).KeyMark() {
		t.Error("other keys, the same mark")
	}
}
