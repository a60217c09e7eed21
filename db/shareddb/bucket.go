package shareddb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/ratelimit"
	"atrio/db"
)

// TakeIn is Take inside the caller's transaction, for what is counted together with a
// change. The row is locked until the end of it, so that parallel tries of one bucket
// pass one after another. A positive wait refuses and leaves the row as it was.
func TakeIn(ctx context.Context, q db.Queryer, b ratelimit.Bucket, now time.Time) (time.Duration, error) {
	if b.Limit.Burst < 1 || b.Limit.Per <= 0 {
		_, wait := b.Limit.Next(time.Time{}, now)
		return wait, nil
	}
	interval := b.Limit.Interval()
	var tat int64
	err := q.QueryRowContext(ctx, take, b.Key, db.Micros(now), interval.Microseconds(), db.Micros(now.Add(b.Limit.Per-interval))).Scan(&tat)
	switch {
	case err == nil:
		return 0, nil
	case !errors.Is(err, sql.ErrNoRows):
		return 0, fmt.Errorf("shareddb: take from limit %s: %w", b.Limit.Name, err)
	}
	at, err := standing(ctx, q, b)
	if err != nil {
		return 0, err
	}
	_, wait := b.Limit.Next(at, now)
	return max(wait, time.Microsecond), nil
}

// Refund takes back one event that the same transaction took.
func Refund(ctx context.Context, q db.Queryer, buckets ...ratelimit.Bucket) error {
	for _, b := range buckets {
		if _, err := q.ExecContext(ctx, `UPDATE rate SET tat = tat - $2 WHERE key = $1`, b.Key, b.Limit.Interval().Microseconds()); err != nil {
			return fmt.Errorf("shareddb: refund limit %s: %w", b.Limit.Name, err)
		}
	}
	return nil
}

// Left is how many events a bucket still admits.
func Left(ctx context.Context, q db.Queryer, b ratelimit.Bucket, now time.Time) (int, error) {
	at, err := standing(ctx, q, b)
	return b.Limit.Left(at, now), err
}

// standing reads the arrival time of a bucket; zero when it is not stored.
func standing(ctx context.Context, q db.Queryer, b ratelimit.Bucket) (time.Time, error) {
	var tat int64
	err := q.QueryRowContext(ctx, `SELECT tat FROM rate WHERE key = $1`, b.Key).Scan(&tat)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("shareddb: read limit %s: %w", b.Limit.Name, err)
	}
	return db.FromMicros(tat), nil
}
