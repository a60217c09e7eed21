package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

// busyTimeout is how long a connection waits for another process that holds the
// lock; connections of this process queue for the one writer instead.
const busyTimeout = 2 * time.Second

// openSQLite opens one writing connection and a pool of reading ones.
func openSQLite(ctx context.Context, u *url.URL) (*DB, error) {
	if u.Host != "" || u.Opaque != "" || u.User != nil || !filepath.IsAbs(u.Path) {
		return nil, fmt.Errorf("db: an SQLite URL has three slashes and an absolute path, as in sqlite:///var/lib/atrio/gateway.db")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("db: an SQLite URL takes no parameters; a ? or # in the file name must be percent-encoded")
	}
	path := filepath.Clean(u.Path)
	if err := secureFile(path); err != nil {
		return nil, err
	}
	ran := new(atomic.Uint64)
	writer, err := sqlitePool(path, "rw", ran, url.Values{
		// IMMEDIATE takes the write lock at BEGIN, so that a transaction never
		// has to be upgraded from a stale snapshot.
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "journal_size_limit(67108864)", "secure_delete(1)"},
	})
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	writer.SetMaxIdleConns(1)
	reader, err := sqlitePool(path, "ro", ran, url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		_ = writer.Close()
		return nil, err
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)

	d := &DB{dialect: SQLite, writer: writer, reader: reader, statements: ran, patience: acquireTimeout, scrubPatience: scrubPatience, compactable: compactable}
	// The first connection may meet another process that switches to WAL.
	err = d.attempts(ctx, func() error { return writer.PingContext(ctx) })
	if err == nil {
		err = reader.PingContext(ctx)
	}
	if err != nil {
		_ = d.Close()
		return nil, fmt.Errorf("db: cannot open %s: %w", path, err)
	}
	return d, nil
}

// sqlitePool makes a pool; nothing is opened yet.
func sqlitePool(path, mode string, ran *atomic.Uint64, q url.Values) (*sql.DB, error) {
	q.Set("mode", mode)
	q.Set("_dqs", "0") // "x" is an identifier, never a string: as in PostgreSQL
	q["_pragma"] = append([]string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"trusted_schema(0)",
		"temp_store(2)", // sorting must not write personal data to /tmp
	}, q["_pragma"]...)
	dsn := (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, clean(context.Background(), SQLite, err)
	}
	return sql.OpenDB(connector{c, SQLite, ran}), nil
}

// secureFile makes the file with mode 0600 or checks the one that exists: no
// other user may read it, nor exchange it through the directory.
func secureFile(path string) error {
	dir := filepath.Dir(path)
	di, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("db: directory %s does not exist; create it with: install -d -m 0700 %s", dir, dir)
	case err != nil:
		return fmt.Errorf("db: %w", err)
	case !di.IsDir():
		return fmt.Errorf("db: %s is not a directory", dir)
	case di.Mode().Perm()&0o022 != 0 && di.Mode()&fs.ModeSticky == 0:
		return fmt.Errorf("db: other users can write to directory %s; run: chmod go-w %s", dir, dir)
	}
	// SQLite gives the log files beside it the mode of the database file.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("db: %w", err)
	}
	defer f.Close()
	fi, err := f.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("db: %w", err)
	case !fi.Mode().IsRegular():
		return fmt.Errorf("db: %s is not a regular file", path)
	case fi.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("db: other users can read %s; run: chmod 600 %s*", path, path)
	}
	return nil
}
