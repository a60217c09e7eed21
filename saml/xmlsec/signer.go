package xmlsec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/asn1"
	"math/big"
)

// Signer signs with one key, which may live in a token: only crypto.Signer is
// asked of it.
type Signer struct {
	// Key is RSA of at least 2048 bits, or ECDSA on P-256, P-384 or P-521.
	Key crypto.Signer
	// Certificate, DER, is written into KeyInfo by Sign; nil leaves KeyInfo out.
	Certificate []byte
	// Hash is SHA256 (also when zero), SHA384 or SHA512, for signature and digest.
	Hash crypto.Hash
	// Source, when set, is asked for the signer of each signature: keys change
	// while a program runs. The other fields are then not looked at.
	Source func() Signer
}

// Current is the signer to use now. Take it once where several signatures, or a
// signature and a certificate, have to be of one key.
func (s Signer) Current() Signer {
	if s.Source == nil {
		return s
	}
	return s.Source()
}

// method gives the algorithm this signer stands for.
func (s Signer) method() (method, error) {
	if s.Key == nil {
		return method{}, fail(CodeSigner, 0, "a signer without a key")
	}
	f := familyOf(s.Key.Public())
	if f == 0 {
		return method{}, fail(CodeSigner, 0, "the key of the signer is of no usable kind or too weak")
	}
	h := s.Hash
	switch h {
	case 0:
		h = crypto.SHA256
	case crypto.SHA256, crypto.SHA384, crypto.SHA512:
	default:
		return method{}, fail(CodeSigner, 0, "the hash of the signer is not of the SHA-2 family")
	}
	return method{methodURI(f, h), f, h}, nil
}

// sign makes the signature value over data, in the form of XML signatures.
func (s Signer) sign(m method, data []byte) ([]byte, error) {
	value, err := s.Key.Sign(rand.Reader, sum(m.hash, data), m.hash)
	if err != nil {
		return nil, err
	}
	if m.family == familyRSA {
		return value, nil
	}
	var pair struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(value, &pair)
	if err != nil || len(rest) > 0 {
		return nil, fail(CodeSigner, 0, "the signer returned a malformed ECDSA signature")
	}
	public, ok := s.Key.Public().(*ecdsa.PublicKey)
	if !ok {
		return nil, fail(CodeSigner, 0, "the signer changed its key")
	}
	n := coordinateBytes(public)
	if pair.R.Sign() <= 0 || pair.S.Sign() <= 0 || pair.R.BitLen() > 8*n || pair.S.BitLen() > 8*n {
		return nil, fail(CodeSigner, 0, "the signer returned an impossible ECDSA signature")
	}
	value = make([]byte, 2*n)
	pair.R.FillBytes(value[:n])
	pair.S.FillBytes(value[n:])
	return value, nil
}
