package audit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// batcher starts one over m; inside a synctest bubble time is not the wall clock.
func batcher(m *memory, queue int) *Batcher {
	b := &Batcher{Store: m, Log: slog.New(slog.DiscardHandler), Queue: queue}
	b.Start()
	return b
}

func closed(t *testing.T, b *Batcher) {
	t.Helper()
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestRefusalsAreStoredWithin200Milliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		b := batcher(m, 0)
		defer closed(t, b)
		b.Refuse(Event{At: now, Action: LoginRefused, Outcome: Refused})
		<-time.After(199 * time.Millisecond)
		b.Refuse(Event{At: now, Action: LoginRefused, Outcome: Refused})
		synctest.Wait()
		if m.len() != 0 {
			t.Error("a batch must wait for company")
		}
		<-time.After(2 * time.Millisecond)
		synctest.Wait()
		if m.len() != 2 {
			t.Errorf("%d rows", m.len())
		}
	})
}

func TestAFullBatchDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		b := batcher(m, 0)
		defer closed(t, b)
		for range flushSize {
			b.Refuse(Event{At: now})
		}
		synctest.Wait()
		if m.len() != flushSize {
			t.Errorf("%d rows", m.len())
		}
	})
}

func TestCloseFlushesAndLaterEventsAreCounted(t *testing.T) {
	m := &memory{}
	b := batcher(m, 0)
	for range 3*flushSize + 1 {
		b.Refuse(Event{At: now})
	}
	closed(t, b)
	closed(t, b)
	if m.len() != 3*flushSize+1 {
		t.Fatalf("%d rows", m.len())
	}
	if b.Refuse(Event{At: now}); b.Dropped() != 1 {
		t.Fatal("an event after Close must count as dropped")
	}
}

func TestAFloodIsDroppedAndCountedWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{block: make(chan struct{})}
		b := batcher(m, 8)
		b.Refuse(Event{At: now})
		<-time.After(time.Second) // the first flush hangs in the store
		synctest.Wait()
		for range 20 {
			b.Refuse(Event{At: now})
		}
		if b.Dropped() != 12 {
			t.Errorf("%d dropped", b.Dropped())
		}
		close(m.block)
		closed(t, b)
		if m.len() != 9 {
			t.Errorf("%d rows", m.len())
		}
	})
}

func TestAFailingStoreCostsTheBatchAndIsLogged(t *testing.T) {
	var log bytes.Buffer
	m := &memory{fail: errors.New("disk full")}
	b := &Batcher{Store: m, Log: slog.New(slog.NewTextHandler(&log, nil))}
	b.Start()
	b.Refuse(Event{At: now, Actor: "account-7"})
	closed(t, b)
	if b.Dropped() != 1 || !strings.Contains(log.String(), "disk full") || strings.Contains(log.String(), "account-7") {
		t.Fatalf("%d dropped, log %q", b.Dropped(), log.String())
	}
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{block: make(chan struct{})}
		b := batcher(m, 8)
		b.Refuse(Event{At: now})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(m.block)
		closed(t, b)
	})
}

func TestNoEventIsLostUncountedWhenCloseRaces(t *testing.T) {
	m := &memory{}
	b := batcher(m, 1000)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				b.Refuse(Event{At: now})
			}
		})
	}
	closed(t, b)
	wg.Wait()
	if got := m.len() + int(b.Dropped()); got != 400 {
		t.Fatalf("%d of 400 accounted for", got)
	}
}
