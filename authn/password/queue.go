package password

import (
	"context"
	"time"
)

// run hashes when its turn comes.
func (h *Hasher) run(ctx context.Context, password []byte, p phc, length uint32) ([]byte, error) {
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	defer func() { <-h.slots }()
	began := h.clock()
	hash := h.derive(password, p.salt, p.params, length)
	h.measured(h.clock().Sub(began))
	return hash, nil
}

// enter takes a slot: at once, or after waiting with not more than room() others
// and not longer than maxWait.
func (h *Hasher) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	// Refused at once: who waits in vain would only hold a connection.
	if ahead := h.waiting.Add(1); ahead > h.room() {
		h.waiting.Add(-1)
		return ErrBusy.Retry(h.drain(ahead))
	}
	defer h.waiting.Add(-1)
	timer := time.NewTimer(h.maxWait)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-timer.C: // hashes became slower than the queue was planned for
		return ErrBusy.Retry(h.drain(h.waiting.Load()))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// room is the number of callers that can be served within maxWait.
func (h *Hasher) room() int64 {
	return int64(h.maxWait) * int64(cap(h.slots)) / max(h.cost.Load(), 1)
}

// drain is the time in which so many callers are served, in whole seconds, from 1
// to 30.
func (h *Hasher) drain(callers int64) time.Duration {
	d := time.Duration(callers * h.cost.Load() / int64(cap(h.slots)))
	return min(max((d+time.Second-1).Truncate(time.Second), time.Second), 30*time.Second)
}

// measured lets a new duration count for an eighth. Updates that race lose one
// sample, which does not matter.
func (h *Hasher) measured(d time.Duration) {
	old := h.cost.Load()
	h.cost.Store(max(old+(int64(d)-old)/8, int64(time.Microsecond)))
}
