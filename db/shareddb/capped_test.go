package shareddb_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/shareddb"
)

// capped is a message of a flow whose last one was sent at a time; stored counts.
func capped(at, last time.Time, stored *atomic.Int32, caps ...ratelimit.Bucket) shareddb.Capped {
	return shareddb.Capped{
		At: at, Pause: time.Minute, Caps: caps, Take: shareddb.TakeIn,
		Last: func(context.Context, db.Queryer) (time.Time, error) { return last, nil },
		Store: func(ctx context.Context, tx *db.Tx) error {
			stored.Add(1)
			return shareddb.QueueMessage(ctx, tx, notify.Message{Channel: notify.SMS, To: "+390000000000", Text: "123456", Lang: "it"}, at)
		},
	}
}

func TestAMessageGoesOutWithinItsCapsAndPause(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		var stored atomic.Int32
		wide, narrow := ratelimit.Bucket{Key: "wide", Limit: five}, ratelimit.Bucket{Key: "narrow", Limit: ratelimit.Limit{Name: "n", Burst: 1, Per: time.Hour}}
		for _, step := range []struct {
			name     string
			at, last time.Time
			wait     time.Duration
		}{
			{"the first", now, time.Time{}, 0},
			{"beyond the narrow cap", now.Add(time.Minute), time.Time{}, 59 * time.Minute},
			{"too early after the last one", now.Add(2 * time.Hour), now.Add(2*time.Hour - 40*time.Second), 20 * time.Second},
			{"after the pause", now.Add(2 * time.Hour), now.Add(2*time.Hour - time.Minute), 0},
		} {
			wait, err := capped(step.at, step.last, &stored, wide, narrow).Send(t.Context(), s.DB)
			must(t, err)
			if wait != step.wait {
				t.Errorf("%s: wait %v, want %v", step.name, wait, step.wait)
			}
		}
		if stored.Load() != 2 {
			t.Errorf("%d were stored", stored.Load())
		}
		// What was refused counted nothing: five of the wide cap are there again.
		for n := range 6 {
			wait, err := capped(now.Add(4*time.Hour), time.Time{}, &stored, wide).Send(t.Context(), s.DB)
			must(t, err)
			if (wait == 0) != (n < 5) {
				t.Errorf("message %d: wait %v", n+1, wait)
			}
		}
	})
}

// Two nodes take the same caps in whatever order they are given, and neither waits for the
// other for ever.
func TestTwoNodesSendOneOfManyClicks(t *testing.T) {
	eachPair(t, func(t *testing.T, nodes [2]*shareddb.Store) {
		one := ratelimit.Limit{Name: "one", Burst: 1, Per: time.Hour}
		caps := []ratelimit.Bucket{{Key: "account", Limit: one}, {Key: "number", Limit: one}}
		var stored, sent atomic.Int32
		var work sync.WaitGroup
		for n := range 20 {
			work.Go(func() {
				mine := []ratelimit.Bucket{caps[n%2], caps[1-n%2]}
				wait, err := capped(now, time.Time{}, &stored, mine...).Send(t.Context(), nodes[n/2%2].DB)
				if err != nil {
					t.Error(err)
				}
				if wait == 0 {
					sent.Add(1)
				}
			})
		}
		work.Wait()
		if sent.Load() != 1 {
			t.Errorf("%d were sent", sent.Load())
		}
	})
}
