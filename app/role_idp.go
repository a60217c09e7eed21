package app

import (
	"context"
	"slices"
	"time"

	"atrio/app/config"
	"atrio/base/keys"
	"atrio/idp"
	"atrio/idp/idpdb"
)

// openIdP wires the identity provider.
func (p *plant) openIdP(ctx context.Context, c *config.IdP) (*role, *idp.IdP, error) {
	g, err := p.openGround(ctx, "idp", c.Role, c.BaseURL, idpdb.Module())
	if err != nil {
		return nil, nil, err
	}
	saml, err := g.rotation(keys.SAML().Certified(func(now time.Time) keys.Certificate { return idpCertificate(c, now) }))
	if err != nil {
		return nil, nil, g.fail(err)
	}
	site, err := g.site(idp.Pages(), idp.CrossOriginPOST()...)
	if err != nil {
		return nil, nil, g.fail(err)
	}
	site.Layout = idp.Layout
	store := &idpdb.Store{DB: g.db, Keyring: g.ring}
	if err := store.Prepare(ctx, p.now()); err != nil {
		return nil, nil, g.fail(err)
	}
	g.ledgerMetrics(func(ctx context.Context) (f ledgerFigures, err error) {
		f.pairs, f.unsealed, f.oldest, f.purged, err = store.LedgerStats(ctx)
		return f, err
	})
	services, err := g.serviceBook(c.ServiceSources())
	if err != nil {
		return nil, nil, g.fail(err)
	}
	books := []book{services}
	product, err := idp.New(c.Config, idp.Deps{
		Site: site, Store: store, Hasher: p.hasher, Keyring: g.ring,
		Signer: signer(saml), Certificates: certificates(saml), Services: services.Service, Now: p.now,
	})
	if err != nil {
		return nil, nil, g.fail(err)
	}
	runner, err := g.runner(slices.Concat(product.Jobs(), store.Jobs(), jobsOf(books)))
	if err != nil {
		return nil, nil, g.fail(err)
	}
	return &role{ground: g, site: site, handler: site.Handler(product.Mounts()...), jobs: runner, books: p.watched(books)}, product, nil
}

// certificateLife of a certificate that we sign ourselves: long enough not to
// surprise an operator, short enough to be replaced by somebody who remembers.
const certificateLife = 3 * 365 * 24 * time.Hour

// idpCertificate names the provider.
func idpCertificate(c *config.IdP, now time.Time) keys.Certificate {
	return keys.Certificate{
		Subject: keys.LegalSubject{
			CommonName: c.DisplayName, Organization: c.Organization, URI: orText(c.EntityID, c.BaseURL), Country: "IT",
		}.Name(),
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife),
	}
}
