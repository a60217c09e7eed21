package ledger

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"atrio/base/ratelimit"
	"atrio/base/seal"
)

// Refusals keeps the pairs of refused answers. It never makes a page wait: pairs go
// into a queue that is written in batches, and what the queue cannot take is dropped
// and counted. An answer that is refused costs its sender nothing, so what one
// address, one request and all together may leave here is bounded; the audit line of
// the refusal stays in any case.
//
// Make one with NewRefusals, call Start once and Close once.
type Refusals struct {
	store   RefusalStore
	log     *slog.Logger
	limiter *ratelimit.Limiter

	room, bare room
	// waits bounds how long a pair waits for others, of real time.
	waits time.Duration

	queue    chan Entry
	stopped  chan struct{}
	done     chan struct{}
	closing  sync.RWMutex // held for reading by Keep
	closed   bool
	dropped  atomic.Uint64
	withheld atomic.Uint64
}

// RefusalStore writes pairs; gatewaydb is one.
type RefusalStore interface {
	KeepRefused(ctx context.Context, pairs []Entry) error
}

const (
	queueLength  = 256
	batchLength  = 64
	longestWait  = 200 * time.Millisecond
	flushTimeout = 5 * time.Second
	// maxRefused bounds the Response of a refused pair, in bytes: several times what
	// providers send. A longer one leaves its request and the reason alone.
	maxRefused = 64 << 10
)

// What may be left here. A campus behind one address has some hundred honest
// refusals in ten minutes at most ("annullato dall'utente" is one).
var (
	perAddress = ratelimit.Limit{Name: "ledger.refused.address", Burst: 300, Per: 10 * time.Minute}
	perRequest = ratelimit.Limit{Name: "ledger.refused.request", Burst: 3, Per: time.Hour}
)

// perDay is the room for all refused pairs of a node together, in bytes. A flood that
// lasts for all 24 months and comes from everywhere takes less than 50 GB.
const perDay = 64 << 20

// barePerDay is the room beside it for pairs without their Response, and rowSize what
// one takes beside its request.
const (
	barePerDay = 16 << 20
	rowSize    = 1 << 10
)

// NewRefusals makes the queue in front of a store.
func NewRefusals(store RefusalStore, ring *seal.Keyring, now func() time.Time, log *slog.Logger) *Refusals {
	return &Refusals{
		store: store, log: log, waits: longestWait,
		limiter: &ratelimit.Limiter{Store: ratelimit.NewMemory(), Keyring: ring, Now: now},
		room:    room{size: perDay, per: 24 * time.Hour, now: now},
		bare:    room{size: barePerDay, per: 24 * time.Hour, now: now},
		queue:   make(chan Entry, queueLength), stopped: make(chan struct{}), done: make(chan struct{}),
	}
}

// Keep queues a refused pair that came from an address, or counts it when the limits
// do not leave room for it.
func (k *Refusals) Keep(ctx context.Context, address string, e Entry) {
	if len(e.Response) > maxRefused {
		e.Response = nil
	}
	if k.limiter.Allow(ctx, perAddress, address) != nil || k.limiter.Allow(ctx, perRequest, e.RequestID) != nil {
		k.withheld.Add(1)
		return
	}
	if !k.room.take(int64(len(e.Request) + len(e.Response))) {
		// Somebody used up the room of today: what others leave keeps its request and its
		// reason, in a room of its own.
		if e.Response = nil; !k.bare.take(int64(len(e.Request) + rowSize)) {
			k.withheld.Add(1)
			return
		}
	}
	k.closing.RLock()
	defer k.closing.RUnlock()
	if k.closed {
		k.dropped.Add(1)
		return
	}
	select {
	case k.queue <- e:
	default:
		k.dropped.Add(1)
	}
}

// Dropped counts pairs that the queue or the store could not take, Withheld those
// beyond the limits.
func (k *Refusals) Dropped() uint64 { return k.dropped.Load() }

// Withheld counts the pairs that were beyond the limits.
func (k *Refusals) Withheld() uint64 { return k.withheld.Load() }

// Start begins to write in the background.
func (k *Refusals) Start() { go k.run() }

// Close writes what waits and returns when it is stored or ctx ends.
func (k *Refusals) Close(ctx context.Context) error {
	k.closing.Lock()
	if !k.closed {
		k.closed = true
		close(k.stopped)
	}
	k.closing.Unlock()
	select {
	case <-k.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Refusals) run() {
	defer close(k.done)
	var batch []Entry
	var due <-chan time.Time
	for {
		select {
		case e := <-k.queue:
			if batch = append(batch, e); len(batch) == 1 {
				due = time.After(k.waits)
			}
			if len(batch) < batchLength {
				continue
			}
		case <-due:
		case <-k.stopped:
			k.drain(batch)
			return
		}
		k.flush(batch)
		batch, due = nil, nil
	}
}

func (k *Refusals) drain(batch []Entry) {
	for {
		select {
		case e := <-k.queue:
			if batch = append(batch, e); len(batch) == batchLength {
				k.flush(batch)
				batch = nil
			}
		default:
			k.flush(batch)
			return
		}
	}
}

func (k *Refusals) flush(batch []Entry) {
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := k.store.KeepRefused(ctx, batch); err != nil {
		k.dropped.Add(uint64(len(batch)))
		k.log.Error("ledger: refused pairs lost", "pairs", len(batch), "error", err)
	}
}

// room is a quantity that refills evenly: size at once and size per time.
type room struct {
	size int64
	per  time.Duration
	now  func() time.Time

	mu   sync.Mutex
	left int64
	at   time.Time
}

// take uses up n, or nothing when there is less.
func (r *room) take(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	switch past := now.Sub(r.at); {
	case r.at.IsZero() || past >= r.per:
		r.left, r.at = r.size, now
	case past > 0:
		back := int64(float64(r.size) * (float64(past) / float64(r.per)))
		if back > 0 {
			r.left, r.at = min(r.size, r.left+back), now
		}
	case past < 0: // the clock was set back
		r.at = now
	}
	if n > r.left {
		return false
	}
	r.left -= n
	return true
}
