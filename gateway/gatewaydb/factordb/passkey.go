package factordb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/gateway/secondfactor"
)

// UsePasskey uses up a challenge and notes the counter of the passkey that answered.
func (s *Store) UsePasskey(ctx context.Context, u secondfactor.PasskeyUse) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := takePasskey(ctx, tx, u); err != nil {
			return err
		}
		return accountdb.WriteEvent(ctx, tx, u.Event, audit.CodeChecked, u.AccountID)
	})
}

func takePasskey(ctx context.Context, tx *db.Tx, u secondfactor.PasskeyUse) error {
	if err := shareddb.Consume(ctx, tx, "factor.passkey", u.Challenge, u.Until); err != nil {
		return err
	}
	// A counter that stays 0 counts nothing; any other has to grow.
	result, err := tx.ExecContext(ctx, `UPDATE factor SET step = $3, used_at = $4
		WHERE id = $1 AND account_id = $2 AND (step < $3 OR step = 0)`, u.Factor, u.AccountID, int64(u.Count), db.Micros(u.At))
	if err != nil {
		return fmt.Errorf("factordb: use passkey: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		if err == nil {
			err = secondfactor.ErrCopied
		}
		return err
	}
	return nil
}

// EnterByPasskey lets somebody in whose passkey answered: challenge, counter, session and
// audit in one commit. It refuses as takePasskey does, and with ErrFrozen and ErrClosed.
func (s *Store) EnterByPasskey(ctx context.Context, v account.Visit, u secondfactor.PasskeyUse) (a account.Account, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := takePasskey(ctx, tx, u); err != nil {
			return err
		}
		var found bool
		if a, found, err = accountdb.One(ctx, tx, `FROM account a WHERE a.id = $1`, u.AccountID); err != nil {
			return err
		}
		switch {
		case found && a.State == account.Active:
			return sessiondb.OpenSession(ctx, tx, v, a)
		case found && a.State == account.Closed:
			return accountdb.ErrClosed
		}
		return accountdb.ErrFrozen
	})
	return a, err
}
