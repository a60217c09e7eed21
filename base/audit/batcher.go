package audit

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Batcher keeps events that no transaction carries: refusals and reads. It never
// makes a request wait; under a flood events are dropped and counted, and in a
// crash up to Interval of them is lost (DESIGN decision 4).
//
// Make one with a literal, call Start once and Close once.
type Batcher struct {
	Store Store
	Log   *slog.Logger
	// Queue bounds the events that wait; 4096 when zero.
	Queue int
	// Interval is the longest wait of an event; 200 ms when zero, of real time.
	Interval time.Duration

	events  chan Event
	stopped chan struct{} // closed by Close
	done    chan struct{} // closed when the last flush is over
	closing sync.RWMutex  // held for reading by Refuse, so that no event slips in after the last flush
	closed  bool
	dropped atomic.Uint64
}

const (
	flushSize    = 256             // events in one transaction
	flushTimeout = 5 * time.Second // a store that is slower loses the batch
)

// Start begins to flush in the background.
func (b *Batcher) Start() {
	if b.Queue <= 0 {
		b.Queue = 4096
	}
	if b.Interval <= 0 {
		b.Interval = 200 * time.Millisecond
	}
	b.events = make(chan Event, b.Queue)
	b.stopped = make(chan struct{})
	b.done = make(chan struct{})
	go b.run()
}

// Refuse queues an event without waiting. After Close, or when the queue is full,
// the event is dropped.
func (b *Batcher) Refuse(e Event) {
	b.closing.RLock()
	defer b.closing.RUnlock()
	if b.closed {
		b.dropped.Add(1)
		return
	}
	select {
	case b.events <- e.Normal():
	default:
		b.dropped.Add(1)
	}
}

// Dropped is the number of events lost since Start; a metric.
func (b *Batcher) Dropped() uint64 { return b.dropped.Load() }

// Close flushes what waits and returns when it is stored or ctx ends.
func (b *Batcher) Close(ctx context.Context) error {
	b.closing.Lock()
	if !b.closed {
		b.closed = true
		close(b.stopped)
	}
	b.closing.Unlock()
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run collects events until a batch is full or its first event has waited for
// Interval. An idle batcher has no timer running.
func (b *Batcher) run() {
	defer close(b.done)
	var batch []Event
	var due <-chan time.Time
	for {
		select {
		case e := <-b.events:
			if batch = append(batch, e); len(batch) == 1 {
				due = time.After(b.Interval)
			}
			if len(batch) < flushSize {
				continue
			}
		case <-due:
		case <-b.stopped:
			b.drain(batch)
			return
		}
		b.flush(batch)
		batch, due = nil, nil
	}
}

func (b *Batcher) drain(batch []Event) {
	for {
		select {
		case e := <-b.events:
			if batch = append(batch, e); len(batch) == flushSize {
				b.flush(batch)
				batch = nil
			}
		default:
			b.flush(batch)
			return
		}
	}
}

func (b *Batcher) flush(batch []Event) {
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := b.Store.AppendEvents(ctx, batch); err != nil {
		b.dropped.Add(uint64(len(batch)))
		b.Log.Error("audit: events lost", "events", len(batch), "error", err)
	}
}
