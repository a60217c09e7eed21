// Package dbtest gives a test real, empty databases: a fresh SQLite file and a
// fresh PostgreSQL schema or database. It is for tests only; nothing in the program imports it.
package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atrio/db"
)

// Variable names the environment variable with the URL of a PostgreSQL server
// in which a test may create schemas.
const Variable = "ATRIO_TEST_POSTGRES"

// Each runs fn as the sub-tests "sqlite" and "postgres", each on an empty
// database with the modules migrated. Without a PostgreSQL the test fails: a
// test that cannot run is not a test that passed.
func Each(t *testing.T, modules []db.Module, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, rawURL string) { fn(t, Open(t, rawURL)) }, modules...)
}

// EachURL is Each for tests that open the database themselves, more than once
// or in a program: rawURL names a database with the modules migrated, an empty
// one without modules.
func EachURL(t *testing.T, fn func(t *testing.T, rawURL string), modules ...db.Module) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) { fn(t, URL(t, dialect, modules...)) })
	}
}

// SQLite gives an SQLite with the modules migrated and nothing else in it.
func SQLite(t testing.TB, modules ...db.Module) *db.DB {
	t.Helper()
	return Open(t, URL(t, db.SQLite, modules...))
}

// Open opens a database until the end of the test: call it again with the same
// URL for a second node.
func Open(t testing.TB, rawURL string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), rawURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return d
}

// URL gives the address of a database, removed at the end of the test: empty,
// or with modules migrated.
func URL(t testing.TB, dialect db.Dialect, modules ...db.Module) string {
	t.Helper()
	if dialect == db.SQLite {
		path := filepath.Join(t.TempDir(), "test.db")
		if len(modules) > 0 {
			if err := os.WriteFile(path, copied(t, modules), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return address(path)
	}
	if dir := run(os.Args[0]); dir != "" && len(modules) > 0 {
		return database(t, dir, modules)
	}
	rawURL := schema(t)
	if len(modules) > 0 {
		migrate(t, rawURL, modules)
	}
	return rawURL
}

// migrate opens and closes the database: what stays behind is its content alone.
func migrate(t testing.TB, rawURL string, modules []db.Module) {
	t.Helper()
	d, err := db.Open(t.Context(), rawURL)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Migrate(t.Context(), modules...), d.Close()); err != nil {
		t.Fatal(err)
	}
}

// server is the PostgreSQL of the tests.
func server(t testing.TB) *url.URL {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Fatalf("%s is not set: run the tests by make test, or start a server with: eval \"$(tools/testpostgres start)\"", Variable)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is not a URL", Variable)
	}
	return u
}

// schema makes one on the PostgreSQL of the tests.
func schema(t testing.TB) string {
	t.Helper()
	u := server(t)
	server, name := u.String(), "test_"+strings.ToLower(rand.Text()[:20])
	administer(t, server, "CREATE SCHEMA "+name)
	t.Cleanup(func() { administer(t, server, "DROP SCHEMA "+name+" CASCADE") })
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// administer runs one statement on a connection of its own: a pool that stayed
// open between tests would eat the server's connections.
func administer(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
