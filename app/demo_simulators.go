package app

import (
	"crypto"
	"path/filepath"
	"time"

	"atrio/app/demo/cieprovider"
	"atrio/app/demo/eidasnode"
	"atrio/base/keys"
	"atrio/saml/xmlsec"
	"atrio/web"
)

// simulators makes the providers of CIE and eIDAS that stand on the desk, with keys of
// their own in the demo's directory.
func (d *demonstration) simulators(site *web.Site) error {
	store, err := keys.Open(filepath.Join(d.absolute(), "keys-simulators"), "simulators")
	if err != nil {
		return err
	}
	cie, err := d.simulatorSigner(store, "cie", site.BaseURL+cieprovider.EntityPath)
	if err != nil {
		return err
	}
	eidas, err := d.simulatorSigner(store, "eidas", site.BaseURL+eidasnode.EntityPath)
	if err != nil {
		return err
	}
	d.cie, d.eidas = cieprovider.New(site, cie, d.clock.Now), eidasnode.New(site, eidas, d.clock.Now)
	return nil
}

// simulatorBits of a key: the least that the rules of both schemes allow to sign with.
const simulatorBits = 2048

// simulatorLife of a certificate: longer than the clock of the demonstration can jump.
const simulatorLife = 50 * 365 * 24 * time.Hour

func (d *demonstration) simulatorSigner(store *keys.Store, name, entityID string) (xmlsec.Signer, error) {
	pair, err := store.RSA(name, simulatorBits)
	if err != nil {
		return xmlsec.Signer{}, err
	}
	now := d.clock.Now()
	pair, err = store.SelfSigned(pair, keys.Certificate{
		Subject:   keys.LegalSubject{CommonName: name, Organization: "Simulatori della demo", URI: entityID, Country: "IT"}.Name(),
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(simulatorLife),
	})
	if err != nil {
		return xmlsec.Signer{}, err
	}
	return xmlsec.Signer{Key: pair.Signer, Certificate: pair.Certificate.Raw, Hash: crypto.SHA256}, nil
}
