package agreement

import (
	"fmt"
	"io"
	"math/big"
)

// integers is a group of prime order q among the integers modulo p. Not in constant time;
// its secrets live for one conversation, see package curve.
type integers struct {
	id      int
	p, g, q *big.Int
}

var known = read()

func read() []*integers {
	var all []*integers
	for _, s := range parameters {
		n := make([]*big.Int, 3)
		for i, text := range []string{s.p, s.g, s.q} {
			n[i], _ = new(big.Int).SetString(text, 16) // a test reads them
		}
		all = append(all, &integers{s.id, n[0], n[1], n[2]})
	}
	return all
}

// Integers are prime, base and order of the group under a number from 0 to 2.
func Integers(id int) (p, g, q *big.Int) {
	n := known[id]
	return new(big.Int).Set(n.p), new(big.Int).Set(n.g), new(big.Int).Set(n.q)
}

func (g *integers) Name() string { return fmt.Sprintf("MODP-%d/%d", g.p.BitLen(), g.q.BitLen()) }

// Strength is that of NIST SP 800-57 5.6.1.1: 80 bits for 1,024, 112 for 2,048.
func (g *integers) Strength() int {
	if g.p.BitLen() >= 2048 {
		return 112
	}
	return 80
}
func (g *integers) Size() int    { return (g.p.BitLen() + 7) / 8 }
func (g *integers) Tag() uint32  { return 0x84 }
func (g *integers) Base() []byte { return g.encode(g.g) }

func (g *integers) encode(n *big.Int) []byte { return n.FillBytes(make([]byte, g.Size())) }

// check wants 1 < y < p-1 in the group of order q: outside it a key would give away
// parts of what it is raised to (RFC 2631 2.1.5).
func (g *integers) check(y *big.Int) error {
	one := big.NewInt(1)
	if y.Cmp(one) <= 0 || y.Cmp(new(big.Int).Sub(g.p, one)) >= 0 || new(big.Int).Exp(y, g.q, g.p).Cmp(one) != 0 {
		return fmt.Errorf("%w %s", ErrKey, g.Name())
	}
	return nil
}

func (g *integers) decode(b []byte) (*big.Int, error) {
	if len(b) == 0 || len(b) > g.Size() {
		return nil, fmt.Errorf("%w %s: %d bytes", ErrKey, g.Name(), len(b))
	}
	y := new(big.Int).SetBytes(b)
	return y, g.check(y)
}

// Draw draws again while the public key begins with a zero: implementations differ in
// whether they write it.
func (g *integers) Draw(random io.Reader, base []byte) (*big.Int, []byte, error) {
	b := make([]byte, (g.q.BitLen()+7)/8+8)
	less := new(big.Int).Sub(g.q, big.NewInt(1))
	for {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, nil, fmt.Errorf("agreement: drawing a key: %w", err)
		}
		k := new(big.Int).SetBytes(b)
		k.Mod(k, less).Add(k, big.NewInt(1))
		public, err := g.Multiply(k, base)
		if err != nil || public[0] != 0 {
			return k, public, err
		}
	}
}

// Multiply is the power: the group is written as a sum in Group.
func (g *integers) Multiply(k *big.Int, public []byte) ([]byte, error) {
	y, err := g.decode(public)
	if err != nil {
		return nil, err
	}
	return g.proper(y.Exp(y, k, g.p))
}

// Add is the product.
func (g *integers) Add(a, b []byte) ([]byte, error) {
	first, err := g.decode(a)
	if err != nil {
		return nil, err
	}
	second, err := g.decode(b)
	if err != nil {
		return nil, err
	}
	return g.proper(first.Mul(first, second).Mod(first, g.p))
}

func (g *integers) proper(y *big.Int) ([]byte, error) {
	if y.Cmp(big.NewInt(1)) == 0 {
		return nil, fmt.Errorf("%w: one", ErrKey)
	}
	return g.encode(y), nil
}

// Secret is the number itself.
func (g *integers) Secret(shared []byte) []byte { return shared }
