package plant

import (
	"cmp"
	"context"
	"slices"
	"time"

	"atrio/app/config"
	"atrio/base/keys"
	"atrio/idp"
	"atrio/idp/idpdb"
)

// OpenIdP wires the identity provider.
func (p *Plant) OpenIdP(ctx context.Context, c *config.IdP) (*Role, *idp.IdP, error) {
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
	site.Layout, site.Sessions.Kinds = idp.Layout, idp.SessionKinds()
	store := idpdb.NewStore(g.DB, g.ring, &idpdb.Clock{Signer: g.signer, Real: p.Real})
	store.Log = g.Log
	if err := store.Prepare(ctx, p.Now()); err != nil {
		return nil, nil, g.fail(err)
	}
	g.ledgerMetrics(func(ctx context.Context) (f ledgerFigures, err error) {
		f.pairs, f.unsealed, f.oldest, f.purged, err = store.LedgerStats(ctx)
		return f, err
	})
	services, err := g.ServiceBook(c.ServiceSources())
	if err != nil {
		return nil, nil, g.fail(err)
	}
	books := []Book{services}
	requests, beside, err := g.enrolment(c.Config, store)
	if err != nil {
		return nil, nil, g.fail(err)
	}
	workers := g.studio(c.Video.Config, requests)
	product, err := idp.New(c.Config, idp.Deps{
		Site: site, Store: store, Hasher: p.hasher, Keyring: g.ring,
		Signer: signer(saml), Certificates: certificates(saml), Services: services.Service, Limiter: g.limiter, Enrolment: requests, Now: p.Now,
	})
	if err != nil {
		return nil, nil, g.fail(err)
	}
	runner, err := g.runner(slices.Concat(product.Jobs(), store.Jobs(), JobsOf(books), beside))
	if err != nil {
		return nil, nil, g.fail(err)
	}
	beyond, err := cardEndpoint(c.CNS, product.Cards(), p.Now)
	if err != nil {
		return nil, nil, g.fail(err)
	}
	return &Role{Ground: g, site: site, Handler: site.Handler(product.Mounts()...), Jobs: runner, Books: books, Beside: beyond, beside: workers}, product, nil
}

// CertificateLife of a certificate that we sign ourselves: long enough not to
// surprise an operator, short enough to be replaced by somebody who remembers.
const CertificateLife = 3 * 365 * 24 * time.Hour

// idpCertificate names the provider.
func idpCertificate(c *config.IdP, now time.Time) keys.Certificate {
	return keys.Certificate{
		Subject: keys.LegalSubject{
			CommonName: c.DisplayName, Organization: c.Organization, URI: cmp.Or(c.EntityID, c.BaseURL), Country: "IT",
		}.Name(),
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(CertificateLife),
	}
}
