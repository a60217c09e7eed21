// Package signature reads the public keys of certificates and chips and checks
// what they signed, in the forms that issuers of electronic documents use: RSA of
// both paddings, ECDSA on curves named or written out, and the signatures with which
// chips answer a challenge.
package signature

import (
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"atrio/mrtd/curve"
)

var (
	// ErrMalformed is about bytes that are no key, no algorithm, no signature.
	ErrMalformed = errors.New("signature: malformed")
	// ErrUnsupported is about an algorithm or a curve that is not spoken here.
	ErrUnsupported = errors.New("signature: not supported")
	// ErrWeak is about an algorithm or a key that is not trusted any more.
	ErrWeak = errors.New("signature: too weak")
	// ErrWrong says that the signature is not that of the key over these bytes.
	ErrWrong = errors.New("signature: does not verify")
)

// Key is a public key: RSA, or a point on a curve.
type Key struct {
	RSA   *rsa.PublicKey
	Curve *curve.Curve
	Point curve.Point
}

var (
	oidRSA          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidEC           = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidPrimeField   = asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}
	oidStandardized = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 2}
)

// maxRSA is the largest modulus in bits: larger ones cost time and nobody issues them.
const maxRSA = 8192

type publicKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Key       asn1.BitString
}

// ParseKey reads a SubjectPublicKeyInfo.
func ParseKey(der []byte) (Key, error) {
	var info publicKeyInfo
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 || info.Key.BitLength%8 != 0 {
		return Key{}, fmt.Errorf("%w: public key", ErrMalformed)
	}
	bits := info.Key.Bytes
	switch algorithm := info.Algorithm.Algorithm; {
	case algorithm.Equal(oidRSA), algorithm.Equal(oidPSS):
		return parseRSA(bits)
	case algorithm.Equal(oidEC), algorithm.Equal(oidStandardized):
		c, err := parseCurve(info.Algorithm.Parameters.FullBytes)
		if err != nil {
			return Key{}, err
		}
		p, err := c.Decode(bits)
		if err != nil {
			return Key{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		return Key{Curve: c, Point: p}, nil
	default:
		return Key{}, fmt.Errorf("%w: key of %s", ErrUnsupported, algorithm)
	}
}

func parseRSA(b []byte) (Key, error) {
	var k struct{ N, E *big.Int }
	if rest, err := asn1.Unmarshal(b, &k); err != nil || len(rest) > 0 || k.N.Sign() <= 0 || k.E.Sign() <= 0 {
		return Key{}, fmt.Errorf("%w: RSA key", ErrMalformed)
	}
	if k.N.BitLen() > maxRSA || k.E.BitLen() > 31 || k.E.Bit(0) == 0 || k.E.Cmp(big.NewInt(3)) < 0 || k.N.Bit(0) == 0 {
		return Key{}, fmt.Errorf("%w: RSA key of %d bits with an exponent of %d", ErrUnsupported, k.N.BitLen(), k.E.BitLen())
	}
	return Key{RSA: &rsa.PublicKey{N: k.N, E: int(k.E.Int64())}}, nil
}

type explicitCurve struct {
	Version int
	Field   struct {
		Type  asn1.ObjectIdentifier
		Prime *big.Int
	}
	Curve struct {
		A, B []byte
		Seed asn1.BitString `asn1:"optional"`
	}
	Base     []byte
	Order    *big.Int
	Cofactor *big.Int `asn1:"optional"`
}

// parseCurve reads a name, a number of the standardized parameters, or parameters written out.
func parseCurve(der []byte) (*curve.Curve, error) {
	var name asn1.ObjectIdentifier
	var number int
	var c *curve.Curve
	ok := false
	var e explicitCurve
	if whole(der, &name) {
		c, ok = curve.ByOID(name.String())
	} else if whole(der, &number) {
		c, ok = curve.ByID(number)
	} else if whole(der, &e) && e.Field.Type.Equal(oidPrimeField) {
		c, ok = e.known()
	} else {
		return nil, fmt.Errorf("%w: parameters of a curve", ErrMalformed)
	}
	if !ok {
		return nil, fmt.Errorf("%w: curve", ErrUnsupported)
	}
	return c, nil
}

func (e explicitCurve) known() (*curve.Curve, bool) {
	size := (e.Field.Prime.BitLen() + 7) / 8
	if e.Cofactor != nil && e.Cofactor.Cmp(big.NewInt(1)) != 0 {
		return nil, false
	}
	if len(e.Base) != 1+2*size || e.Base[0] != 4 {
		return nil, false
	}
	g := curve.Point{X: new(big.Int).SetBytes(e.Base[1 : 1+size]), Y: new(big.Int).SetBytes(e.Base[1+size:])}
	return curve.ByParameters(e.Field.Prime, new(big.Int).SetBytes(e.Curve.A), new(big.Int).SetBytes(e.Curve.B), g, e.Order)
}

func whole(der []byte, into any) bool {
	rest, err := asn1.Unmarshal(der, into)
	return err == nil && len(rest) == 0
}
