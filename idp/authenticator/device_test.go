package authenticator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/authn/secondfactor"
)

func sign(t *testing.T, key *ecdsa.PrivateKey, lines ...string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

func keyOn(t *testing.T, curve elliptic.Curve) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, spki
}

// E30
func TestASignatureHoldsForOnePromptServiceNumberAndDecision(t *testing.T) {
	key, spki := keyOn(t, elliptic.P256())
	p := Prompt{ID: "p1", Service: "Servizi Prova", Level: 2}
	good := sign(t, key, answerLines(p, 47, Approve)...)
	if !signed(spki, good, answerLines(p, 47, Approve)...) {
		t.Fatal("the right signature is refused")
	}
	other := p
	other.Service = "Altro"
	for name, lines := range map[string][]string{
		"another number": answerLines(p, 48, Approve), "another decision": answerLines(p, 47, Report), "another service": answerLines(other, 47, Approve),
		"another purpose": bindLines("p1"), "another prompt": answerLines(Prompt{ID: "p2", Service: p.Service, Level: 2}, 47, Approve),
		"another level": answerLines(Prompt{ID: "p1", Service: p.Service, Level: 3}, 47, Approve),
	} {
		if signed(spki, good, lines...) {
			t.Errorf("%s passes", name)
		}
	}
	for _, bad := range [][]byte{nil, good[:63], append(slices.Clone(good), 0), make([]byte, 64)} {
		if signed(spki, bad, answerLines(p, 47, Approve)...) {
			t.Errorf("a signature of %d bytes passes", len(bad))
		}
	}
}

func TestKeysOnP256AloneAreTaken(t *testing.T) {
	if _, spki := keyOn(t, elliptic.P256()); len(spki) > maxKey {
		t.Errorf("a key has %d bytes", len(spki))
	} else if _, err := readKey(spki); err != nil {
		t.Error(err)
	}
	_, large := keyOn(t, elliptic.P384())
	for _, bad := range [][]byte{nil, []byte("x"), large, make([]byte, 4096)} {
		if _, err := readKey(bad); err == nil {
			t.Errorf("a key of %d bytes is taken", len(bad))
		}
	}
}

// A28
func TestThreeDifferentNumbersOfTwoDigitsAreOffered(t *testing.T) {
	shown := map[int]bool{}
	for range 300 {
		numbers, right := secondfactor.Match()
		sorted := slices.Sorted(slices.Values(numbers))
		if len(slices.Compact(sorted)) != 3 || sorted[0] < 10 || sorted[2] > 99 || !slices.Contains(numbers, right) {
			t.Fatalf("%v, %d", numbers, right)
		}
		shown[slices.Index(numbers, right)] = true
	}
	if len(shown) != 3 {
		t.Errorf("the right number stands in places %v alone", shown)
	}
}

func TestWhatBecomesOfAPrompt(t *testing.T) {
	now := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	p := Prompt{Number: 47, ExpiresAt: now.Add(time.Minute)}
	for _, c := range []struct {
		d      Decision
		number int
		want   State
	}{{Approve, 47, Approved}, {Approve, 48, WrongNumber}, {Refuse, 47, Declined}, {Report, 0, ReportedAbuse}} {
		if got := p.outcome(c.d, c.number); got != c.want {
			t.Errorf("%s %d gives %q, want %q", c.d, c.number, got, c.want)
		}
	}
	if p.at(now) != Waiting || p.at(now.Add(time.Minute)) != Expired {
		t.Error("a prompt waits until its time is over")
	}
	p.State = Declined
	if p.at(now.Add(time.Hour)) != Declined {
		t.Error("what was refused stays refused")
	}
}

func TestNamesOfTelephonesAreOneShortLine(t *testing.T) {
	for typed, want := range map[string]string{"  Blu\n\x00 scuro ": "Blu scuro", strings.Repeat("è", 60): strings.Repeat("è", 40), "": ""} {
		if got := deviceName(typed); got != want {
			t.Errorf("%q gives %q, want %q", typed, got, want)
		}
	}
}
