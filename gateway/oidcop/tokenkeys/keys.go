// Package tokenkeys owns the keys of tokens: which of them sign, which are published, and
// which still verify an ID token that a service sends back.
package tokenkeys

import (
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

// Signer is the key that signs by an algorithm now. Of a key that cannot sign just now,
// because its token is away, note gets the fault: who only calls the signer would make
// one of their own of it. // OIDC-core 10.1.1
func (k Keys) Signer(alg goidc.SignatureAlgorithm, note func(error)) (string, crypto.Signer, error) {
	rotation := k.of(alg)
	if rotation == nil {
		return "", nil, fmt.Errorf("tokenkeys: no key for %s", alg)
	}
	pair := rotation.Signing()
	signer := noting{pair.Signer, note}
	if alg == goidc.ES256 {
		return pair.KeyID, rawECDSA{signer}, nil
	}
	return pair.KeyID, signer, nil
}

// noting passes the fault of a signer on.
type noting struct {
	crypto.Signer
	note func(error)
}

func (s noting) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := s.Signer.Sign(rand, digest, opts)
	if err != nil {
		s.note(err)
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
		return nil, errors.New("tokenkeys: ES256 needs a key on P-256")
	}
	// Deterministic where the key is in memory, as RFC 8725 3.2 recommends; it is
	// also less work. A token has its own randomness.
	der, err := s.Signer.Sign(nil, digest, opts)
	if err != nil {
		return nil, err
	}
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &sig); err != nil || len(rest) > 0 {
		return nil, errors.New("tokenkeys: the signer gave no ECDSA signature")
	}
	raw := make([]byte, 64)
	sig.R.FillBytes(raw[:32])
	sig.S.FillBytes(raw[32:])
	return raw, nil
}
