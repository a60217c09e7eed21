package dbtest

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"atrio/db"
)

var people = []db.Module{{Name: "people", FS: fstest.MapFS{
	"sqlite/0001_people.sql":   {Data: []byte(`CREATE TABLE people (id text NOT NULL PRIMARY KEY, at integer NOT NULL) STRICT; CREATE INDEX people_at ON people (at); INSERT INTO people VALUES ('a', 1)`)},
	"postgres/0001_people.sql": {Data: []byte(`CREATE TABLE people (id text NOT NULL PRIMARY KEY, at bigint NOT NULL); CREATE INDEX people_at ON people (at); INSERT INTO people VALUES ('a', 1)`)},
}}}

func TestACopyIsWhatTheMigrationsMake(t *testing.T) {
	for dialect, describe := range map[db.Dialect]string{db.SQLite: describeSQLite, db.Postgres: describePostgres} {
		fresh := Open(t, URL(t, dialect))
		if err := fresh.Migrate(t.Context(), people...); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			copied := Open(t, URL(t, dialect, people...))
			if got, want := lines(t, copied, describe), lines(t, fresh, describe); !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%s: %q, not %q", dialect, got, want)
			}
			if err := copied.SchemaReady(t.Context(), people...); err != nil {
				t.Error(err)
			}
			if cells := Cells(t, copied, "people"); len(cells) != 2 {
				t.Errorf("%s: %v", dialect, cells)
			}
			err := copied.One(t.Context(), func(q db.Queryer) error {
				_, err := q.ExecContext(t.Context(), `INSERT INTO people VALUES ('b', 2)`)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

func TestOnlyTheDatabasesOfRunsThatEndedAreDropped(t *testing.T) {
	here := t.TempDir()
	running, ended := filepath.Join(here, runs+"1"), filepath.Join(here, runs+"2")
	if err := os.Mkdir(running, 0o700); err != nil {
		t.Fatal(err)
	}
	count := func(name string) (n int) {
		err := Open(t, server(t).String()).Read().QueryRowContext(t.Context(), `SELECT count(*) FROM pg_database WHERE datname = $1`, name).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, dir := range []string{running, ended} {
		administer(t, server(t).String(), "CREATE DATABASE "+ofRun(dir)+"x STRATEGY file_copy")
		t.Cleanup(func() { administer(t, server(t).String(), "DROP DATABASE IF EXISTS "+ofRun(dir)+"x") })
	}
	err := Open(t, server(t).String()).One(t.Context(), func(q db.Queryer) error { return sweep(t.Context(), q, running) })
	if err != nil || count(ofRun(running)+"x") != 1 || count(ofRun(ended)+"x") != 0 {
		t.Errorf("%v, %d, %d", err, count(ofRun(running)+"x"), count(ofRun(ended)+"x"))
	}
}

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
