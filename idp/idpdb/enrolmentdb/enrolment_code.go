package enrolmentdb

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
)

var (
	_ apply.Store = (*Store)(nil)
	_ apply.Codes = (*Store)(nil)
)

// OpeningPassword is the password of a request whose mailbox is not confirmed.
func (s *Store) OpeningPassword(ctx context.Context, request string) (phc string, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT phc FROM request WHERE id = $1`, request).Scan(&phc)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return phc, err
}

// UseWork uses up a challenge of a form.
func (s *Store) UseWork(ctx context.Context, id string, until time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return shareddb.Consume(ctx, tx, "enrol.work", id, until) })
}

// QueueMail queues a message that no other change goes with.
func (s *Store) QueueMail(ctx context.Context, m notify.Message, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := shareddb.QueueMessage(ctx, tx, m, ev.At); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

// SendRequestCode replaces the code of a request and queues its message, within the caps.
func (s *Store) SendRequestCode(ctx context.Context, m apply.Sending) (time.Duration, error) {
	return shareddb.Capped{
		At: m.At, Pause: m.Pause, Caps: m.Caps, Take: shareddb.TakeIn,
		Last: func(ctx context.Context, q db.Queryer) (time.Time, error) {
			return requestCodeSent(ctx, q, m.Request, m.Purpose)
		},
		Store: func(ctx context.Context, tx *db.Tx) error { return storeRequestCode(ctx, tx, m) },
	}.Send(ctx, s.DB)
}

func storeRequestCode(ctx context.Context, tx *db.Tx, m apply.Sending) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO enrolment_code (request, purpose, digest, tries, sent_at, expires_at, used_at)
		VALUES ($1, $2, $3, 0, $4, $5, 0)
		ON CONFLICT (request, purpose) DO UPDATE SET digest = excluded.digest, tries = 0,
			sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = 0`,
		m.Request, string(m.Purpose), m.Digest, db.Micros(m.At), db.Micros(m.Expires))
	if err != nil {
		return fmt.Errorf("idpdb: code of a request: %w", err)
	}
	if err := shareddb.QueueMessage(ctx, tx, m.Message, m.At); err != nil {
		return err
	}
	return shareddb.AppendAudit(ctx, tx, m.Audit)
}

// RequestCodeSent tells when the last code was sent.
func (s *Store) RequestCodeSent(ctx context.Context, request string, p apply.Purpose) (time.Time, error) {
	return requestCodeSent(ctx, s.DB.Read(), request, p)
}

func requestCodeSent(ctx context.Context, q db.Queryer, request string, p apply.Purpose) (time.Time, error) {
	var at int64
	err := q.QueryRowContext(ctx, `SELECT sent_at FROM enrolment_code WHERE request = $1 AND purpose = $2`, request, string(p)).Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("idpdb: code of a request: %w", err)
	}
	return db.FromMicros(at), nil
}

// TryRequestCode counts a try, compares, and saves the step with the right code.
func (s *Store) TryRequestCode(ctx context.Context, t apply.CodeTry, step enrolment.Step) (v apply.CodeVerdict, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if v, err = TryRequestCodeIn(ctx, tx, t); err != nil || v.Outcome != secondfactor.Right {
			return err
		}
		return s.SaveIn(ctx, tx, step)
	})
	return v, err
}

// TryRequestCodeIn counts a try and compares; the right code is used up. The first statement
// locks the row: tries at the same time are compared one after another. // A01
func TryRequestCodeIn(ctx context.Context, tx *db.Tx, t apply.CodeTry) (v apply.CodeVerdict, err error) {
	var digest []byte
	var tries int
	v = apply.CodeVerdict{Outcome: secondfactor.Stale}
	err = tx.QueryRowContext(ctx, `UPDATE enrolment_code SET tries = tries + 1
		WHERE request = $1 AND purpose = $2 AND used_at = 0 AND tries < $3 AND expires_at > $4
		RETURNING digest, tries`, t.Request, string(t.Purpose), t.Tries, db.Micros(t.At)).Scan(&digest, &tries)
	if errors.Is(err, sql.ErrNoRows) {
		return v, nil
	}
	if err != nil {
		return v, fmt.Errorf("idpdb: try a code of a request: %w", err)
	}
	if !hmac.Equal(digest, t.Digest) {
		return apply.CodeVerdict{Outcome: secondfactor.Wrong, Left: t.Tries - tries}, nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE enrolment_code SET used_at = $3 WHERE request = $1 AND purpose = $2`, t.Request, string(t.Purpose), db.Micros(t.At))
	if err != nil {
		return v, fmt.Errorf("idpdb: use a code of a request: %w", err)
	}
	return apply.CodeVerdict{Outcome: secondfactor.Right}, nil
}
