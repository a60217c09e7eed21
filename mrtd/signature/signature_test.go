package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"sync"
	"testing"

	"atrio/mrtd/curve"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(2048) })

func newRSA(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

func key(t testing.TB, public any) Key {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func algorithm(oid string, parameters []byte) pkix.AlgorithmIdentifier {
	var o asn1.ObjectIdentifier
	n := 0
	for _, r := range oid + "." {
		if r == '.' {
			o, n = append(o, n), 0
		} else {
			n = 10*n + int(r-'0')
		}
	}
	return pkix.AlgorithmIdentifier{Algorithm: o, Parameters: asn1.RawValue{FullBytes: parameters}}
}

var null = []byte{5, 0}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pssOf are parameters of PSS, each hash by its own.
func pssOf(t testing.TB, hash, mask string, salt int) []byte {
	return marshal(t, struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
		MGF  pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
		Salt int                      `asn1:"explicit,tag:2"`
	}{algorithm(hash, null), algorithm("1.2.840.113549.1.1.8", marshal(t, algorithm(mask, null))), salt})
}

const (
	sha256OID = "2.16.840.1.101.3.4.2.1"
	sha384OID = "2.16.840.1.101.3.4.2.2"
)

func TestSignaturesOfIssuers(t *testing.T) {
	message := []byte("what is signed")
	sum := Sum(crypto.SHA256, message)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.SignASN1(rand.Reader, p256, sum)
	if err != nil {
		t.Fatal(err)
	}
	old, err := rsa.SignPKCS1v15(rand.Reader, rsaKey(), crypto.SHA256, sum)
	if err != nil {
		t.Fatal(err)
	}
	pss, err := rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, sum, &rsa.PSSOptions{SaltLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	ecKey, rsaPublic := key(t, &p256.PublicKey), key(t, &rsaKey().PublicKey)
	for _, c := range []struct {
		name      string
		key       Key
		algorithm pkix.AlgorithmIdentifier
		digest    crypto.Hash
		signature []byte
		want      error
	}{
		{"ECDSA", ecKey, algorithm("1.2.840.10045.4.3.2", nil), 0, ec, nil},
		{"RSA", rsaPublic, algorithm("1.2.840.113549.1.1.11", null), 0, old, nil},
		{"RSA with the hash beside it", rsaPublic, algorithm("1.2.840.113549.1.1.1", null), crypto.SHA256, old, nil},
		{"PSS", rsaPublic, algorithm("1.2.840.113549.1.1.10", pssOf(t, sha256OID, sha256OID, 32)), 0, pss, nil},
		{"RSA without any hash", rsaPublic, algorithm("1.2.840.113549.1.1.1", null), 0, old, ErrUnsupported},
		{"another hash", ecKey, algorithm("1.2.840.10045.4.3.3", nil), 0, ec, ErrWrong},
		{"another hash, RSA", rsaPublic, algorithm("1.2.840.113549.1.1.12", null), 0, old, ErrWrong},
		{"the padding of the other", rsaPublic, algorithm("1.2.840.113549.1.1.11", null), 0, pss, ErrWrong},
		{"PSS over the other", rsaPublic, algorithm("1.2.840.113549.1.1.10", pssOf(t, sha256OID, sha256OID, 32)), 0, old, ErrWrong},
		{"PSS with another salt", rsaPublic, algorithm("1.2.840.113549.1.1.10", pssOf(t, sha256OID, sha256OID, 20)), 0, pss, ErrWrong},
		{"PSS with two hashes", rsaPublic, algorithm("1.2.840.113549.1.1.10", pssOf(t, sha256OID, sha384OID, 32)), 0, pss, ErrUnsupported},
		{"PSS with SHA-1", rsaPublic, algorithm("1.2.840.113549.1.1.10", pssOf(t, oidSHA1, oidSHA1, 20)), 0, pss, ErrWeak},
		{"PSS that leaves out the hash", rsaPublic, algorithm("1.2.840.113549.1.1.10", []byte{0x30, 0}), 0, pss, ErrWeak},
		{"PSS without parameters", rsaPublic, algorithm("1.2.840.113549.1.1.10", nil), 0, pss, ErrMalformed},
		{"RSA with SHA-1", rsaPublic, algorithm("1.2.840.113549.1.1.5", null), 0, old, ErrWeak},
		{"ECDSA with SHA-1", ecKey, algorithm("1.2.840.10045.4.1", nil), 0, ec, ErrWeak},
		{"parameters where there are none", ecKey, algorithm("1.2.840.10045.4.3.2", []byte{2, 1, 1}), 0, ec, ErrMalformed},
		{"the key of the other", ecKey, algorithm("1.2.840.113549.1.1.11", null), 0, old, ErrMalformed},
		{"the other way round", rsaPublic, algorithm("1.2.840.10045.4.3.2", nil), 0, ec, ErrMalformed},
		{"bytes after a signature", ecKey, algorithm("1.2.840.10045.4.3.2", nil), 0, append(ec[:len(ec):len(ec)], 0), ErrMalformed},
		{"no signature", ecKey, algorithm("1.2.840.10045.4.3.2", nil), 0, nil, ErrMalformed},
		{"an algorithm that nobody knows", ecKey, algorithm("1.2.3.4", nil), 0, ec, ErrUnsupported},
	} {
		if err := c.key.Verify(c.algorithm, c.digest, message, c.signature); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", c.name, err, c.want)
		}
		if c.want == nil {
			if err := c.key.Verify(c.algorithm, c.digest, []byte("another"), c.signature); !errors.Is(err, ErrWrong) {
				t.Errorf("%s over another message: %v", c.name, err)
			}
		}
	}
}

func TestShortKeysOfIssuersAreWeak(t *testing.T) {
	short := newRSA(1024)
	sum := Sum(crypto.SHA256, nil)
	s, err := rsa.SignPKCS1v15(rand.Reader, short, crypto.SHA256, sum)
	if err != nil {
		t.Fatal(err)
	}
	if err := key(t, &short.PublicKey).Verify(algorithm("1.2.840.113549.1.1.11", null), 0, nil, s); !errors.Is(err, ErrWeak) {
		t.Error(err)
	}
}

func TestKeysThatAreNoneAreRefused(t *testing.T) {
	rsaInfo := func(n, e *big.Int) []byte {
		k := marshal(t, struct{ N, E *big.Int }{n, e})
		return marshal(t, publicKeyInfo{algorithm("1.2.840.113549.1.1.1", null), asn1.BitString{Bytes: k, BitLength: 8 * len(k)}})
	}
	ecInfo := func(parameters, point []byte) []byte {
		return marshal(t, publicKeyInfo{algorithm("1.2.840.10045.2.1", parameters), asn1.BitString{Bytes: point, BitLength: 8 * len(point)}})
	}
	p256, _ := curve.ByID(12)
	good := p256.Encode(p256.G)
	bad := p256.Encode(p256.G)
	bad[40] ^= 1
	n := rsaKey().N
	for name, c := range map[string]struct {
		der  []byte
		want error
	}{
		"nothing":             {nil, ErrMalformed},
		"an even exponent":    {rsaInfo(n, big.NewInt(4)), ErrUnsupported},
		"an exponent of one":  {rsaInfo(n, big.NewInt(1)), ErrUnsupported},
		"a large exponent":    {rsaInfo(n, new(big.Int).Lsh(big.NewInt(1), 40)), ErrUnsupported},
		"a negative modulus":  {rsaInfo(new(big.Int).Neg(n), big.NewInt(65537)), ErrMalformed},
		"an even modulus":     {rsaInfo(new(big.Int).Add(n, big.NewInt(1)), big.NewInt(65537)), ErrUnsupported},
		"a giant modulus":     {rsaInfo(new(big.Int).SetBit(big.NewInt(1), maxRSA, 1), big.NewInt(65537)), ErrUnsupported},
		"a point off":         {ecInfo(marshal(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}), bad), ErrMalformed},
		"a small curve":       {ecInfo(marshal(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 1}), good), ErrUnsupported},
		"no curve":            {ecInfo(null, good), ErrMalformed},
		"no parameters":       {ecInfo(nil, good), ErrMalformed},
		"another kind of key": {marshal(t, publicKeyInfo{algorithm("1.3.101.112", nil), asn1.BitString{Bytes: good, BitLength: 8 * len(good)}}), ErrUnsupported},
		"another base point":  {ecInfo(written(t, p256, p256.Multiply(big.NewInt(2), p256.G), 1), good), ErrUnsupported},
		"another cofactor":    {ecInfo(written(t, p256, p256.G, 2), good), ErrUnsupported},
		"bytes after the key": {append(ecInfo(marshal(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}), good), 0), ErrMalformed},
	} {
		if k, err := ParseKey(c.der); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
	for name, der := range map[string][]byte{"named": ecInfo(marshal(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}), good), "by number": ecInfo(marshal(t, 12), good), "written out": ecInfo(written(t, p256, p256.G, 1), good)} {
		if k, err := ParseKey(der); err != nil || k.Curve != p256 || !k.Point.Equal(p256.G) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// written are the parameters of a curve, with a base point to choose.
func written(t testing.TB, c *curve.Curve, g curve.Point, cofactor int64) []byte {
	var e explicitCurve
	e.Version, e.Field.Type, e.Field.Prime = 1, oidPrimeField, c.P
	e.Curve.A, e.Curve.B = c.A.Bytes(), c.B.Bytes()
	e.Base, e.Order, e.Cofactor = c.Encode(g), c.N, big.NewInt(cofactor)
	return marshal(t, struct {
		Version int
		Field   struct {
			Type  asn1.ObjectIdentifier
			Prime *big.Int
		}
		Curve    struct{ A, B []byte }
		Base     []byte
		Order    *big.Int
		Cofactor *big.Int
	}{1, e.Field, struct{ A, B []byte }{e.Curve.A, e.Curve.B}, e.Base, e.Order, e.Cofactor})
}

// answer is ISO/IEC 9796-2 scheme 1 with whatever stands around the hash.
func answer(k *rsa.PrivateKey, begin byte, h crypto.Hash, challenge, trailer []byte) []byte {
	drawn := make([]byte, k.Size()-1-h.Size()-len(trailer))
	for i := range drawn {
		drawn[i] = byte(i)
	}
	m := append([]byte{begin}, drawn...)
	m = append(m, Sum(h, append(drawn[:len(drawn):len(drawn)], challenge...))...)
	n := new(big.Int).SetBytes(append(m, trailer...))
	return n.Exp(n, k.D, k.N).FillBytes(make([]byte, k.Size()))
}

func TestAnswersOfChipsWithRSA(t *testing.T) {
	challenge := []byte("8 bytes!")
	k := key(t, &rsaKey().PublicKey)
	for name, c := range map[string]struct {
		trailer []byte
		hash    crypto.Hash
	}{
		"SHA-1": {[]byte{0xbc}, crypto.SHA1}, "SHA-1 by name": {[]byte{0x33, 0xcc}, crypto.SHA1}, "SHA-224": {[]byte{0x38, 0xcc}, crypto.SHA224},
		"SHA-256": {[]byte{0x34, 0xcc}, crypto.SHA256}, "SHA-384": {[]byte{0x36, 0xcc}, crypto.SHA384}, "SHA-512": {[]byte{0x35, 0xcc}, crypto.SHA512},
	} {
		s := answer(rsaKey(), 0x6a, c.hash, challenge, c.trailer)
		if err := k.VerifyChallenge("", challenge, s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		other := new(big.Int).Sub(rsaKey().N, new(big.Int).SetBytes(s)).FillBytes(make([]byte, len(s)))
		if err := k.VerifyChallenge("", challenge, other); err != nil {
			t.Errorf("%s, the other root: %v", name, err)
		}
		if err := k.VerifyChallenge("", []byte("another!"), s); !errors.Is(err, ErrWrong) {
			t.Errorf("%s over another challenge: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		signature []byte
		want      error
	}{
		"a beginning of full recovery": {answer(rsaKey(), 0x4a, crypto.SHA256, challenge, []byte{0x34, 0xcc}), ErrWrong},
		"a trailer of RIPEMD-160":      {answer(rsaKey(), 0x6a, crypto.SHA256, challenge, []byte{0x31, 0xcc}), ErrUnsupported},
		"the same of full recovery":    {answer(rsaKey(), 0x4a, crypto.SHA256, challenge, []byte{0x31, 0xcc}), ErrWrong},
		"a trailer that names nothing": {answer(rsaKey(), 0x6a, crypto.SHA256, challenge, []byte{0x77, 0xcc}), ErrWrong}, // a clone's is not one that nobody speaks
		"another trailer":              {answer(rsaKey(), 0x6a, crypto.SHA256, challenge, []byte{0xdc}), ErrWrong},
		"the hash of another trailer":  {answer(rsaKey(), 0x6a, crypto.SHA256, challenge, []byte{0x33, 0xcc}), ErrWrong},
		"zero":                         {make([]byte, 256), ErrWrong},
		"one":                          {append(make([]byte, 255), 1), ErrWrong},
		"nothing":                      {nil, ErrMalformed},
		"too short":                    {make([]byte, 255), ErrMalformed},
		"beyond the modulus":           {rsaKey().N.FillBytes(make([]byte, 256)), ErrMalformed},
	} {
		if err := k.VerifyChallenge("", challenge, c.signature); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnswersOfChipsWithECDSA(t *testing.T) {
	challenge := []byte("8 bytes!")
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := key(t, &private.PublicKey)
	for oid, h := range plainHashes {
		r, s, err := ecdsa.Sign(rand.Reader, private, Sum(h, challenge))
		if err != nil {
			t.Fatal(err)
		}
		plain := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		if err := k.VerifyChallenge(oid, challenge, plain); err != nil {
			t.Errorf("%s: %v", h, err)
		}
		if err := k.VerifyChallenge(oid, []byte("another!"), plain); !errors.Is(err, ErrWrong) {
			t.Errorf("%s over another challenge: %v", h, err)
		}
		if err := k.VerifyChallenge("", challenge, plain); !errors.Is(err, ErrUnsupported) {
			t.Errorf("without a hash: %v", err)
		}
		if err := k.VerifyChallenge(oid, challenge, plain[:63]); !errors.Is(err, ErrMalformed) {
			t.Errorf("one byte short: %v", err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	p256, _ := curve.ByID(12)
	point := p256.Encode(p256.G)
	f.Add(marshal(f, publicKeyInfo{algorithm("1.2.840.10045.2.1", written(f, p256, p256.G, 1)), asn1.BitString{Bytes: point, BitLength: 8 * len(point)}}))
	der, err := x509.MarshalPKIXPublicKey(&rsaKey().PublicKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Fuzz(func(t *testing.T, der []byte) {
		k, err := ParseKey(der)
		if err != nil {
			return
		}
		if (k.RSA == nil) == (k.Curve == nil) || k.Curve != nil && !k.Curve.Contains(k.Point) {
			t.Fatalf("%X is read as %+v", der, k)
		}
		if err := k.VerifyChallenge("0.4.0.127.0.7.1.1.4.1.3", []byte("8 bytes!"), der); err == nil {
			t.Fatalf("%X signs", der)
		}
	})
}
