package keys

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var errCrash = errors.New("the power went")

// crashAfter lets n operations happen and then nothing more, as when the power
// goes: not even the cleaning up.
func (s *Store) crashAfter(n int) {
	done := 0
	s.before = func(string) error {
		if done++; done > n {
			return errCrash
		}
		return nil
	}
}

// TestACrashAtAnyPointLeavesAGoodDirectory runs every prefix of the operations of
// each change, then looks with a fresh process, then does it again to the end.
func TestACrashAtAnyPointLeavesAGoodDirectory(t *testing.T) {
	p := testSPID()
	p.Bits = 2048
	key := testKeyPEM(t)
	later := now.Add(2 * day)
	for name, c := range map[string]struct {
		prepare func(*Store) error
		do      func(*Store) error
		// done recognizes that the change had happened: doing it again may refuse.
		done string
		want string
	}{
		"next": {nil, func(s *Store) error { _, err := s.NextFromKey(p, now, key); return err },
			"there is a next key", "saml:signing saml-2:next"},
		"promote": {func(s *Store) error { _, err := s.NextFromKey(p, now, key); return err },
			func(s *Store) error { return s.Promote(p, later, false) }, "no next key", "saml-2:signing saml:retired"},
		"retire": {func(s *Store) error { _, err := s.NextFromKey(p, now, key); return err },
			func(s *Store) error { return s.Retire(p, later) }, "", ""},
		"forget": {func(s *Store) error {
			_, err := s.NextFromKey(p, now, key)
			return errors.Join(err, s.Promote(p, now, true))
		}, func(s *Store) error { return s.Forget(p, "saml", later, false) }, "no pair", "saml-2:signing"},
		"import": {func(s *Store) error { _, err := s.NextFromKey(p, now, key); return err },
			func(s *Store) error {
				return s.ImportCertificate(p, "", later, authorityCertificate(t, s, "saml-2", now, now.AddDate(1, 0, 0)))
			}, "", "saml:signing saml-2:next"},
	} {
		t.Run(name, func(t *testing.T) { everyPrefix(t, p, key, c.prepare, c.do, c.done, c.want, later) })
	}
}

func everyPrefix(t *testing.T, p Purpose, key []byte, prepare, do func(*Store) error, done, want string, later time.Time) {
	for n := 0; ; n++ {
		s := store(t)
		if err := s.create("saml"+keySuffix, key); err != nil { // drawing RSA keys takes long
			t.Fatal(err)
		}
		rotation(t, s, p)
		if prepare != nil {
			if err := prepare(s); err != nil {
				t.Fatal(err)
			}
		}
		s.crashAfter(n)
		err := do(s)
		s.before = nil
		fresh := reopen(t, s.dir)
		if r := rotation(t, fresh, p); r.Signing().Certificate == nil {
			t.Fatalf("after %d operations: no certificate", n)
		}
		if err == nil {
			t.Logf("%d operations", n)
			return
		}
		if !errors.Is(err, errCrash) {
			t.Fatalf("after %d operations: %v", n, err)
		}
		if err := do(fresh); err != nil && (done == "" || !strings.Contains(err.Error(), done)) {
			t.Fatalf("after %d operations, again: %v", n, err)
		}
		got := pairsOf(rotation(t, fresh, p))
		if want == "" { // retire: how many keys it takes depends on where it was
			if strings.Contains(got, "saml:") || strings.Contains(got, " ") {
				t.Fatalf("after %d operations, again: %s", n, got)
			}
		} else if got != want {
			t.Fatalf("after %d operations, again: %s", n, got)
		}
		noOrphans(t, fresh, p, fmt.Sprintf("after %d operations", n), later)
	}
}

// noOrphans: the next change, whatever it is, leaves no file that nobody names.
func noOrphans(t *testing.T, s *Store, p Purpose, when string, at time.Time) {
	t.Helper()
	if err := s.change(p, at, func(succession) error { return nil }); err != nil {
		t.Fatal(when, err)
	}
	list, err := s.succession(p)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Name(), ".")
		if _, named := list.find(name); !named && e.Name() != p.state() && !strings.HasPrefix(e.Name(), tempPrefix) {
			t.Errorf("%s: %s is left", when, e.Name())
		}
	}
}

// testKeyPEM is an RSA key as a file.
func testKeyPEM(t *testing.T) []byte {
	t.Helper()
	s := store(t)
	if _, err := s.RSA("x", 2048); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(s.path("x" + keySuffix))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFilesLeftByACrashAreRemovedWhenTheyAreOld(t *testing.T) {
	s, p := store(t), TokenES256()
	rotation(t, s, p)
	for name, age := range map[string]time.Duration{tempPrefix + "old": 2 * time.Hour, tempPrefix + "young": time.Minute} {
		if err := os.WriteFile(s.path(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(s.path(name), now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Next(p, now); err != nil {
		t.Fatal(err)
	}
	if s.exists(tempPrefix+"old") || !s.exists(tempPrefix+"young") {
		t.Error("the wrong one was removed")
	}
}

func TestInterruptedEncryptionIsFinishedByTheNextRun(t *testing.T) {
	secret := newSecretText(t)
	for n := 0; ; n++ {
		plain := store(t)
		ring := keyring(t, plain)
		if _, err := plain.Audit(); err != nil {
			t.Fatal(err)
		}
		if _, err := plain.ECDSA("token-es256"); err != nil {
			t.Fatal(err)
		}
		s := protectedStore(t, plain.dir, secret)
		s.crashAfter(n)
		_, err := s.Encrypt()
		s.before = nil
		if verifyErr := s.Verify(); verifyErr != nil {
			t.Fatalf("after %d operations: %v", n, verifyErr)
		}
		if err == nil {
			t.Logf("%d operations", n)
			return
		}
		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		if _, err := s.Encrypt(); err != nil {
			t.Fatalf("after %d operations, again: %v", n, err)
		}
		if clear, err := s.InClear(); err != nil || len(clear) != 0 {
			t.Fatalf("after %d operations, again: %v in clear, %v", n, clear, err)
		}
		if string(keyring(t, s).MAC("x")) != string(ring.MAC("x")) {
			t.Fatal("other keys")
		}
	}
}
