package shareddb_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/db/shareddb"
)

func claim(t *testing.T, s *shareddb.Store, holder string, at time.Time) bool {
	t.Helper()
	ok, err := s.ClaimJob(t.Context(), "purge", holder, at, time.Hour, time.Minute)
	must(t, err)
	return ok
}

func TestAJobRunsOnOneNodeWhenDue(t *testing.T) {
	eachPair(t, func(t *testing.T, nodes [2]*shareddb.Store) {
		ctx := t.Context()
		a, b := nodes[0], nodes[1]
		if !claim(t, a, "a", now) || claim(t, b, "b", now) || claim(t, a, "a", now) {
			t.Fatal("the lease must go to one node, once")
		}
		must(t, b.FinishJob(ctx, "purge", "b", now)) // not the holder: nothing happens
		if claim(t, b, "b", now.Add(59*time.Second)) {
			t.Fatal("claimed during a lease")
		}
		if !claim(t, b, "b", now.Add(time.Minute)) {
			t.Fatal("the lease of a dead node must end")
		}
		must(t, a.FinishJob(ctx, "purge", "a", now.Add(time.Hour))) // too late: b holds it
		if claim(t, a, "a", now.Add(time.Minute)) {
			t.Fatal("a former holder gave away the lease of another")
		}
		must(t, b.FinishJob(ctx, "purge", "b", now.Add(time.Hour)))
		if claim(t, a, "a", now.Add(time.Hour-time.Microsecond)) {
			t.Fatal("claimed before it was due")
		}
		if !claim(t, a, "a", now.Add(time.Hour)) {
			t.Fatal("not claimed when due")
		}
	})
}

func TestAClockSetBackDoesNotStopJobs(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		future := now.Add(365 * 24 * time.Hour)
		if !claim(t, s, "a", future) || !claim(t, s, "b", now) {
			t.Fatal("a lease from the future must not bind")
		}
		must(t, s.FinishJob(t.Context(), "purge", "b", future))
		if !claim(t, s, "a", now) {
			t.Fatal("a due time from the future must not bind")
		}
	})
}

func TestFiftyClaimsGiveOneLease(t *testing.T) {
	eachPair(t, func(t *testing.T, nodes [2]*shareddb.Store) {
		var won atomic.Int32
		var work sync.WaitGroup
		for n := range 50 {
			work.Go(func() {
				if claim(t, nodes[n%2], fmt.Sprint(n), now) {
					won.Add(1)
				}
			})
		}
		work.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d leases", won.Load())
		}
	})
}
