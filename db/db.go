// Package db opens the database of a role, runs its transactions and its
// migrations, on SQLite and on PostgreSQL alike.
//
// It knows no table: the tables that every product has belong to db/shareddb,
// those of a product to its own package (gatewaydb, idpdb, portaldb). SQL is
// written by hand in the part common to both engines: $1 placeholders,
// ON CONFLICT … DO UPDATE, RETURNING, times as bigint microseconds (Micros).
// Where the engines differ, two constants stand side by side and Dialect picks.
// SQLite tables are STRICT, so that both engines refuse a value of a wrong type.
//
// Errors that leave this package name codes, tables and constraints; they never
// hold a bound value, a row or a password (see Error).
package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Dialect names an SQL engine.
type Dialect string

// The two engines. Their words are also the names of the migration folders.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Queryer runs statements: a Tx, DB.Read or the argument of DB.One.
type Queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	writer  *sql.DB // SQLite: exactly one connection; PostgreSQL: the pool
	reader  *sql.DB // SQLite: a read-only pool; PostgreSQL: the same pool
	commits atomic.Uint64
	retries atomic.Uint64
	sealer  atomic.Pointer[Sealer]
	// statements is shared with the connections.
	statements *atomic.Uint64
	// patience bounds the wait for a connection; acquireTimeout but in tests.
	patience time.Duration
	// scrubPatience bounds the wait of Scrub; the constant but in tests.
	scrubPatience time.Duration
	// compactable is the largest file that Compact writes anew; the constant but in tests.
	compactable int64
}

// openTimeout bounds the first contact with the database.
const openTimeout = 10 * time.Second

// Open connects to the database of a URL and proves that it answers:
//
//	sqlite:///var/lib/atrio/gateway.db     one node; the file is made with mode 0600
//	postgres://atrio@db.example.it/gateway one node or more
//
// On PostgreSQL, pool_max_conns=N sets the size of the pool (default 16), and a
// server on another machine is reached by verified TLS unless sslmode says
// otherwise. Errors say what to change and never repeat the URL, which may hold
// a password.
func Open(ctx context.Context, rawURL string) (*DB, error) {
	scheme, _, ok := strings.Cut(rawURL, ":")
	if !ok {
		return nil, fmt.Errorf("db: the database URL has no scheme; write sqlite:///var/lib/atrio/gateway.db or postgres://user@host/database")
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		// The parser's error repeats the URL, so it is not passed on.
		return nil, fmt.Errorf("db: the %s URL cannot be read; characters such as @ : / ? # %% in a user name or password must be percent-encoded", schemeForMessage(scheme))
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	switch u.Scheme {
	case "sqlite":
		return openSQLite(ctx, u)
	case "postgres", "postgresql":
		return openPostgres(ctx, u)
	}
	return nil, fmt.Errorf("db: unknown database scheme %s; write sqlite:///… or postgres://…", schemeForMessage(scheme))
}

// schemeForMessage shows a scheme only when it is plainly one: with a colon in
// the wrong place the text before it could be a secret.
func schemeForMessage(scheme string) string {
	switch s := strings.ToLower(scheme); s {
	case "sqlite", "sqlite3", "file", "postgres", "postgresql", "pg", "mysql", "mariadb", "http", "https":
		return `"` + s + `"`
	}
	return "(not shown)"
}

// Dialect tells which engine this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Read gives the reader: committed state only, never a write. On SQLite it does
// not wait for the writer.
func (d *DB) Read() Queryer { return reader{d.reader} }

// Commits counts the transactions and single statements that changed a row and
// were committed since Open, for metrics and for tests of the commit budget.
func (d *DB) Commits() uint64 { return d.commits.Load() }

// Statements counts what was asked of the database since Open, reading and writing, begin
// and commit apart: for tests that two requests cost the same.
func (d *DB) Statements() uint64 { return d.statements.Load() }

// Retries counts the transactions that were run again after a conflict.
func (d *DB) Retries() uint64 { return d.retries.Load() }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.reader.PingContext(ctx) }

// Close waits for running statements and closes all connections.
func (d *DB) Close() error {
	var err error
	if d.reader != d.writer {
		err = d.reader.Close()
	}
	// The writer goes last: closing it lets SQLite fold the log into the file.
	if werr := d.writer.Close(); werr != nil {
		err = werr
	}
	return err
}

// reader refuses ExecContext, so that a write through Read fails on PostgreSQL
// as it does on SQLite.
type reader struct{ *sql.DB }

func (reader) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, &Error{Text: "Read cannot write: use Tx or One"}
}
