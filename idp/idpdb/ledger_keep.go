package idpdb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/jobs"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/db/shareddb"
	"atrio/idp/recovery"
	"atrio/idp/samlsso"
)

// Prepare seals messages from now on and what an earlier program left in clear, and makes the keys of the register for
// this month and the next, so that no login pays a commit for one. Purge does that again and
// again.
func (s *Store) Prepare(ctx context.Context, now time.Time) error {
	shareddb.SealRows(s.DB, s.Keyring)
	if err := s.ledgerKeys().Prepare(ctx, now); err != nil { // refuses the keys of another database
		return err
	}
	return s.SealIdentities(ctx, now)
}

// Jobs seal what 0.1.0 left in clear; what is over is deleted by Purge.
func (s *Store) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.ledger.seal", Every: time.Minute, Limit: 10 * time.Minute, Needed: s.Unsealed, Run: s.SealOld}}
}

// purgeBatch bounds one deletion, so that a purge never holds locks for long.
const purgeBatch = 1000

// Purge deletes what has served its time: throttles that are full again, sent
// codes, services of sessions that are over, accesses after 24 months.
func (s *Store) Purge(ctx context.Context, now time.Time) error {
	for _, one := range []struct{ statement, scrub string }{
		{`DELETE FROM throttle WHERE tat <= $1 AND bucket IN (SELECT bucket FROM throttle WHERE tat <= $1 LIMIT $2)`, ""},
		{`DELETE FROM participant WHERE session IN (SELECT session FROM participant WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, ""},
		{`DELETE FROM sms_code WHERE flow IN (SELECT flow FROM sms_code WHERE expires_at <= $1 LIMIT $2)`, ""},
		{`DELETE FROM app_binding WHERE identity IN (SELECT identity FROM app_binding WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, ""},
		{`DELETE FROM enrolment_code WHERE expires_at <= $1 AND request IN (SELECT request FROM enrolment_code WHERE expires_at <= $1 LIMIT $2)`, ""},
		{`DELETE FROM card_ceremony WHERE request IN (SELECT request FROM card_ceremony WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, ""},
		{`DELETE FROM card_login WHERE flow IN (SELECT flow FROM card_login WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, ""},
		{`DELETE FROM handoff WHERE request IN (SELECT request FROM handoff WHERE until_at <= $1 LIMIT $2) AND until_at <= $1`, ""},
		{`DELETE FROM rao_token WHERE token IN (SELECT token FROM rao_token WHERE expires_at <= $1 LIMIT $2)`, ""},
		{`DELETE FROM ledger WHERE flow IN (SELECT flow FROM ledger WHERE delete_at <= $1 LIMIT $2)`, "ledger"}, // in clear
		{`DELETE FROM identity_code WHERE expires_at <= $1 AND identity IN (SELECT identity FROM identity_code WHERE expires_at <= $1 LIMIT $2)`, ""},
		{`DELETE FROM identity_stop WHERE link IN (SELECT link FROM identity_stop WHERE until <= $1 LIMIT $2)`, ""},
	} {
		if err := s.purge(ctx, one.statement, one.scrub, now); err != nil {
			return err
		}
	}
	if err := s.purge(ctx, `DELETE FROM app_prompt WHERE flow IN (SELECT flow FROM app_prompt WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, "", now.Add(-longestLogin)); err != nil {
		return err
	}
	// The row stays longer than every link of it: one that was pressed opens nothing again.
	if err := s.purge(ctx, `DELETE FROM recovery WHERE until <= $1 AND id IN (SELECT id FROM recovery WHERE until <= $1 LIMIT $2)`, "", now.Add(-recovery.Remembered)); err != nil {
		return err
	}
	if err := s.purge(ctx, `DELETE FROM former_contact WHERE ended_at <= $1 AND identity IN (SELECT identity FROM former_contact WHERE ended_at <= $1 LIMIT $2)`, "", now.Add(-recovery.Remembered)); err != nil {
		return err
	}
	if err := s.purge(ctx, `DELETE FROM applicant WHERE id IN (SELECT a.id FROM applicant a JOIN request r ON r.holder = a.id
			WHERE r.state = 'rejected' AND r.changed_at <= $1 LIMIT $2)`, "", now.Add(-readable)); err != nil {
		return err
	}
	if err := s.purge(ctx, `UPDATE request SET past_phone_key = '', mailbox_key = '', document_key = '' WHERE id IN (SELECT r.id FROM request r
			WHERE r.state IN ('expired', 'withdrawn') AND (r.past_phone_key <> '' OR r.mailbox_key <> '') AND r.changed_at <= $1`+free+` LIMIT $2)`, "", now.Add(-forgets)); err != nil {
		return err
	}
	return s.ledgerKeys().Purge(ctx, now, samlsso.Retention, ledgerkey.Table{Name: "access"})
}

// longestLogin is the longest login_timeout: a login that was called off in the app is
// refused until it is over. // A28
const longestLogin = time.Hour

// readable is how long somebody whose request was rejected may sign in and read why; then
// the mailbox is free for another request.
const readable = 30 * 24 * time.Hour

// forgets is how long the contacts of a request that came to nothing tell one who types
// their own for many people. // A18
const forgets = 90 * 24 * time.Hour

// purge deletes in batches; scrub names the table when what was in it must not be read
// in the files either.
func (s *Store) purge(ctx context.Context, statement, scrub string, now time.Time) error {
	for {
		var deleted int64
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			res, err := tx.ExecContext(ctx, statement, db.Micros(now), purgeBatch)
			if err != nil {
				return err
			}
			if deleted, err = res.RowsAffected(); err != nil || deleted == 0 || scrub == "" {
				return err
			}
			return ledgerkey.AskScrub(ctx, tx, scrub)
		})
		if err != nil || deleted < purgeBatch {
			return err
		}
	}
}

// Unsealed tells whether 0.1.0 left accesses in clear, or whether some that were deleted
// can still be read in the files: cheap reads before each run.
func (s *Store) Unsealed(ctx context.Context, _ time.Time) (bool, error) {
	var n int
	err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM ledger LIMIT 1) AS one`).Scan(&n)
	if err != nil || n > 0 {
		return n > 0, err
	}
	return s.ledgerKeys().ScrubDue(ctx)
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
			return s.ledgerKeys().Scrub(ctx)
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
			if keys[id], err = s.ledgerKeys().At(ctx, o.At); err != nil {
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
	purged, err = s.ledgerKeys().PurgedAt(ctx)
	return rows, unsealed, oldest, purged, err
}
