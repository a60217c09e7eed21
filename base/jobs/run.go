package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// attempt runs the job if it is needed and the lease is free. e.mu is held.
func (r *Runner) attempt(ctx context.Context, e *entry, now time.Time) error {
	if e.Needed != nil {
		if needed, err := e.Needed(ctx, now); err != nil || !needed {
			return err
		}
	}
	if e.EachNode {
		err := e.run(ctx, now)
		e.next = e.after(now, err)
		return err
	}
	claimed, err := r.Store.ClaimJob(ctx, e.Name, r.Holder, now, e.Every, e.Limit+margin)
	if err != nil || !claimed {
		e.next = now.Add(min(e.Every, askAgain))
		return err
	}
	err = e.run(ctx, now)
	e.next = e.after(now, err)
	// Given back even when the process is stopping.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishLimit)
	defer cancel()
	return errors.Join(err, r.Store.FinishJob(ctx, e.Name, r.Holder, e.next))
}

// after is the next due time.
func (e *entry) after(now time.Time, err error) time.Time {
	if err != nil {
		return now.Add(min(e.Every, retryAfter))
	}
	return now.Add(e.Every)
}

// run does the work within its limit; a panic becomes an error.
func (e *entry) run(ctx context.Context, now time.Time) (err error) {
	ctx, cancel := context.WithTimeout(ctx, e.Limit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return e.Run(ctx, now)
}
