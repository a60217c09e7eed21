// Package mrtdtest is an electronic document made of software, with the country that
// issued it: it speaks the commands of ICAO 9303-11 like a chip, in this process or
// through the virtual reader of pcscd. It may be cloned, changed, cut off in the
// middle. For tests and demonstrations: no key of it protects anything.
package mrtdtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"

	"atrio/mrtd/agreement"
	"atrio/mrtd/curve"
	"atrio/mrtd/signature"
)

// Key is a private key of a country, a signer or a chip. The zero value is no key.
type Key struct {
	RSA      *rsa.PrivateKey
	PSS      bool // RSA with the newer padding
	Curve    *curve.Curve
	Explicit bool // the curve is written out in certificates, as ICAO 9303-12 has it
	d        *big.Int
	public   curve.Point
	group    agreement.Group // of a key that only agrees: integers
	element  []byte
	id       int
}

// NewKey draws a key on a curve, by its number in ICAO 9303-11 9.5.1: 12 is P-256, 13
// brainpoolP256r1. 0 to 2 are groups of integers, with which a chip can agree and not sign.
func NewKey(id int) Key {
	g, ok := agreement.ByID(id)
	if !ok {
		panic("mrtdtest: no such group")
	}
	c, ok := curve.ByID(id)
	if !ok {
		k, public, err := g.Draw(rand.Reader, g.Base())
		must(err)
		return Key{group: g, d: k, element: public, id: id}
	}
	d, err := c.Random(rand.Reader)
	must(err)
	public := c.Multiply(d, c.G)
	return Key{Curve: c, d: d, public: public, group: g, element: c.Encode(public), id: id}
}

// NewRSAKey draws an RSA key.
func NewRSAKey(bits int) Key {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	must(err)
	return Key{RSA: k}
}

func must(err error) {
	if err != nil {
		panic("mrtdtest: " + err.Error())
	}
}

func marshal(v any) []byte {
	b, err := asn1.Marshal(v)
	must(err)
	return b
}

// none says whether there is no key.
func (k Key) none() bool { return k.RSA == nil && k.group == nil }

func oid(parts ...int) asn1.ObjectIdentifier { return parts }

var (
	oidRSA    = oid(1, 2, 840, 113549, 1, 1, 1)
	oidPSS    = oid(1, 2, 840, 113549, 1, 1, 10)
	oidMGF1   = oid(1, 2, 840, 113549, 1, 1, 8)
	oidEC     = oid(1, 2, 840, 10045, 2, 1)
	oidSHA256 = oid(2, 16, 840, 1, 101, 3, 4, 2, 1)
)

func named(s string) asn1.ObjectIdentifier {
	var o asn1.ObjectIdentifier
	n := 0
	for i, r := range s + "." {
		if r == '.' {
			o, n = append(o, n), 0
			continue
		}
		if r < '0' || r > '9' {
			panic("mrtdtest: identifier at " + s[i:])
		}
		n = 10*n + int(r-'0')
	}
	return o
}

// PublicInfo is the SubjectPublicKeyInfo.
func (k Key) PublicInfo() []byte {
	type info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if k.RSA != nil {
		key := marshal(struct{ N, E *big.Int }{k.RSA.N, big.NewInt(int64(k.RSA.E))})
		return marshal(info{pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}, asn1.BitString{Bytes: key, BitLength: 8 * len(key)}})
	}
	if k.Curve == nil {
		return k.integers()
	}
	parameters := marshal(named(k.Curve.OID))
	if k.Explicit {
		parameters = explicit(k.Curve)
	}
	point := k.Curve.Encode(k.public)
	return marshal(info{pkix.AlgorithmIdentifier{Algorithm: oidEC, Parameters: asn1.RawValue{FullBytes: parameters}}, asn1.BitString{Bytes: point, BitLength: 8 * len(point)}})
}

// integers is the form of X9.42: the group written out.
func (k Key) integers() []byte {
	p, g, q := agreement.Integers(k.id)
	key := marshal(new(big.Int).SetBytes(k.element))
	parameters := marshal(struct{ P, G, Q *big.Int }{p, g, q})
	return marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}{pkix.AlgorithmIdentifier{Algorithm: oid(1, 2, 840, 10046, 2, 1), Parameters: asn1.RawValue{FullBytes: parameters}}, asn1.BitString{Bytes: key, BitLength: 8 * len(key)}})
}

