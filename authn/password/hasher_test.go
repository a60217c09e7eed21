package password

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"atrio/base/fault"
)

// cheap keeps tests quick; the costs do not matter to them.
var cheap = Params{Memory: 64, Passes: 1, Threads: 1}

func hasher() *Hasher { return New(Settings{Params: cheap, Workers: 2}) }

func hash(t testing.TB, h *Hasher, password string) string {
	t.Helper()
	s, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAPasswordIsKnownAgainAndOthersAreNot(t *testing.T) {
	h := hasher()
	stored := hash(t, h, "corretta cavallo pila graffa")
	for password, want := range map[string]bool{
		"corretta cavallo pila graffa": true, "corretta cavallo pila graffa ": false, "Corretta cavallo pila graffa": false,
		"": false, "\xff": false, strings.Repeat("x", MaxPassword+1): false,
	} {
		ok, rehash, err := h.Verify(t.Context(), stored, password)
		if ok != want || rehash || err != nil {
			t.Errorf("%q: %v %v %v", password, ok, rehash, err)
		}
	}
	if first, second := hash(t, h, "same"), hash(t, h, "same"); first == second {
		t.Error("two hashes of one password must differ")
	}
}

func TestTheSamePasswordFromTwoKeyboardsIsTheSame(t *testing.T) {
	h := hasher()
	composed, decomposed := "perch\u00e9", "perche\u0301"
	if ok, _, err := h.Verify(t.Context(), hash(t, h, composed), decomposed); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, _, _ := h.Verify(t.Context(), hash(t, h, "x²"), "x2"); ok {
		t.Fatal("compatible characters must stay different")
	}
}

func TestWhatCannotBeAPasswordIsNotHashed(t *testing.T) {
	for _, password := range []string{"", "\xff\xfe", strings.Repeat("a", MaxPassword+1)} {
		if s, err := hasher().Hash(t.Context(), password); !errors.Is(err, ErrPassword) || s != "" {
			t.Errorf("%d bytes: %v", len(password), err)
		}
	}
	hash(t, hasher(), strings.Repeat("a", MaxPassword))
}

func TestNewPasswordsGetTheDefaultCosts(t *testing.T) {
	s := hash(t, New(Settings{}), "password")
	if !strings.HasPrefix(s, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(s)
	}
	p, err := parsePHC(s)
	if err != nil {
		t.Fatal(err)
	}
	want := argon2.IDKey([]byte("password"), p.salt, 2, 19456, 1, 32)
	if string(want) != string(p.hash) || len(p.salt) != 16 {
		t.Fatal("not the hash of argon2id")
	}
}

func TestOldCostsAreVerifiedAndFlaggedWhenThePasswordIsRight(t *testing.T) {
	old := hash(t, New(Settings{Params: Params{Memory: 32, Passes: 2, Threads: 1}}), "password")
	h := hasher()
	if ok, rehash, err := h.Verify(t.Context(), old, "password"); !ok || !rehash || err != nil {
		t.Error(ok, rehash, err)
	}
	if ok, rehash, err := h.Verify(t.Context(), old, "wrong"); ok || rehash || err != nil {
		t.Error(ok, rehash, err)
	}
}

func TestTheDummyHashesOnceAndNeverSucceeds(t *testing.T) {
	h := hasher()
	var seen []Params
	bare := h.derive
	h.derive = func(password, salt []byte, p Params, length uint32) []byte {
		seen = append(seen, p)
		return bare(password, salt, p, length)
	}
	if err := h.VerifyDummy(t.Context(), "password"); err != nil {
		t.Fatal(err)
	}
	if err := h.VerifyDummy(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0] != cheap || seen[1] != cheap {
		t.Fatalf("costs %v", seen)
	}
	if ok, err := h.check(t.Context(), h.dummy, "password"); ok || err != nil {
		t.Fatal("the dummy was opened")
	}
}

func TestForeignStringsAreRefusedWithoutHashing(t *testing.T) {
	h := hasher()
	good := hash(t, h, "password")
	h.derive = func([]byte, []byte, Params, uint32) []byte { t.Error("hashed"); return nil }
	salt, sum := strings.Split(good, "$")[4], strings.Split(good, "$")[5]
	for _, bad := range []string{
		"", "password", "$2a$10$abcdefghijklmnopqrstuv", good + "$", good + "=", good + "\n", " " + good, good[1:],
		strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=064", 1),
		strings.Replace(good, "m=64", "m=+64", 1),
		strings.Replace(good, "m=64", "m=4", 1), // below 8p
		strings.Replace(good, "m=64", "m=4294967295", 1),
		strings.Replace(good, "m=64", "m=65537", 1),
		strings.Replace(good, "m=64", "m=0", 1),
		strings.Replace(good, "t=1", "t=0", 1),
		strings.Replace(good, "t=1", "t=11", 1),
		strings.Replace(good, "p=1", "p=5", 1),
		strings.Replace(good, "p=1", "p=1,keyid=x", 1),
		strings.Replace(good, "m=64,t=1", "t=1,m=64", 1),
		strings.Replace(good, salt, "AAAA", 1),
		strings.Replace(good, salt, strings.Repeat("A", 88), 1),
		strings.Replace(good, sum, "AAAA", 1),
		strings.Replace(good, sum, strings.Repeat("A", 88), 1),
		strings.Replace(good, sum, sum[:len(sum)-1]+"B", 1), // trailing bits
		strings.Repeat("$", 300),
	} {
		if ok, _, err := h.Verify(t.Context(), bad, "password"); ok || !fault.Is(err, fault.Internal) || strings.Contains(err.Error(), sum) {
			t.Errorf("%q: %v %v", bad, ok, err)
		}
	}
}

// The string of another implementation (argon2 of the reference C library, by the
// phc-winner-argon2 README) is understood.
func TestTheStringOfTheReferenceImplementationIsUnderstood(t *testing.T) {
	p, err := parsePHC("$argon2id$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$" + base64.RawStdEncoding.EncodeToString(
		argon2.IDKey([]byte("password"), []byte("somesalt"), 2, 65536, 4, 24)))
	if err != nil || p.params != (Params{Memory: 65536, Passes: 2, Threads: 4}) || string(p.salt) != "somesalt" || len(p.hash) != 24 {
		t.Fatalf("%+v %v", p, err)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + strings.Repeat("A", 43))
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err == nil && (p.String() != s || p.params.Memory > maxMemory || p.params.Threads > maxThreads) {
			t.Fatalf("%q became %+v", s, p)
		}
	})
}

func TestSettingsHaveDefaultsAndTheBudgetBoundsTheWorkers(t *testing.T) {
	if h := New(Settings{Workers: 64}); h.Workers() != 6 { // 128 MiB / 19 MiB
		t.Errorf("%d workers", h.Workers())
	}
	if h := New(Settings{Workers: 64, Memory: 1}); h.Workers() != 1 {
		t.Errorf("%d workers", h.Workers())
	}
	if h := New(Settings{}); h.Workers() < 1 || h.maxWait != 2*time.Second || h.params != Default() {
		t.Errorf("%+v", h)
	}
}
