package credentialdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/account/codeapp"
	"atrio/idp/idpdb/rowseal"
)

var _ codeapp.Store = (*Store)(nil)

// TOTPSince tells since when an identity has an app that shows codes.
func (s *Store) TOTPSince(ctx context.Context, identity string) (time.Time, error) {
	var at int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT confirmed_at FROM totp WHERE identity = $1`, identity).Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("idpdb: app of codes: %w", err)
	}
	return db.FromMicros(at), nil
}

// AddTOTP keeps a key that was confirmed. The code of the binding is used up first: of two
// at the same time one finds it. // A01
func (s *Store) AddTOTP(ctx context.Context, a codeapp.Addition) (added bool, err error) {
	sealed, err := s.Seals.Vault().Seal(TOTPPurpose+a.Identity, a.At.Add(rowseal.Lasting), a.Key)
	if err != nil {
		return false, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		added = false
		for _, statement := range []struct {
			query string
			args  []any
		}{
			{`DELETE FROM identity_code WHERE identity = $1 AND purpose = $2`, []any{a.Identity, codeapp.Purpose}},
			{`INSERT INTO totp (identity, secret, confirmed_at) VALUES ($1, $2, $3) ON CONFLICT (identity) DO NOTHING`, []any{a.Identity, sealed, db.Micros(a.At)}},
		} {
			res, err := tx.ExecContext(ctx, statement.query, statement.args...)
			if err != nil {
				return fmt.Errorf("idpdb: add an app of codes: %w", err)
			}
			if n, err := res.RowsAffected(); err != nil || n != 1 {
				return err
			}
		}
		// A step that was used belongs to a key of before: it is used all the same.
		if err := useStep(ctx, tx, a.Identity, a.Step, a.At); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
		added = true
		return shareddb.Tell(ctx, tx, a.Messages, a.Audit)
	})
	return added, err
}

// EndTOTP forgets the key of an identity.
func (s *Store) EndTOTP(ctx context.Context, identity, keep string, messages []notify.Message, ev audit.Event) (ended bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM totp WHERE identity = $1`, identity)
		if err != nil {
			return fmt.Errorf("idpdb: end an app of codes: %w", err)
		}
		n, err := res.RowsAffected()
		if ended = n == 1; err != nil || !ended {
			return err
		}
		if err := FactorLost(ctx, tx, identity, keep, ev.At); err != nil {
			return err
		}
		return shareddb.Tell(ctx, tx, messages, ev)
	})
	return ended, err
}

// FactorLost ends what somebody may have who has the factor that its holder gives up: every
// other session, with what was proved in it, and what is being bound.
func FactorLost(ctx context.Context, tx *db.Tx, identity, keep string, at time.Time) error {
	if err := endBindings(ctx, tx, identity, at); err != nil {
		return err
	}
	return shareddb.EndOtherSessionsOf(ctx, tx, identity, keep)
}

// endBindings ends what is being bound: codes were sent to a number, or begun by a password,
// that may be given up just now.
func endBindings(ctx context.Context, tx *db.Tx, identity string, at time.Time) error {
	_, err1 := tx.ExecContext(ctx, `UPDATE app_binding SET expires_at = $2 WHERE identity = $1 AND expires_at > $2`, identity, db.Micros(at))
	_, err2 := tx.ExecContext(ctx, `DELETE FROM identity_code WHERE identity = $1 AND purpose = $2`, identity, codeapp.Purpose)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("idpdb: end bindings: %w", err)
	}
	return nil
}
