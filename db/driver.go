package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// The types of this file stand between database/sql and the two drivers. They
// make three things hold on every path, Row.Scan included: errors hold no bound
// value, both engines accept the same argument types, and a time.Time is never
// bound by accident (SQLite would store it as a text).

// connector wraps the connections of another connector.
type connector struct {
	driver.Connector
	dialect Dialect
	ran     *atomic.Uint64
}

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, clean(ctx, c.dialect, err)
	}
	full, ok := inner.(fullConn)
	if !ok {
		_ = inner.Close()
		return nil, &Error{dialect: c.dialect, Text: "the driver lacks context methods"}
	}
	wrapped := &conn{fullConn: full, dialect: c.dialect, ran: c.ran}
	if c.dialect == SQLite {
		wrapped.kept = &statements{idle: map[string]driver.Stmt{}}
	}
	return wrapped, nil
}

// fullConn is what both drivers offer.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
}

type conn struct {
	fullConn
	dialect Dialect
	ran     *atomic.Uint64 // statements, see DB.Statements
	kept    *statements    // SQLite only
}

func (c *conn) Close() error {
	if c.kept != nil {
		c.kept.close()
	}
	return c.fullConn.Close()
}

func (c *conn) clean(ctx context.Context, err error) error {
	switch {
	case err == nil, err == io.EOF, errors.Is(err, driver.ErrBadConn), err == driver.ErrSkip: //nolint:errorlint // io.EOF is a protocol word here
		return err
	}
	return clean(ctx, c.dialect, err)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.ran.Add(1)
	if c.kept != nil {
		res, err := c.kept.exec(ctx, c.fullConn, query, args)
		return res, c.clean(ctx, err)
	}
	res, err := c.fullConn.ExecContext(ctx, query, args)
	return res, c.clean(ctx, err)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	var r driver.Rows
	var err error
	c.ran.Add(1)
	if c.kept != nil {
		r, err = c.kept.query(ctx, c.fullConn, query, args)
	} else {
		r, err = c.fullConn.QueryContext(ctx, query, args)
	}
	if err != nil {
		return nil, c.clean(ctx, err)
	}
	return &rows{Rows: r, conn: c, ctx: ctx}, nil
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.fullConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, c.clean(ctx, err)
	}
	return transaction{tx: tx, conn: c, ctx: ctx}, nil
}

// PrepareContext is refused: prepared statements are kept per connection without
// being asked for.
func (c *conn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, &Error{dialect: c.dialect, Text: "statements are not prepared by hand"}
}

func (c *conn) Ping(ctx context.Context) error { return c.clean(ctx, c.fullConn.Ping(ctx)) }

// IsValid lets the pool drop a connection that its driver gave up.
func (c *conn) IsValid() bool {
	v, ok := c.fullConn.(driver.Validator)
	return !ok || v.IsValid()
}

// CheckNamedValue admits the types that mean the same on both engines.
func (c *conn) CheckNamedValue(nv *driver.NamedValue) error {
	v, err := bindable(c.dialect, nv.Value)
	if err != nil {
		return err
	}
	nv.Value = v
	return nil
}

// bindable is the value that stands for an argument.
func bindable(dialect Dialect, arg any) (driver.Value, error) {
	v, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return nil, err
	}
	if _, isTime := v.(time.Time); isTime {
		return nil, &Error{dialect: dialect, Text: "a time must be bound as db.Micros"}
	}
	return v, nil
}

// rows cleans the errors that come while reading.
type rows struct {
	driver.Rows
	conn *conn
	ctx  context.Context
}

func (r *rows) Next(dest []driver.Value) error { return r.conn.clean(r.ctx, r.Rows.Next(dest)) }
func (r *rows) Close() error                   { return r.conn.clean(r.ctx, r.Rows.Close()) }

type transaction struct {
	tx   driver.Tx
	conn *conn
	ctx  context.Context
}

func (t transaction) Commit() error   { return t.conn.clean(t.ctx, t.tx.Commit()) }
func (t transaction) Rollback() error { return t.conn.clean(t.ctx, t.tx.Rollback()) }
