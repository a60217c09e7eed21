package idpdb

import (
	"context"
	"time"

	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/idp/idpdb/evidencedb"
	"atrio/idp/idpdb/proofingdb"
	"atrio/idp/recovery"
	"atrio/idp/samlsso"
)

// purgeBatch bounds one deletion, so that a purge never holds locks for long.
const purgeBatch = 1000

// Purge deletes what has served its time: throttles that are full again, sent
// codes, services of sessions that are over, accesses after 24 months.
func (s *Store) Purge(ctx context.Context, now time.Time) error {
	for _, one := range []struct {
		statement, scrub string
		since            time.Time // what ended by then goes
	}{
		{`DELETE FROM throttle WHERE tat <= $1 AND bucket IN (SELECT bucket FROM throttle WHERE tat <= $1 LIMIT $2)`, "", now},
		{`DELETE FROM participant WHERE session IN (SELECT session FROM participant WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, "", now},
		{`DELETE FROM sms_code WHERE flow IN (SELECT flow FROM sms_code WHERE expires_at <= $1 LIMIT $2)`, "", now},
		{`DELETE FROM app_binding WHERE identity IN (SELECT identity FROM app_binding WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, "", now},
		{`DELETE FROM enrolment_code WHERE expires_at <= $1 AND request IN (SELECT request FROM enrolment_code WHERE expires_at <= $1 LIMIT $2)`, "", now},
		{`DELETE FROM card_ceremony WHERE request IN (SELECT request FROM card_ceremony WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, "", now},
		{`DELETE FROM card_login WHERE flow IN (SELECT flow FROM card_login WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, "", now},
		{`DELETE FROM handoff WHERE request IN (SELECT request FROM handoff WHERE until_at <= $1 LIMIT $2) AND until_at <= $1`, "", now},
		{`DELETE FROM rao_token WHERE token IN (SELECT token FROM rao_token WHERE expires_at <= $1 LIMIT $2)`, "", now},
		{`DELETE FROM ledger WHERE flow IN (SELECT flow FROM ledger WHERE delete_at <= $1 LIMIT $2)`, "ledger", now}, // in clear
		{`DELETE FROM identity_code WHERE expires_at <= $1 AND identity IN (SELECT identity FROM identity_code WHERE expires_at <= $1 LIMIT $2)`, "", now},
		{`DELETE FROM identity_stop WHERE link IN (SELECT link FROM identity_stop WHERE until <= $1 LIMIT $2)`, "", now},
		{`DELETE FROM app_prompt WHERE flow IN (SELECT flow FROM app_prompt WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1`, "", now.Add(-longestLogin)},
		// The row stays longer than every link of it: one that was pressed opens nothing again.
		{`DELETE FROM recovery WHERE until <= $1 AND id IN (SELECT id FROM recovery WHERE until <= $1 LIMIT $2)`, "", now.Add(-recovery.Remembered)},
		{`DELETE FROM former_contact WHERE ended_at <= $1 AND identity IN (SELECT identity FROM former_contact WHERE ended_at <= $1 LIMIT $2)`, "", now.Add(-recovery.Remembered)},
		{`DELETE FROM rao_sealed WHERE day <= $1 AND day IN (SELECT day FROM rao_sealed WHERE day <= $1 LIMIT $2)`, "", now.AddDate(0, 0, -proofingdb.SealedDays)},
		{`DELETE FROM applicant WHERE id IN (SELECT a.id FROM applicant a JOIN request r ON r.holder = a.id
			WHERE r.state = 'rejected' AND r.changed_at <= $1 LIMIT $2)`, "", now.Add(-readable)},
		{`UPDATE request SET past_phone_key = '', mailbox_key = '', document_key = '' WHERE id IN (SELECT r.id FROM request r
			WHERE r.state IN ('expired', 'withdrawn') AND (r.past_phone_key <> '' OR r.mailbox_key <> '') AND r.changed_at <= $1` + evidencedb.Free + ` LIMIT $2)`, "", now.Add(-forgets)},
	} {
		if err := s.purge(ctx, one.statement, one.scrub, one.since); err != nil {
			return err
		}
	}
	return s.Keys.Purge(ctx, now, samlsso.Retention, ledgerkey.Table{Name: "access"})
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
