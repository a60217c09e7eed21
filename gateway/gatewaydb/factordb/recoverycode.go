package factordb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/secondfactor"
)

// ReplaceRecovery makes a new list of recovery codes the only one.
func (s *Store) ReplaceRecovery(ctx context.Context, r secondfactor.Recovery) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := lockAccount(ctx, tx, r.AccountID)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_code WHERE account_id = $1`, r.AccountID); err != nil {
			return fmt.Errorf("factordb: remove recovery codes: %w", err)
		}
		for _, digest := range r.Digests {
			_, err := tx.ExecContext(ctx, `INSERT INTO recovery_code (account_id, digest, created_at, used_at) VALUES ($1, $2, $3, 0)`,
				r.AccountID, digest, db.Micros(r.Now))
			if err != nil {
				return fmt.Errorf("factordb: store recovery code: %w", err)
			}
		}
		return s.Told(ctx, tx, a, r.Event, audit.RecoveryMade, r.Tell)
	})
}
