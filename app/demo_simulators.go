package app

import (
	"crypto"
	"errors"
	"os"
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
	return errors.Join(d.publish("cie", d.cie.Metadata), d.publish("eidas", d.eidas.Metadata))
}

// simulated is the file with the description of a simulated provider, which stands in
// the configuration of the gateway as that of a real one would.
func (d *demonstration) simulated(name string) string {
	return filepath.Join(d.absolute(), name+"-metadata.xml")
}

func (d *demonstration) publish(name string, describe func() ([]byte, error)) error {
	document, err := describe()
	if err != nil {
		return err
	}
	return os.WriteFile(d.simulated(name), document, 0o600)
}

// meetSimulators gives the simulated providers the descriptions of the gateway.
func (d *demonstration) meetSimulators() error {
	service, err := d.gateway.CIEMetadata()
	if err != nil {
		return err
	}
	european, err := d.gateway.SPIDMetadata()
	if err != nil {
		return err
	}
	return errors.Join(d.cie.Introduce(service), d.eidas.Introduce(european))
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
