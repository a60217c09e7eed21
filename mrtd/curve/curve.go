// Package curve computes on the elliptic curves of electronic documents: those
// of NIST and of the Brainpool group (RFC 5639), under the names, numbers and
// explicit parameters by which chips and certificates speak of them. The
// standard library lacks the latter, and lacks another base point, which PACE
// needs (ICAO 9303-11 4.4.3.3).
//
// The arithmetic takes a time that depends on its secrets. Those are keys of a
// single conversation with a chip, made for it and thrown away; nothing here
// signs, and no long-lived secret belongs here.
package curve

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// ErrPoint is what every error about a point wraps.
var ErrPoint = errors.New("curve: not a point of the curve")

// Curve is y² = x³ + ax + b over the integers modulo P, with a base point of
// prime order N. The cofactor is 1 for all: what lies on the curve lies in the group.
type Curve struct {
	Name    string
	OID     string // of the named curve
	ID      int    // number among the standardized domain parameters, ICAO 9303-11 9.5.1
	P, A, B *big.Int
	G       Point
	N       *big.Int
	bytes   int
}

// Point is a point in affine coordinates. X is nil for the point at infinity.
type Point struct{ X, Y *big.Int }

// Infinite says whether the point is the neutral one.
func (p Point) Infinite() bool { return p.X == nil }

// Equal compares points.
func (p Point) Equal(q Point) bool {
	if p.Infinite() || q.Infinite() {
		return p.Infinite() == q.Infinite()
	}
	return p.X.Cmp(q.X) == 0 && p.Y.Cmp(q.Y) == 0
}

// Size is how many bytes a coordinate takes.
func (c *Curve) Size() int { return c.bytes }

// Encode writes a point without compression (ICAO 9303-11 9.4, TR-03111 3.2.1).
func (c *Curve) Encode(p Point) []byte {
	out := make([]byte, 1+2*c.bytes)
	out[0] = 4
	p.X.FillBytes(out[1 : 1+c.bytes])
	p.Y.FillBytes(out[1+c.bytes:])
	return out
}

// Coordinate writes the x-coordinate, which is what a key agreement yields.
func (c *Curve) Coordinate(p Point) []byte { return p.X.FillBytes(make([]byte, c.bytes)) }

// Decode reads a point without compression and holds it against the curve: a
// point of another curve would give away what it is multiplied with.
func (c *Curve) Decode(b []byte) (Point, error) {
	if len(b) != 1+2*c.bytes || b[0] != 4 {
		return Point{}, fmt.Errorf("%w: %d bytes on %s", ErrPoint, len(b), c.Name)
	}
	p := Point{new(big.Int).SetBytes(b[1 : 1+c.bytes]), new(big.Int).SetBytes(b[1+c.bytes:])}
	if !c.Contains(p) {
		return Point{}, fmt.Errorf("%w %s", ErrPoint, c.Name)
	}
	return p, nil
}

// Contains says whether a point other than the neutral one lies on the curve.
func (c *Curve) Contains(p Point) bool {
	if p.Infinite() || p.X.Sign() < 0 || p.Y.Sign() < 0 || p.X.Cmp(c.P) >= 0 || p.Y.Cmp(c.P) >= 0 {
		return false
	}
	right := new(big.Int).Mul(p.X, p.X)
	right.Add(right, c.A).Mul(right, p.X).Add(right, c.B).Mod(right, c.P)
	left := new(big.Int).Mul(p.Y, p.Y)
	return left.Mod(left, c.P).Cmp(right) == 0
}

// Random draws a number from 1 to N-1.
func (c *Curve) Random(random io.Reader) (*big.Int, error) {
	b := make([]byte, (c.N.BitLen()+7)/8+8) // 64 bits more: the remainder leans to no side
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("curve: drawing a key: %w", err)
	}
	less := new(big.Int).Sub(c.N, big.NewInt(1))
	k := new(big.Int).SetBytes(b)
	return k.Mod(k, less).Add(k, big.NewInt(1)), nil
}

// Add is p + q.
func (c *Curve) Add(p, q Point) Point {
	return c.affine(c.sum(c.lift(p), c.lift(q)))
}

