// Package agreement is the agreement of keys after Diffie and Hellman, with which a
// reader and a chip come to a secret: over an elliptic curve, or over integers modulo a
// prime as the Italian identity card has it. It works on public keys as they go over the
// wire, and checks every one that comes in.
package agreement

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"

	"atrio/mrtd/curve"
	"atrio/mrtd/signature"
)

// ErrKey is what every error about a public key wraps.
var ErrKey = errors.New("agreement: not a public key of the group")

// Group is where keys are agreed on. Keys and base points are bytes as chips send them.
type Group interface {
	// Name says which group it is.
	Name() string
	// Strength orders groups: bits of a symmetric key that is as hard to find.
	Strength() int
	// Size is the length of a public key.
	Size() int
	// Tag is the tag of a public key inside 7F49 (ICAO 9303-11 9.4).
	Tag() uint32
	// Base is the base point of the parameters.
	Base() []byte
	// Draw makes a key pair over a base point.
	Draw(random io.Reader, base []byte) (k *big.Int, public []byte, err error)
	// Multiply is k times a public key, which is checked.
	Multiply(k *big.Int, public []byte) ([]byte, error)
	// Add combines two public keys.
	Add(a, b []byte) ([]byte, error)
	// Secret is what both sides derive keys from.
	Secret(shared []byte) []byte
}

// ByID is the group under a number of the standardized domain parameters.
func ByID(id int) (Group, bool) {
	if c, ok := curve.ByID(id); ok {
		return Points{c}, true
	}
	for _, g := range known {
		if g.id == id {
			return g, true
		}
	}
	return nil, false
}

var (
	oidX942 = asn1.ObjectIdentifier{1, 2, 840, 10046, 2, 1}
	oidPKCS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 3, 1}
)

// ParseKey reads a public key that stands in a SubjectPublicKeyInfo.
func ParseKey(der []byte) (Group, []byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, nil, fmt.Errorf("%w: public key", signature.ErrMalformed)
	}
	if a := info.Algorithm.Algorithm; a.Equal(oidX942) || a.Equal(oidPKCS) {
		return parseIntegers(info.Algorithm.Parameters.FullBytes, info.Key.RightAlign())
	}
	key, err := signature.ParseKey(der)
	if err != nil {
		return nil, nil, err
	}
	if key.Curve == nil {
		return nil, nil, fmt.Errorf("%w: no agreement with this key", signature.ErrUnsupported)
	}
	return Points{key.Curve}, key.Curve.Encode(key.Point), nil
}

// parseIntegers knows a group by its prime and its base, written out as X9.42 or PKCS #3 do.
func parseIntegers(parameters, key []byte) (Group, []byte, error) {
	var written struct {
		P, G *big.Int
		Q    asn1.RawValue `asn1:"optional"`
		More asn1.RawValue `asn1:"optional"`
		Last asn1.RawValue `asn1:"optional"`
	}
	var y *big.Int
	if rest, err := asn1.Unmarshal(parameters, &written); err != nil || len(rest) > 0 {
		return nil, nil, fmt.Errorf("%w: parameters of a group", signature.ErrMalformed)
	}
	if rest, err := asn1.Unmarshal(key, &y); err != nil || len(rest) > 0 || y.Sign() <= 0 {
		return nil, nil, fmt.Errorf("%w: public key of a group", signature.ErrMalformed)
	}
	for _, g := range known {
		if g.p.Cmp(written.P) == 0 && g.g.Cmp(written.G) == 0 {
			if err := g.check(y); err != nil {
				return nil, nil, err
			}
			return g, g.encode(y), nil
		}
	}
	return nil, nil, fmt.Errorf("%w: group of %d bits", signature.ErrUnsupported, written.P.BitLen())
}

// Points is a group on a curve.
type Points struct{ Curve *curve.Curve }

// Name, Strength, Size, Tag and Base say which group it is.
func (p Points) Name() string  { return p.Curve.Name }
func (p Points) Strength() int { return p.Curve.N.BitLen() / 2 }
func (p Points) Size() int     { return 1 + 2*p.Curve.Size() }
func (p Points) Tag() uint32   { return 0x86 }
func (p Points) Base() []byte  { return p.Curve.Encode(p.Curve.G) }

// Draw makes a key pair.
func (p Points) Draw(random io.Reader, base []byte) (*big.Int, []byte, error) {
	k, err := p.Curve.Random(random)
	if err != nil {
		return nil, nil, err
	}
	public, err := p.Multiply(k, base)
	return k, public, err
}

// Multiply is k times a point.
func (p Points) Multiply(k *big.Int, public []byte) ([]byte, error) {
	point, err := p.Curve.Decode(public)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return p.finite(p.Curve.Multiply(k, point))
}

// Add is the sum of two points.
func (p Points) Add(a, b []byte) ([]byte, error) {
	first, err := p.Curve.Decode(a)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	second, err := p.Curve.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return p.finite(p.Curve.Add(first, second))
}

func (p Points) finite(point curve.Point) ([]byte, error) {
	if point.Infinite() {
		return nil, fmt.Errorf("%w: infinity", ErrKey)
	}
	return p.Curve.Encode(point), nil
}

// Secret is the x-coordinate (TR-03111 4.3).
func (p Points) Secret(shared []byte) []byte { return shared[1 : 1+p.Curve.Size()] }
