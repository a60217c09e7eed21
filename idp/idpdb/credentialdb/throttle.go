package credentialdb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"atrio/base/ratelimit"
	"atrio/db"
)

// Standing reads arrival times in the order of the buckets; zero when absent.
// It is one statement by primary key for each of the few buckets of a try.
func (s *Store) Standing(ctx context.Context, buckets []ratelimit.Bucket) ([]time.Time, error) {
	tats := make([]time.Time, len(buckets))
	for n, b := range buckets {
		var tat int64
		err := s.DB.Read().QueryRowContext(ctx, `SELECT tat FROM throttle WHERE bucket = $1`, b.Key).Scan(&tat)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		tats[n] = db.FromMicros(tat)
	}
	return tats, nil
}

// Charge counts one failure in each bucket, in one commit.
func (s *Store) Charge(ctx context.Context, buckets []ratelimit.Bucket, now time.Time) error {
	// The same order everywhere: two nodes must not wait for each other.
	buckets = slices.Clone(buckets)
	slices.SortFunc(buckets, func(a, b ratelimit.Bucket) int { return strings.Compare(a.Key, b.Key) })
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, b := range buckets {
			if _, err := take(ctx, tx, b, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// take adds one event to a bucket unless it is full, and then tells how long to
// wait. The first statement locks the row (PostgreSQL) for the transaction, so
// that parallel tries pass one after another.
func take(ctx context.Context, q db.Queryer, b ratelimit.Bucket, now time.Time) (wait time.Duration, err error) {
	_, err = q.ExecContext(ctx, `INSERT INTO throttle (bucket, tat) VALUES ($1, $2)
		ON CONFLICT (bucket) DO UPDATE SET tat = throttle.tat`, b.Key, db.Micros(now))
	if err != nil {
		return 0, err
	}
	var tat int64
	if err := q.QueryRowContext(ctx, `SELECT tat FROM throttle WHERE bucket = $1`, b.Key).Scan(&tat); err != nil {
		return 0, err
	}
	next, wait := b.Limit.Next(db.FromMicros(tat), now)
	if wait > 0 {
		return wait, nil
	}
	_, err = q.ExecContext(ctx, `UPDATE throttle SET tat = $2 WHERE bucket = $1`, b.Key, db.Micros(next))
	return 0, err
}

// refund takes back the event that the same transaction took.
func refund(ctx context.Context, tx *db.Tx, buckets ...ratelimit.Bucket) error {
	for _, b := range buckets {
		_, err := tx.ExecContext(ctx, `UPDATE throttle SET tat = tat - $2 WHERE bucket = $1`,
			b.Key, b.Limit.Interval().Microseconds())
		if err != nil {
			return err
		}
	}
	return nil
}
