package ratelimit

import (
	"fmt"
	"testing"
	"time"
)

func TestMemoryCountsEachKeyByItself(t *testing.T) {
	m, now := NewMemory(), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	limit := Limit{Name: "x", Burst: 3, Per: time.Minute}
	take := func(key string, at time.Time) time.Duration {
		wait, err := m.Take(t.Context(), key, limit, at)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	for range 3 {
		if wait := take("a", now); wait != 0 {
			t.Fatalf("refused within the limit: %v", wait)
		}
	}
	for range 2 { // looking counts nothing
		if wait, err := m.Look(t.Context(), "a", limit, now); err != nil || wait != 20*time.Second {
			t.Errorf("look at a: %v %v", wait, err)
		}
		if wait, err := m.Look(t.Context(), "b", limit, now); err != nil || wait != 0 {
			t.Errorf("look at b: %v %v", wait, err)
		}
	}
	if take("a", now) == 0 || take("b", now) != 0 {
		t.Error("a is over the limit, b is not")
	}
	if take("a", now.Add(time.Minute)) != 0 {
		t.Error("after the period a may go on")
	}
}

func TestMemoryNeverGrowsBeyondItsBound(t *testing.T) {
	m, now := NewMemory(), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	limit := Limit{Name: "x", Burst: 1, Per: time.Hour}
	for i := range memoryKeys + 10 {
		if wait, _ := m.Take(t.Context(), fmt.Sprint(i), limit, now); wait != 0 {
			t.Fatalf("key %d was turned away", i)
		}
	}
	if len(m.tat) > memoryKeys {
		t.Errorf("%d keys", len(m.tat))
	}
}
