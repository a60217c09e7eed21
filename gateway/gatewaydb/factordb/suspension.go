package factordb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/gateway/secondfactor"
)

var _ secondfactor.Suspensions = (*Store)(nil)

// SuspendedUntil reads when a suspension ends.
func (s *Store) SuspendedUntil(ctx context.Context, accountID string, now time.Time) (time.Time, error) {
	var until int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT until FROM factor_suspension WHERE account_id = $1 AND until > $2`,
		accountID, db.Micros(now)).Scan(&until)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("factordb: read suspension: %w", err)
	}
	return db.FromMicros(until), nil
}

// Suspend sets or lifts a suspension.
func (s *Store) Suspend(ctx context.Context, p secondfactor.Suspension) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := lockAccount(ctx, tx, p.AccountID)
		if err != nil {
			return err
		}
		action := audit.FactorsSuspended
		if p.Until.IsZero() {
			action = audit.FactorsResumed
			_, err = tx.ExecContext(ctx, `DELETE FROM factor_suspension WHERE account_id = $1`, a.ID)
		} else {
			_, err = tx.ExecContext(ctx, `INSERT INTO factor_suspension (account_id, until) VALUES ($1, $2)
				ON CONFLICT (account_id) DO UPDATE SET until = excluded.until`, a.ID, db.Micros(p.Until))
		}
		if err != nil {
			return fmt.Errorf("factordb: suspend factors: %w", err)
		}
		return s.Told(ctx, tx, a, p.Event, action, p.Tell)
	})
}

// StartReset stores a reset and tells every contact.
func (s *Store) StartReset(ctx context.Context, r secondfactor.Reset, ev audit.Event, tell secondfactor.TellAll) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := lockAccount(ctx, tx, r.AccountID)
		if err != nil {
			return err
		}
		return s.Begin(ctx, tx, a, r, ev, tell)
	})
}

// Begin begins a reset within a transaction, and tells every contact.
func (s *Store) Begin(ctx context.Context, tx *db.Tx, a account.Account, r secondfactor.Reset, ev audit.Event, tell secondfactor.TellAll) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM factor_reset WHERE account_id = $1 AND ends_at <= $2`, a.ID, db.Micros(r.Asked))
	if err != nil {
		return fmt.Errorf("factordb: forget reset: %w", err)
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO factor_reset (account_id, id, asked_at, ripe_at, ends_at, told_at)
		VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (account_id) DO NOTHING`,
		a.ID, r.ID, db.Micros(r.Asked), db.Micros(r.Ripe), db.Micros(r.Ends))
	if err != nil {
		return fmt.Errorf("factordb: store reset: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.Conflict, "error.secondfactor.resetting").For("reset_under_way"))
	}
	if err := s.TellAll(ctx, tx, a, ev, tell); err != nil {
		return err
	}
	return accountdb.WriteEvent(ctx, tx, ev, audit.ResetAsked, a.ID)
}

// TellAll writes to the address of an account and to its numbers.
func (s *Store) TellAll(ctx context.Context, tx *db.Tx, a account.Account, ev audit.Event, tell secondfactor.TellAll) error {
	list, err := s.factors(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	var numbers []string
	for _, f := range list {
		if f.Kind == kinds.SMS {
			numbers = append(numbers, f.Number)
		}
	}
	for _, m := range tell(a, numbers) {
		if m.To == "" {
			continue // an account without an address
		}
		if err := shareddb.QueueMessage(ctx, tx, m, ev.At); err != nil {
			return err
		}
	}
	return nil
}

const resetColumns = `id, account_id, asked_at, ripe_at, ends_at, told_at, (SELECT count(*) FROM desk_request q WHERE q.id = factor_reset.id) FROM factor_reset`

func scanReset(row interface{ Scan(...any) error }) (r secondfactor.Reset, err error) {
	var asked, ripe, ends, told, desk int64
	err = row.Scan(&r.ID, &r.AccountID, &asked, &ripe, &ends, &told, &desk)
	if errors.Is(err, sql.ErrNoRows) {
		return r, secondfactor.ErrNoReset
	}
	r.AtDesk = desk > 0
	r.Asked, r.Ripe, r.Ends, r.Told = db.FromMicros(asked), db.FromMicros(ripe), db.FromMicros(ends), db.FromMicros(told)
	return r, err
}

// ResetOf finds the reset of an account.
func (s *Store) ResetOf(ctx context.Context, accountID string, now time.Time) (secondfactor.Reset, error) {
	return scanReset(s.DB.Read().QueryRowContext(ctx, `SELECT `+resetColumns+` WHERE account_id = $1 AND ends_at > $2`, accountID, db.Micros(now)))
}

// ResetByID finds a reset by its id.
func (s *Store) ResetByID(ctx context.Context, id string, now time.Time) (secondfactor.Reset, error) {
	return scanReset(s.DB.Read().QueryRowContext(ctx, `SELECT `+resetColumns+` WHERE id = $1 AND ends_at > $2`, id, db.Micros(now)))
}

// RipeResets lists resets that may be finished and whose owners do not know yet.
func (s *Store) RipeResets(ctx context.Context, now time.Time) ([]secondfactor.Reset, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+resetColumns+` WHERE ripe_at <= $1 AND told_at = 0 AND ends_at > $1 ORDER BY ripe_at LIMIT $2`,
		db.Micros(now), accountdb.PurgeBatch)
	if err != nil {
		return nil, fmt.Errorf("factordb: list resets: %w", err)
	}
	defer rows.Close()
	var list []secondfactor.Reset
	for rows.Next() {
		r, err := scanReset(rows)
		if err != nil {
			return nil, fmt.Errorf("factordb: list resets: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// TellReset queues the message with the link, once on all nodes.
func (s *Store) TellReset(ctx context.Context, r secondfactor.Reset, now time.Time, tell secondfactor.Tell) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE factor_reset SET told_at = $2 WHERE id = $1 AND told_at = 0`, r.ID, db.Micros(now))
		if err != nil {
			return fmt.Errorf("factordb: tell reset: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // another node was faster, or it was stopped
		}
		a, err := lockAccount(ctx, tx, r.AccountID)
		if err != nil {
			return err
		}
		return shareddb.QueueMessage(ctx, tx, tell(a), now)
	})
}

