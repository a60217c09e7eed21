package archivekey_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atrio/base/keys/archivekey"

	"filippo.io/age"
)

func hybrid(t *testing.T) *age.HybridIdentity {
	t.Helper()
	i, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func classic(t *testing.T) *age.X25519Identity {
	t.Helper()
	i, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func identities(t *testing.T, lines ...string) *archivekey.Identities {
	t.Helper()
	i, err := archivekey.ParseIdentities(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestAllPrivateKeysAreNeededTogether(t *testing.T) {
	a, b, c := hybrid(t), classic(t), hybrid(t)
	r, err := archivekey.Parse([]string{a.Recipient().String(), b.Recipient().String(), c.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	secret := [32]byte{1, 2, 3}
	wrapped, err := r.Wrap(secret)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := identities(t, c.String(), a.String(), b.String()).Open(wrapped); err != nil || got != secret {
		t.Errorf("%x, %v", got, err)
	}
	for _, some := range [][]string{{a.String()}, {a.String(), b.String()}, {a.String(), c.String()}, {a.String(), b.String(), hybrid(t).String()}} {
		if got, err := identities(t, some...).Open(wrapped); !errors.Is(err, archivekey.ErrOtherKey) || got != [32]byte{} {
			t.Errorf("%d keys: %x, %v", len(some), got, err)
		}
	}
	other, err := r.Wrap(secret)
	if err != nil || string(other) == string(wrapped) {
		t.Error("two wraps of one key must differ", err)
	}
}

func TestADamagedWrapDoesNotOpen(t *testing.T) {
	a := classic(t)
	r, err := archivekey.Parse([]string{a.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := r.Wrap([32]byte{9})
	if err != nil {
		t.Fatal(err)
	}
	key := identities(t, a.String())
	for name, bad := range map[string][]byte{
		"empty": nil, "cut": wrapped[:len(wrapped)-1], "long": append([]byte(nil), make([]byte, 20<<10)...), "length": {0xff, 0xff, 0xff, 0xff, 0x0f, 1},
	} {
		if _, err := key.Open(bad); !errors.Is(err, archivekey.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for at := range wrapped {
		bad := append([]byte(nil), wrapped...)
		bad[at] ^= 1
		if got, err := key.Open(bad); err == nil || got != [32]byte{} {
			t.Fatalf("byte %d changed: %x", at, got)
		}
	}
}

func TestPublicKeysAreReadStrictly(t *testing.T) {
	a := classic(t)
	public := a.Recipient().String()
	for name, keys := range map[string][]string{
		"none": nil, "twice": {public, public}, "a word": {"archivio"}, "too many": {public, public, public, public}, "spaces": {" " + public},
	} {
		if _, err := archivekey.Parse(keys); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	_, err := archivekey.Parse([]string{a.String()})
	if err == nil || strings.Contains(err.Error(), a.String()) || !strings.Contains(err.Error(), "private key") {
		t.Errorf("a private key: %v", err)
	}
	if _, err := archivekey.ParseIdentities("AGE-SECRET-KEY-1BROKEN"); err == nil || strings.Contains(err.Error(), "BROKEN") {
		t.Errorf("%v", err)
	}
	one, err := archivekey.Parse([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	two, err := archivekey.Parse([]string{public, hybrid(t).Recipient().String()})
	if err != nil || one.ID() == two.ID() || len(one.ID()) != 16 {
		t.Errorf("%q, %q, %v", one.ID(), two.ID(), err)
	}
}

func TestEachFileHoldsOnePublicKey(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b := hybrid(t).Recipient().String(), classic(t).Recipient().String()
	one, two := write("a", "# in the safe of the office\n"+a+"\n"), write("b", b)
	got, err := archivekey.ReadFiles([]string{one, two})
	if err != nil {
		t.Fatal(err)
	}
	if want, err := archivekey.Parse([]string{a, b}); err != nil || want.ID() != got.ID() {
		t.Errorf("%s, %s, %v", want.ID(), got.ID(), err)
	}
	for name, paths := range map[string][]string{
		"none": nil, "two in a file": {write("c", a+"\n"+b)}, "nothing in it": {write("d", "#\n")}, "not there": {filepath.Join(dir, "e")},
	} {
		if _, err := archivekey.ReadFiles(paths); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAGeneratedPairFits(t *testing.T) {
	private, public, err := archivekey.Generate()
	if err != nil {
		t.Fatal(err)
	}
	r, err := archivekey.Parse([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := r.Wrap([32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := identities(t, private).Open(wrapped); err != nil || got != [32]byte{7} {
		t.Errorf("%x, %v", got, err)
	}
}
