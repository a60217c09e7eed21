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

var _ ratelimit.Store = (*Store)(nil)

// take decides and writes in one statement, so that parallel events on all nodes
// are counted exactly. It returns no row when the event is over the limit.
//
//	$1 key, $2 now, $3 interval, $4 the greatest TAT that still admits an event
const take = `INSERT INTO rate (key, tat) VALUES ($1, CAST($2 AS bigint) + CAST($3 AS bigint))
	ON CONFLICT (key) DO UPDATE SET tat = CASE WHEN rate.tat < $2 THEN $2 ELSE rate.tat END + $3
	WHERE rate.tat <= $4
	RETURNING tat`

// Take counts an event of a key, or tells how long to wait for the next.
func (s *Store) Take(ctx context.Context, key string, l ratelimit.Limit, now time.Time) (time.Duration, error) {
	if l.Burst < 1 || l.Per <= 0 {
		_, wait := l.Next(time.Time{}, now)
		return wait, nil
	}
	interval := l.Interval()
	var tat int64
	err := s.DB.One(ctx, func(q db.Queryer) error {
		return q.QueryRowContext(ctx, take, key, db.Micros(now), interval.Microseconds(), db.Micros(now.Add(l.Per-interval))).Scan(&tat)
	})
	switch {
	case err == nil:
		return 0, nil
	case !errors.Is(err, sql.ErrNoRows):
		return 0, fmt.Errorf("shareddb: take from limit %s: %w", l.Name, err)
	}
	if wait, err := s.Look(ctx, key, l, now); err != nil || wait > 0 {
		return wait, err
	}
	// The row was purged in between: the answer stays a refusal.
	return interval, nil
}

// Look tells how long a key has to wait for its next event, and counts none.
func (s *Store) Look(ctx context.Context, key string, l ratelimit.Limit, now time.Time) (time.Duration, error) {
	var tat int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT tat FROM rate WHERE key = $1`, key).Scan(&tat)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("shareddb: read limit %s: %w", l.Name, err)
	}
	_, wait := l.Next(db.FromMicros(tat), now)
	return wait, nil
}

// PurgeRates forgets the keys that are as free as an unknown one.
func (s *Store) PurgeRates(ctx context.Context, now time.Time) error {
	return s.purge(ctx, `DELETE FROM rate WHERE tat <= $1 AND key IN (SELECT key FROM rate WHERE tat <= $1 LIMIT $2)`, now)
}
