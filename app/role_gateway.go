package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"atrio/app/config"
	"atrio/base/keys"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/oidcop"
	"atrio/gateway/services"
)

// openGateway wires the gateway.
func (p *plant) openGateway(ctx context.Context, c *config.Gateway) (*role, *gateway.Gateway, error) {
	register, faults := services.NewRegister(c.Services)
	if len(faults) > 0 {
		return nil, nil, errors.Join(faults...)
	}
	g, err := p.openGround(ctx, "gateway", c.Role, c.BaseURL, gatewaydb.Module())
	if err != nil {
		return nil, nil, err
	}
	spid, err := g.rotation(keys.SPID().Certified(func(now time.Time) keys.Certificate { return spidCertificate(c, now) }))
	if err != nil {
		return nil, nil, g.fail(err)
	}
	tokens, err := g.tokenKeys()
	if err != nil {
		return nil, nil, g.fail(err)
	}
	site, err := g.site(gateway.Pages(), gateway.CrossOriginPOST()...)
	if err != nil {
		return nil, nil, g.fail(err)
	}
	site.Layout = gateway.Layout
	known, err := g.directories(c, nil)
	if err != nil {
		return nil, nil, g.fail(err)
	}
	store := &gatewaydb.Store{DB: g.db}
	product, err := gateway.New(c.Config, gateway.Deps{
		Site: site, Store: counted{store, p.tally}, History: g.shared, Limiter: g.limiter,
		Directory: known[worldSPID], Outage: known[worldSPID].Outage, SPIDSigner: signer(spid), SPIDCertificates: certificates(spid), Services: register, TokenKeys: tokens, Now: p.now,
	})
	if err != nil {
		return nil, nil, g.fail(err)
	}
	runner, err := g.runner(slices.Concat(product.Jobs(), store.Jobs(), jobsOf(known.books())))
	if err != nil {
		return nil, nil, g.fail(err)
	}
	return &role{ground: g, site: site, handler: site.Handler(product.Mounts()...), jobs: runner, books: p.watched(known.books())}, product, nil
}

// tokenKeys loads or makes the keys that sign tokens.
func (g *ground) tokenKeys() (oidcop.Keys, error) {
	es, err := g.rotation(keys.TokenES256())
	if err != nil {
		return oidcop.Keys{}, err
	}
	rs, err := g.rotation(keys.TokenRS256())
	return oidcop.Keys{ES256: es, RS256: rs}, err
}

// spidCertificate names the institution as the federation wants it. Avviso SPID 29
func spidCertificate(c *config.Gateway, now time.Time) keys.Certificate {
	o := c.SPID.Organization.It
	return keys.Certificate{
		Subject: keys.LegalSubject{
			CommonName: o.DisplayName, Organization: o.Name, OrganizationID: "PA:IT-" + c.SPID.Contact.IPACode,
			URI: orText(c.SPID.EntityID, c.BaseURL), Country: "IT", Locality: c.SPID.Locality,
		}.Name(),
		Policies: keys.SPIDPublicPolicies(), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife),
	}
}
