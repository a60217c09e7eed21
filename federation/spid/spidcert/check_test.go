package spidcert_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"atrio/federation/spid/spidcert"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func attribute(oid string, value string) pkix.AttributeTypeAndValue {
	var id asn1.ObjectIdentifier
	n := 0
	for _, r := range oid + "." {
		if r == '.' {
			id, n = append(id, n), 0
			continue
		}
		n = n*10 + int(r-'0')
	}
	return pkix.AttributeTypeAndValue{Type: id, Value: value}
}

func policy(numbers ...uint64) x509.OID {
	id, err := x509.OIDFromInts(numbers)
	if err != nil {
		panic(err)
	}
	return id
}

// good is a template that keeps every rule of a public service.
func good() *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{
			CommonName: "Ente", Organization: []string{"Ente di Prova"}, Country: []string{"IT"}, Locality: []string{"Roma"},
			ExtraNames: []pkix.AttributeTypeAndValue{attribute("2.5.4.97", "PA:IT-prova"), attribute("2.5.4.83", "https://porta.esempio.it")},
		},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		KeyUsage:        x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		Policies:        []x509.OID{policy(1, 3, 76, 16, 6), policy(1, 3, 76, 16, 4, 2, 1)},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: []byte{0x30, 0x00}}},
	}
}

func key(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signed(t *testing.T, template *x509.Certificate, public any, by any) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func broken(s spidcert.Subject) []string {
	var ids []string
	for _, f := range spidcert.Check(s) {
		if f.Problem != "" {
			ids = append(ids, f.Rule.ID)
		}
	}
	return ids
}

// Each rule is broken by one change, and by none of the others.
func TestEachRuleIsBrokenAlone(t *testing.T) {
	k := key(t, 2048)
	name := func(c *x509.Certificate, oid, value string) {
		c.Subject.ExtraNames = append(c.Subject.ExtraNames, attribute(oid, value))
	}
	judged := map[string]bool{}
	for _, c := range []struct {
		name, rule string
		change     func(*x509.Certificate)
	}{
		{"nothing", "", func(*x509.Certificate) {}},
		{"SHA-384", "signature", func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA384WithRSA }},
		{"ended", "validity", func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }},
		{"no town", "subject-fields", func(c *x509.Certificate) { c.Subject.Locality = nil }},
		{"two towns", "subject-fields", func(c *x509.Certificate) { c.Subject.Locality = []string{"Roma", "Milano"} }},
		{"name", "subject-forbidden", func(c *x509.Certificate) { name(c, "2.5.4.41", "Ada") }},
		{"surname", "subject-forbidden", func(c *x509.Certificate) { name(c, "2.5.4.4", "Prova") }},
		{"given name", "subject-forbidden", func(c *x509.Certificate) { name(c, "2.5.4.42", "Ada") }},
		{"initials", "subject-forbidden", func(c *x509.Certificate) { name(c, "2.5.4.43", "AP") }},
		{"pseudonym", "subject-forbidden", func(c *x509.Certificate) { name(c, "2.5.4.65", "ada") }},
		{"a private body", "organization-identifier", func(c *x509.Certificate) { c.Subject.ExtraNames[0].Value = "VATIT-01234567890" }},
		{"a country in full", "country", func(c *x509.Certificate) { c.Subject.Country = []string{"Italia"} }},
		{"another service", "uri", func(c *x509.Certificate) { c.Subject.ExtraNames[1].Value = "https://altro.esempio.it" }},
		{"no constraints", "basic-constraints", func(c *x509.Certificate) { c.ExtraExtensions = nil }},
		{"critical constraints", "basic-constraints", func(c *x509.Certificate) { c.ExtraExtensions[0].Critical = true }},
		{"encryption", "key-usage", func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyEncipherment }},
		{"no usage", "key-usage", func(c *x509.Certificate) { c.KeyUsage = 0 }},
		{"no policy", "policies", func(c *x509.Certificate) { c.Policies = nil }},
		{"that of private services", "policies", func(c *x509.Certificate) { c.Policies[1] = policy(1, 3, 76, 16, 4, 3, 1) }},
	} {
		template := good()
		c.change(template)
		got := broken(spidcert.Subject{Certificate: signed(t, template, k.Public(), k), EntityID: "https://porta.esempio.it", Now: now})
		if len(got) > 1 || (c.rule == "") != (len(got) == 0) || len(got) == 1 && got[0] != c.rule {
			t.Errorf("%s: broken are %v, not %q", c.name, got, c.rule)
		}
		judged[c.rule] = true
	}
	small := signed(t, good(), key(t, 1024).Public(), k)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*x509.Certificate{small, signed(t, good(), curve.Public(), curve)} {
		if got := broken(spidcert.Subject{Certificate: c, Now: now}); len(got) != 1 || got[0] != "key" {
			t.Errorf("another key: %v", got)
		}
	}
	judged["key"] = true
	for _, r := range spidcert.Rules() {
		if !judged[r.ID] || r.Title == "" {
			t.Errorf("no case breaks %s", r.ID)
		}
	}
}

func TestAPrivateServiceHasItsOwnIdentifierAndPolicy(t *testing.T) {
	k := key(t, 2048)
	for id, wrong := range map[string]int{"VATIT-01234567890": 0, "CF:IT-01234567890": 0, "CF:IT-PRVDAA80A01H501X": 0, "PA:IT-prova": 1, "VAT-1": 1} {
		template := good()
		template.Subject.ExtraNames[0].Value = id
		template.Policies[1] = policy(1, 3, 76, 16, 4, 3, 1)
		if got := broken(spidcert.Subject{Certificate: signed(t, template, k.Public(), k), Private: true, Now: now}); len(got) != wrong {
			t.Errorf("%s: %v", id, got)
		}
	}
}
