package dbtest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"atrio/db"
)

// templates are SQLite files as they are after their migrations, by the text of these. A test
// gets a copy: under the race detector the migrations of a provider take seconds.
var templates struct {
	sync.Mutex
	made map[[sha256.Size]byte][]byte
}

// copied gives an SQLite with the modules migrated, as the content of its file.
func copied(t testing.TB, modules []db.Module) []byte {
	t.Helper()
	key := fingerprint(t, modules)
	templates.Lock()
	defer templates.Unlock()
	if content, done := templates.made[key]; done {
		return content
	}
	content, err := shared(run(os.Args[0]), key, func(path string) error {
		migrate(t, address(path), modules)
		if rest, err := os.Stat(path + "-wal"); err == nil && rest.Size() > 0 {
			return errors.New("the log was not folded into the template")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if templates.made == nil {
		templates.made = map[[sha256.Size]byte][]byte{}
	}
	templates.made[key] = content
	return content
}

// runs begins the names of the directories of go test.
const runs = "go-build"

// run is the directory that go test makes for one run of all packages, each of which has its
// program in a directory within, and removes at the end: what lies there was made by the
// migrations of this run. It is "" for a program that was started otherwise.
func run(program string) string {
	dir := filepath.Dir(filepath.Dir(program))
	if !filepath.IsAbs(program) || !strings.HasPrefix(filepath.Base(dir), runs) {
		return ""
	}
	return dir
}

// shared gives a template that a package of the same run has left in its directory, or makes it
// and leaves it there. Two packages at once may both make it: a file has its name when it is whole.
func shared(dir string, key [sha256.Size]byte, fill func(path string) error) ([]byte, error) {
	left := filepath.Join(dir, fmt.Sprintf("dbtest-%x.db", key))
	if dir != "" {
		if content, err := os.ReadFile(left); !errors.Is(err, fs.ErrNotExist) {
			return content, err
		}
	}
	own, err := os.MkdirTemp(dir, "dbtest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(own)
	path := filepath.Join(own, "template.db")
	if err := fill(path); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err == nil && dir != "" {
		err = os.Rename(path, left)
	}
	return content, err
}

// fingerprint tells modules apart by all their files, whatever they are called.
func fingerprint(t testing.TB, modules []db.Module) (key [sha256.Size]byte) {
	t.Helper()
	h := sha256.New()
	for _, m := range modules {
		fmt.Fprintf(h, "module %q\n", m.Name)
		err := fs.WalkDir(m.FS, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			content, err := fs.ReadFile(m.FS, path)
			fmt.Fprintf(h, "%q %q\n", path, content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func address(path string) string {
	return "sqlite://" + (&url.URL{Path: path}).EscapedPath()
}
