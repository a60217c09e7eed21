package ledgerdb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/jobs"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
)

// Jobs seal what 0.1.0 left in clear; what is over is deleted by Purge.
func (s *Store) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.ledger.seal", Every: time.Minute, Limit: 10 * time.Minute, Needed: s.Unsealed, Run: s.SealOld}}
}

// Unsealed tells whether 0.1.0 left accesses in clear, or whether some that were deleted
// can still be read in the files: cheap reads before each run.
func (s *Store) Unsealed(ctx context.Context, _ time.Time) (bool, error) {
	var n int
	err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM ledger LIMIT 1) AS one`).Scan(&n)
	if err != nil || n > 0 {
		return n > 0, err
	}
	return s.Keys.ScrubDue(ctx)
}

// sealBatch bounds one transaction of SealOld.
const sealBatch = 100

// SealOld moves the accesses of 0.1.0 into the sealed table, a batch in a commit:
// wherever it ends, the next run goes on. After the last row it makes what was in
// clear unreadable in the files too, as each batch asked for. // decision 0018
func (s *Store) SealOld(ctx context.Context, _ time.Time) error {
	for {
		more, err := s.sealOldBatch(ctx)
		if err != nil {
			return err
		}
		if !more {
			return s.Keys.Scrub(ctx)
		}
	}
}

func (s *Store) sealOldBatch(ctx context.Context) (more bool, err error) {
	old, err := s.oldAccesses(ctx)
	if err != nil || len(old) == 0 {
		return false, err
	}
	keys := map[string]*seal.RowKey{}
	for _, o := range old {
		if id := ledgerkey.Month(o.At); keys[id] == nil {
			if keys[id], err = s.Keys.At(ctx, o.At); err != nil {
				return false, err
			}
		}
	}
	return true, s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, o := range old {
			res, err := tx.ExecContext(ctx, `DELETE FROM ledger WHERE flow = $1`, o.ID)
			if err != nil {
				return fmt.Errorf("idpdb: seal old accesses: %w", err)
			}
			if n, err := res.RowsAffected(); err != nil {
				return err
			} else if n == 0 {
				continue // another node did
			}
			if err := s.seal(keys[ledgerkey.Month(o.At)], o.ID, o.Access).insert(ctx, tx); err != nil {
				return err
			}
		}
		return ledgerkey.AskScrub(ctx, tx, "ledger")
	})
}

// oldAccesses reads a batch; 0.1.0 stored both messages compressed.
func (s *Store) oldAccesses(ctx context.Context) ([]FoundAccess, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT flow, identity, spid_code, service, service_name, request_id, response_id,
		level, method, anomaly, at, request, response FROM ledger ORDER BY at, flow LIMIT $1`, sealBatch)
	if err != nil {
		return nil, fmt.Errorf("idpdb: old accesses: %w", err)
	}
	defer rows.Close()
	var list []FoundAccess
	for rows.Next() {
		var f FoundAccess
		var at int64
		var request, response []byte
		err := rows.Scan(&f.ID, &f.Identity, &f.SPIDCode, &f.Service, &f.ServiceName, &f.RequestID, &f.ResponseID,
			&f.Level, &f.Method, &f.Anomaly, &at, &request, &response)
		if err != nil {
			return nil, fmt.Errorf("idpdb: old accesses: %w", err)
		}
		f.At = db.FromMicros(at)
		if f.Request, err = spread(request); err != nil {
			return nil, fmt.Errorf("idpdb: request of access %s: %w", f.ID, err)
		}
		if f.Response, err = spread(response); err != nil {
			return nil, fmt.Errorf("idpdb: response of access %s: %w", f.ID, err)
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// LedgerStats are the figures of the register for /metrics: rows, those still in
// clear, the oldest, the last purge.
func (s *Store) LedgerStats(ctx context.Context) (rows, unsealed int64, oldest, purged time.Time, err error) {
	var at int64
	for _, one := range []struct {
		query string
		to    *int64
	}{
		{`SELECT count(*) FROM access`, &rows},
		{`SELECT count(*) FROM ledger`, &unsealed},
		{`SELECT coalesce(min(at), 0) FROM access`, &at},
	} {
		if err := s.DB.Read().QueryRowContext(ctx, one.query).Scan(one.to); err != nil {
			return 0, 0, oldest, purged, fmt.Errorf("idpdb: figures of the register: %w", err)
		}
	}
	if at > 0 {
		oldest = db.FromMicros(at)
	}
	purged, err = s.Keys.PurgedAt(ctx)
	return rows, unsealed, oldest, purged, err
}
