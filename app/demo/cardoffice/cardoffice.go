// Package cardoffice is the demonstration's authority for cards: it gives a CNS to
// whoever asks, as a file for the browser, answers whether its cards are revoked, and
// vouches for itself. It stands on the desk and is a test through and through: nobody but
// the demonstration trusts it.
//
// Keys are made anew at every start; cards from before are then of an unknown authority.
package cardoffice

import (
	"crypto/x509"
	"embed"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/signature/signaturetest"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages is the page of the office.
func Pages() ui.Pages { return ui.Pages{Name: "cardoffice", FS: files} }

// Path is the page; authorityPath stands before the addresses in certificates.
const (
	Path          = "/card"
	authorityPath = "/card-authority"
)

// Password opens the file of a card, in place of its PIN.
const Password = "prova"

// Office is the authority and its page.
type Office struct {
	site      *web.Site
	authority *signaturetest.Authority
}

// New makes an authority that lives by the clock of the demonstration.
func New(site *web.Site, now func() time.Time) *Office {
	a := signaturetest.New(now())
	a.Base, a.Clock = site.BaseURL+authorityPath, now
	return &Office{site: site, authority: a}
}

// Publish writes who issues cards, and a certificate for the listener that asks for them,
// into a directory, and gives the configuration of that listener.
func (o *Office) Publish(dir, listen, baseURL string) (cns.Config, error) {
	own := o.authority.Issue(o.authority.Granted, func(c *x509.Certificate) {
		c.Subject.CommonName = "localhost"
		c.DNSNames, c.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		c.NotAfter = o.authority.Now.AddDate(50, 0, 0) // the clock of the demonstration jumps
	})
	key, err := x509.MarshalPKCS8PrivateKey(own.Key)
	if err != nil {
		return cns.Config{}, err
	}
	c := cns.Config{
		Listen: listen, BaseURL: baseURL, Certificate: filepath.Join(dir, "cns.pem"), Key: filepath.Join(dir, "cns-key.pem"),
		Authorities: []string{filepath.Join(dir, "cns-authority.pem")}, Config: authorities.Loopback(),
	}
	for path, block := range map[string]*pem.Block{
		c.Certificate: {Type: "CERTIFICATE", Bytes: own.Certificate.Raw}, c.Key: {Type: "PRIVATE KEY", Bytes: key},
		c.Authorities[0]: {Type: "CERTIFICATE", Bytes: o.authority.Granted.Certificate.Raw},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			return cns.Config{}, err
		}
	}
	return c, nil
}

// Around answers at the addresses in the certificates; everything else is for next.
func (o *Office) Around(next http.Handler) http.Handler {
	authority := http.StripPrefix(authorityPath, o.authority)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, authorityPath+"/") {
			authority.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
