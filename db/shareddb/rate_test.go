package shareddb_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/ratelimit"
	"atrio/db/shareddb"
)

var five = ratelimit.Limit{Name: "login", Burst: 5, Per: time.Minute}

func TestFiftyParallelEventsOnTwoNodesPassTheBurstOnly(t *testing.T) {
	eachPair(t, func(t *testing.T, nodes [2]*shareddb.Store) {
		var passed, refused atomic.Int32
		var work sync.WaitGroup
		for n := range 50 {
			work.Go(func() {
				wait, err := nodes[n%2].Take(t.Context(), "key", five, now)
				switch {
				case err != nil:
					t.Error(err)
				case wait == 0:
					passed.Add(1)
				default:
					refused.Add(1)
				}
			})
		}
		work.Wait()
		if passed.Load() != 5 || refused.Load() != 45 {
			t.Fatalf("%d passed, %d refused", passed.Load(), refused.Load())
		}
	})
}

func TestStatementAgreesWithTheReference(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		dice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a seeded test
		for _, l := range []ratelimit.Limit{five, {Name: "a", Burst: 1, Per: time.Second}, {Name: "b", Burst: 7, Per: 10 * time.Second}, {Name: "none"}} {
			var tat time.Time
			at := now
			for range 120 {
				at = at.Add(time.Duration(dice.IntN(3000)-200) * time.Millisecond) // now and then backwards
				next, want := l.Next(tat, at)
				looked, err := s.Look(t.Context(), "key "+l.Name, l, at)
				must(t, err)
				if looked != want {
					t.Fatalf("limit %s at %v: a look says %v, want %v", l.Name, at, looked, want)
				}
				got, err := s.Take(t.Context(), "key "+l.Name, l, at)
				must(t, err)
				if got != want {
					t.Fatalf("limit %s at %v, TAT %v: wait %v, want %v", l.Name, at, tat, got, want)
				}
				tat = next
			}
		}
	})
}

func TestRefusedEventWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		for range 5 {
			wait, err := s.Take(t.Context(), "key", five, now)
			if err != nil || wait != 0 {
				t.Fatalf("%v, %v", wait, err)
			}
		}
		for range 3 {
			wait, err := s.Take(t.Context(), "key", five, now)
			if err != nil || wait != 12*time.Second {
				t.Fatalf("%v, %v", wait, err)
			}
		}
		if wait, err := s.Take(t.Context(), "key", five, now.Add(12*time.Second)); err != nil || wait != 0 {
			t.Fatalf("after the wait: %v, %v", wait, err)
		}
	})
}

func TestFreeKeysAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		for _, key := range []string{"a", "b"} {
			_, err := s.Take(t.Context(), key, five, now)
			must(t, err)
		}
		_, err := s.Take(t.Context(), "b", five, now)
		must(t, err)
		must(t, s.PurgeRates(t.Context(), now.Add(five.Interval())))
		if n := rows(t, s, "rate"); n != 1 {
			t.Fatalf("%d rows", n)
		}
	})
}
