package xmlsec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"io"
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

func TestSignRefusesWhatOthersWouldNotVerify(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	good := Signer{Key: newECDSA(t, elliptic.P256())}
	signed, err := Sign([]byte(sample), "_r1", issuer, good)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, doc, id string
		after         Name
		signer        Signer
		code          string
	}{
		{"no key", sample, "_r1", issuer, Signer{}, CodeSigner},
		{"weak key", sample, "_r1", issuer, Signer{Key: weak}, CodeSigner},
		{"P-224", sample, "_r1", issuer, Signer{Key: newECDSA(t, elliptic.P224())}, CodeSigner},
		{"SHA-1", sample, "_r1", issuer, Signer{Key: good.Key, Hash: crypto.SHA1}, CodeSigner},
		{"unknown ID", sample, "_r2", issuer, good, CodeID},
		{"ID that is no name", `<a ID="1"></a>`, "1", Name{}, good, CodeID},
		{"sibling missing", sample, "_r1", Name{"", "Issuer"}, good, CodePlace},
		{"signed already", string(signed), "_r1", issuer, good, CodePlace},
		{"empty element", `<a ID="_1"/>`, "_1", Name{}, good, CodePlace},
		{"comment", `<a ID="_1"><!-- --></a>`, "_1", Name{}, good, CodeComment},
	} {
		if out, err := Sign([]byte(c.doc), c.id, c.after, c.signer); CodeOf(err) != c.code || out != nil {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
}

func TestTheSignatureGoesWhereItIsWanted(t *testing.T) {
	signer := Signer{Key: newECDSA(t, elliptic.P256())}
	for after, start := range map[Name]string{
		{}:             `<a ID="_1"><ds:Signature `,
		{"urn:x", "b"}: `<a ID="_1"><b xmlns="urn:x"/><ds:Signature `,
	} {
		out, err := Sign([]byte(`<a ID="_1"><b xmlns="urn:x"/><c/></a>`), "_1", after, signer)
		if err != nil || !strings.HasPrefix(string(out), start) || !strings.HasSuffix(string(out), "<c/></a>") {
			t.Errorf("%s, %v", out, err)
		}
	}
}

// crooked is a signer, for example a token, that answers something else.
type crooked struct {
	crypto.Signer
	answer []byte
}

func (c crooked) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return c.answer, nil }

func TestACrookedSignerIsNoticed(t *testing.T) {
	for _, answer := range [][]byte{nil, {0x30, 0}, {0x30, 6, 2, 1, 0, 2, 1, 1}, {0x30, 6, 2, 1, 0xff, 2, 1, 1}, {0x30, 6, 2, 1, 1, 2, 1, 1, 0}} {
		if _, _, err := SignDetached([]byte("x"), Signer{Key: crooked{newECDSA(t, elliptic.P256()), answer}}); CodeOf(err) != CodeSigner {
			t.Errorf("% x: %v", answer, err)
		}
	}
}
