package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/recovery"
)

// MoveRecoveries ends what is open when a contact, or an answer, is another: what was proved was
// proved of the former one. // A27
func MoveRecoveries(ctx context.Context, tx *db.Tx, line audit.Event, subject string, at time.Time, aims ...recovery.Aim) error {
	for _, aim := range aims {
		if err := EndRecoveryOf(ctx, tx, line, subject, at, aim, recovery.Moved); err != nil {
			return err
		}
	}
	return nil
}

// EndRecoveryOf ends the recovery of somebody that is open, if there is one, with its line.
func EndRecoveryOf(ctx context.Context, tx *db.Tx, line audit.Event, subject string, at time.Time, aim recovery.Aim, to recovery.State) error {
	var id string
	err := tx.QueryRowContext(ctx, `UPDATE recovery SET state = $3 WHERE identity = $1 AND aim = $2 AND state = 'open' RETURNING id`, subject, string(aim), string(to)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("idpdb: recovery: %w", err)
	}
	line.At, line.Subject, line.Action, line.Outcome = at, subject, audit.RecoveryStep, audit.OK
	line.Detail = map[string]string{"recovery": id, "step": string(to)}
	return shareddb.AppendAudit(ctx, tx, line)
}
