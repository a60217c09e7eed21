// Package jobs runs what has to happen again and again: purging, sequencing the
// audit log, delivering messages, refreshing metadata.
//
// A Runner ticks on a real second and compares the calendar (Now) with the time
// at which each job is due, so that the demo's time machine needs no timers. A
// lease in the Store keeps a job on one node at a time; when that node dies the
// lease runs out and another node repeats the job. Jobs must therefore be
// written so that running twice does no harm.
//
// The package owns when jobs run, not what they do, and not the rows of the
// leases (db/shareddb).
package jobs

import (
	"context"
	"time"
)

// Job is something done again and again.
type Job struct {
	// Name is unique among the jobs of one database; the key of the lease.
	Name string
	// Every is the pause between the start of two runs, in calendar time.
	// Zero: at every tick.
	Every time.Duration
	// Limit bounds one run in real time; zero means one minute. The lease is
	// somewhat longer, so that a run ends before another node may start one.
	Limit time.Duration
	// EachNode runs the job on every node without a lease: for work that the
	// nodes divide row by row, or that concerns the node itself.
	EachNode bool
	// Needed, when set, is asked before the lease is taken: a cheap read that
	// spares an idle system two commits per tick.
	Needed func(ctx context.Context, now time.Time) (bool, error)
	// Run does the work. An error is logged and the job tried again after Every
	// or a minute, whichever is shorter.
	Run func(ctx context.Context, now time.Time) error
}

// Store keeps one row per job: next_at (when it is due), holder and lease_until.
// db/shareddb implements it.
type Store interface {
	// ClaimJob takes the lease in one statement and reports whether it did. It
	// does when the row does not exist yet, or when both hold:
	//   due:  next_at <= now  or next_at > now+every (the clock was set back)
	//   free: no holder, or lease_until <= now, or lease_until > now+lease
	// It sets holder and lease_until = now+lease and leaves next_at alone.
	ClaimJob(ctx context.Context, name, holder string, now time.Time, every, lease time.Duration) (bool, error)
	// FinishJob clears the lease and sets next_at, if holder still holds it;
	// otherwise it does nothing.
	FinishJob(ctx context.Context, name, holder string, next time.Time) error
}
