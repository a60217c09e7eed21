package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Runner runs the jobs of one process against one database. Fill the exported
// fields, call Start once and Stop once; RunDue works with and without Start.
type Runner struct {
	Store Store
	Jobs  []Job
	Now   func() time.Time
	Log   *slog.Logger
	// Holder names this process in leases; random when empty.
	Holder string

	prepared sync.Once
	entries  []*entry
	quit     chan struct{} // closed by Stop: no more ticks
	ticking  sync.WaitGroup
	running  sync.WaitGroup
	abort    context.CancelFunc // ends the runs under way
}

// entry is a job with what this process remembers of it.
type entry struct {
	Job
	mu   sync.Mutex // held during a run: a job never runs twice at once here
	next time.Time  // not due before, as far as this process knows
}

const (
	tick        = time.Second
	margin      = 10 * time.Second // of the lease over the limit of a run
	retryAfter  = time.Minute      // longest pause after a failed run
	askAgain    = 10 * time.Second // longest pause after a refused lease
	finishLimit = 5 * time.Second
)

// prepare checks the jobs; duplicate names would share a lease.
func (r *Runner) prepare() {
	r.prepared.Do(func() {
		if r.Holder == "" {
			r.Holder = rand.Text()
		}
		names := map[string]bool{}
		for _, j := range r.Jobs {
			if j.Name == "" || j.Run == nil || names[j.Name] {
				panic(fmt.Sprintf("jobs: %q has no name of its own or nothing to run", j.Name))
			}
			names[j.Name] = true
			if j.Limit <= 0 {
				j.Limit = time.Minute
			}
			r.entries = append(r.entries, &entry{Job: j})
		}
	})
}

// Start ticks in the background until Stop. The first tick comes at once.
func (r *Runner) Start() {
	r.prepare()
	r.quit = make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	r.abort = cancel
	r.ticking.Go(func() {
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for {
			r.tick(ctx)
			select {
			case <-ticker.C:
			case <-r.quit:
				return
			}
		}
	})
}

// Stop ends the ticking and waits for the runs under way. When ctx ends first it
// cancels them and returns the context's error; their leases are given back as
// soon as they notice.
func (r *Runner) Stop(ctx context.Context) error {
	close(r.quit)
	r.ticking.Wait()
	idle := make(chan struct{})
	go func() {
		r.running.Wait()
		close(idle)
	}()
	defer r.abort()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tick starts what may be due, each job in its own goroutine, so that a slow job
// delays no other.
func (r *Runner) tick(ctx context.Context) {
	now := r.Now()
	for _, e := range r.entries {
		if !e.mu.TryLock() {
			continue // still running
		}
		if !e.due(now) {
			e.mu.Unlock()
			continue
		}
		r.running.Go(func() {
			defer e.mu.Unlock()
			if err := r.attempt(ctx, e, now); err != nil {
				r.Log.ErrorContext(ctx, "job failed", "job", e.Name, "error", err)
			}
		})
	}
}

// RunDue runs everything that is due at Now, one job after the other in their
// order, and waits for runs under way. For the time machine of the demo, and for
// tests. The errors of all jobs are joined.
func (r *Runner) RunDue(ctx context.Context) error {
	r.prepare()
	now := r.Now()
	var failed []error
	for _, e := range r.entries {
		if err := r.runDue(ctx, e, now); err != nil {
			failed = append(failed, fmt.Errorf("job %s: %w", e.Name, err))
		}
	}
	return errors.Join(failed...)
}

func (r *Runner) runDue(ctx context.Context, e *entry, now time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.EachNode && !e.due(now) {
		return nil // for other jobs the store decides
	}
	return r.attempt(ctx, e, now)
}

// due also holds when the clock was set back behind the start of the last run.
func (e *entry) due(now time.Time) bool {
	return !e.next.After(now) || e.next.After(now.Add(max(e.Every, askAgain)))
}
