package app

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ofKind makes the configuration of another kind.
func ofKind(kind, contact, more string) func(string) string {
	return func(s string) string {
		s = strings.Replace(s, "[gateway.spid]\n", "[gateway.spid]\nkind = \""+kind+"\"\n", 1)
		s = strings.Replace(s, "ipa_code = \"prova\"\n", contact+"\n", 1)
		return strings.Replace(s, "[[gateway.service]]", more+"[[gateway.service]]", 1)
	}
}

const bill = `[gateway.spid.billing]
fiscal_code = "01234567890"
name = "Ateneo di Prova"
street = "Via degli Esempi"
postal_code = "00100"
town = "Roma"
email = "conti@example.it"
`

// A public body signs its certificate itself, and it keeps every rule.
func TestThePublicCertificateIsMadeAndKeepsTheRules(t *testing.T) {
	path := configuration(t, nil)
	made := must(t, "metadata", "certificate", "-c", path)
	if again := must(t, "metadata", "certificate", "-c", path); again != made {
		t.Error("another certificate the second time")
	}
	file := written(t, made)
	judged := must(t, "metadata", "certificate", "--check", file, "-c", path)
	if strings.Contains(judged, "broken") || strings.Count(judged, "ok ") != 11 {
		t.Errorf("%s", judged)
	}
	if document := must(t, "metadata", "gateway", "-c", path); !strings.Contains(document, strings.Join(strings.Split(made, "\n")[1:2], "")) {
		t.Error("the metadata hold another certificate")
	}
	// As a private body it breaks three rules, each named.
	other := configuration(t, ofKind("private", `vat_number = "IT01234567890"`, bill))
	out, errs, status := atrio(t, "metadata", "certificate", "--check", file, "-c", other)
	if status == 0 || !strings.Contains(errs, "breaks rules") || !strings.Contains(out, "broken  organization-identifier") || !strings.Contains(out, "broken  policies") {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
	refusedWith(t, "no certificate in PEM", "metadata", "certificate", "--check", path, "-c", path)
}

// A private one asks the authority; nothing is signed before its certificate is there.
func TestThePrivateCertificateComesFromTheAuthority(t *testing.T) {
	path := configuration(t, ofKind("private", `vat_number = "IT01234567890"`, bill))
	request := must(t, "metadata", "certificate", "-c", path)
	refusedWith(t, "has no certificate", "metadata", "gateway", "-c", path)
	given := written(t, byAuthority(t, request))
	must(t, "migrate", "-c", path)
	must(t, "keys", "import", "gateway", "spid", "--pair", "saml", "--certificate", given, "-c", path)
	if judged := must(t, "metadata", "certificate", "--check", given, "-c", path); strings.Contains(judged, "broken") {
		t.Errorf("%s", judged)
	}
	document := must(t, "metadata", "gateway", "-c", path)
	for _, part := range []string{"<spid:Private ", ">IT01234567890</spid:VATNumber>", `contactType="billing"`} {
		if !strings.Contains(document, part) {
			t.Errorf("%s is missing in %s", part, document)
		}
	}
}

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "certificate.pem")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// byAuthority signs a request as it stands.
func byAuthority(t *testing.T, request string) string {
	t.Helper()
	block, _ := pem.Decode([]byte(request))
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		t.Fatalf("no request: %s", request)
	}
	asked, err := x509.ParseCertificateRequest(block.Bytes)
	if err == nil {
		err = asked.CheckSignature()
	}
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), RawSubject: asked.RawSubject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtraExtensions: asked.Extensions,
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Autorità di Prova"}}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, asked.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
