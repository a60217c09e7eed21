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

	"atrio/base/keys"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Keys sign the tokens. In each list the first signs; the others are published
// too, so that a rotation breaks nothing: a new key is first published, later
// signs, and the old one stays until its last token is over.
type Keys struct {
	// ES256 are ECDSA keys on P-256; one is required.
	ES256 []*keys.Pair
	// RS256 are RSA keys, for services that ask for RS256.
	RS256 []*keys.Pair
}

// public is the published key set.
func (k Keys) public() (goidc.JSONWebKeySet, error) {
	var set goidc.JSONWebKeySet
	if len(k.ES256) == 0 {
		return set, errors.New("oidcop: a P-256 key is required")
	}
	for _, list := range []struct {
		alg   goidc.SignatureAlgorithm
		pairs []*keys.Pair
	}{{goidc.ES256, k.ES256}, {goidc.RS256, k.RS256}} {
		for _, pair := range list.pairs {
			set.Keys = append(set.Keys, goidc.JSONWebKey{
				Key: pair.Signer.Public(), KeyID: pair.KeyID, Algorithm: string(list.alg), Use: string(goidc.KeyUsageSignature),
			})
		}
	}
	return set, nil
}

// signer gives the engine the key for an algorithm. // OIDC-core 10.1.1
func (k Keys) signer(_ context.Context, alg goidc.SignatureAlgorithm) (string, crypto.Signer, error) {
	switch {
	case alg == goidc.ES256 && len(k.ES256) > 0:
		return k.ES256[0].KeyID, rawECDSA{k.ES256[0].Signer}, nil
	case alg == goidc.RS256 && len(k.RS256) > 0:
		return k.RS256[0].KeyID, k.RS256[0].Signer, nil
	}
	return "", nil, fmt.Errorf("oidcop: no key for %s", alg)
}

// rawECDSA answers signatures as JOSE wants them, R and S of 32 bytes each,
// where crypto.Signer gives ASN.1; go-oidc v0.23.0 passes on what it gets, which
// no client could verify. // RFC 7518 3.4
type rawECDSA struct{ crypto.Signer }

func (s rawECDSA) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if key, ok := s.Signer.(*ecdsa.PrivateKey); ok {
		if key.Curve.Params().BitSize != 256 {
			return nil, errors.New("oidcop: ES256 needs a key on P-256")
		}
		// Deterministic, as RFC 8725 3.2 recommends; it is also less work.
		rand = nil
	}
	der, err := s.Signer.Sign(rand, digest, opts)
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
