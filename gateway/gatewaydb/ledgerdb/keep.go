package ledgerdb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/jobs"
	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/gateway/ledger"
)

// Prepare makes the keys of the ledger for this month and the next, so that no login
// pays a commit for one. PurgeLedger does it again and again.
func (s *Store) Prepare(ctx context.Context, now time.Time) error {
	if s.keys == nil {
		return errNoKeys
	}
	return s.keys.Prepare(ctx, now)
}

// purgeEvery is how often what is over is deleted.
const purgeEvery = time.Hour

// Jobs keep the ledger as it should be: keys ready, nothing older than 24
// months, nothing in clear.
func (s *Store) Jobs() []jobs.Job {
	if s.keys == nil {
		return nil
	}
	return []jobs.Job{
		{Name: "gateway.ledger.purge", Every: purgeEvery, Limit: 10 * time.Minute, Run: s.PurgeLedger},
		{Name: "gateway.ledger.seal", Every: time.Minute, Limit: 10 * time.Minute, Needed: s.Unsealed, Run: s.SealOld},
	}
}

// PurgeLedger deletes pairs and tokens of which 24 months are over, and destroys the
// keys of months of which nothing may be left.
func (s *Store) PurgeLedger(ctx context.Context, now time.Time) error {
	if s.keys == nil {
		return errNoKeys
	}
	return s.keys.Purge(ctx, now, ledger.Months, ledgerkey.Table{Name: "ledger"}, ledgerkey.Table{Name: "token_issue"},
		ledgerkey.Table{Name: "exchange", Clear: true})
}

// LedgerStats gives the figures for /metrics.
func (s *Store) LedgerStats(ctx context.Context) (ledger.Stats, error) {
	var st ledger.Stats
	if s.keys == nil {
		return st, errNoKeys
	}
	var oldest int64
	for _, one := range []struct {
		query string
		to    *int64
	}{
		{`SELECT count(*) FROM ledger`, &st.Rows},
		{`SELECT count(*) FROM token_issue`, &st.Issues},
		{`SELECT count(*) FROM exchange`, &st.Unsealed},
		{`SELECT coalesce(min(at), 0) FROM ledger`, &oldest},
	} {
		err := s.DB.Read().QueryRowContext(ctx, one.query).Scan(one.to)
		if err != nil {
			return st, fmt.Errorf("ledgerdb: figures of the ledger: %w", err)
		}
	}
	if oldest > 0 {
		st.Oldest = db.FromMicros(oldest)
	}
	var err error
	st.PurgedAt, err = s.keys.PurgedAt(ctx)
	return st, err
}
