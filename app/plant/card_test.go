package plant

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/signature/signaturetest"
)

// `atrio check` finds what stops the start, or browsers at the listener.
func TestCheckSaysWhatKeepsCardsFromBeingRead(t *testing.T) {
	now := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	a := signaturetest.New(now)
	own := a.Issue(a.Granted, func(c *x509.Certificate) {
		c.DNSNames, c.KeyUsage, c.NotAfter = []string{"cns.example.org"}, x509.KeyUsageDigitalSignature, now.AddDate(0, 3, 0)
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	key, err := x509.MarshalPKCS8PrivateKey(own.Key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate := func(c *x509.Certificate) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	good := cns.Config{
		Listen: "127.0.0.1:8443", BaseURL: "https://cns.example.org:8443", Certificate: write("cns.pem", certificate(own.Certificate)),
		Key:         write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
		Authorities: []string{write("authority.pem", certificate(a.Granted.Certificate))},
	}
	for _, one := range []struct {
		name           string
		change         func(*cns.Config)
		at             time.Time
		warning, fault string
	}{
		{name: "good"},
		{name: "not offered", change: func(c *cns.Config) { *c = cns.Config{} }},
		{name: "no authority", change: func(c *cns.Config) { c.Authorities = []string{write("empty.pem", nil)} }, fault: "idp.cns.authorities: there is no certificate"},
		{name: "authorities that are none", change: func(c *cns.Config) { c.Authorities = []string{c.Key} }, fault: "idp.cns.authorities: "},
		{name: "no key", change: func(c *cns.Config) { c.Key = c.Certificate }, fault: "idp.cns.certificate: "},
		{name: "another name", change: func(c *cns.Config) { c.BaseURL = "https://carte.example.org" }, fault: "is not for the name in idp.cns.base_url"},
		{name: "soon", at: now.AddDate(0, 3, -10), warning: "ends on 2026-06-10"},
		{name: "over", at: now.AddDate(0, 3, 1), fault: "ended on 2026-06-10"},
	} {
		c, at := good, now
		if one.change != nil {
			one.change(&c)
		}
		if !one.at.IsZero() {
			at = one.at
		}
		warning, err := CheckCards(c, at)
		if (one.warning == "") != (warning == "") || !strings.Contains(warning, one.warning) || (one.fault == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), one.fault) {
			t.Errorf("%s: %q, %v", one.name, warning, err)
		}
	}
}
