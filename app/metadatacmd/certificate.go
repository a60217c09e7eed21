package metadatacmd

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/keyscmd"
	"atrio/app/plant"
	"atrio/base/keys"
	"atrio/federation/spid/spidcert"
)

// metadataCertificate makes or checks the certificate of the service towards SPID.
type metadataCertificate struct {
	command.Configured
	Check string `help:"Check a certificate, PEM, by the rules of the federation for the configured kind, and change nothing." placeholder:"FILE"`
}

// Help is the longer text of --help.
func (metadataCertificate) Help() string {
	return "Example: atrio metadata certificate --config /etc/atrio/atrio.toml > spid.pem\n" +
		"  atrio metadata certificate --check spid.pem\n\n" +
		"Avviso SPID 29. A public body signs its certificate itself: it is made with the key when there is none, and printed. " +
		"For a private one a request for the authority is printed; what comes back: atrio keys import gateway spid --pair saml --certificate FILE."
}

// Run makes or checks.
func (c metadataCertificate) Run(s command.Streams) error {
	f, err := c.Load()
	if err != nil {
		return err
	}
	if _, err := command.ChooseRoles(f, []string{"gateway"}); err != nil {
		return err
	}
	if c.Check != "" {
		return c.judge(s, f.Gateway)
	}
	b, err := keyscmd.OfRole{Configured: c.Configured, Role: "gateway"}.Open()
	if err != nil {
		return err
	}
	defer b.Close()
	purpose, now := plant.SPIDPurpose(f.Gateway), time.Now()
	if purpose.Authority {
		request, err := b.Store.Request(purpose, now)
		if err != nil {
			return err
		}
		_, err = s.Out.Write(request)
		return err
	}
	r, err := b.Store.Rotation(purpose, now)
	if err != nil {
		return err
	}
	return pem.Encode(s.Out, &pem.Block{Type: "CERTIFICATE", Bytes: coming(r).Certificate.Raw})
}

// coming is the pair that is to sign next, else the one that signs.
func coming(r *keys.Rotation) *keys.Pair {
	for _, pair := range r.Published() {
		if pair.State == keys.Next {
			return pair
		}
	}
	return r.Signing()
}

// judge tells every rule and whether it is kept.
func (c metadataCertificate) judge(s command.Streams, g *config.Gateway) error {
	data, err := os.ReadFile(c.Check)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return fmt.Errorf("%s: no certificate in PEM", c.Check)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Check, err)
	}
	broken := 0
	for _, one := range spidcert.Check(spidcert.Subject{
		Certificate: certificate, Private: plant.OfPrivate(g), EntityID: cmp.Or(g.SPID.EntityID, g.BaseURL), Now: time.Now(),
	}) {
		verdict := "ok     "
		if one.Problem != "" {
			broken++
			verdict = "broken "
		}
		fmt.Fprintf(s.Out, "%s %s: %s", verdict, one.Rule.ID, one.Rule.Title)
		if one.Problem != "" {
			fmt.Fprintf(s.Out, " - %s", one.Problem)
		}
		fmt.Fprintln(s.Out)
	}
	if broken > 0 {
		return errors.New("the certificate breaks rules of Avviso SPID 29")
	}
	return nil
}
