package operatordb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/backoffice/operator"
)

var _ operator.Store = (*Store)(nil)

// InviteOperator stores an invitation with its mail; the one before is over.
func (s *Store) InviteOperator(ctx context.Context, i operator.Invitation) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		o := i.Operator
		_, err := tx.ExecContext(ctx, `INSERT INTO operator (id, name, email, invited_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, invited_at = excluded.invited_at`,
			o.ID, o.Name, o.Email, db.Micros(i.Event.At))
		if err != nil {
			return fmt.Errorf("idpdb: invite operator: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO operator_invitation (operator, link, until) VALUES ($1, $2, $3)
			ON CONFLICT (operator) DO UPDATE SET link = excluded.link, until = excluded.until`, o.ID, fmt.Sprintf("%x", i.Link), db.Micros(i.Until))
		if err != nil {
			return fmt.Errorf("idpdb: invite operator: %w", err)
		}
		return told(ctx, tx, i.Mail, i.Event)
	})
}

// told queues a mail and writes the line of what it is about.
func told(ctx context.Context, tx *db.Tx, m notify.Message, ev audit.Event) error {
	if err := shareddb.QueueMessage(ctx, tx, m, ev.At); err != nil {
		return err
	}
	return shareddb.AppendAudit(ctx, tx, ev)
}

// InvitedOperator gives whom an open invitation is for.
func (s *Store) InvitedOperator(ctx context.Context, link []byte, now time.Time) (id string, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT operator FROM operator_invitation WHERE link = $1 AND until > $2`, fmt.Sprintf("%x", link), db.Micros(now)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", operator.ErrLink
	}
	return id, err
}

// OperatorKeys are the keys of an operator, the oldest first.
func (s *Store) OperatorKeys(ctx context.Context, id string) (list []operator.Key, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT id, label, key, uses, added_at, used_at FROM operator_key WHERE operator = $1 ORDER BY added_at, id`, id)
	if err != nil {
		return nil, fmt.Errorf("idpdb: operator keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		k := operator.Key{Operator: id}
		var stored string
		var uses, added, used int64
		if err := rows.Scan(&k.ID, &k.Label, &stored, &uses, &added, &used); err != nil {
			return nil, fmt.Errorf("idpdb: operator keys: %w", err)
		}
		if err := json.Unmarshal([]byte(stored), &k.Key); err != nil {
			return nil, fmt.Errorf("idpdb: operator keys: %w", err)
		}
		k.Key.Count, k.Added = uint32(uses), db.FromMicros(added)
		if used > 0 {
			k.Used = db.FromMicros(used)
		}
		list = append(list, k)
	}
	return list, rows.Err()
}

// AddOperatorKey stores a key and uses up the invitation that it was made by.
func (s *Store) AddOperatorKey(ctx context.Context, a operator.Addition) error {
	k := a.Key
	stored, err := json.Marshal(k.Key)
	if err != nil {
		return fmt.Errorf("idpdb: operator key: %w", err)
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		// Locks the operator: two keys at once are counted one after the other.
		if _, err := tx.ExecContext(ctx, `UPDATE operator SET invited_at = invited_at WHERE id = $1`, k.Operator); err != nil {
			return fmt.Errorf("idpdb: operator key: %w", err)
		}
		if a.Link != nil {
			res, err := tx.ExecContext(ctx, `DELETE FROM operator_invitation WHERE operator = $1 AND link = $2 AND until > $3`, k.Operator, fmt.Sprintf("%x", a.Link), db.Micros(k.Added))
			if err != nil {
				return fmt.Errorf("idpdb: operator key: %w", err)
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return errors.Join(operator.ErrLink, err)
			}
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM operator_key WHERE operator = $1`, k.Operator).Scan(&n); err != nil {
			return fmt.Errorf("idpdb: operator key: %w", err)
		}
		if n >= operator.MostKeys {
			return operator.ErrTooMany
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO operator_key (id, operator, label, key, uses, added_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
			k.ID, k.Operator, k.Label, string(stored), int64(k.Key.Count), db.Micros(k.Added))
		if err != nil {
			return err
		}
		return told(ctx, tx, a.Mail, a.Event)
	})
	if db.IsUnique(err) {
		return operator.ErrKnown.Because(err)
	}
	return err
}

