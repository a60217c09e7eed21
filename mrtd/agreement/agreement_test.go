package agreement

import (
	"bytes"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"atrio/mrtd/signature"
)

func groups(t testing.TB) []Group {
	var all []Group
	for id := range 32 {
		if g, ok := ByID(id); ok {
			all = append(all, g)
		}
	}
	if len(all) != 12 {
		t.Fatalf("%d groups", len(all))
	}
	return all
}

func TestTheGroupsOfIntegersAreWhatTheySay(t *testing.T) {
	for _, g := range known {
		if !g.p.ProbablyPrime(20) || !g.q.ProbablyPrime(20) || g.check(g.g) != nil {
			t.Errorf("%s: no group of prime order", g.Name())
		}
		if new(big.Int).Mod(new(big.Int).Sub(g.p, big.NewInt(1)), g.q).Sign() != 0 {
			t.Errorf("%s: the order does not divide", g.Name())
		}
	}
}

func TestBothSidesComeToTheSameSecret(t *testing.T) {
	for _, g := range groups(t) {
		k, ours, err := g.Draw(rand.Reader, g.Base())
		if err != nil {
			t.Fatal(err)
		}
		l, theirs, err := g.Draw(rand.Reader, g.Base())
		if err != nil {
			t.Fatal(err)
		}
		a, errA := g.Multiply(k, theirs)
		b, errB := g.Multiply(l, ours)
		if errA != nil || errB != nil || !bytes.Equal(a, b) || len(ours) != g.Size() || bytes.Equal(ours, theirs) {
			t.Errorf("%s: %v, %v", g.Name(), errA, errB)
		}
		sum, err := g.Add(ours, theirs)
		if err != nil {
			t.Fatal(err)
		}
		direct, err := g.Multiply(new(big.Int).Add(k, l), g.Base())
		if err != nil || !bytes.Equal(sum, direct) {
			t.Errorf("%s: a sum of keys is not the key of the sum: %v", g.Name(), err)
		}
		if len(g.Secret(a)) == 0 || g.Strength() < 80 || g.Tag() == 0 {
			t.Errorf("%s: %d bytes, strength %d", g.Name(), len(g.Secret(a)), g.Strength())
		}
	}
}

func TestKeysOutsideTheGroupAreRefused(t *testing.T) {
	for _, g := range known {
		outside := big.NewInt(2) // of another order than q in all three
		less := new(big.Int).Sub(g.p, big.NewInt(1))
		for name, b := range map[string][]byte{"nothing": nil, "zero": make([]byte, g.Size()), "one": g.encode(big.NewInt(1)), "minus one": g.encode(less), "p": g.encode(g.p), "another order": g.encode(outside), "too long": make([]byte, g.Size()+1)} {
			if k, err := g.Multiply(big.NewInt(3), b); !errors.Is(err, ErrKey) {
				t.Errorf("%s: %s gives %X: %v", g.Name(), name, k, err)
			}
			if k, err := g.Add(g.Base(), b); !errors.Is(err, ErrKey) {
				t.Errorf("%s: %s adds to %X: %v", g.Name(), name, k, err)
			}
		}
		if _, err := g.Multiply(g.q, g.Base()); !errors.Is(err, ErrKey) {
			t.Errorf("%s: the neutral element comes out: %v", g.Name(), err)
		}
	}
	p256, _ := ByID(12)
	bad := p256.Base()
	bad[20] ^= 1
	if _, err := p256.Multiply(big.NewInt(3), bad); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	if _, err := p256.Add(p256.Base(), nil); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	order := p256.(Points).Curve.N
	if _, err := p256.Multiply(order, p256.Base()); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func info(t testing.TB, oid asn1.ObjectIdentifier, p, g, y *big.Int) []byte {
	parameters := marshal(t, struct{ P, G *big.Int }{p, g})
	key := marshal(t, y)
	return marshal(t, struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}{pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: parameters}}, asn1.BitString{Bytes: key, BitLength: 8 * len(key)}})
}

func TestKeysOfChipsAreReadInKnownGroupsAlone(t *testing.T) {
	for _, g := range known {
		for _, oid := range []asn1.ObjectIdentifier{oidX942, oidPKCS} {
			group, key, err := ParseKey(info(t, oid, g.p, g.g, g.g))
			if err != nil || group != Group(g) || !bytes.Equal(key, g.Base()) {
				t.Errorf("%s: %v", g.Name(), err)
			}
		}
		if _, _, err := ParseKey(info(t, oidX942, g.p, big.NewInt(2), g.g)); !errors.Is(err, signature.ErrUnsupported) {
			t.Errorf("%s: another base: %v", g.Name(), err)
		}
		if _, _, err := ParseKey(info(t, oidX942, g.p, g.g, big.NewInt(2))); !errors.Is(err, ErrKey) {
			t.Errorf("%s: a key outside: %v", g.Name(), err)
		}
		if _, _, err := ParseKey(info(t, oidX942, g.p, g.g, big.NewInt(-2))); !errors.Is(err, signature.ErrMalformed) {
			t.Errorf("%s: a negative key: %v", g.Name(), err)
		}
	}
	if _, _, err := ParseKey([]byte{0x30, 0}); !errors.Is(err, signature.ErrMalformed) {
		t.Error(err)
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(info(f, oidX942, known[0].p, known[0].g, known[0].g))
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		g, key, err := ParseKey(der)
		if err != nil {
			return
		}
		if _, err := g.Multiply(big.NewInt(3), key); err != nil {
			t.Fatalf("%X is taken for a key: %v", der, err)
		}
	})
}
