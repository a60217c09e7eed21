package keys

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var certificate = Certificate{
	Subject: LegalSubject{
		CommonName: "Università di Prova", Organization: "Università degli Studi di Prova", OrganizationID: "PA:IT-uni_prova",
		URI: "https://gateway.example.org", Country: "IT", Locality: "Prova",
	}.Name(),
	Policies:  SPIDPublicPolicies(),
	NotBefore: now,
	NotAfter:  now.AddDate(3, 0, 0),
}

func TestPairsAreLoadedAgain(t *testing.T) {
	s := store(t)
	one, err := s.RSA("spid", 2048)
	if err != nil {
		t.Fatal(err)
	}
	if one.Certificate != nil || len(one.KeyID) != 43 {
		t.Fatalf("unexpected %+v", one)
	}
	two, err := reopen(t, s.dir).RSA("spid", 2048)
	if err != nil || two.KeyID != one.KeyID {
		t.Fatal("the pair changed", err)
	}
	_, err = s.RSA("spid", 3072)
	wantError(t, err, "3072")
	_, err = s.ECDSA("spid")
	wantError(t, err, "P-256")
	if _, err = s.RSA("weak", 1024); err == nil {
		t.Error("1024 bits were accepted")
	}
}

func TestTheAuditKeySigns(t *testing.T) {
	s := store(t)
	one, err := s.Audit()
	if err != nil {
		t.Fatal(err)
	}
	two, err := s.Audit()
	if err != nil || !one.Equal(two) {
		t.Fatal("the key changed", err)
	}
	if !ed25519.Verify(two.Public().(ed25519.PublicKey), []byte("x"), ed25519.Sign(one, []byte("x"))) {
		t.Fatal("it does not sign")
	}
}

// The checks of italia/spid-compliant-certificates-python, read from its source.
func TestACertificateOfAPublicBodyIsAsAvviso29Wants(t *testing.T) {
	s := store(t)
	p, err := s.RSA("spid", 2048)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = s.SelfSigned(p, certificate); err != nil {
		t.Fatal(err)
	}
	c := p.Certificate
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		t.Fatal(err)
	}
	if c.SignatureAlgorithm != x509.SHA256WithRSA || !c.NotBefore.Equal(now) || !c.NotAfter.Equal(now.AddDate(3, 0, 0)) {
		t.Errorf("unexpected %v %v %v", c.SignatureAlgorithm, c.NotBefore, c.NotAfter)
	}
	if c.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment || c.IsCA || !c.BasicConstraintsValid {
		t.Errorf("usage %b, CA %v", c.KeyUsage, c.IsCA)
	}
	critical := map[string]bool{"2.5.29.15": true, "2.5.29.19": false, "2.5.29.32": false, "2.5.29.14": false}
	for _, e := range c.Extensions {
		if want, known := critical[e.Id.String()]; !known || want != e.Critical {
			t.Errorf("extension %v, critical %v", e.Id, e.Critical)
		}
	}
	if len(c.Extensions) != len(critical) {
		t.Errorf("%d extensions", len(c.Extensions))
	}
	want := map[string]string{
		"2.5.4.3": "Università di Prova", "2.5.4.10": "Università degli Studi di Prova", "2.5.4.6": "IT", "2.5.4.7": "Prova",
		"2.5.4.97": "PA:IT-uni_prova", "2.5.4.83": "https://gateway.example.org",
	}
	for _, n := range c.Subject.Names {
		if want[n.Type.String()] != n.Value {
			t.Errorf("subject %v = %v", n.Type, n.Value)
		}
		delete(want, n.Type.String())
	}
	if len(want) != 0 {
		t.Errorf("the subject lacks %v", want)
	}
	for _, id := range []asn1.ObjectIdentifier{{1, 3, 76, 16, 6}, {1, 3, 76, 16, 4, 2, 1}} {
		if !slices.ContainsFunc(c.PolicyIdentifiers, id.Equal) {
			t.Errorf("policy %v is missing", id)
		}
	}
	checkNotices(t, c)
}

func checkNotices(t *testing.T, c *x509.Certificate) {
	t.Helper()
	i := slices.IndexFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.String() == "2.5.29.32" })
	var list []policyInformation
	if rest, err := asn1.Unmarshal(c.Extensions[i].Value, &list); err != nil || len(rest) != 0 {
		t.Fatal(err)
	}
	if list[0].Qualifiers[0].Notice.ExplicitText != "agIDcert" || list[1].Qualifiers[0].Notice.ExplicitText != "cert_SP_Pub" {
		t.Errorf("unexpected notices %+v", list)
	}
}

func TestACertificateStaysAndMustFitItsKey(t *testing.T) {
	s := store(t)
	p, err := s.ECDSA("token")
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.SelfSigned(p, certificate)
	if err != nil {
		t.Fatal(err)
	}
	other := certificate
	other.NotAfter = now.Add(time.Hour)
	again, err := s.SelfSigned(p, other)
	if err != nil || !again.Certificate.Equal(first.Certificate) {
		t.Fatal("the certificate was replaced", err)
	}
	if loaded, err := s.ECDSA("token"); err != nil || !loaded.Certificate.Equal(first.Certificate) {
		t.Fatal("the certificate was not loaded", err)
	}
	if _, err := s.ECDSA("second"); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(s.path("token.crt.pem"), s.path("second.crt.pem")); err != nil {
		t.Fatal(err)
	}
	_, err = s.ECDSA("second")
	wantError(t, err, "does not belong", "second.key.pem")
}

func TestACertificateNeedsSubjectAndEnd(t *testing.T) {
	s := store(t)
	p, err := s.ECDSA("token")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Certificate{
		{Subject: certificate.Subject, NotBefore: now, NotAfter: now},
		{NotBefore: now, NotAfter: now.Add(1)},
	} {
		_, err := s.SelfSigned(p, c)
		wantError(t, err, "needs a subject and an end")
	}
}

func TestForeignPEMIsExplained(t *testing.T) {
	s := store(t)
	for text, says := range map[string]string{
		"nonsense": "PEM block",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n":                    "openssl pkcs8",
		"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n":              "PEM block",
		strings.Repeat("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 2): "more than one",
	} {
		if err := os.WriteFile(s.path("x.key.pem"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.ECDSA("x")
		wantError(t, err, says)
	}
}
