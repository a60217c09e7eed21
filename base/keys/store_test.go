package keys

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// store opens a fresh directory for the role gateway.
func store(t *testing.T) *Store {
	t.Helper()
	return reopen(t, filepath.Join(t.TempDir(), "keys"))
}

func reopen(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir, "gateway")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantError checks that err says all the words.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one about %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestEverythingIsMadeForTheOwnerOnly(t *testing.T) {
	s := store(t)
	if _, err := s.Keyring(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Audit(); err != nil {
		t.Fatal(err)
	}
	p, err := s.ECDSA("token")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SelfSigned(p, certificate); err != nil {
		t.Fatal(err)
	}
	want := []string{"audit.pem", "sealing.keys", "token.crt.pem", "token.key.pem"}
	if files, err := s.Files(); err != nil || !slices.Equal(files, want) {
		t.Fatalf("files %v, %v", files, err)
	}
	all, err := os.ReadDir(s.dir)
	if err != nil || len(all) != len(want) {
		t.Fatalf("temporary files were left: %v", all)
	}
	for _, e := range all {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if info, err := os.Stat(s.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory has mode %v", info.Mode())
	}
}

func TestLooserModesAreRefusedWithTheRemedy(t *testing.T) {
	s := store(t)
	if _, err := s.Keyring(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.path(sealingFile), 0o640); err != nil {
		t.Fatal(err)
	}
	_, err := s.Keyring()
	wantError(t, err, "0640", "chmod 600", sealingFile)
	if err := os.Chmod(s.dir, 0o750); err != nil {
		t.Fatal(err)
	}
	_, err = Open(s.dir, "gateway")
	wantError(t, err, "0750", "chmod 700")
}

func TestRolesAndNamesCannotBePaths(t *testing.T) {
	if _, err := Open(t.TempDir(), "../x"); err == nil {
		t.Error("a path was taken as role")
	}
	s := store(t)
	for _, name := range []string{"", "../x", "a/b", ".hidden", "A", strings.Repeat("a", 60)} {
		if _, err := s.ECDSA(name); err == nil {
			t.Errorf("the pair %q was made", name)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, "gateway"); err == nil {
		t.Error("a file was taken as directory")
	}
}

func TestNodesThatStartAtOnceAgree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	const nodes = 8
	var got [nodes]string
	var wg sync.WaitGroup
	for i := range nodes {
		wg.Go(func() {
			s, err := Open(dir, "gateway")
			if err != nil {
				t.Error(err)
				return
			}
			ring, err1 := s.Keyring()
			audit, err2 := s.Audit()
			p, err3 := s.ECDSA("token")
			if err1 != nil || err2 != nil || err3 != nil {
				t.Error(err1, err2, err3)
				return
			}
			if p, err3 = s.SelfSigned(p, certificate); err3 != nil {
				t.Error(err3)
				return
			}
			got[i] = string(ring.MAC("x")) + string(audit) + p.KeyID + string(p.Certificate.Raw)
		})
	}
	wg.Wait()
	for i := range got {
		if got[i] == "" || got[i] != got[0] {
			t.Fatalf("node %d has other keys", i)
		}
	}
}