// RemoveOperatorKey removes one of several keys.
func (s *Store) RemoveOperatorKey(ctx context.Context, id, key string, mail notify.Message, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE operator SET invited_at = invited_at WHERE id = $1`, id); err != nil {
			return fmt.Errorf("idpdb: remove operator key: %w", err)
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM operator_key WHERE id = $1 AND operator = $2`, key, id)
		if err != nil {
			return fmt.Errorf("idpdb: remove operator key: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(fault.New(fault.NotFound, "error.operator.no_key").For("operator_no_key"), err)
		}
		var left int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM operator_key WHERE operator = $1`, id).Scan(&left); err != nil {
			return fmt.Errorf("idpdb: remove operator key: %w", err)
		}
		if left == 0 {
			return operator.ErrLastKey
		}
		return told(ctx, tx, mail, ev)
	})
}

// EnterOperator notes the use of a key and opens the session that it is for.
func (s *Store) EnterOperator(ctx context.Context, e operator.Entry) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		u := e.Use
		err := shareddb.Consume(ctx, tx, "operator.challenge", u.Challenge, u.Until)
		if fault.Is(err, fault.Conflict) {
			return operator.ErrAnswered
		}
		if err != nil {
			return err
		}
		// A counter that stays 0 counts nothing; any other has to grow. WebAuthn 7.2
		res, err := tx.ExecContext(ctx, `UPDATE operator_key SET uses = $3, used_at = $4 WHERE id = $1 AND operator = $2 AND (uses < $3 OR (uses = 0 AND $3 = 0))`,
			u.Key, u.Operator, int64(u.Count), db.Micros(u.At))
		if err != nil {
			return fmt.Errorf("idpdb: enter operator: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(operator.ErrCopied, err)
		}
		if e.Replaces != "" {
			if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE handle = $1 AND subject = $2`, e.Replaces, u.Operator); err != nil {
				return fmt.Errorf("idpdb: enter operator: %w", err)
			}
		}
		if err := shareddb.InsertSession(ctx, tx, e.Session); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, e.Event)
	})
}

// RevokeOperator ends keys, invitations and sessions.
func (s *Store) RevokeOperator(ctx context.Context, id string, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM operator_key WHERE operator = $1`, id)
		if err != nil {
			return fmt.Errorf("idpdb: revoke operator: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("idpdb: revoke operator: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM operator_invitation WHERE operator = $1`, id); err != nil {
			return fmt.Errorf("idpdb: revoke operator: %w", err)
		}
		if err := shareddb.EndSessionsOf(ctx, tx, id, ev.At); err != nil {
			return err
		}
		detail := map[string]string{"keys": strconv.FormatInt(n, 10)}
		for name, value := range ev.Detail {
			detail[name] = value
		}
		ev.Detail = detail
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

// Operators is everybody who was ever invited.
func (s *Store) Operators(ctx context.Context, now time.Time) (list []operator.Standing, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT o.id, o.name, o.email, (SELECT count(*) FROM operator_key k WHERE k.operator = o.id),
			coalesce((SELECT i.until FROM operator_invitation i WHERE i.operator = o.id AND i.until > $1), 0)
		FROM operator o ORDER BY o.name, o.id`, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("idpdb: operators: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var o operator.Standing
		var until int64
		if err := rows.Scan(&o.ID, &o.Name, &o.Email, &o.Keys, &until); err != nil {
			return nil, fmt.Errorf("idpdb: operators: %w", err)
		}
		if until > 0 {
			o.Invited = db.FromMicros(until)
		}
		list = append(list, o)
	}
	return list, rows.Err()
}
