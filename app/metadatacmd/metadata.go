// Package metadatacmd is `atrio metadata`: it prints what a role sends to its
// federation, makes the certificate of the service towards SPID, and judges anybody's
// metadata. The rules are in federation/spid/rules and federation/cie.
package metadatacmd

import (
	"context"
	"io"
	"time"

	"atrio/app/command"
	"atrio/app/plant"
)

// Command is about what is sent to the federation.
type Command struct {
	Print       metadataPrint       `cmd:"" default:"withargs" help:"Print the signed SAML metadata of a role: atrio metadata gateway, cie or idp."`
	Certificate metadataCertificate `cmd:"" help:"Make or check the certificate of the service towards SPID."`
	Check       metadataCheck       `cmd:"" help:"Judge anybody's metadata by the rules of SPID, CIE and eIDAS, each with its name."`
}

// metadataPrint prints it.
type metadataPrint struct {
	command.Configured
	Role string `arg:"" enum:"gateway,cie,idp" help:"gateway (the service towards SPID), cie (the gateway towards CIE) or idp (the identity provider)."`
}

// Help is the longer text of --help.
func (metadataPrint) Help() string {
	return "Example: atrio metadata gateway --config /etc/atrio/atrio.toml > metadata.xml\n\n" +
		"What the running role serves, signed with the role's key; ID and signature are new each time. Makes key and certificate when there are none yet."
}

// Run prints.
func (c metadataPrint) Run(ctx context.Context, s command.Streams) error {
	f, err := c.Load()
	if err != nil {
		return err
	}
	owner := c.Role
	if owner == "cie" {
		owner = "gateway"
	}
	if _, err := command.ChooseRoles(f, []string{owner}); err != nil {
		return err
	}
	p, err := plant.New(f, io.Discard, time.Now)
	if err != nil {
		return err
	}
	var r *plant.Role
	var describe func() ([]byte, error)
	if owner == "gateway" {
		opened, product, openErr := p.OpenGateway(ctx, f.Gateway)
		if err = openErr; err == nil {
			r, describe = opened, product.SPIDMetadata
			if c.Role == "cie" {
				describe = product.CIEMetadata
			}
		}
	} else {
		opened, product, openErr := p.OpenIdP(ctx, f.IdP)
		if err = openErr; err == nil {
			r, describe = opened, product.Metadata
		}
	}
	if err != nil {
		return err
	}
	defer r.Ground.DB.Close()
	document, err := describe()
	if err != nil {
		return err
	}
	_, err = s.Out.Write(document)
	return err
}
