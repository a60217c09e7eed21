package curve

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"
)

func TestEveryCurveIsWhatItSays(t *testing.T) {
	if len(known) != 9 {
		t.Fatalf("%d curves", len(known))
	}
	for _, c := range known {
		if !c.P.ProbablyPrime(20) || !c.N.ProbablyPrime(20) {
			t.Errorf("%s: not prime", c.Name)
		}
		if !c.Contains(c.G) || !c.Multiply(c.N, c.G).Infinite() || c.P.Cmp(c.N) == 0 {
			t.Errorf("%s: the base point has another order", c.Name)
		}
		for _, got := range []func() (*Curve, bool){
			func() (*Curve, bool) { return ByID(c.ID) },
			func() (*Curve, bool) { return ByOID(c.OID) },
			func() (*Curve, bool) { return ByParameters(c.P, c.A, c.B, c.G, c.N) },
		} {
			if other, ok := got(); !ok || other != c {
				t.Errorf("%s is not found", c.Name)
			}
		}
	}
	if c, ok := ByID(8); ok {
		t.Errorf("%s was found", c.Name)
	}
}

func TestParametersWithAnotherBasePointAreNoKnownCurve(t *testing.T) {
	c, _ := ByID(13)
	if _, ok := ByParameters(c.P, c.A, c.B, c.Multiply(big.NewInt(2), c.G), c.N); ok {
		t.Error("another base point passes")
	}
}

func TestTheArithmeticAgreesWithTheStandardLibrary(t *testing.T) {
	for _, c := range known {
		std := c.standard()
		if std == nil {
			continue
		}
		key, err := ecdsa.GenerateKey(std, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		private, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Encode(c.Multiply(new(big.Int).SetBytes(private), c.G)); !bytes.Equal(got, public) {
			t.Errorf("%s: %x, not %x", c.Name, got, public)
		}
	}
}

func TestTheLawsOfAGroup(t *testing.T) {
	for _, c := range known {
		k, err := c.Random(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		p := c.Multiply(k, c.G)
		opposite := Point{p.X, new(big.Int).Sub(c.P, p.Y)}
		if !c.Add(p, opposite).Infinite() || !c.Add(p, Point{}).Equal(p) || !c.Add(Point{}, p).Equal(p) {
			t.Errorf("%s: the neutral point", c.Name)
		}
		if !c.Add(p, p).Equal(c.Multiply(big.NewInt(2), p)) {
			t.Errorf("%s: doubling", c.Name)
		}
		more := new(big.Int).Add(k, big.NewInt(1))
		if !c.Add(p, c.G).Equal(c.Multiply(more, c.G)) {
			t.Errorf("%s: adding", c.Name)
		}
		if back, err := c.Decode(c.Encode(p)); err != nil || !back.Equal(p) {
			t.Errorf("%s: reading back: %v", c.Name, err)
		}
	}
}

func TestMultiplyingIsAddingAgainAndAgain(t *testing.T) {
	for _, c := range known {
		sum := Point{}
		for k := range int64(20) {
			if got := c.Multiply(big.NewInt(k), c.G); !got.Equal(sum) {
				t.Errorf("%s: %d times", c.Name, k)
			}
			before := new(big.Int).Sub(c.N, big.NewInt(k))
			if !c.Add(c.Multiply(before, c.G), sum).Infinite() || !c.Multiply(big.NewInt(k), Point{}).Infinite() {
				t.Errorf("%s: %d times before the order", c.Name, k)
			}
			sum = c.Add(sum, c.G)
		}
	}
}

func TestPointsOffTheCurveAreRefused(t *testing.T) {
	c, _ := ByID(13)
	good := c.Encode(c.G)
	for name, change := range map[string]func([]byte) []byte{
		"one bit":    func(b []byte) []byte { b[10] ^= 1; return b },
		"compressed": func(b []byte) []byte { b[0] = 2; return b[:33] },
		"too long":   func(b []byte) []byte { return append(b, 0) },
		"empty":      func([]byte) []byte { return nil },
		"infinity":   func([]byte) []byte { return []byte{0} },
		"beyond p":   func(b []byte) []byte { copy(b[1:], bytes.Repeat([]byte{0xff}, 64)); return b },
	} {
		if _, err := c.Decode(change(bytes.Clone(good))); !errors.Is(err, ErrPoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The worked example ICAO 9303-11 G.1: the reader's key for the mapping.
func TestKnownPointsOfBrainpool(t *testing.T) {
	c, _ := ByID(13)
	k, _ := new(big.Int).SetString("7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99", 16)
	want := "047acf3efc982ec45565a4b155129efbc74650dcbfa6362d896fc70262e0c2cc5e544552dcb6725218799115b55c9baa6d9f6bc3a9618e70c25af71777a9c4922d"
	if got := hex.EncodeToString(c.Encode(c.Multiply(k, c.G))); got != want {
		t.Errorf("%s", got)
	}
}

// sign is ECDSA with a given nonce: enough to try Verify on curves that nothing else here knows.
func sign(c *Curve, key, k *big.Int, hash []byte) (r, s *big.Int) {
	e := new(big.Int).SetBytes(hash)
	if extra := 8*len(hash) - c.N.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	r = new(big.Int).Mod(c.Multiply(k, c.G).X, c.N)
	s = new(big.Int).Mul(r, key)
	s.Add(s, e).Mul(s, new(big.Int).ModInverse(k, c.N)).Mod(s, c.N)
	return r, s
}

func TestSignaturesAreVerifiedOnEveryCurve(t *testing.T) {
	hash := sha256.Sum256([]byte("what is signed"))
	other := sha256.Sum256([]byte("what is not"))
	for _, c := range known {
		key, err := c.Random(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		k, err := c.Random(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		public := c.Multiply(key, c.G)
		r, s := sign(c, key, k, hash[:])
		if !c.Verify(public, hash[:], r, s) {
			t.Errorf("%s: a good signature fails", c.Name)
		}
		beyond := new(big.Int).Add(s, c.N)
		for name, ok := range map[string]bool{
			"another hash":  c.Verify(public, other[:], r, s),
			"another key":   c.Verify(c.Add(public, c.G), hash[:], r, s),
			"r of zero":     c.Verify(public, hash[:], new(big.Int), s),
			"s of zero":     c.Verify(public, hash[:], r, new(big.Int)),
			"s beyond n":    c.Verify(public, hash[:], r, beyond),
			"negative r":    c.Verify(public, hash[:], new(big.Int).Neg(r), s),
			"no public key": c.Verify(Point{}, hash[:], r, s),
		} {
			if ok {
				t.Errorf("%s: %s passes", c.Name, name)
			}
		}
	}
}

func TestTheStandardLibraryAndWeAgreeOnSignatures(t *testing.T) {
	hash := sha256.Sum256([]byte("what is signed"))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, s, err := ecdsa.Sign(rand.Reader, key, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	p256, _ := ByID(12)
	unnamed := *p256
	unnamed.Name = "P-256 by our own arithmetic"
	point, err := unnamed.Decode(public)
	if err != nil {
		t.Fatal(err)
	}
	if !unnamed.Verify(point, hash[:], r, s) {
		t.Error("a signature of the standard library fails")
	}
}

func FuzzDecode(f *testing.F) {
	c, _ := ByID(13)
	f.Add(c.Encode(c.G))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := c.Decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(c.Encode(p), b) {
			t.Fatalf("%x is written %x", b, c.Encode(p))
		}
	})
}
