package db_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
)

func TestWrongURLsAreExplainedWithoutTheirPassword(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil { //nolint:gosec // the mistake under test
		t.Fatal(err)
	}
	readable := filepath.Join(dir, "readable.db")
	if err := os.WriteFile(readable, nil, 0o644); err != nil { //nolint:gosec // the mistake under test
		t.Fatal(err)
	}
	for _, c := range []struct{ url, says string }{
		{"", "no scheme"},
		{"/var/lib/x.db", "no scheme"},
		{"mysql://root:hunter2@localhost/x", "unknown database scheme"},
		{"sqlite://gateway.db", "three slashes"},
		{"sqlite:gateway.db", "three slashes"},
		{"sqlite:///x.db?synchronous=off", "no parameters"},
		{"sqlite://" + dir + "/missing/x.db", "install -d -m 0700"},
		{"sqlite://" + readable + "/x.db", "is not a directory"},
		{"sqlite://" + open + "/x.db", "chmod go-w"},
		{"sqlite://" + readable, "chmod 600"},
		{"sqlite://" + dir, "is a directory"},
		{"postgres://u:hunter2@localhost", "names no database"},
		{"postgres://u:hunter2@localhost:port/x", "cannot be read"},
		{"postgres://u:hunt%er2@localhost/x", "cannot be read"},
		{"postgres://u:hunter2@localhost/x?sslmode=maybe", "check host, port, sslmode"},
		{"postgres://u:hunter2@localhost/x?pool_max_conns=many", "number from 1"},
		{"postgres://u:hunter2@127.0.0.1:1/x", `cannot connect to 127.0.0.1:1, database "x", user "u"`},
		{"postgres:u:hunter2@localhost/x", "names no database"},
	} {
		d, err := db.Open(t.Context(), c.url)
		if err == nil {
			_ = d.Close()
			t.Errorf("%s was opened", c.url)
			continue
		}
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.url, err, c.says)
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "hunt%er2") {
			t.Errorf("the password is in: %v", err)
		}
	}
}

func TestSQLiteFilesAreForTheOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space ? and #.db")
	d := dbtest.Open(t, "sqlite://"+(&url.URL{Path: path}).EscapedPath())
	if err := d.Migrate(t.Context(), notes()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Dir(path) + "/*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		fi, err := os.Stat(f)
		if err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, fi.Mode(), err)
		}
	}
}

func TestSQLiteIsDurableAndStrict(t *testing.T) {
	d := dbtest.SQLite(t)
	var mode string
	var sync, keys, busy int
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		for pragma, into := range map[string]any{"journal_mode": &mode, "synchronous": &sync, "foreign_keys": &keys, "busy_timeout": &busy} {
			if err := tx.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(into); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || mode != "wal" || sync != 2 || keys != 1 || busy == 0 {
		t.Fatalf("%v: journal %s, synchronous %d, foreign keys %d, busy %d", err, mode, sync, keys, busy)
	}
}

func TestPostgresRunsUnderItsName(t *testing.T) {
	d := dbtest.Open(t, dbtest.URL(t, db.Postgres))
	var name string
	if err := d.Read().QueryRowContext(t.Context(), `SELECT current_setting('application_name')`).Scan(&name); err != nil || name != "atrio" {
		t.Fatalf("%q, %v", name, err)
	}
}
