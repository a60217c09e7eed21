package factordb

import (
	"context"
	"fmt"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/secondfactor"
)

// stopped ends the request whose reset the holder stopped.
func stopped(ctx context.Context, tx *db.Tx, request string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE desk_request SET state = 'refused', decided_at = $1 WHERE id = $2 AND state = 'waiting'`, db.Micros(now), request)
	if err != nil {
		return fmt.Errorf("factordb: stop request: %w", err)
	}
	return nil
}

// TryDesk uses up a confirmation: of several browsers and nodes one goes on.
func (s *Store) TryDesk(ctx context.Context, t secondfactor.Try, digest []byte) (v secondfactor.Verdict, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		v = secondfactor.Verdict{Outcome: kinds.Wrong, Left: 1}
		res, err := tx.ExecContext(ctx, `UPDATE desk_code SET used_at = $3 WHERE account_id = $1 AND digest = $2 AND used_at = 0 AND expires_at > $3`,
			t.AccountID, digest, db.Micros(t.At))
		if err != nil {
			return fmt.Errorf("factordb: confirmed login: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		v = secondfactor.Verdict{Outcome: kinds.Right, Factor: "desk-" + t.AccountID}
		if err := useFactor(ctx, tx, v.Factor, t.At); err != nil {
			return err
		}
		return accountdb.WriteEvent(ctx, tx, t.Audit, audit.CodeChecked, t.AccountID)
	})
	return v, err
}