func explicit(c *curve.Curve) []byte {
	type field struct {
		Type  asn1.ObjectIdentifier
		Prime *big.Int
	}
	type ab struct{ A, B []byte }
	return marshal(struct {
		Version  int
		Field    field
		Curve    ab
		Base     []byte
		Order    *big.Int
		Cofactor int
	}{1, field{oid(1, 2, 840, 10045, 1, 1), c.P}, ab{c.A.FillBytes(make([]byte, c.Size())), c.B.FillBytes(make([]byte, c.Size()))}, c.Encode(c.G), c.N, 1})
}

// algorithm is how a signature of the key is named: always with SHA-256.
func (k Key) algorithm() pkix.AlgorithmIdentifier {
	sha256 := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	switch {
	case k.RSA == nil:
		return pkix.AlgorithmIdentifier{Algorithm: oid(1, 2, 840, 10045, 4, 3, 2)}
	case k.PSS:
		parameters := marshal(struct {
			Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
			MGF  pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
			Salt int                      `asn1:"explicit,tag:2"`
		}{sha256, pkix.AlgorithmIdentifier{Algorithm: oidMGF1, Parameters: asn1.RawValue{FullBytes: marshal(sha256)}}, 32})
		return pkix.AlgorithmIdentifier{Algorithm: oidPSS, Parameters: asn1.RawValue{FullBytes: parameters}}
	}
	return pkix.AlgorithmIdentifier{Algorithm: oid(1, 2, 840, 113549, 1, 1, 11), Parameters: asn1.NullRawValue}
}

// sign signs a message with SHA-256, as certificates and security objects have it.
func (k Key) sign(message []byte) []byte {
	sum := signature.Sum(crypto.SHA256, message)
	switch {
	case k.RSA == nil:
		r, s := k.ecdsa(sum)
		return marshal(struct{ R, S *big.Int }{r, s})
	case k.PSS:
		b, err := rsa.SignPSS(rand.Reader, k.RSA, crypto.SHA256, sum, &rsa.PSSOptions{SaltLength: 32})
		must(err)
		return b
	}
	b, err := rsa.SignPKCS1v15(rand.Reader, k.RSA, crypto.SHA256, sum)
	must(err)
	return b
}

func (k Key) ecdsa(sum []byte) (r, s *big.Int) {
	n := k.Curve.N
	e := new(big.Int).SetBytes(sum)
	if extra := 8*len(sum) - n.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	nonce, err := k.Curve.Random(rand.Reader)
	must(err)
	r = new(big.Int).Mod(k.Curve.Multiply(nonce, k.Curve.G).X, n)
	s = new(big.Int).Mul(r, k.d)
	s.Add(s, e).Mul(s, new(big.Int).ModInverse(nonce, n)).Mod(s, n)
	return r, s
}

// answer signs a challenge as a chip does (ICAO 9303-11 6.1): RSA by ISO/IEC 9796-2 with
// SHA-1 for short keys and SHA-256 else, ECDSA in the plain form with SHA-256.
func (k Key) answer(challenge []byte) []byte {
	if k.RSA == nil {
		r, s := k.ecdsa(signature.Sum(crypto.SHA256, challenge))
		size := (k.Curve.N.BitLen() + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	size := k.RSA.Size()
	hash, trailer := crypto.SHA256, []byte{0x34, 0xcc}
	if size <= 128 {
		hash, trailer = crypto.SHA1, []byte{0xbc}
	}
	drawn := make([]byte, size-1-hash.Size()-len(trailer))
	_, err := rand.Read(drawn)
	must(err)
	message := append([]byte{0x6a}, drawn...)
	message = append(message, signature.Sum(hash, append(drawn[:len(drawn):len(drawn)], challenge...))...)
	m := new(big.Int).SetBytes(append(message, trailer...))
	s := m.Exp(m, k.RSA.D, k.RSA.N)
	if other := new(big.Int).Sub(k.RSA.N, s); challenge[0]&1 == 0 && other.Cmp(s) < 0 {
		s = other // ISO/IEC 9796-2 B.6: the smaller of the two
	}
	return s.FillBytes(make([]byte, size))
}
