package dbtest

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestATemplateIsMadeOnceForThePackagesOfARun(t *testing.T) {
	dir, count := t.TempDir(), 0
	made := func(path string) error {
		count++
		return os.WriteFile(path, []byte("content"), 0o600)
	}
	one, other := sha256.Sum256([]byte("one")), sha256.Sum256([]byte("other"))
	for _, c := range []struct {
		dir  string
		key  [sha256.Size]byte
		want int
	}{{dir, one, 1}, {dir, one, 1}, {dir, other, 2}, {"", one, 3}, {"", one, 4}} {
		content, err := shared(c.dir, c.key, made)
		if err != nil || string(content) != "content" || count != c.want {
			t.Errorf("%q: %q, made %d times and not %d: %v", c.dir, content, count, c.want, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestATemplateThatFailedIsNotLeftToOthers(t *testing.T) {
	dir, broken := t.TempDir(), errors.New("broken")
	_, err := shared(dir, sha256.Sum256(nil), func(path string) error {
		return errors.Join(os.WriteFile(path, []byte("half"), 0o600), broken)
	})
	if left, _ := os.ReadDir(dir); !errors.Is(err, broken) || len(left) != 0 {
		t.Errorf("%v, left behind: %v", err, left)
	}
}

func TestOnlyTheDirectoryOfARunIsSharedIn(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "go-build1234")
	for program, want := range map[string]string{
		filepath.Join(dir, "b001", "db.test"):         dir,
		filepath.Join(root, "bin", "b001", "db.test"): "",
		filepath.Join("go-build1234", "b001", "x"):    "",
		"db.test": "",
	} {
		if got := run(program); got != want {
			t.Errorf("%s: %q, not %q", program, got, want)
		}
	}
}
