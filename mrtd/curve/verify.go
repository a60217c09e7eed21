package curve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"math/big"
)

// Verify says whether (r, s) signs the hash under a public point (ECDSA,
// TR-03111 4.2.1). Curves of the standard library are left to it.
func (c *Curve) Verify(public Point, hash []byte, r, s *big.Int) bool {
	if !c.Contains(public) || r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(c.N) >= 0 || s.Cmp(c.N) >= 0 {
		return false
	}
	if std := c.standard(); std != nil {
		key, err := ecdsa.ParseUncompressedPublicKey(std, c.Encode(public))
		return err == nil && ecdsa.Verify(key, hash, r, s)
	}
	e := new(big.Int).SetBytes(hash)
	if extra := 8*len(hash) - c.N.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	w := new(big.Int).ModInverse(s, c.N)
	u1, u2 := e.Mul(e, w), w.Mul(w, r)
	sum := c.Add(c.Multiply(u1.Mod(u1, c.N), c.G), c.Multiply(u2.Mod(u2, c.N), public))
	if sum.Infinite() {
		return false
	}
	v := new(big.Int).Mod(sum.X, c.N)
	return v.Cmp(r) == 0
}

func (c *Curve) standard() elliptic.Curve {
	switch c.Name {
	case "P-224":
		return elliptic.P224()
	case "P-256":
		return elliptic.P256()
	case "P-384":
		return elliptic.P384()
	case "P-521":
		return elliptic.P521()
	}
	return nil
}
