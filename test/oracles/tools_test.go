package oracles

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"atrio/saml/xmlsec"

	"github.com/beevik/etree"
	"github.com/lestrrat-go/helium"
	"github.com/lestrrat-go/helium/c14n"
	"github.com/lestrrat-go/helium/xmldsig1"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// need fails the test if a program is missing.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("this test needs %s: run tools/setup, or apt-get install xmlsec1 libxml2-utils", program)
	}
}

// parse reads a document that our reader must accept.
func parse(t testing.TB, doc string) *xmlsec.Element {
	t.Helper()
	root, err := xmlsec.Parse([]byte(doc), xmlsec.Message)
	if err != nil {
		t.Fatalf("%v\n%q", err, doc)
	}
	return root
}

// withID lists the elements of a subtree that have an ID.
func withID(e *xmlsec.Element) []*xmlsec.Element {
	var all []*xmlsec.Element
	if _, ok := e.Attr("ID"); ok {
		all = append(all, e)
	}
	for _, c := range e.Elements() {
		all = append(all, withID(c)...)
	}
	return all
}

// heliumCanonical canonicalizes a whole document.
func heliumCanonical(doc string, prefixes []string) ([]byte, error) {
	parsed, err := helium.NewParser().Parse(context.Background(), []byte(doc))
	if err != nil {
		return nil, err
	}
	canon := c14n.NewCanonicalizer(c14n.ExclusiveC14N10)
	if len(prefixes) > 0 {
		canon = canon.InclusiveNamespaces(prefixes)
	}
	return canon.CanonicalizeTo(parsed)
}

// heliumVerify verifies the only signature of a document.
func heliumVerify(doc []byte, key crypto.PublicKey) error {
	parsed, err := helium.NewParser().Parse(context.Background(), doc)
	if err != nil {
		return err
	}
	_, err = xmldsig1.NewVerifier(xmldsig1.StaticKey(key)).MaxReferences(1).Verify(context.Background(), parsed)
	return err
}

// goxmldsigCanonical canonicalizes the element with that ID, or the root.
func goxmldsigCanonical(doc, id, prefixList string) ([]byte, error) {
	e, err := goxmldsigElement([]byte(doc), id)
	if err != nil {
		return nil, err
	}
	return dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(prefixList).Canonicalize(e)
}

// goxmldsigElement detaches the element with that ID, or gives the root.
func goxmldsigElement(doc []byte, id string) (*etree.Element, error) {
	parsed := etree.NewDocument()
	if err := parsed.ReadFromBytes(doc); err != nil {
		return nil, err
	}
	e := parsed.Root()
	if id == "" {
		return e, nil
	}
	for _, candidate := range parsed.FindElements("//*[@ID='" + id + "']") {
		e = candidate
	}
	outer, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		return nil, err
	}
	return etreeutils.NSDetatch(outer, e)
}

// goxmldsigVerify verifies the signature of the element with that ID.
func goxmldsigVerify(doc []byte, id string, certificate *x509.Certificate) error {
	e, err := goxmldsigElement(doc, id)
	if err != nil {
		return err
	}
	store := &dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}}
	_, err = dsig.NewDefaultValidationContext(store).Validate(e)
	return err
}

// files is a directory with files for the programs.
type files struct {
	t   testing.TB
	dir string
}

func newFiles(t testing.TB) files { return files{t, t.TempDir()} }

func (f files) write(name string, data []byte) string {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// publicKey writes a public key for xmlsec1.
func (f files) publicKey(name string, key crypto.PublicKey) string {
	f.t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.write(name, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// xmlsec1Verify verifies the signature that is a child of e and gives the bytes
// that were digested. KeyInfo is not looked at: the only key is the given one.
func (f files) xmlsec1Verify(doc []byte, e *xmlsec.Element, keyFile string) ([]byte, bool) {
	f.t.Helper()
	name := e.Name.Local
	if e.Name.Space != "" {
		name = e.Name.Space + ":" + name
	}
	n, _ := signaturesBefore(root(e), e.Child(signatureName))
	cmd := exec.Command("xmlsec1", "verify", "--enabled-key-data", "key-name", "--pubkey-pem", keyFile,
		"--id-attr:ID", name, "--node-xpath", fmt.Sprintf("(//*[local-name()='Signature' and namespace-uri()='%s'])[%d]", signatureName.Space, n+1),
		"--store-references", "--print-debug", f.write("verify.xml", doc))
	out, err := cmd.Output()
	if err != nil {
		return nil, false
	}
	const start, end = "== PreDigest data - start buffer:\n", "\n== PreDigest data - end buffer\n"
	_, rest, ok := bytes.Cut(out, []byte(start))
	digested, _, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed || !bytes.Contains(out, []byte("== Status: succeeded")) {
		f.t.Fatalf("xmlsec1 said something new:\n%s", out)
	}
	return digested, true
}

var signatureName = xmlsec.Name{Space: "http://www.w3.org/2000/09/xmldsig#", Local: "Signature"}

func root(e *xmlsec.Element) *xmlsec.Element {
	for e.Parent != nil {
		e = e.Parent
	}
	return e
}

// signaturesBefore counts the signatures of a subtree that come before s.
func signaturesBefore(e, s *xmlsec.Element) (n int, found bool) {
	if e == s {
		return 0, true
	}
	if e.Name == signatureName {
		n++
	}
	for _, c := range e.Elements() {
		more, found := signaturesBefore(c, s)
		n += more
		if found {
			return n, true
		}
	}
	return n, false
}
