package db

import (
	"context"
	"fmt"
	"time"
)

// Clock is the time of the clock that all nodes share, the database server's; zero with
// SQLite, whose only node has no other than its own.
func (d *DB) Clock(ctx context.Context) (time.Time, error) { return clock(ctx, d.Read(), d.dialect) }

// Clock is that of DB, in a transaction: it goes on while the transaction lasts.
func (t *Tx) Clock(ctx context.Context) (time.Time, error) { return clock(ctx, t, t.dialect) }

func clock(ctx context.Context, q Queryer, dialect Dialect) (time.Time, error) {
	if dialect != Postgres {
		return time.Time{}, nil
	}
	var us int64
	err := q.QueryRowContext(ctx, `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`).Scan(&us)
	if err != nil {
		return time.Time{}, fmt.Errorf("db: clock: %w", err)
	}
	return FromMicros(us), nil
}
