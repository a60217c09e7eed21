package messages_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atrio/saml"
	"atrio/saml/samltest"
)

// needTools fails the test when a tool is missing: a check that did not run is not a
// check that passed.
func needTools(t *testing.T) {
	t.Helper()
	for command, pkg := range map[string]string{"xmllint": "libxml2-utils", "xmlsec1": "xmlsec1", "openssl": "openssl"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Fatalf("%s is missing; install the Debian package %s (tools/setup test does)", command, pkg)
		}
	}
	for _, schema := range []string{"/usr/share/xml/opensaml/saml-schema-protocol-2.0.xsd", "/usr/share/xml/xmltooling/xenc-schema.xsd"} {
		if _, err := os.Stat(schema); err != nil {
			t.Fatalf("%v; install the Debian packages opensaml-schemas and xmltooling-schemas (tools/setup test does)", err)
		}
	}
}

// validate runs xmllint with the schemas of OASIS that test/interop/xsd gathers.
func validate(t *testing.T, document []byte) error {
	t.Helper()
	schemas, err := filepath.Abs("../xsd")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("xmllint", "--nonet", "--noout", "--schema", "messages.xsd", samltest.File(t, "document.xml", document))
	cmd.Dir = schemas
	cmd.Env = append(os.Environ(), "XML_CATALOG_FILES="+filepath.Join(schemas, "catalog.xml"))
	return run(cmd)
}

// certificateOf writes the first signing certificate of a description to a file.
func certificateOf(t *testing.T, metadata []byte) string {
	t.Helper()
	_, after, ok := strings.Cut(string(metadata), "KeyDescriptor")
	_, after, found := strings.Cut(after, "X509Certificate>")
	encoded, _, closed := strings.Cut(after, "<")
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil || !ok || !found || !closed {
		t.Fatalf("no certificate in the metadata: %v", err)
	}
	return samltest.File(t, "certificate.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// verify runs xmlsec1 on the signature that is a child of the element at a path, with the
// key of that certificate and no other.
func verify(t *testing.T, document []byte, path, certificate string) error {
	t.Helper()
	e := samltest.Find(t, document, path)
	xpath := ""
	for _, step := range strings.Split(path, "/") {
		xpath += "/*[local-name()='" + step + "']"
	}
	return run(exec.Command("xmlsec1", "--verify", "--pubkey-cert-pem", certificate,
		"--enabled-reference-uris", "same-doc", "--enabled-key-data", "rsa,ec",
		"--id-attr:ID", e.Name.Space+":"+e.Name.Local,
		"--node-xpath", xpath+"/*[local-name()='Signature' and namespace-uri()='"+saml.NamespaceSignature+"']",
		samltest.File(t, "document.xml", document)))
}

// verifyQuery runs openssl on the signature of a redirect. // SAML-bindings 3.4.4.1
func verifyQuery(t *testing.T, query, certificate string) error {
	t.Helper()
	signed, escaped, found := strings.Cut(query, "&Signature=")
	if !found || strings.Contains(escaped, "&") {
		return fmt.Errorf("the signature is not the last parameter")
	}
	if !strings.Contains(signed, "SigAlg="+url.QueryEscape("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")) {
		return fmt.Errorf("another algorithm than RSA with SHA-256")
	}
	encoded, err := url.QueryUnescape(escaped)
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	return run(exec.Command("openssl", "dgst", "-sha256", "-verify", publicKey(t, certificate),
		"-signature", samltest.File(t, "signature", signature), samltest.File(t, "query", []byte(signed))))
}

func publicKey(t *testing.T, certificate string) string {
	t.Helper()
	data, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return samltest.File(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: c.RawSubjectPublicKeyInfo}))
}

func run(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd.Args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}

// The tools must be able to say no.
func TestTheToolsRefuseWhatIsChanged(t *testing.T) {
	needTools(t)
	s := newService(t)
	good, certificate := s.metadata(t), samltest.CertificateFile(t, s.sp.Signer)
	if err := verify(t, good, "EntityDescriptor", certificate); err != nil {
		t.Error(err)
	}
	if verify(t, []byte(strings.Replace(string(good), "Servizio", "Disservizio", 1)), "EntityDescriptor", certificate) == nil {
		t.Error("xmlsec1 verifies a changed document")
	}
	if verify(t, good, "EntityDescriptor", samltest.CertificateFile(t, signer(t))) == nil {
		t.Error("xmlsec1 verifies with another key")
	}
	if validate(t, []byte(strings.ReplaceAll(string(good), "OrganizationName", "Organisation"))) == nil {
		t.Error("xmllint knows no schema")
	}
}
