// Package samltest serves tests of SAML: keys made at run time, a clock that stands
// still, edits of messages before and after signing, and attacks by wrapping.
//
// It is for tests alone and depends on nothing but saml. The larger collection of
// hostile documents, signed by another implementation, is test/corpus/saml.
package samltest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/saml/xmlsec"
)

// Start is the present of a test, unless it moves its Clock.
var Start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// Clock is a present that moves only when told to.
type Clock struct{ now time.Time }

// NewClock gives a clock that shows Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now is the present.
func (c *Clock) Now() time.Time { return c.now }

// Advance moves the present.
func (c *Clock) Advance(d time.Duration) { c.now = c.now.Add(d) }

// made are the RSA keys of this process, and how many of them each test has: a test never
// meets the same key twice, and another takes the ones that are there. To find one costs
// more than most tests, under the race detector above all.
var made struct {
	sync.Mutex
	keys []*rsa.PrivateKey
	had  map[string]int
}

// RSA makes a signer with a key of 2048 bits that is new to the test, with all its
// sub-tests, and a certificate for a year around Start.
func RSA(t testing.TB) xmlsec.Signer {
	t.Helper()
	test, _, _ := strings.Cut(t.Name(), "/")
	made.Lock()
	defer made.Unlock()
	if made.had == nil {
		made.had = map[string]int{}
	}
	n := made.had[test]
	made.had[test]++
	if n == len(made.keys) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		made.keys = append(made.keys, key)
	}
	return Certified(t, made.keys[n], Start.AddDate(0, -6, 0), Start.AddDate(0, 6, 0))
}

// ECDSA makes a signer with a new P-256 key and a certificate like that of RSA.
func ECDSA(t testing.TB) xmlsec.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return Certified(t, key, Start.AddDate(0, -6, 0), Start.AddDate(0, 6, 0))
}

// Certified wraps a key into a signer with a self-signed certificate.
func Certified(t testing.TB, key crypto.Signer, from, to time.Time) xmlsec.Signer {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "Test"},
		NotBefore:    from,
		NotAfter:     to,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return xmlsec.Signer{Key: key, Certificate: der}
}

// Public gives the public keys of signers.
func Public(signers ...xmlsec.Signer) []crypto.PublicKey {
	var keys []crypto.PublicKey
	for _, s := range signers {
		keys = append(keys, s.Key.Public())
	}
	return keys
}

// CertificateFile writes the certificate of a signer as PEM into a directory of the test,
// for tools outside.
func CertificateFile(t testing.TB, s xmlsec.Signer) string {
	t.Helper()
	return File(t, "certificate.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate}))
}

// File writes data into a new directory of the test and gives the path.
func File(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
