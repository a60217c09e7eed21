package deskdb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/gatewaydb/accountdb"
)

// ProveCaller uses up the code that a caller read out and writes it down, in one commit:
// of several at once one proves something. // ASVS 6.5.1
func (s *Store) ProveCaller(ctx context.Context, journey string, code []byte, ev audit.Event) (proved bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM contact_code WHERE journey = $1 AND code = $2`, journey, code)
		if err != nil {
			return fmt.Errorf("deskdb: use up code: %w", err)
		}
		n, err := result.RowsAffected()
		if proved = n == 1; err != nil || !proved {
			return err
		}
		return accountdb.WriteEvent(ctx, tx, ev, audit.CallerProved, ev.Subject)
	})
	return proved, err
}