// Multiply is k·p, for k of any size that is not negative. The digits are 1, 0 and -1, and of
// two neighbours one is 0: k is (3k-k)/2, where 3k has a bit and k has none it is added, the
// other way round taken off. Two of three digits are 0 so, not one of two.
func (c *Curve) Multiply(k *big.Int, p Point) Point {
	if p.Infinite() {
		return p
	}
	plus, minus, acc := c.lift(p), c.lift(Point{p.X, c.sub(new(big.Int), p.Y)}), jacobian{}
	triple := new(big.Int).Mul(k, big.NewInt(3))
	for i := triple.BitLen() - 1; i > 0; i-- {
		acc = c.double(acc)
		switch int(triple.Bit(i)) - int(k.Bit(i)) {
		case 1:
			acc = c.sum(acc, plus)
		case -1:
			acc = c.sum(acc, minus)
		}
	}
	return c.affine(acc)
}

// jacobian is (x/z², y/z³); z is nil for the neutral point.
type jacobian struct{ x, y, z *big.Int }

var one = big.NewInt(1)

func (c *Curve) lift(p Point) jacobian {
	if p.Infinite() {
		return jacobian{}
	}
	return jacobian{p.X, p.Y, one}
}

func (c *Curve) affine(p jacobian) Point {
	if p.z == nil {
		return Point{}
	}
	inv := new(big.Int).ModInverse(p.z, c.P)
	square := c.mul(inv, inv)
	return Point{c.mul(p.x, square), c.mul(p.y, c.mul(square, inv))}
}

func (c *Curve) mul(a, b *big.Int) *big.Int {
	m := new(big.Int).Mul(a, b)
	return m.Mod(m, c.P)
}

// sub is a-b of two numbers below P.
func (c *Curve) sub(a, b *big.Int) *big.Int {
	m := new(big.Int).Sub(a, b)
	if m.Sign() < 0 {
		m.Add(m, c.P)
	}
	return m
}

// plus is a+b of two numbers below P.
func (c *Curve) plus(a, b *big.Int) *big.Int {
	m := new(big.Int).Add(a, b)
	if m.Cmp(c.P) >= 0 {
		m.Sub(m, c.P)
	}
	return m
}

// twice is a·2ⁿ of a number below P: a few subtractions cost less than a division.
func (c *Curve) twice(a *big.Int, n uint) *big.Int {
	for range n {
		a = c.plus(a, a)
	}
	return a
}

func (c *Curve) double(p jacobian) jacobian {
	if p.z == nil || p.y.Sign() == 0 {
		return jacobian{}
	}
	yy := c.mul(p.y, p.y)
	s := c.twice(c.mul(p.x, yy), 2)
	zz := c.mul(p.z, p.z)
	xx := c.mul(p.x, p.x)
	m := c.plus(c.plus(c.twice(xx, 1), xx), c.mul(c.A, c.mul(zz, zz)))
	x := c.sub(c.mul(m, m), c.twice(s, 1))
	y := c.sub(c.mul(m, c.sub(s, x)), c.twice(c.mul(yy, yy), 3))
	return jacobian{x, y, c.twice(c.mul(p.y, p.z), 1)}
}

func (c *Curve) sum(p, q jacobian) jacobian {
	if p.z == nil {
		return q
	}
	if q.z == nil {
		return p
	}
	u1, s1, z := p.x, p.y, p.z
	if q.z.Cmp(one) != 0 {
		qzz := c.mul(q.z, q.z)
		u1, s1, z = c.mul(p.x, qzz), c.mul(p.y, c.mul(qzz, q.z)), c.mul(p.z, q.z)
	}
	pzz := c.mul(p.z, p.z)
	u2, s2 := c.mul(q.x, pzz), c.mul(q.y, c.mul(pzz, p.z))
	h, r := c.sub(u2, u1), c.sub(s2, s1)
	if h.Sign() == 0 {
		if r.Sign() != 0 {
			return jacobian{}
		}
		return c.double(p)
	}
	hh := c.mul(h, h)
	hhh, v := c.mul(hh, h), c.mul(u1, hh)
	x := c.sub(c.sub(c.mul(r, r), hhh), c.twice(v, 1))
	y := c.sub(c.mul(r, c.sub(v, x)), c.mul(s1, hhh))
	return jacobian{x, y, c.mul(h, z)}
}
