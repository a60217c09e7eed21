// Package townhall is the public office of the demonstration: a municipality whose desk is
// a Point of the provider, and the authority of its seal. It seals tokens that nobody but
// the demonstration believes.
//
// The authority is made anew at every start; tokens from before are then of an unknown one.
package townhall

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/signature/signaturetest"
)

// authorityPath stands before the addresses in certificates.
const authorityPath = "/seal-authority"

// Circuit is the id of the municipality among the circuits.
const Circuit = "comune"

// Hall is the municipality with the authority of its seal.
type Hall struct{ authority *signaturetest.Authority }

// New makes one that lives by the clock of the demonstration; base is where its authority
// answers.
func New(base string, now func() time.Time) *Hall {
	a := signaturetest.New(now())
	a.Base, a.Clock = base+authorityPath, now
	return &Hall{authority: a}
}

// Publish writes the seal, who vouches for it and the register of bodies into a directory,
// and gives the configuration that has them: of who believes tokens, and of the circuit.
func (h *Hall) Publish(dir string) (rao.Config, point.CircuitConfig, error) {
	key := raotest.KeyIn(dir) // to find another takes longer than all the rest of a start
	if key == nil {
		key = signaturetest.RSAKey()
	}
	seal := raotest.SealFor(key, h.authority, h.authority.Granted, func(c *x509.Certificate) {
		c.NotAfter = h.authority.Now.AddDate(50, 0, 0) // the clock of the demonstration jumps
	})
	c := rao.Config{
		Authorities: []string{filepath.Join(dir, "seal-authority.pem")}, Issuers: filepath.Join(dir, "rao-issuers.txt"), Config: authorities.Loopback(),
	}
	circuit := point.CircuitConfig{ID: Circuit, Name: raotest.Name, RAO: true, IssuerCode: raotest.Code}
	var err error
	if circuit.SealCertificate, circuit.SealKey, err = raotest.Files(seal, dir); err != nil {
		return c, circuit, err
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.authority.Granted.Certificate.Raw})
	if err := os.WriteFile(c.Authorities[0], authority, 0o600); err != nil {
		return c, circuit, err
	}
	return c, circuit, os.WriteFile(c.Issuers, []byte(raotest.Register), 0o600)
}

// Around answers at the addresses in the certificates; everything else is for next.
func (h *Hall) Around(next http.Handler) http.Handler {
	authority := http.StripPrefix(authorityPath, h.authority)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, authorityPath+"/") {
			authority.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
