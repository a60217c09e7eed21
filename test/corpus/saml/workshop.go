package corpus

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
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Workshop holds the keys of one test and calls xmlsec1 with them.
type Workshop struct {
	// Keys by name: "rsa" is trusted, "stranger" another RSA key under the same
	// subject, "weak" RSA of 1024 bits, "p256", "p384", "p521" ECDSA.
	Keys map[string]crypto.Signer

	t    testing.TB
	dir  string
	done map[string]string // what xmlsec1 made of a document, by key and document

	base  string // the response everything is made from, unsigned, with places for signatures
	twice string // the same with a signed assertion; "" for the example
	// deep turns the attacks on a signature from that of the response to that of the
	// assertion.
	deep bool
}

// New makes the keys. A missing xmlsec1 fails the test.
func New(t testing.TB) *Workshop {
	t.Helper()
	if _, err := exec.LookPath("xmlsec1"); err != nil {
		t.Fatal("this test needs xmlsec1: run tools/setup, or apt-get install xmlsec1")
	}
	w := &Workshop{Keys: map[string]crypto.Signer{}, t: t, dir: t.TempDir(), done: map[string]string{}, base: exampleResponse(exampleAssertion(assertID, Genuine))}
	for name, bits := range map[string]int{"rsa": 2048, "stranger": 2048, "weak": 1024} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		w.must(err)
		w.keep(name, key)
	}
	for name, curve := range map[string]elliptic.Curve{"p256": elliptic.P256(), "p384": elliptic.P384(), "p521": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		w.must(err)
		w.keep(name, key)
	}
	return w
}

// Public gives the public keys of those names; none gives that of "rsa".
func (w *Workshop) Public(names ...string) []crypto.PublicKey {
	if len(names) == 0 {
		names = []string{"rsa"}
	}
	keys := make([]crypto.PublicKey, len(names))
	for i, name := range names {
		keys[i] = w.Keys[name].Public()
	}
	return keys
}

// SignWith lets xmlsec1 fill the first signature template of a document.
func (w *Workshop) SignWith(key, document string) string {
	w.t.Helper()
	signed, ok := w.done[key+" "+document]
	if !ok {
		signed = w.xmlsec1(document, "sign", "--privkey-pem", w.path(key+".key")+","+w.path(key+".crt"))
		w.done[key+" "+document] = signed
	}
	return signed
}

// hmac lets xmlsec1 fill an HMAC template; the secret is the trusted
// certificate, which everyone knows.
func (w *Workshop) hmac(document string) string {
	w.t.Helper()
	return w.xmlsec1(document, "sign", "--hmackey", w.path("rsa.crt"))
}

// xmlsec1 runs the tool on a document and gives its output.
func (w *Workshop) xmlsec1(document, command string, args ...string) string {
	w.t.Helper()
	input := w.path("input.xml")
	w.must(os.WriteFile(input, []byte(document), 0o600))
	args = append([]string{command}, args...)
	for _, element := range []string{"Response", "AuthnRequest", "LogoutRequest", "LogoutResponse", "ArtifactResponse"} {
		args = append(args, "--id-attr:ID", protocolSpace+":"+element)
	}
	for _, element := range []string{"EntityDescriptor", "EntitiesDescriptor"} {
		args = append(args, "--id-attr:ID", metadataSpace+":"+element)
	}
	args = append(args, "--id-attr:ID", assertionSpace+":Assertion", input)
	cmd := exec.Command("xmlsec1", args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		w.t.Fatalf("xmlsec1 %v: %v\n%s\n%s", args, err, stderr.Bytes(), document)
	}
	return stdout.String()
}

// keep stores a key and its certificate where xmlsec1 finds them.
func (w *Workshop) keep(name string, key crypto.Signer) {
	w.t.Helper()
	w.Keys[name] = key
	clear(w.done)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	w.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "identity provider of the tests"},
		NotBefore:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	w.must(err)
	w.write(name+".key", "PRIVATE KEY", private)
	w.write(name+".crt", "CERTIFICATE", certificate)
}

func (w *Workshop) write(file, kind string, der []byte) {
	w.t.Helper()
	w.must(os.WriteFile(w.path(file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func (w *Workshop) path(file string) string { return filepath.Join(w.dir, file) }

func (w *Workshop) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
