// Package signer is the demonstration's authority for digital signatures: it vouches for
// itself by a trusted list of its own, answers about its certificates, and signs the
// contract of whoever asks. It stands on the desk and is a test through and through:
// nobody but the demonstration trusts it.
//
// Keys are made anew at every start; what waits from before is then signed again.
package signer

import (
	"embed"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/signing"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages is the page of the signer.
func Pages() ui.Pages { return ui.Pages{Name: "signer", FS: files} }

// Path is the page; authorityPath stands before the addresses in certificates.
const (
	Path          = "/sign"
	authorityPath = "/authority"
)

// Signer is the authority and its page.
type Signer struct {
	site      *web.Site
	authority *signaturetest.Authority
}

// New makes an authority that lives by the clock of the demonstration.
func New(site *web.Site, now func() time.Time) *Signer {
	a := signaturetest.New(now())
	a.Base, a.Clock = site.BaseURL+authorityPath, now
	return &Signer{site: site, authority: a}
}

// Publish writes the trusted list, and the certificate of who signed it, into a
// directory, and gives the configuration that trusts them.
func (s *Signer) Publish(dir string) (signing.Config, error) {
	lists := filepath.Join(dir, "trusted-lists")
	if err := os.MkdirAll(lists, 0o700); err != nil {
		return signing.Config{}, err
	}
	l := s.authority.List()
	l.Next = s.authority.Now.AddDate(50, 0, 0) // the clock of the demonstration jumps
	l.Services[0].Name = "Autorità di prova della demo"
	if err := os.WriteFile(filepath.Join(lists, "it.xml"), s.authority.Write(l), 0o600); err != nil {
		return signing.Config{}, err
	}
	operator := filepath.Join(dir, "trusted-lists.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.authority.Operator.Certificate.Raw})
	if err := os.WriteFile(operator, certificate, 0o600); err != nil {
		return signing.Config{}, err
	}
	return signing.Config{Directory: lists, Signers: []string{operator}, Config: authorities.Loopback()}, nil
}

// Around answers at the addresses in the certificates; everything else is for next.
func (s *Signer) Around(next http.Handler) http.Handler {
	authority := http.StripPrefix(authorityPath, s.authority)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, authorityPath+"/") {
			authority.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
