package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // crypto.SHA256
	_ "crypto/sha512" // crypto.SHA384, crypto.SHA512
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// ErrWeak says that an algorithm or a key is not on the list: SHA-2, RSA of 2048 to
// 8192 bits (PKCS #1 v1.5 or PSS), ECDSA on P-256, P-384, P-521.
var ErrWeak = errors.New("cms: an algorithm or a key that is not strong enough")

// ErrSignature says that a signature does not fit.
var ErrSignature = errors.New("cms: the signature does not fit")

// Bounds of an RSA modulus: longer ones make a verification slow, and nobody has them.
const minRSABits, maxRSABits = 2048, 8192

type scheme uint8

const (
	schemeRSA scheme = iota + 1
	schemePSS
	schemeECDSA
)

// Algorithm is a signature algorithm with its hash.
type Algorithm struct {
	scheme scheme
	Hash   crypto.Hash
	salt   int
}

// String names the algorithm for evidence.
func (a Algorithm) String() string {
	switch a.scheme {
	case schemeRSA:
		return "RSA with " + a.Hash.String()
	case schemePSS:
		return "RSA-PSS with " + a.Hash.String()
	case schemeECDSA:
		return "ECDSA with " + a.Hash.String()
	}
	return ""
}

var (
	oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidMGF1   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

// ReadHash reads an AlgorithmIdentifier that names a hash (RFC 5754 2). A malformed
// one gives errForm, one that is not SHA-2 ErrWeak.
func ReadHash(s *cryptobyte.String) (crypto.Hash, error) {
	oid, params, err := algorithmIdentifier(s)
	if err != nil {
		return 0, err
	}
	if !absentOrNull(params) {
		return 0, errForm
	}
	return hashOf(oid)
}

func hashOf(oid asn1.ObjectIdentifier) (crypto.Hash, error) {
	switch {
	case oid.Equal(oidSHA256):
		return crypto.SHA256, nil
	case oid.Equal(oidSHA384):
		return crypto.SHA384, nil
	case oid.Equal(oidSHA512):
		return crypto.SHA512, nil
	}
	return 0, ErrWeak
}

// ReadAlgorithm reads the AlgorithmIdentifier of a signature. digest is the hash named
// beside it, which some algorithms leave open; 0 if there is none.
func ReadAlgorithm(s *cryptobyte.String, digest crypto.Hash) (Algorithm, error) {
	oid, params, err := algorithmIdentifier(s)
	if err != nil {
		return Algorithm{}, err
	}
	a := Algorithm{}
	switch {
	case oid.Equal(oidPSS):
		a, err = readPSS(params)
		if err != nil {
			return Algorithm{}, err
		}
	case !absentOrNull(params):
		return Algorithm{}, errForm
	case oid.Equal(oidRSA) && digest != 0: // RFC 5754 3.2
		return Algorithm{schemeRSA, digest, 0}, nil
	default:
		for i, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			if oid.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11 + i}) {
				a = Algorithm{schemeRSA, h, 0}
			}
			if oid.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2 + i}) {
				a = Algorithm{schemeECDSA, h, 0}
			}
		}
	}
	if a.scheme == 0 {
		return Algorithm{}, ErrWeak
	}
	if digest != 0 && a.Hash != digest { // two hashes in one signature serve nobody
		return Algorithm{}, errForm
	}
	return a, nil
}

// readPSS reads RSASSA-PSS-params (RFC 4055 3.1). Its defaults are SHA-1, so nothing
// may be left out but the trailer; the mask is made by the same hash.
func readPSS(params cryptobyte.String) (Algorithm, error) {
	var seq, hash, mask, saltField, trailer cryptobyte.String
	if !params.ReadASN1(&seq, tag.SEQUENCE) || !params.Empty() {
		return Algorithm{}, errForm
	}
	field := func(out *cryptobyte.String, n uint8) bool {
		var there bool
		t := tag.Tag(n).ContextSpecific().Constructed()
		return seq.ReadOptionalASN1(out, &there, t)
	}
	if !field(&hash, 0) || !field(&mask, 1) || !field(&saltField, 2) || !field(&trailer, 3) || !seq.Empty() {
		return Algorithm{}, errForm
	}
	if hash.Empty() || mask.Empty() || saltField.Empty() {
		return Algorithm{}, ErrWeak
	}
	h, err := ReadHash(&hash)
	if err != nil {
		return Algorithm{}, err
	}
	oid, inner, err := algorithmIdentifier(&mask)
	if err != nil {
		return Algorithm{}, err
	}
	if !oid.Equal(oidMGF1) {
		return Algorithm{}, ErrWeak
	}
	maskHash, err := ReadHash(&inner)
	if err != nil {
		return Algorithm{}, err
	}
	var salt, one int
	if !saltField.ReadASN1Integer(&salt) || !saltField.Empty() || !hash.Empty() || !mask.Empty() || !inner.Empty() {
		return Algorithm{}, errForm
	}
	if !trailer.Empty() && (!trailer.ReadASN1Integer(&one) || one != 1 || !trailer.Empty()) {
		return Algorithm{}, errForm
	}
	if maskHash != h || salt < h.Size() || salt > 512 {
		return Algorithm{}, ErrWeak
	}
	return Algorithm{schemePSS, h, salt}, nil
}

func algorithmIdentifier(s *cryptobyte.String) (asn1.ObjectIdentifier, cryptobyte.String, error) {
	var seq cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&oid) {
		return nil, nil, errForm
	}
	return oid, seq, nil
}

func absentOrNull(params cryptobyte.String) bool {
	return params.Empty() || len(params) == 2 && params[0] == 5 && params[1] == 0
}

// Check verifies a signature over the pieces of data, one after the other.
func (a Algorithm) Check(key crypto.PublicKey, signature []byte, data ...[]byte) error {
	digest := sum(a.Hash, data...)
	switch k := key.(type) {
	case *rsa.PublicKey:
		if !StrongKey(k) {
			return ErrWeak
		}
		if a.scheme == schemeRSA && rsa.VerifyPKCS1v15(k, a.Hash, digest, signature) == nil {
			return nil
		}
		if a.scheme == schemePSS && rsa.VerifyPSS(k, a.Hash, digest, signature, &rsa.PSSOptions{SaltLength: a.salt}) == nil {
			return nil
		}
	case *ecdsa.PublicKey:
		if !strongCurve(k.Curve) {
			return ErrWeak
		}
		if a.scheme == schemeECDSA && ecdsa.VerifyASN1(k, digest, signature) {
			return nil
		}
	default:
		return ErrWeak
	}
	return ErrSignature
}

func strongCurve(c elliptic.Curve) bool {
	return c == elliptic.P256() || c == elliptic.P384() || c == elliptic.P521()
}

// StrongKey says whether a key may sign at all.
func StrongKey(key crypto.PublicKey) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= minRSABits && k.N.BitLen() <= maxRSABits
	case *ecdsa.PublicKey:
		return strongCurve(k.Curve)
	}
	return false
}

func sum(h crypto.Hash, data ...[]byte) []byte {
	w := h.New()
	for _, d := range data {
		w.Write(d)
	}
	return w.Sum(nil)
}
