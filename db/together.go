package db

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Execer runs statements without rows: whatever is a Queryer, and what Together hands out.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Together runs the statements that fn gives, in their order, none of which waits for the
// result of another: one round trip on PostgreSQL, where each would cost one. There they
// run after fn has returned, so that no result tells anything; on SQLite, which has no
// round trips, they run at once. The first that fails fails all.
func (t *Tx) Together(ctx context.Context, fn func(Execer) error) error {
	if t.dialect != Postgres {
		return fn(t)
	}
	b := batch{sealer: t.sealer}
	if err := fn(&b); err != nil {
		return err
	}
	return raw(t.conn, func(c *conn) error {
		wrote, err := c.send(ctx, &b.statements)
		t.wrote = t.wrote || wrote
		return err
	})
}

// batch collects statements.
type batch struct {
	statements pgx.Batch
	sealer     Sealer
}

// Sealer is the one of the database.
func (b *batch) Sealer() Sealer { return b.sealer }

// ExecContext puts a statement last.
func (b *batch) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	bound := make([]any, len(args))
	for i, arg := range args {
		v, err := bindable(Postgres, arg)
		if err != nil {
			return nil, err
		}
		bound[i] = v
	}
	b.statements.Queue(query, bound...)
	return driver.ResultNoRows, nil
}

// send runs a batch and tells whether a row was changed.
func (c *conn) send(ctx context.Context, b *pgx.Batch) (wrote bool, err error) {
	c.ran.Add(uint64(b.Len())) //nolint:gosec // a length
	results := c.fullConn.(*stdlib.Conn).Conn().SendBatch(ctx, b)
	for range b.Len() {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close() // says the same again
			return wrote, c.clean(ctx, err)
		}
		wrote = wrote || tag.RowsAffected() > 0
	}
	return wrote, c.clean(ctx, results.Close())
}
