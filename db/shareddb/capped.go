package shareddb

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"atrio/base/ratelimit"
	"atrio/db"
)

// Capped is a message that may go out only so often: every cap counts it, and the last one
// of its flow lies a pause back.
type Capped struct {
	At    time.Time
	Pause time.Duration
	Caps  []ratelimit.Bucket
	// Take counts one event of a cap in the transaction, and locks it: TakeIn, or that of
	// a product whose limits stand in a table of its own.
	Take func(ctx context.Context, q db.Queryer, b ratelimit.Bucket, now time.Time) (time.Duration, error)
	// Last tells when the last one of the flow was sent; zero: never.
	Last func(ctx context.Context, q db.Queryer) (time.Time, error)
	// Store keeps the code and queues the message.
	Store func(ctx context.Context, tx *db.Tx) error
}

// errCapped rolls back what may not be sent now.
var errCapped = errors.New("shareddb: too many messages")

// Send sends it in one commit. A positive wait refuses, and nothing was counted.
func (c Capped) Send(ctx context.Context, d *db.DB) (wait time.Duration, err error) {
	// The same order everywhere: two nodes must not wait for each other.
	caps := slices.Clone(c.Caps)
	slices.SortFunc(caps, func(a, b ratelimit.Bucket) int { return strings.Compare(a.Key, b.Key) })
	err = d.Tx(ctx, func(tx *db.Tx) error {
		wait = 0
		// The caps come first: they lock, so that two clicks send one message.
		for _, b := range caps {
			w, err := c.Take(ctx, tx, b, c.At)
			if err != nil {
				return err
			}
			wait = max(wait, w)
		}
		last, err := c.Last(ctx, tx)
		if err != nil {
			return err
		}
		if next := last.Add(c.Pause); !last.IsZero() && c.At.Before(next) {
			wait = max(wait, next.Sub(c.At))
		}
		if wait > 0 {
			return errCapped
		}
		return c.Store(ctx, tx)
	})
	if errors.Is(err, errCapped) {
		return wait, nil
	}
	return 0, err
}
