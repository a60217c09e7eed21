package plant

import (
	"context"
	"crypto"
	"errors"
	"os"
	"path/filepath"
	"time"

	"atrio/app/config"
	"atrio/base/jobs"
	"atrio/base/keys"
	"atrio/base/keys/hsm"
	"atrio/saml/xmlsec"
)

// Device is the token of a role, nil when it has none. Nothing is started yet.
func Device(f *config.File, role string) *hsm.Device {
	c := f.Token(role)
	if c.Module == "" {
		return nil
	}
	helper := c.Helper
	if helper == "" {
		if self, err := os.Executable(); err == nil {
			helper = filepath.Join(filepath.Dir(self), "atrio-pkcs11")
		}
	}
	return &hsm.Device{
		Helper: helper, Module: c.Module, Token: c.Token, PIN: c.PIN.Reveal(),
		Limit: c.Timeout.Std(), Environ: hsm.Environment(os.Environ()),
	}
}

// OpenKeyStore opens the directory of keys of a role with all that it may need.
func OpenKeyStore(role string, c config.Role, d *hsm.Device) (*keys.Store, error) {
	options := []keys.Option{keys.WithSecret(c.KeysSecret.Reveal())}
	if d != nil {
		options = append(options, keys.WithToken(d))
	}
	return keys.Open(c.Keys, role, options...)
}

// Purposes are what a role signs, as commands know it.
func Purposes(f *config.File, role string) []keys.Purpose {
	switch role {
	case "gateway":
		all := []keys.Purpose{SPIDPurpose(f.Gateway)}
		if f.Gateway.CIE.Configured() {
			all = append(all, keys.CIE().Certified(func(now time.Time) keys.Certificate { return cieCertificate(f.Gateway, now) }))
		}
		return append(all, keys.TokenES256(), keys.TokenRS256())
	case "idp":
		return []keys.Purpose{keys.SAML().Certified(func(now time.Time) keys.Certificate { return idpCertificate(f.IdP, now) })}
	}
	return nil
}

// rotation opens a succession of keys and keeps it fresh while the role runs.
func (g *Ground) rotation(p keys.Purpose) (*keys.Rotation, error) {
	r, err := g.keys.Rotation(p, g.Now())
	if err != nil {
		return nil, err
	}
	g.rotations = append(g.rotations, r)
	return r, nil
}

// keyJobs look at the files of keys once a minute, on every node: a rotation needs
// no restart. What cannot be read is logged, and the node goes on as before.
func (g *Ground) keyJobs() []jobs.Job {
	if len(g.rotations) == 0 {
		return nil
	}
	return []jobs.Job{{Name: "keys.reload", Every: time.Minute, EachNode: true, Run: func(context.Context, time.Time) error {
		var faults []error
		for _, r := range g.rotations {
			changed, err := r.Reload()
			if changed {
				g.Log.Info("keys changed", "purpose", r.Purpose().Name, "signing", r.Signing().KeyID, "published", len(r.Published()))
			}
			faults = append(faults, err)
		}
		return errors.Join(faults...)
	}}}
}

// signer signs SAML with the pair that signs now.
func signer(r *keys.Rotation) xmlsec.Signer {
	return xmlsec.Signer{Source: func() xmlsec.Signer {
		pair := r.Signing()
		return xmlsec.Signer{Key: pair.Signer, Certificate: pair.Certificate.Raw, Hash: crypto.SHA256}
	}}
}

// certificates gives those of all published pairs, DER.
func certificates(r *keys.Rotation) func() [][]byte {
	return func() [][]byte {
		var all [][]byte
		for _, pair := range r.Published() {
			all = append(all, pair.Certificate.Raw)
		}
		return all
	}
}
