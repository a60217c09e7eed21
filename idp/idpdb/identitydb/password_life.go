package identitydb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/identity"
	"atrio/idp/idpdb/credentialdb"
	"atrio/idp/passwordlife"
	"atrio/idp/passwordrule"
)

// FormerPasswords lists the present password and those before it; an applicant has the
// present one alone.
func (s *Store) FormerPasswords(ctx context.Context, id string) (list []passwordrule.Former, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT phc, ended_at FROM (
			SELECT phc, 0 AS ended_at, 1 AS place FROM password WHERE identity = $1
			UNION ALL SELECT phc, 0, 1 FROM applicant WHERE id = $1 AND phc <> ''
			UNION ALL SELECT phc, ended_at, 2 FROM former_password WHERE identity = $1
		) AS passwords ORDER BY place, ended_at DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("idpdb: former passwords: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var f passwordrule.Former
		var ended int64
		if err := rows.Scan(&f.Hash, &ended); err != nil {
			return nil, fmt.Errorf("idpdb: former passwords: %w", err)
		}
		f.EndedAt = db.FromMicros(ended)
		list = append(list, f)
	}
	return list, rows.Err()
}

// ErrPasswordChanged: the password is not the one that was compared.
var ErrPasswordChanged = fault.New(fault.Conflict, "error.invalid").For("password_changed_meanwhile")

// ChangePassword puts a password in place of another. The first statement locks the row.
func (s *Store) ChangePassword(ctx context.Context, c passwordlife.Change) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return ChangePasswordIn(ctx, tx, c) })
}

// ChangePasswordIn is ChangePassword in the caller's transaction.
func ChangePasswordIn(ctx context.Context, tx *db.Tx, c passwordlife.Change) error {
	res, err := tx.ExecContext(ctx, `UPDATE password SET phc = $3, changed_at = $4, reminded = 0 WHERE identity = $1 AND phc = $2`,
		c.Identity, c.Old, c.New, db.Micros(c.Audit.At))
	if err != nil {
		return fmt.Errorf("idpdb: change a password: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return ErrPasswordChanged.Because(err)
	}
	if err := FormerPassword(ctx, tx, c.Identity, c.Old, c.Audit.At); err != nil {
		return err
	}
	if err := Capped(ctx, tx, c.Cap, c.Audit.At); err != nil {
		return err
	}
	if err := credentialdb.FactorLost(ctx, tx, c.Identity, c.Keep, c.Audit.At); err != nil {
		return err
	}
	return shareddb.Tell(ctx, tx, c.Messages, c.Audit)
}

// Capped counts one event, in the commit of what is counted.
func Capped(ctx context.Context, tx *db.Tx, b ratelimit.Bucket, at time.Time) error {
	if b.Key == "" {
		return nil
	}
	wait, err := shareddb.TakeIn(ctx, tx, b, at)
	if err == nil && wait > 0 {
		err = ratelimit.ErrTooMany.Retry(wait)
	}
	return err
}

// FormerPassword keeps the hash of a password that ended, and forgets those that may come
// back: of the last five changes, and of fifteen months, all stay. // E13
func FormerPassword(ctx context.Context, tx *db.Tx, id, phc string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO former_password (identity, ended_at, phc) VALUES ($1, $2, $3)
		ON CONFLICT (identity, ended_at) DO NOTHING`, id, db.Micros(at), phc)
	if err != nil {
		return fmt.Errorf("idpdb: keep a former password: %w", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM former_password WHERE identity = $1 AND ended_at <= $2 AND ended_at NOT IN (
			SELECT ended_at FROM former_password WHERE identity = $1 ORDER BY ended_at DESC LIMIT $3)`,
		id, db.Micros(at.AddDate(0, -passwordrule.Months, 0)), passwordrule.Changes)
	if err != nil {
		return fmt.Errorf("idpdb: forget former passwords: %w", err)
	}
	return nil
}

// remindBatch bounds one round of reminders.
const remindBatch = 100

// RemindPasswords queues reminders of passwords that end in so many days, each once.
func (s *Store) RemindPasswords(ctx context.Context, days int, now time.Time, message func(*identity.Identity, time.Time) notify.Message) (int, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT p.identity, p.changed_at FROM password p JOIN identity i ON i.id = p.identity
		WHERE p.changed_at <= $1 AND p.changed_at > $2 AND (p.reminded = 0 OR p.reminded > $3) AND i.state = 'active' ORDER BY p.changed_at, p.identity LIMIT $4`,
		db.Micros(now.Add(time.Duration(days)*24*time.Hour-passwordrule.MaxAge)), db.Micros(now.Add(-passwordrule.MaxAge)), days, remindBatch)
	if err != nil {
		return 0, fmt.Errorf("idpdb: passwords to remind of: %w", err)
	}
	defer rows.Close()
	type due struct {
		id      string
		changed int64
	}
	var list []due
	for rows.Next() {
		var d due
		if err := rows.Scan(&d.id, &d.changed); err != nil {
			return 0, fmt.Errorf("idpdb: passwords to remind of: %w", err)
		}
		list = append(list, d)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for _, d := range list {
		who, err := s.Identity(ctx, d.id)
		if err != nil {
			return 0, err
		}
		if err := s.remind(ctx, d.id, d.changed, days, message(who, db.FromMicros(d.changed).Add(passwordrule.MaxAge)), now); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (s *Store) remind(ctx context.Context, id string, changed int64, days int, m notify.Message, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE password SET reminded = $3 WHERE identity = $1 AND changed_at = $2 AND (reminded = 0 OR reminded > $3)`, id, changed, days)
		if err != nil {
			return fmt.Errorf("idpdb: remind of a password: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return err // another node was faster
		}
		return shareddb.QueueMessage(ctx, tx, m, now)
	})
}
