package dbtest

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"atrio/db"
)

// templates are SQLite files as they are after their migrations, by the text of these. A test
// gets a copy: under the race detector the migrations of a provider take seconds. PostgreSQL
// has no such copy: CREATE DATABASE … TEMPLATE takes as long as the migrations do.
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
	path := filepath.Join(t.TempDir(), "template.db")
	migrate(t, address(path), modules)
	if rest, err := os.Stat(path + "-wal"); err == nil && rest.Size() > 0 {
		t.Fatal("the log was not folded into the template")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if templates.made == nil {
		templates.made = map[[sha256.Size]byte][]byte{}
	}
	templates.made[key] = content
	return content
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
