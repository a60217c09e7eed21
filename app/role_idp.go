package app

import (
	"context"
	"crypto"
	"slices"
	"time"

	"atrio/app/config"
	"atrio/base/keys"
	"atrio/idp"
	"atrio/idp/idpdb"
	"atrio/saml/xmlsec"
)

// openIdP wires the identity provider.
func (p *plant) openIdP(ctx context.Context, c *config.IdP) (*role, *idp.IdP, error) {
	g, err := p.openGround(ctx, "idp", c.Role, c.BaseURL, idpdb.Module())
	if err != nil {
		return nil, nil, err
	}
	signer, err := g.signer(keys.Certificate{
		Subject: keys.LegalSubject{
			CommonName: c.DisplayName, Organization: c.Organization, URI: orText(c.EntityID, c.BaseURL), Country: "IT",
		}.Name(),
		NotBefore: p.now().Add(-time.Hour), NotAfter: p.now().Add(certificateLife),
	})
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
		Signer: signer, Services: services.Service, Now: p.now,
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

// samlKeyBits: SPID asks for 2048 or more; every signature of a login costs by it.
const samlKeyBits = 2048

// signer loads or makes the key that signs SAML messages of the role.
func (g *ground) signer(want keys.Certificate) (xmlsec.Signer, error) {
	return g.signerNamed("saml", want)
}

// signerNamed is the signer with the key of a purpose.
func (g *ground) signerNamed(purpose string, want keys.Certificate) (xmlsec.Signer, error) {
	pair, err := g.keys.RSA(purpose, samlKeyBits)
	if err != nil {
		return xmlsec.Signer{}, err
	}
	if pair, err = g.keys.SelfSigned(pair, want); err != nil {
		return xmlsec.Signer{}, err
	}
	return xmlsec.Signer{Key: pair.Signer, Certificate: pair.Certificate.Raw, Hash: crypto.SHA256}, nil
}
