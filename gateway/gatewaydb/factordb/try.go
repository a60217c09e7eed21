package factordb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/secondfactor"
)

// errWaiting rolls back what is not allowed now.
var errWaiting = errors.New("factordb: too many tries")

// TryApp compares a code with every app of the account.
func (s *Store) TryApp(ctx context.Context, t secondfactor.Try, verify func(key []byte) secondfactor.Match) (secondfactor.Verdict, error) {
	return s.try(ctx, t, func(tx *db.Tx) (v secondfactor.Verdict, err error) {
		list, err := s.factors(ctx, tx, t.AccountID)
		if err != nil {
			return v, err
		}
		for _, f := range list {
			if f.Kind != kinds.TOTP {
				continue
			}
			m := verify(f.key)
			if !m.OK {
				if v.Off == 0 {
					v.Off = m.Off
				}
				continue
			}
			return s.takeStep(ctx, tx, f, m.Step, t.At)
		}
		return v, nil
	})
}

// takeStep uses up a time step of an app, unless that step or a later one was used
// before: the condition decides between nodes. // RFC 6238 5.2
func (s *Store) takeStep(ctx context.Context, tx *db.Tx, f factorRow, step int64, now time.Time) (secondfactor.Verdict, error) {
	result, err := tx.ExecContext(ctx, `UPDATE factor SET step = $2, used_at = $3 WHERE id = $1 AND step < $2`, f.ID, step, db.Micros(now))
	if err != nil {
		return secondfactor.Verdict{}, fmt.Errorf("factordb: take step: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return secondfactor.Verdict{Outcome: kinds.Replayed}, err
	}
	return secondfactor.Verdict{Outcome: kinds.Right, Factor: f.ID}, nil
}

// TrySMS compares a code with the last one sent for the flow. Digests are MACs, so
// comparing them in SQL tells nothing by its time.
func (s *Store) TrySMS(ctx context.Context, t secondfactor.Try, digest []byte) (secondfactor.Verdict, error) {
	return s.try(ctx, t, func(tx *db.Tx) (v secondfactor.Verdict, err error) {
		now := db.Micros(t.At)
		result, err := tx.ExecContext(ctx, `UPDATE factor_code SET used_at = $4
			WHERE flow = $1 AND account_id = $2 AND digest = $3 AND used_at = 0 AND expires_at > $4`, t.Flow, t.AccountID, digest, now)
		if err != nil {
			return v, fmt.Errorf("factordb: compare code: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil {
			return v, err
		} else if n == 1 {
			return secondfactor.Verdict{Outcome: kinds.Right, Factor: t.Factor}, useFactor(ctx, tx, t.Factor, t.At)
		}
		var expires, used int64
		err = tx.QueryRowContext(ctx, `SELECT expires_at, used_at FROM factor_code WHERE flow = $1`, t.Flow).Scan(&expires, &used)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return v, fmt.Errorf("factordb: read code: %w", err)
		}
		if expires <= now || used != 0 {
			v.Outcome = kinds.Stale
		}
		return v, nil
	})
}

// TryRecovery uses up a recovery code. // ASVS 6.5.1
func (s *Store) TryRecovery(ctx context.Context, t secondfactor.Try, digest []byte) (secondfactor.Verdict, error) {
	return s.try(ctx, t, func(tx *db.Tx) (v secondfactor.Verdict, err error) {
		result, err := tx.ExecContext(ctx, `UPDATE recovery_code SET used_at = $3 WHERE account_id = $1 AND digest = $2 AND used_at = 0`,
			t.AccountID, digest, db.Micros(t.At))
		if err != nil {
			return v, fmt.Errorf("factordb: compare recovery code: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return v, err
		}
		v.Outcome = kinds.Right
		if t.Tell == nil {
			return v, nil
		}
		a, err := lockAccount(ctx, tx, t.AccountID)
		if err != nil {
			return v, err
		}
		return v, shareddb.QueueMessage(ctx, tx, t.Tell(a), t.At)
	})
}

// try charges, compares and refunds in one commit. The charged row of the account is
// locked until then: fifty right codes at once are compared one after another, and only
// the first of them is new.
func (s *Store) try(ctx context.Context, t secondfactor.Try, compare func(*db.Tx) (secondfactor.Verdict, error)) (secondfactor.Verdict, error) {
	var v secondfactor.Verdict
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		v = secondfactor.Verdict{}
		for _, b := range []ratelimit.Bucket{t.Account, t.Request} {
			wait, err := shareddb.TakeIn(ctx, tx, b, t.At)
			if err != nil {
				return err
			}
			if wait > 0 {
				v = secondfactor.Verdict{Outcome: kinds.Waiting, Wait: wait, Left: 1}
				if b == t.Request {
					v.Wait, v.Left = 0, 0
				}
				return errWaiting
			}
		}
		var err error
		if v, err = compare(tx); err != nil {
			return err
		}
		if v.Outcome == kinds.Right {
			if err := shareddb.Refund(ctx, tx, t.Account, t.Request); err != nil {
				return err
			}
			return accountdb.WriteEvent(ctx, tx, t.Audit, audit.CodeChecked, t.AccountID)
		}
		v.Left, err = shareddb.Left(ctx, tx, t.Request, t.At)
		return err
	})
	if errors.Is(err, errWaiting) {
		return v, nil
	}
	return v, err
}

// SendSMS replaces the code of a flow and queues its message, within the caps.
func (s *Store) SendSMS(ctx context.Context, m secondfactor.Sending) (time.Duration, error) {
	return shareddb.Capped{
		At: m.At, Pause: m.Pause, Caps: m.Caps, Take: shareddb.TakeIn,
		Last:  func(ctx context.Context, q db.Queryer) (time.Time, error) { return smsSent(ctx, q, m.Flow) },
		Store: func(ctx context.Context, tx *db.Tx) error { return storeSMS(ctx, tx, m) },
	}.Send(ctx, s.DB)
}

func storeSMS(ctx context.Context, tx *db.Tx, m secondfactor.Sending) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO factor_code (flow, account_id, digest, sent_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (flow) DO UPDATE SET account_id = excluded.account_id, digest = excluded.digest,
			sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = 0`,
		m.Flow, m.AccountID, m.Digest, db.Micros(m.At), db.Micros(m.Expires))
	if err != nil {
		return fmt.Errorf("factordb: store code: %w", err)
	}
	if err := shareddb.QueueMessage(ctx, tx, m.Message, m.At); err != nil {
		return err
	}
	return accountdb.WriteEvent(ctx, tx, m.Audit, audit.CodeSent, m.AccountID)
}

// SMSSent tells when the last code of a flow was sent.
func (s *Store) SMSSent(ctx context.Context, flow string) (time.Time, error) {
	return smsSent(ctx, s.DB.Read(), flow)
}

func smsSent(ctx context.Context, q db.Queryer, flow string) (time.Time, error) {
	var at int64
	err := q.QueryRowContext(ctx, `SELECT sent_at FROM factor_code WHERE flow = $1`, flow).Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("factordb: read code: %w", err)
	}
	return db.FromMicros(at), nil
}