// takeReset removes the row: of stopping and finishing at the same time one succeeds.
func takeReset(ctx context.Context, tx *db.Tx, r secondfactor.Reset) error {
	result, err := tx.ExecContext(ctx, `DELETE FROM factor_reset WHERE id = $1`, r.ID)
	if err != nil {
		return fmt.Errorf("factordb: take reset: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, secondfactor.ErrNoReset)
	}
	return nil
}

// StopReset ends a reset.
func (s *Store) StopReset(ctx context.Context, r secondfactor.Reset, ev audit.Event, tell secondfactor.Tell) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := takeReset(ctx, tx, r); err != nil {
			return err
		}
		a, err := lockAccount(ctx, tx, r.AccountID)
		if err != nil {
			return err
		}
		if err := stopped(ctx, tx, r.ID, ev.At); err != nil {
			return err
		}
		return s.Told(ctx, tx, a, ev, audit.ResetStopped, tell)
	})
}

// FinishReset removes the second factors, the recovery codes and the suspension of an
// account, and ends its sessions but one. // ASVS 7.4.3
func (s *Store) FinishReset(ctx context.Context, r secondfactor.Reset, session string, now time.Time, ev audit.Event, tell secondfactor.Tell) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if !r.Ready(now) {
			return secondfactor.ErrNoReset
		}
		if err := takeReset(ctx, tx, r); err != nil {
			return err
		}
		a, err := lockAccount(ctx, tx, r.AccountID)
		if err != nil {
			return err
		}
		for _, table := range []string{"factor", "recovery_code", "factor_suspension", "factor_code"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE account_id = $1`, a.ID); err != nil {
				return fmt.Errorf("factordb: reset %s: %w", table, err)
			}
		}
		own := ev
		own.Actor = a.ID
		if _, err := sessiondb.EndOthers(ctx, tx, a.ID, session, "factors reset", own); err != nil {
			return err
		}
		return s.Told(ctx, tx, a, ev, audit.ResetDone, tell)
	})
}
