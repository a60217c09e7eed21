package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"atrio/base/fault"
)

const (
	// maxAttempts bounds how often a transaction is run.
	maxAttempts = 8
	// firstPause and longestPause bound the random wait between two attempts.
	firstPause   = 2 * time.Millisecond
	longestPause = 200 * time.Millisecond
	// acquireTimeout bounds the wait for a connection. It also ends the deadlock
	// of a Tx inside a Tx, which on SQLite would wait for itself.
	acquireTimeout = 5 * time.Second
)

// Tx is a running transaction.
type Tx struct {
	conn    *sql.Conn
	dialect Dialect
	sealer  Sealer
	wrote   bool
}

// Dialect tells which engine this is.
func (t *Tx) Dialect() Dialect { return t.dialect }

// ExecContext runs a statement without rows.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := t.conn.ExecContext(ctx, query, args...)
	if err == nil && changed(res) {
		t.wrote = true
	}
	return res, err
}

// QueryContext runs a statement with rows. Close them before the next
// statement: PostgreSQL has one conversation per connection.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.wrote = t.wrote || writes(query)
	return t.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a statement with at most one row.
func (t *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	t.wrote = t.wrote || writes(query)
	return t.conn.QueryRowContext(ctx, query, args...)
}

// Tx runs fn in one transaction: READ COMMITTED on PostgreSQL, BEGIN IMMEDIATE
// on SQLite, so races are decided by unique keys and by conditions in UPDATE,
// never by reading first. It commits when fn returns nil and rolls back when fn
// fails or panics.
//
// After a conflict with another transaction, or when the connection broke
// before the commit was sent, fn runs again from the start: it must not change
// anything outside the database. When the conflicts do not end, or no
// connection is free, the error is fault.Unavailable. A connection that breaks
// during the commit is never tried again, because the outcome is unknown.
func (d *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	return d.attempts(ctx, func() error {
		c, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		return d.transact(ctx, c, fn)
	})
}

func (d *DB) transact(ctx context.Context, c *sql.Conn, fn func(*Tx) error) error {
	inner, err := begin(ctx, c)
	if err != nil {
		return broken(d.dialect, err)
	}
	ended := false
	defer func() { // an error or a panic undoes
		if !ended {
			undo(c, inner)
		}
	}()
	t := &Tx{conn: c, dialect: d.dialect, sealer: d.Sealer()}
	if err := fn(t); err != nil {
		return broken(d.dialect, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ended = true
	if err := raw(c, func(*conn) error { return inner.Commit() }); err != nil {
		var e *Error
		if errors.As(err, &e) && !e.lost {
			return err
		}
		return unknown(err)
	}
	if t.wrote {
		d.commits.Add(1)
	}
	return nil
}

// begin starts a transaction on a connection. An sql.Tx would do the same with a goroutine
// for itself and one for each query, which cost a login more than its own work in Go.
func begin(ctx context.Context, c *sql.Conn) (tx driver.Tx, err error) {
	err = raw(c, func(own *conn) error {
		tx, err = own.BeginTx(ctx, driver.TxOptions{})
		return err
	})
	return tx, err
}

// undo rolls back; a connection on which that fails is given up.
func undo(c *sql.Conn, tx driver.Tx) {
	_ = raw(c, func(*conn) error {
		if tx.Rollback() != nil {
			return driver.ErrBadConn
		}
		return nil
	})
}

// raw lends our own connection behind that of database/sql.
func raw(c *sql.Conn, fn func(*conn) error) error {
	return c.Raw(func(own any) error { return fn(own.(*conn)) })
}

// errUnknown marks a commit whose outcome is not known; it is never retried.
var errUnknown = errors.New("db: the connection ended during the commit; its outcome is unknown")

func unknown(err error) error {
	return fault.New(fault.Unavailable, "error.unavailable").For("commit_unknown").Because(errors.Join(errUnknown, err))
}

// One runs exactly one writing statement without BEGIN and COMMIT: a third of
// the round trips of Tx on PostgreSQL. The statement is atomic by itself. It is
// repeated after a conflict like a transaction, but not after a broken
// connection.
func (d *DB) One(ctx context.Context, fn func(Queryer) error) error {
	return d.attempts(ctx, func() error {
		c, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		q := &single{Conn: c, sealer: d.Sealer()}
		if err := fn(q); err != nil {
			// pgx says "bad connection, safe to retry" even when the answer to a
			// statement that was sent is lost (5.12), so neither is repeated.
			var e *Error
			if errors.Is(err, driver.ErrBadConn) || errors.As(err, &e) && e.lost {
				return unknown(err)
			}
			return err
		}
		if q.wrote {
			d.commits.Add(1)
		}
		return nil
	})
}

// single notes whether its statement changed a row.
type single struct {
	*sql.Conn
	sealer Sealer
	wrote  bool
}

func (s *single) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := s.Conn.ExecContext(ctx, query, args...)
	s.wrote = s.wrote || err == nil && changed(res)
	return res, err
}

func (s *single) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s.wrote = s.wrote || writes(query)
	return s.Conn.QueryContext(ctx, query, args...)
}

func (s *single) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s.wrote = s.wrote || writes(query)
	return s.Conn.QueryRowContext(ctx, query, args...)
}

// acquire takes a connection of the writing pool.
func (d *DB) acquire(ctx context.Context) (*sql.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	c, err := d.writer.Conn(wait)
	if err != nil && wait.Err() != nil && ctx.Err() == nil {
		return nil, fault.New(fault.Unavailable, "error.unavailable").For("database_busy").
			Because(errors.New("db: no connection became free in time (a transaction inside a transaction waits for itself)"))
	}
	return c, err
}

// attempts runs fn until it succeeds, fails for good, or ctx ends.
func (d *DB) attempts(ctx context.Context, fn func() error) error {
	pause := firstPause
	for n := 1; ; n++ {
		err := fn()
		if err == nil || errors.Is(err, errUnknown) || !again(err) {
			return err
		}
		if n == maxAttempts {
			return fault.New(fault.Unavailable, "error.unavailable").For("database_busy").Because(err)
		}
		d.retries.Add(1)
		timer := time.NewTimer(rand.N(pause) + 1) //nolint:gosec // jitter, not a secret
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		pause = min(2*pause, longestPause)
	}
}

// broken marks database/sql's word for a dead connection as such.
func broken(dialect Dialect, err error) error {
	if errors.Is(err, driver.ErrBadConn) {
		return &Error{dialect: dialect, lost: true, Text: "the connection to the server broke"}
	}
	return err
}

func changed(res sql.Result) bool {
	n, err := res.RowsAffected()
	return err != nil || n > 0
}

// writes reports whether a statement with rows is more than a plain SELECT.
func writes(query string) bool {
	word := strings.TrimSpace(query)
	return len(word) < 6 || !strings.EqualFold(word[:6], "select")
}
