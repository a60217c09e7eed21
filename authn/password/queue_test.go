package password

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"atrio/base/fault"
)

// storm sends n verifications at once and counts what became of them.
type storm struct {
	ok, busy, other atomic.Int64
	retry           atomic.Int64 // of the last refusal
	wg              sync.WaitGroup
}

func (s *storm) start(ctx context.Context, h *Hasher, stored string, n int) {
	for range n {
		s.wg.Go(func() {
			ok, _, err := h.Verify(ctx, stored, "password")
			switch {
			case ok && err == nil:
				s.ok.Add(1)
			case errors.Is(err, ErrBusy):
				s.retry.Store(int64(fault.From(err).RetryAfter))
				s.busy.Add(1)
			default:
				s.other.Add(1)
			}
		})
	}
}

// watched counts the hashes that run at once; each waits for gate, when given.
func watched(h *Hasher, gate <-chan struct{}) (most *atomic.Int64) {
	var running atomic.Int64
	most = new(atomic.Int64)
	bare := h.derive
	h.derive = func(password, salt []byte, p Params, length uint32) []byte {
		n := running.Add(1)
		defer running.Add(-1)
		for {
			m := most.Load()
			if n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		if gate != nil {
			<-gate
		}
		return bare(password, salt, p, length)
	}
	return most
}

func TestTwoHundredAtOnceNeverExceedTheWorkersAndTheExcessIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Settings{Params: cheap, Workers: 3})
		stored := hash(t, h, "password")
		h.cost.Store(int64(firstGuess))
		gate := make(chan struct{})
		most := watched(h, gate)
		var s storm
		s.start(t.Context(), h, stored, 200)
		synctest.Wait()
		// 2 s × 3 workers / 50 ms = 120 may wait, 3 run, 77 are refused at once.
		if h.Waiting() != 120 || s.busy.Load() != 77 || s.ok.Load() != 0 {
			t.Errorf("waiting %d, refused %d, done %d", h.Waiting(), s.busy.Load(), s.ok.Load())
		}
		if retry := time.Duration(s.retry.Load()); retry < 2*time.Second || retry > 3*time.Second {
			t.Errorf("come back after %v", retry)
		}
		close(gate)
		s.wg.Wait()
		if s.ok.Load() != 123 || s.other.Load() != 0 || most.Load() != 3 || h.Waiting() != 0 {
			t.Errorf("done %d, other %d, at once %d, waiting %d", s.ok.Load(), s.other.Load(), most.Load(), h.Waiting())
		}
	})
}

func TestNobodyWaitsLongerThanMaxWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Settings{Params: cheap, Workers: 1})
		stored := hash(t, h, "password")
		gate := make(chan struct{})
		watched(h, gate)
		var s storm
		began := time.Now() // of the bubble
		s.start(t.Context(), h, stored, 5)
		synctest.Wait()
		<-time.After(2*time.Second - time.Millisecond)
		synctest.Wait()
		if s.busy.Load() != 0 {
			t.Error("refused too early")
		}
		<-time.After(2 * time.Millisecond)
		synctest.Wait()
		if s.busy.Load() != 4 || time.Since(began) > 3*time.Second {
			t.Errorf("%d refused", s.busy.Load())
		}
		close(gate)
		s.wg.Wait()
		if s.ok.Load() != 1 {
			t.Error("the hash under way was lost")
		}
		if cost := time.Duration(h.cost.Load()); cost < 250*time.Millisecond {
			t.Errorf("after a slow hash the queue reckons with %v", cost)
		}
		// The queue has learned: fewer may wait.
		if room := h.room(); room > 8 {
			t.Errorf("room for %d", room)
		}
	})
}

func TestACancelledLoginLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Settings{Params: cheap, Workers: 1})
		stored := hash(t, h, "password")
		gate := make(chan struct{})
		watched(h, gate)
		var running, leaving storm
		running.start(t.Context(), h, stored, 1)
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		leaving.start(ctx, h, stored, 3)
		synctest.Wait()
		if h.Waiting() != 3 {
			t.Errorf("waiting %d", h.Waiting())
		}
		cancel()
		leaving.wg.Wait()
		if leaving.other.Load() != 3 || h.Waiting() != 0 {
			t.Errorf("left %d, waiting %d", leaving.other.Load(), h.Waiting())
		}
		close(gate)
		running.wg.Wait()
		if err := h.VerifyDummy(ctx, "password"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestTwoHundredRealHashes(t *testing.T) {
	h := New(Settings{Params: Params{Memory: 1 << 10, Passes: 1, Threads: 1}, Workers: 2, MaxWait: time.Hour})
	stored := hash(t, h, "password")
	most := watched(h, nil)
	var s storm
	s.start(t.Context(), h, stored, 200)
	s.wg.Wait()
	if s.ok.Load() != 200 || most.Load() > 2 {
		t.Errorf("done %d, at once %d", s.ok.Load(), most.Load())
	}
}

// BenchmarkPasswordShare is the throughput of the Hasher as a share of that of bare
// argon2id, with the same number of workers at the default costs, in turns; DESIGN
// section 6 wants 90 %.
func BenchmarkPasswordShare(b *testing.B) {
	h := New(Settings{MaxWait: time.Hour})
	stored := hash(b, h, "password")
	p, err := parsePHC(stored)
	if err != nil {
		b.Fatal(err)
	}
	const turn = 8 // hashes for each worker
	// parallel runs f for a turn on the given number of goroutines for each worker.
	parallel := func(each int, f func() error) time.Duration {
		began := time.Now()
		var left atomic.Int64
		left.Store(int64(turn * h.Workers()))
		var wg sync.WaitGroup
		for range each * h.Workers() {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					if err := f(); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
		return time.Since(began)
	}
	var bare, ours time.Duration
	n := 0
	for b.Loop() {
		n++
		bare += parallel(1, func() error {
			argon2id([]byte("password"), p.salt, p.params, hashLength)
			return nil
		})
		ours += parallel(8, func() error {
			_, _, err := h.Verify(b.Context(), stored, "password")
			return err
		})
	}
	b.ReportMetric(100*bare.Seconds()/ours.Seconds(), "%")
	b.ReportMetric(float64(n*turn*h.Workers())/ours.Seconds(), "hashes/s")
}
