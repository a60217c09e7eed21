package ratelimit

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestABurstPassesAndThenOnePerInterval(t *testing.T) {
	l := Limit{Name: "x", Burst: 5, Per: time.Minute}
	var tat time.Time
	var wait time.Duration
	for i := range 5 {
		if tat, wait = l.Next(tat, start); wait != 0 {
			t.Fatalf("event %d was refused", i)
		}
	}
	before := tat
	if tat, wait = l.Next(tat, start); wait != 12*time.Second || !tat.Equal(before) {
		t.Fatalf("wait %v, tat %v", wait, tat)
	}
	if _, wait = l.Next(tat, start.Add(12*time.Second-time.Microsecond)); wait != time.Microsecond {
		t.Fatalf("just before: wait %v", wait)
	}
	if tat, wait = l.Next(tat, start.Add(12*time.Second)); wait != 0 {
		t.Fatal("refused at the promised time")
	}
	if _, wait = l.Next(tat, start.Add(12*time.Second)); wait != 12*time.Second {
		t.Fatal("two events were refilled after one interval")
	}
}

func TestAnIdleKeyHasItsWholeBurstAgainButNoMore(t *testing.T) {
	l := Limit{Burst: 3, Per: time.Hour}
	tat, _ := l.Next(time.Time{}, start)
	later := start.Add(1000 * time.Hour)
	for range 3 {
		var wait time.Duration
		if tat, wait = l.Next(tat, later); wait != 0 {
			t.Fatal("refused within the burst")
		}
	}
	if _, wait := l.Next(tat, later); wait == 0 {
		t.Fatal("idle time was saved beyond the burst")
	}
}

// In the long run there are Burst per Per, for limits of odd sizes too; a little
// less is got by asking every twentieth of an interval.
func TestTheLongRunRateHolds(t *testing.T) {
	for _, l := range []Limit{{Burst: 1, Per: time.Second}, {Burst: 7, Per: time.Second}, {Burst: 3, Per: time.Hour}, {Burst: 1000, Per: time.Minute}} {
		var tat time.Time
		allowed, step := 0, l.Interval()/20
		end := start.Add(20 * l.Per)
		for now := start; now.Before(end); now = now.Add(step) {
			next, wait := l.Next(tat, now)
			if wait == 0 {
				allowed++
			}
			if wait > l.Interval() {
				t.Fatalf("%+v: wait %v is longer than an interval", l, wait)
			}
			tat = next
		}
		if most := 21*l.Burst + 1; allowed > most || allowed < 18*l.Burst {
			t.Errorf("%+v: %d allowed, want about %d", l, allowed, most)
		}
	}
}

func TestAClockSetBackDoesNotLockForLong(t *testing.T) {
	l := Limit{Burst: 2, Per: time.Minute}
	tat, _ := l.Next(time.Time{}, start.Add(24*time.Hour))
	if _, wait := l.Next(tat, start); wait != 30*time.Second {
		t.Fatalf("wait %v", wait)
	}
}

func TestALimitOfNothingAllowsNothing(t *testing.T) {
	for _, l := range []Limit{{}, {Burst: 0, Per: time.Hour}, {Burst: 1}, {Burst: -1, Per: time.Hour}} {
		if _, wait := l.Next(time.Time{}, start); wait <= 0 {
			t.Errorf("%+v allowed an event", l)
		}
	}
}

// tats is a Store in memory.
type tats struct {
	mu   sync.Mutex
	rows map[string]time.Time
	fail error
}

func (s *tats) Take(_ context.Context, key string, l Limit, now time.Time) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return 0, s.fail
	}
	next, wait := l.Next(s.rows[key], now)
	s.rows[key] = next
	return wait, nil
}

func (s *tats) Look(_ context.Context, key string, l Limit, now time.Time) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, wait := l.Next(s.rows[key], now)
	return wait, s.fail
}

func limiter() (*Limiter, *tats) {
	s := &tats{rows: map[string]time.Time{}}
	k := seal.NewKeyring("gateway", seal.Key{ID: "1", Secret: [32]byte{1}})
	return &Limiter{Store: s, Keyring: k, Now: func() time.Time { return start }}, s
}

func TestBeyondTheLimitTheAnswerSaysWhenToComeBack(t *testing.T) {
	l, _ := limiter()
	limit := Limit{Name: "login.address", Burst: 2, Per: 3 * time.Second}
	for range 2 {
		if err := l.Allow(t.Context(), limit, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	err := l.Allow(t.Context(), limit, "192.0.2.1")
	f := fault.From(err)
	if !errors.Is(err, ErrTooMany) || f.Kind != fault.TooMany || f.RetryAfter != 2*time.Second || f.AuditReason() != "limit.login.address" {
		t.Fatalf("%+v", f)
	}
	if err := l.Allow(t.Context(), limit, "192.0.2.2"); err != nil {
		t.Error("another key shared the limit")
	}
	limit.Name = "other"
	if err := l.Allow(t.Context(), limit, "192.0.2.1"); err != nil {
		t.Error("another limit shared the key")
	}
}

func TestKeysHoldNothingInClear(t *testing.T) {
	l, s := limiter()
	limit := Limit{Name: "sms.number", Burst: 1, Per: time.Hour}
	if err := l.Allow(t.Context(), limit, "+390101234567", "person@example.org"); err != nil {
		t.Fatal(err)
	}
	for key := range s.rows {
		if !strings.HasPrefix(key, "sms.number:") || strings.Contains(key, "0101234567") || strings.Contains(key, "example") {
			t.Errorf("key %q", key)
		}
	}
}

func TestWhatCannotBeCountedIsNotAllowed(t *testing.T) {
	l, s := limiter()
	s.fail = fault.New(fault.Unavailable, "error.unavailable")
	if err := l.Allow(t.Context(), Limit{Name: "x", Burst: 1, Per: time.Hour}, "a"); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
}
