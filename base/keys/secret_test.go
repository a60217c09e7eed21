package keys

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func newSecretText(t *testing.T) string {
	t.Helper()
	s, err := NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func protectedStore(t *testing.T, dir, secret string) *Store {
	t.Helper()
	s, err := Open(dir, "gateway", WithSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fill makes one file of each kind.
func fill(t *testing.T, s *Store) {
	t.Helper()
	keyring(t, s)
	if _, err := s.Audit(); err != nil {
		t.Fatal(err)
	}
	rotation(t, s, testSPID())
	rotation(t, s, TokenES256())
}

var privateFiles = []string{"audit.pem", "saml.key.pem", "sealing.keys", "token-es256.key.pem"}

func TestWithASecretNewFilesAreEncrypted(t *testing.T) {
	secret := newSecretText(t)
	s := protectedStore(t, filepath.Join(t.TempDir(), "keys"), "# a comment\n"+secret+"\n")
	fill(t, s)
	for _, f := range privateFiles {
		data, err := os.ReadFile(s.path(f))
		if err != nil || !isEncrypted(data) || strings.Contains(string(data), "PRIVATE") {
			t.Errorf("%s: %.60s, %v", f, data, err)
		}
		if info, err := os.Stat(s.path(f)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", f, err)
		}
	}
	again := protectedStore(t, s.dir, secret)
	fill(t, again)
	if _, err := again.Next(testSPID(), now); err != nil {
		t.Fatal(err)
	}
	rotate(t, again, now)
	if clear, err := again.InClear(); err != nil || len(clear) != 0 {
		t.Errorf("in clear: %v, %v", clear, err)
	}
	wantError(t, errOf(reopen(t, s.dir).Keyring()), "no secret is configured")
	wantError(t, errOf(protectedStore(t, s.dir, newSecretText(t)).Keyring()), "another secret")
}

func TestADirectoryIsEncryptedDecryptedAndGivenAnotherSecret(t *testing.T) {
	plain := store(t)
	fill(t, plain)
	before := map[string]string{}
	for _, f := range privateFiles {
		data, err := plain.read(f)
		if err != nil {
			t.Fatal(err)
		}
		before[f] = string(data)
	}
	one, two := newSecretText(t), newSecretText(t)
	changed := func(s *Store, f func(*Store) ([]string, error), want []string) {
		t.Helper()
		if got, err := f(s); err != nil || !slices.Equal(got, want) {
			t.Fatalf("changed %v, %v", got, err)
		}
	}
	wantError(t, errOf(plain.Encrypt()), "keys_secret")
	changed(protectedStore(t, plain.dir, one), (*Store).Encrypt, privateFiles)
	changed(protectedStore(t, plain.dir, one), (*Store).Encrypt, nil)
	// The new secret above the old one: opens all, encrypts for the new.
	both := protectedStore(t, plain.dir, two+"\n"+one)
	if err := both.Verify(); err != nil {
		t.Fatal(err)
	}
	changed(both, (*Store).Encrypt, privateFiles)
	wantError(t, protectedStore(t, plain.dir, one).Verify(), "another secret")
	changed(protectedStore(t, plain.dir, two), (*Store).Decrypt, privateFiles)
	for _, f := range privateFiles {
		if data, err := plain.readRaw(f); err != nil || string(data) != before[f] {
			t.Errorf("%s changed on its way, %v", f, err)
		}
	}
}

func TestADamagedFileAndABadSecretShowNothing(t *testing.T) {
	secret := newSecretText(t)
	s := protectedStore(t, filepath.Join(t.TempDir(), "keys"), secret)
	fill(t, s)
	clear, err := s.read(sealingFile)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.readRaw(sealingFile)
	if err != nil {
		t.Fatal(err)
	}
	for i := 80; i < len(raw)-60; i += 97 {
		bad := slices.Clone(raw)
		bad[i] ^= 1
		if err := os.WriteFile(s.path(sealingFile), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.Keyring()
		hidden(t, err, secret, string(clear), "")
	}
	for _, bad := range []string{"password", secret[:40], secret + secret, "AGE-SECRET-KEY-1" + strings.Repeat("Q", 58)} {
		_, err := Open(s.dir, "gateway", WithSecret(bad))
		hidden(t, err, bad, bad, "atrio keys secret")
	}
}

// hidden: an error says something, and nothing of what is secret.
func hidden(t *testing.T, err error, secret, text, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Fatalf("%v does not say %q", err, says)
	}
	for _, word := range append(strings.Fields(text), secret) {
		if len(word) > 12 && strings.Contains(err.Error(), word) {
			t.Errorf("%v shows a secret", err)
		}
	}
}

// TestTheToolOfOthersOpensKeyFiles: a backup is good without this program.
func TestTheToolOfOthersOpensKeyFiles(t *testing.T) {
	age, err := exec.LookPath("age")
	if err != nil {
		t.Fatal("age is missing: apt-get install age")
	}
	secret := newSecretText(t)
	s := protectedStore(t, filepath.Join(t.TempDir(), "keys"), secret)
	fill(t, s)
	identity := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(identity, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range privateFiles {
		out, err := exec.Command(age, "-d", "-i", identity, s.path(f)).CombinedOutput()
		clear, readErr := s.read(f)
		if err != nil || readErr != nil || string(out) != string(clear) {
			t.Errorf("%s: %v, %v", f, err, readErr)
		}
	}
}
