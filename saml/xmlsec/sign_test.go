package xmlsec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
)

const sample = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0">` +
	`<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://idp.example</saml:Issuer>` +
	`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
	`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" Version="2.0"><saml:Issuer>https://idp.example</saml:Issuer>` +
	`<saml:Subject><saml:NameID>anna &amp; co</saml:NameID></saml:Subject></saml:Assertion></samlp:Response>`

var issuer = Name{"urn:oasis:names:tc:SAML:2.0:assertion", "Issuer"}

func newRSA(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newECDSA(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestWhatWeSignWeVerify(t *testing.T) {
	for name, key := range map[string]crypto.Signer{
		"RSA": newRSA(t), "P-256": newECDSA(t, elliptic.P256()), "P-384": newECDSA(t, elliptic.P384()), "P-521": newECDSA(t, elliptic.P521()),
	} {
		for _, hash := range []crypto.Hash{0, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			s := Signer{Key: key, Hash: hash, Certificate: []byte("certificate")}
			keys := []crypto.PublicKey{key.Public()}
			inner, err := Sign([]byte(sample), "_a1", issuer, s)
			if err != nil {
				t.Fatal(name, hash, err)
			}
			both, err := Sign(inner, "_r1", issuer, s)
			if err != nil {
				t.Fatal(name, hash, err)
			}
			doc, err := Parse(both, Message)
			if err != nil {
				t.Fatal(name, hash, err)
			}
			response, err := Verify(doc, keys)
			if err != nil {
				t.Fatal(name, hash, err)
			}
			assertion, err := Verify(response.Root().Child(Name{issuer.Space, "Assertion"}), keys)
			if err != nil {
				t.Fatal(name, hash, err)
			}
			got := assertion.Root().Child(Name{issuer.Space, "Subject"}).Child(Name{issuer.Space, "NameID"}).Text()
			if got != "anna & co" || HasSignature(response.Root()) || HasSignature(assertion.Root()) {
				t.Fatalf("%s %v: read %q from %s", name, hash, got, response.Bytes())
			}
		}
	}
}

func TestAChangedDocumentIsRefused(t *testing.T) {
	key := newRSA(t)
	signed, err := Sign([]byte(sample), "_r1", issuer, Signer{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		old, new, code string
		key            crypto.PublicKey
	}{
		{"anna", "hugo", CodeDigest, key.Public()},
		{"", "", CodeMismatch, newRSA(t).Public()},
		{"", "", CodeKey, newECDSA(t, elliptic.P256()).Public()},
	} {
		doc, err := Parse([]byte(strings.Replace(string(signed), c.old, c.new, 1)), Message)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(doc, []crypto.PublicKey{c.key}); CodeOf(err) != c.code {
			t.Errorf("got %v, want %s", err, c.code)
		}
	}
}

func TestDetachedSignaturesCoverTheOctets(t *testing.T) {
	for _, key := range []crypto.Signer{newRSA(t), newECDSA(t, elliptic.P256()), newECDSA(t, elliptic.P521())} {
		data := []byte("SAMLRequest=a%2Bb&RelayState=x&SigAlg=y")
		alg, sig, err := SignDetached(data, Signer{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		announced, err := DetachedAlgorithm(Signer{Key: key})
		if err != nil || announced != alg {
			t.Fatalf("announced %q, used %q, %v", announced, alg, err)
		}
		keys := []crypto.PublicKey{key.Public()}
		if err := VerifyDetached(alg, data, sig, keys); err != nil {
			t.Fatal(err)
		}
		if err := VerifyDetached(alg, []byte("SAMLRequest=a%2bb&RelayState=x&SigAlg=y"), sig, keys); CodeOf(err) != CodeMismatch {
			t.Errorf("a re-encoded query: %v", err)
		}
		if err := VerifyDetached("http://www.w3.org/2000/09/xmldsig#rsa-sha1", data, sig, keys); CodeOf(err) != CodeMethod {
			t.Errorf("SHA-1: %v", err)
		}
		if err := VerifyDetached(alg, data, sig, nil); CodeOf(err) != CodeNoKey {
			t.Errorf("no key: %v", err)
		}
	}
}
