package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func key(id string, fill byte) Key {
	k := Key{ID: id}
	for i := range k.Secret {
		k.Secret[i] = fill
	}
	return k
}

func sealed(t testing.TB, k *Keyring, purpose string, text string) string {
	t.Helper()
	s, err := k.Seal(purpose, now.Add(time.Minute), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsSealedOpensAgainAndIsNotReadable(t *testing.T) {
	k := NewKeyring("gateway", key("1", 1))
	for _, text := range []string{"", "a", strings.Repeat("x", MaxPlaintext)} {
		s := sealed(t, k, "flow", text)
		got, err := k.Open("flow", now, s)
		if err != nil || string(got) != text {
			t.Fatalf("%d bytes: %v", len(text), err)
		}
		if len(s) > MaxSealed {
			t.Fatal("MaxSealed is too small")
		}
	}
	if first, second := sealed(t, k, "flow", "same"), sealed(t, k, "flow", "same"); first == second {
		t.Fatal("two sealings of one text must differ")
	}
}

func TestAnyOtherUseIsRefused(t *testing.T) {
	k := NewKeyring("gateway", key("1", 1))
	s := sealed(t, k, "flow", "secret")
	for name, open := range map[string]func() ([]byte, error){
		"wrong purpose":        func() ([]byte, error) { return k.Open("flow2", now, s) },
		"empty purpose":        func() ([]byte, error) { return k.Open("", now, s) },
		"wrong role, same key": func() ([]byte, error) { return NewKeyring("idp", key("1", 1)).Open("flow", now, s) },
		"same id, other key":   func() ([]byte, error) { return NewKeyring("gateway", key("1", 2)).Open("flow", now, s) },
		"unknown key id":       func() ([]byte, error) { return NewKeyring("gateway", key("2", 1)).Open("flow", now, s) },
		"line break":           func() ([]byte, error) { return k.Open("flow", now, s[:8]+"\n"+s[8:]) },
		"padding":              func() ([]byte, error) { return k.Open("flow", now, s+"=") },
		"empty":                func() ([]byte, error) { return k.Open("flow", now, "") },
		"too long":             func() ([]byte, error) { return k.Open("flow", now, strings.Repeat("A", MaxSealed+1)) },
		"standard alphabet":    func() ([]byte, error) { return k.Open("flow", now, s[:8]+"+/"+s[10:]) },
	} {
		if got, err := open(); !errors.Is(err, ErrBroken) || got != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestItEndsAtTheInstantOfItsExpiry(t *testing.T) {
	k := NewKeyring("gateway", key("1", 1))
	s := sealed(t, k, "flow", "x")
	if _, err := k.Open("flow", now.Add(time.Minute-time.Microsecond), s); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{time.Minute, time.Hour} {
		if _, err := k.Open("flow", now.Add(at), s); !errors.Is(err, ErrExpired) {
			t.Fatalf("after %v: %v", at, err)
		}
	}
	if _, err := k.Open("other", now.Add(time.Hour), s); !errors.Is(err, ErrBroken) {
		t.Fatal("a foreign value must not be called expired")
	}
}

func TestEveryBitFlipAndEveryCutIsRefused(t *testing.T) {
	k := NewKeyring("gateway", key("1", 1))
	raw, err := base64.RawURLEncoding.DecodeString(sealed(t, k, "flow", "hello"))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(raw) * 8 {
		c := bytes.Clone(raw)
		c[bit/8] ^= 1 << (bit % 8)
		if _, err := k.Open("flow", now, base64.RawURLEncoding.EncodeToString(c)); !errors.Is(err, ErrBroken) {
			t.Fatalf("bit %d: %v", bit, err)
		}
	}
	for n := range raw {
		if _, err := k.Open("flow", now, base64.RawURLEncoding.EncodeToString(raw[:n])); !errors.Is(err, ErrBroken) {
			t.Fatalf("first %d bytes: %v", n, err)
		}
	}
}

func TestOldGenerationsOpenAndTheFirstSeals(t *testing.T) {
	before := NewKeyring("gateway", key("1", 1))
	old := sealed(t, before, "flow", "old")
	after := NewKeyring("gateway", key("2", 2), key("1", 1))
	if got, err := after.Open("flow", now, old); err != nil || string(got) != "old" {
		t.Fatal(err)
	}
	if _, err := before.Open("flow", now, sealed(t, after, "flow", "new")); !errors.Is(err, ErrBroken) {
		t.Fatal("the first key must seal")
	}
}

func TestSealRefusesProgrammingErrors(t *testing.T) {
	k := NewKeyring("gateway", key("1", 1))
	for name, seal := range map[string]func() (string, error){
		"no purpose": func() (string, error) { return k.Seal("", now, nil) },
		"no expiry":  func() (string, error) { return k.Seal("flow", time.Time{}, nil) },
		"too long":   func() (string, error) { return k.Seal("flow", now, make([]byte, MaxPlaintext+1)) },
	} {
		if s, err := seal(); err == nil || s != "" {
			t.Errorf("%s was sealed", name)
		}
	}
}

func TestUnusableKeysPanic(t *testing.T) {
	for name, build := range map[string]func(){
		"no role":     func() { NewKeyring("", key("1", 1)) },
		"no key":      func() { NewKeyring("gateway") },
		"no id":       func() { NewKeyring("gateway", key("", 1)) },
		"long id":     func() { NewKeyring("gateway", key(strings.Repeat("i", MaxKeyID+1), 1)) },
		"id twice":    func() { NewKeyring("gateway", key("1", 1), key("1", 2)) },
		"zero secret": func() { NewKeyring("gateway", key("1", 0)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was accepted", name)
				}
			}()
			build()
		}()
	}
}

func TestTheMACDependsOnRolePurposeAndFramingAndNotOnRotation(t *testing.T) {
	k := NewKeyring("gateway", key("1", 1))
	want := k.MAC("pairwise", "ab", "c")
	if len(want) != 32 || !bytes.Equal(want, k.MAC("pairwise", "ab", "c")) {
		t.Fatal("the MAC must be stable")
	}
	rotated := NewKeyring("gateway", key("2", 2), key("1", 1))
	if !bytes.Equal(want, rotated.MAC("pairwise", "ab", "c")) {
		t.Error("rotation changed the MAC")
	}
	own := NewKeyring("gateway", key("9", 9)).WithMACKey(key("", 1).Secret)
	if !bytes.Equal(want, own.MAC("pairwise", "ab", "c")) {
		t.Error("an own MAC key must replace the derived one")
	}
	for name, other := range map[string][]byte{
		"framing":  k.MAC("pairwise", "a", "bc"),
		"joined":   k.MAC("pairwise", "abc"),
		"no data":  k.MAC("pairwise"),
		"purpose":  k.MAC("address", "ab", "c"),
		"boundary": k.MAC("pairwisea", "b", "c"),
		"role":     NewKeyring("idp", key("1", 1)).MAC("pairwise", "ab", "c"),
	} {
		if bytes.Equal(want, other) {
			t.Errorf("%s must change the MAC", name)
		}
	}
}

// genuine were sealed once with the key of FuzzOpen; they also fix the format.
func genuine() map[string]string {
	return map[string]string{
		"AQExAAZL9TlClwDjeJJxaawqJd4M6rzLuDT6RkkwlOvb3rCmqMfZzDw1-FN9pWgWd4iT":                                                       "",
		"AQExAAZL9TlClwA41J4vESclf39l9Lac0WHbAsJCmXcpktIu-qVbSwdfr7IJVbTpQj7cyBlRqb8":                                                "hello",
		"AQExAAZL9TlClwB4IHVdJBCJsuMxN_wqFJ6tbx2c9Xxf9m2g7YhLsQ4AjwiHpFeYljfDSlQT0qV3jemUgkN77ZcvKugaN2bfeLHJxfjFIbhzX9ZztBK7PRYwTw": strings.Repeat("x", 40),
	}
}

func FuzzOpen(f *testing.F) {
	k := NewKeyring("gateway", key("1", 1), key("0", 7))
	for s := range genuine() {
		f.Add(s)
		f.Add(s[:len(s)-1])
		f.Add(s + "A")
	}
	f.Add("AQEx")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := k.Open("flow", now, s)
		if text, ok := genuine()[s]; ok {
			if err != nil || string(got) != text {
				t.Fatalf("%q: %q, %v", s, got, err)
			}
			return
		}
		if got != nil || !errors.Is(err, ErrBroken) {
			t.Fatalf("%q: %q, %v", s, got, err)
		}
	})
}
