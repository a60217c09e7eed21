package shareddb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/jobs"
	"atrio/db"
)

var _ jobs.Store = (*Store)(nil)

// claimJob takes the lease when the job is due and free; base/jobs.Store tells
// the rule. $1 name, $2 holder, $3 now, $4 now+every, $5 now+lease.
const claimJob = `INSERT INTO job_lease (name, next_at, holder, lease_until) VALUES ($1, 0, $2, $5)
	ON CONFLICT (name) DO UPDATE SET holder = $2, lease_until = $5
	WHERE (job_lease.next_at <= $3 OR job_lease.next_at > $4)
	  AND (job_lease.holder = '' OR job_lease.lease_until <= $3 OR job_lease.lease_until > $5)
	RETURNING name`

// ClaimJob takes the lease of a job for one run and reports whether it did.
func (s *Store) ClaimJob(ctx context.Context, name, holder string, now time.Time, every, lease time.Duration) (bool, error) {
	var got string
	err := s.DB.One(ctx, func(q db.Queryer) error {
		return q.QueryRowContext(ctx, claimJob, name, holder, db.Micros(now), db.Micros(now.Add(every)), db.Micros(now.Add(lease))).Scan(&got)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("shareddb: claim job %s: %w", name, err)
	}
	return true, nil
}

// FinishJob gives the lease back and says when the job is due next. It does
// nothing when the lease has passed to another node.
func (s *Store) FinishJob(ctx context.Context, name, holder string, next time.Time) error {
	_, err := s.exec(ctx, `UPDATE job_lease SET holder = '', lease_until = 0, next_at = $1 WHERE name = $2 AND holder = $3`,
		db.Micros(next), name, holder)
	if err != nil {
		return fmt.Errorf("shareddb: finish job %s: %w", name, err)
	}
	return nil
}
