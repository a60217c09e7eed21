package shareddb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/jobs"
	"atrio/db"
)

const (
	purgeEvery = 10 * time.Minute
	// purgeBatch keeps each deleting transaction short, so that logins do not
	// wait behind it.
	purgeBatch = 1000
	// keepDone is how long the record of a finished message stays; its address
	// and texts are gone already.
	keepDone = 30 * 24 * time.Hour
)

// Jobs are the cleaning jobs of the shared tables.
func (s *Store) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "shared.purge", Every: purgeEvery, Run: s.Purge}}
}

// Purge removes everything that has expired. Nothing depends on it: what has
// expired is not found or not heeded anyway.
func (s *Store) Purge(ctx context.Context, now time.Time) error {
	for _, one := range []func(context.Context, time.Time) error{s.PurgeSessions, s.PurgeConsumed, s.PurgeRates, s.PurgeMessages} {
		if err := one(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

// purge repeats a deleting statement until it finds less than a full batch. The
// statement takes the moment and the batch size.
func (s *Store) purge(ctx context.Context, statement string, until time.Time) error {
	for {
		n, err := s.exec(ctx, statement, db.Micros(until), purgeBatch)
		if err != nil {
			return fmt.Errorf("shareddb: purge: %w", err)
		}
		if n < purgeBatch {
			return nil
		}
	}
}
