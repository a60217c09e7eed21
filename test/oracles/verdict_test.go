package oracles

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	mathrand "math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"atrio/saml/xmlsec"
)

// signers has the keys of one test, in memory and in files.
type signers struct {
	files
	keys        map[string]crypto.Signer
	public      map[string]string // file names
	private     string            // file of the RSA key
	certificate *x509.Certificate // of the RSA key
}

func newSigners(t testing.TB) *signers {
	t.Helper()
	need(t, "xmlsec1")
	s := &signers{files: newFiles(t), keys: map[string]crypto.Signer{}, public: map[string]string{}}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	s.must(err)
	s.keys["rsa"] = key
	for name, curve := range map[string]elliptic.Curve{"p256": elliptic.P256(), "p384": elliptic.P384(), "p521": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		s.must(err)
		s.keys[name] = key
	}
	for name, key := range s.keys {
		s.public[name] = s.publicKey(name+".pub", key.Public())
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	s.must(err)
	s.private = s.write("rsa.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "oracle"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	s.must(err)
	s.certificate, err = x509.ParseCertificate(der)
	s.must(err)
	return s
}

func (s *signers) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// xmlsec1Sign lets xmlsec1 sign an element, with a PrefixList, the signature
// being its last child. ok is false if the element is written <a/>.
func (s *signers) xmlsec1Sign(doc string, e *xmlsec.Element, list string) (signed []byte, ok bool) {
	s.t.Helper()
	if strings.HasSuffix(doc[:e.End], "/>") {
		return nil, false
	}
	id, _ := e.Attr("ID")
	template := `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>` +
		`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>` +
		`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#` + id + `"><ds:Transforms>` +
		`<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">` +
		`<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="` + list + `"/></ds:Transform></ds:Transforms>` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>`
	at := strings.LastIndex(doc[:e.End], "</")
	name := e.Name.Local
	if e.Name.Space != "" {
		name = e.Name.Space + ":" + name
	}
	input := s.write("sign.xml", []byte(doc[:at]+template+doc[at:]))
	out, err := exec.Command("xmlsec1", "sign", "--privkey-pem", s.private, "--id-attr:ID", name, input).Output()
	if err != nil {
		s.t.Fatalf("xmlsec1 sign: %v\n%q", err, doc)
	}
	return out, true
}

// agree checks that we and xmlsec1 accept a document signed with the RSA key,
// and digested the same bytes.
func (s *signers) agree(t *testing.T, doc []byte) {
	t.Helper()
	e := holder(parse(t, string(doc)))
	ours, err := xmlsec.Verify(e, []crypto.PublicKey{s.keys["rsa"].Public()})
	if err != nil {
		t.Fatalf("ours: %v\n%q", err, doc)
	}
	theirs, ok := s.xmlsec1Verify(doc, e, s.public["rsa"])
	if !ok || !bytes.Equal(theirs, ours.Bytes()) {
		t.Fatalf("document %q\nours    %q\nxmlsec1 %q", doc, ours.Bytes(), theirs)
	}
}

// holder finds the element that has a signature.
func holder(e *xmlsec.Element) *xmlsec.Element {
	if xmlsec.HasSignature(e) {
		return e
	}
	for _, c := range e.Elements() {
		if found := holder(c); found != nil {
			return found
		}
	}
	return nil
}

// TestWhatWeSignOthersVerify signs subtrees of random documents in every way
// that Sign knows.
func TestWhatWeSignOthersVerify(t *testing.T) {
	s := newSigners(t)
	g := &generator{Rand: mathrand.New(mathrand.NewPCG(5, 5)), simple: true}
	kinds := []string{"rsa", "p256", "p384", "p521"}
	hashes := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	for done := 0; done < 300; {
		doc := g.document()
		all := withID(parse(t, doc))
		if len(all) == 0 {
			continue
		}
		e := all[g.IntN(len(all))]
		id, _ := e.Attr("ID")
		kind := kinds[done%len(kinds)]
		signer := xmlsec.Signer{Key: s.keys[kind], Hash: hashes[done/len(kinds)%len(hashes)]}
		if kind == "rsa" {
			signer.Certificate = s.certificate.Raw
		}
		signed, err := xmlsec.Sign([]byte(doc), id, xmlsec.Name{}, signer)
		if xmlsec.CodeOf(err) == xmlsec.CodePlace {
			continue
		}
		s.must(err)
		done++
		if err := heliumVerify(signed, s.keys[kind].Public()); err != nil {
			t.Fatalf("helium refuses our %s signature: %v\n%q", kind, err, signed)
		}
		if kind == "rsa" { // goxmldsig cannot verify standard ECDSA signatures
			if err := goxmldsigVerify(signed, id, s.certificate); err != nil {
				t.Fatalf("goxmldsig refuses our signature: %v\n%q", err, signed)
			}
		}
		if done%3 == 0 {
			if _, ok := s.xmlsec1Verify(signed, holder(parse(t, string(signed))), s.public[kind]); !ok {
				t.Fatalf("xmlsec1 refuses our %s signature\n%q", kind, signed)
			}
		}
	}
}
