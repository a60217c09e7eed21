package oidcop

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"

	"atrio/base/keys"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Keys sign the tokens. Of each rotation one pair signs and all are published: a
// new key is first published, later signs, and the old one stays until nobody
// comes back with what it signed.
type Keys struct {
	// ES256 are ECDSA keys on P-256; required.
	ES256 *keys.Rotation
	// RS256 are RSA keys, for services that ask for RS256.
	RS256 *keys.Rotation
}

// of gives the rotation of an algorithm, nil when there is none.
func (k Keys) of(alg goidc.SignatureAlgorithm) *keys.Rotation {
	switch alg {
	case goidc.ES256:
		return k.ES256
	case goidc.RS256:
		return k.RS256
	}
	return nil
}

// keySet is the published key set with the pairs that it was made of.
type keySet struct {
	es256, rs256 *keys.Set
	set          goidc.JSONWebKeySet
	document     document
}

// keySet is the set of now, rendered again only when a rotation changed it.
func (p *Provider) keySet() (*keySet, error) {
	var rs256 *keys.Set
	es256 := p.Keys.ES256.Current()
	if p.Keys.RS256 != nil {
		rs256 = p.Keys.RS256.Current()
	}
	if old := p.published.Load(); old != nil && old.es256 == es256 && old.rs256 == rs256 {
		return old, nil
	}
	fresh := &keySet{es256: es256, rs256: rs256}
	fresh.add(goidc.ES256, es256)
	if rs256 != nil {
		fresh.add(goidc.RS256, rs256)
	}
	var err error
	if fresh.document, err = newDocument(fresh.set); err != nil {
		return nil, err
	}
	p.published.Store(fresh)
	return fresh, nil
}

func (s *keySet) add(alg goidc.SignatureAlgorithm, from *keys.Set) {
	for _, pair := range from.Published {
		s.set.Keys = append(s.set.Keys, goidc.JSONWebKey{
			Key: pair.Signer.Public(), KeyID: pair.KeyID, Algorithm: string(alg), Use: string(goidc.KeyUsageSignature),
		})
	}
}

// serveKeys publishes the keys. // OIDC-discovery 3
func (p *Provider) serveKeys(w http.ResponseWriter, r *http.Request) error {
	s, err := p.keySet()
	if err != nil {
		return err
	}
	return s.document.serve(w, r)
}

// publicKeys gives the engine the keys to verify with.
func (p *Provider) publicKeys(context.Context) (goidc.JSONWebKeySet, error) {
	s, err := p.keySet()
	if err != nil {
		return goidc.JSONWebKeySet{}, err
	}
	return s.set, nil
}

// signer gives the engine the key for an algorithm. // OIDC-core 10.1.1
func (k Keys) signer(ctx context.Context, alg goidc.SignatureAlgorithm) (string, crypto.Signer, error) {
	rotation := k.of(alg)
	if rotation == nil {
		return "", nil, fmt.Errorf("oidcop: no key for %s", alg)
	}
	pair := rotation.Signing()
	signer := noting{pair.Signer, exchangeOf(ctx)}
	if alg == goidc.ES256 {
		return pair.KeyID, rawECDSA{signer}, nil
	}
	return pair.KeyID, signer, nil
}

// noting keeps the fault of a key that cannot sign just now, because its token is
// away: the engine would make an error of our own of it.
type noting struct {
	crypto.Signer
	exchange *exchange
}

func (s noting) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := s.Signer.Sign(rand, digest, opts)
	if err != nil && s.exchange.pageFault == nil {
		s.exchange.pageFault = err
	}
	return signature, err
}

// rawECDSA answers signatures as JOSE wants them, R and S of 32 bytes each,
// where crypto.Signer gives ASN.1; go-oidc v0.23.0 passes on what it gets, which
// no client could verify. // RFC 7518 3.4
type rawECDSA struct{ crypto.Signer }

func (s rawECDSA) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	key, ok := s.Public().(*ecdsa.PublicKey)
	if !ok || key.Curve.Params().BitSize != 256 {
		return nil, errors.New("oidcop: ES256 needs a key on P-256")
	}
	// Deterministic where the key is in memory, as RFC 8725 3.2 recommends; it is
	// also less work. A token has its own randomness.
	der, err := s.Signer.Sign(nil, digest, opts)
	if err != nil {
		return nil, err
	}
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &sig); err != nil || len(rest) > 0 {
		return nil, errors.New("oidcop: the signer gave no ECDSA signature")
	}
	raw := make([]byte, 64)
	sig.R.FillBytes(raw[:32])
	sig.S.FillBytes(raw[32:])
	return raw, nil
}
