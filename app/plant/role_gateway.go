package plant

import (
	"context"
	"crypto/x509/pkix"
	"errors"
	"slices"
	"time"

	"atrio/app/config"
	"atrio/base/keys"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
	"atrio/gateway/oidcop"
	"atrio/gateway/services"
	"atrio/saml/xmlsec"
)

// OpenGateway wires the gateway.
func (p *Plant) OpenGateway(ctx context.Context, c *config.Gateway) (*Role, *gateway.Gateway, error) {
	register, faults := services.NewRegister(c.Services)
	if len(faults) > 0 {
		return nil, nil, errors.Join(faults...)
	}
	g, err := p.openGround(ctx, "gateway", c.Role, c.BaseURL, gatewaydb.Module())
	if err != nil {
		return nil, nil, err
	}
	spid, err := g.rotation(SPIDPurpose(c))
	if err != nil {
		return nil, nil, g.fail(err)
	}
	cie, err := g.cieKeys(c)
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
	known, err := g.Directories(c, nil)
	if err != nil {
		return nil, nil, g.fail(err)
	}
	store := gatewaydb.NewStore(g.DB, g.ring)
	if err := store.Prepare(ctx, p.Now()); err != nil {
		return nil, nil, g.fail(err)
	}
	refusals := g.refusedPairs(store)
	product, err := gateway.New(c.Config, gateway.Deps{
		Site: site, Store: counted{store, p.tally}, History: g.shared, Limiter: g.limiter, Hasher: p.hasher,
		Directory: known[WorldSPID], CIE: known.of(WorldCIE), EIDAS: known.of(worldEIDAS), Outage: known.outage,
		SPIDSigner: signer(spid), SPIDCertificates: certificates(spid), CIESigner: cie.signer, CIECertificates: cie.certificates,
		Services: register, TokenKeys: tokens, Registering: p.registering(),
		Refusals: refusals, Now: p.Now,
	})
	if err != nil {
		return nil, nil, g.fail(err)
	}
	runner, err := g.runner(slices.Concat(product.Jobs(), store.Jobs(), JobsOf(known.Books())))
	if err != nil {
		return nil, nil, g.fail(err)
	}
	return &Role{
		Ground: g, site: site, Handler: site.Handler(product.Mounts()...), Jobs: runner,
		Books: known.Books(), beside: []worker{refusals},
	}, product, nil
}

// refusedPairs is the queue of refused answers in front of the ledger, with the
// figures of both.
func (g *Ground) refusedPairs(store *gatewaydb.Store) *ledger.Refusals {
	refusals := ledger.NewRefusals(store, g.ring, g.Now, g.Log)
	g.Metrics.counter("atrio_ledger_withheld_total", "Refused pairs beyond the limits, not kept.", g.Role, func() float64 { return float64(refusals.Withheld()) })
	g.Metrics.counter("atrio_ledger_dropped_total", "Refused pairs that queue or database could not take.", g.Role, func() float64 { return float64(refusals.Dropped()) })
	g.ledgerMetrics(func(ctx context.Context) (ledgerFigures, error) {
		st, err := store.LedgerStats(ctx)
		return ledgerFigures{pairs: st.Rows, tokens: st.Issues, unsealed: st.Unsealed, oldest: st.Oldest, purged: st.PurgedAt}, err
	})
	return refusals
}

// samlKeys are the keys of one SAML service.
type samlKeys struct {
	signer       xmlsec.Signer
	certificates func() [][]byte
}

// cieKeys opens the keys towards CIE, which has its own: CIE and SPID are two
// federations, and the loss of one key must not touch the other. Without that door
// there are none.
func (g *Ground) cieKeys(c *config.Gateway) (samlKeys, error) {
	if !c.CIE.Configured() {
		return samlKeys{}, nil
	}
	r, err := g.rotation(keys.CIE().Certified(func(now time.Time) keys.Certificate { return cieCertificate(c, now) }))
	if err != nil {
		return samlKeys{}, err
	}
	return samlKeys{signer(r), certificates(r)}, nil
}

// cieCertificate names the institution towards CIE.
func cieCertificate(c *config.Gateway, now time.Time) keys.Certificate {
	o := c.CIE.NamesOr(c.SPID.Organization)
	return keys.Certificate{
		Subject: pkix.Name{
			CommonName: o.It.DisplayName, Organization: []string{o.It.Name}, Country: []string{"IT"}, Locality: []string{c.SPID.Locality},
		},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(CertificateLife),
	}
}

// tokenKeys loads or makes the keys that sign tokens.
func (g *Ground) tokenKeys() (oidcop.Keys, error) {
	es, err := g.rotation(keys.TokenES256())
	if err != nil {
		return oidcop.Keys{}, err
	}
	rs, err := g.rotation(keys.TokenRS256())
	return oidcop.Keys{ES256: es, RS256: rs}, err
}
