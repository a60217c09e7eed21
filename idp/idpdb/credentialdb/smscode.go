package credentialdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"atrio/authn/secondfactor"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/credential"
)

// SendSMS replaces the code of a login and queues its message, within the caps.
func (s *Store) SendSMS(ctx context.Context, m credential.Sending) (time.Duration, error) {
	return shareddb.Capped{
		At: m.At, Pause: m.Pause, Caps: m.Caps, Take: take,
		Last:  func(ctx context.Context, q db.Queryer) (time.Time, error) { return smsSent(ctx, q, m.Flow) },
		Store: func(ctx context.Context, tx *db.Tx) error { return sendSMS(ctx, tx, m) },
	}.Send(ctx, s.DB)
}

func sendSMS(ctx context.Context, tx *db.Tx, m credential.Sending) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO sms_code (flow, identity, digest, sent_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (flow) DO UPDATE SET identity = excluded.identity, digest = excluded.digest,
			sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = 0`,
		m.Flow, m.Identity, m.Digest, db.Micros(m.At), db.Micros(m.Expires))
	if err != nil {
		return err
	}
	if err := shareddb.QueueMessage(ctx, tx, m.Message, m.At); err != nil {
		return err
	}
	return shareddb.AppendAudit(ctx, tx, m.Audit)
}

// SMSSent tells when the last code of a login was sent.
func (s *Store) SMSSent(ctx context.Context, flow string) (time.Time, error) {
	return smsSent(ctx, s.DB.Read(), flow)
}

func smsSent(ctx context.Context, q db.Queryer, flow string) (time.Time, error) {
	var at int64
	err := q.QueryRowContext(ctx, `SELECT sent_at FROM sms_code WHERE flow = $1`, flow).Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, err
	}
	return db.FromMicros(at), nil
}

// TrySMS compares a typed code with the last one sent for the login. Digests are
// MACs, so comparing them in SQL tells nothing by its time.
func (s *Store) TrySMS(ctx context.Context, t credential.CodeTry, digest []byte) (credential.Verdict, error) {
	return s.try(ctx, t, func(tx *db.Tx) (secondfactor.Outcome, error) {
		res, err := tx.ExecContext(ctx, `UPDATE sms_code SET used_at = $4
			WHERE flow = $1 AND identity = $2 AND digest = $3 AND used_at = 0 AND expires_at > $4`,
			t.Flow, t.Identity, digest, db.Micros(t.At))
		if err != nil {
			return secondfactor.Wrong, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return secondfactor.Right, err
		}
		var expires, used int64
		err = tx.QueryRowContext(ctx, `SELECT expires_at, used_at FROM sms_code WHERE flow = $1`, t.Flow).Scan(&expires, &used)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return secondfactor.Wrong, err
		case expires <= db.Micros(t.At) || used != 0:
			return secondfactor.Stale, nil
		}
		return secondfactor.Wrong, nil
	})
}
