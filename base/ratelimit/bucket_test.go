package ratelimit

import (
	"testing"
	"time"
)

func TestABucketIsTheOneThatAllowTakesFrom(t *testing.T) {
	l, rows := limiter()
	limit := Limit{Name: "x", Burst: 3, Per: time.Minute}
	b := l.Bucket(limit, "account", "7")
	for left := limit.Burst; left > 0; left-- {
		if got := limit.Left(rows.rows[b.Key], l.Now()); got != left {
			t.Errorf("%d left, want %d", got, left)
		}
		if err := l.Allow(t.Context(), limit, "account", "7"); err != nil {
			t.Fatal(err)
		}
	}
	if got := limit.Left(rows.rows[b.Key], l.Now()); got != 0 || b.Limit != limit {
		t.Errorf("%d left of a full bucket", got)
	}
	if l.Bucket(limit, "account", "8").Key == b.Key || l.Bucket(limit, "account7").Key == b.Key {
		t.Error("buckets of different keys are the same")
	}
}
