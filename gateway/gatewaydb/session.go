package gatewaydb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
)

// endSession removes one session of a subject inside a transaction.
func endSession(ctx context.Context, q db.Queryer, subject, handle string) (bool, error) {
	res, err := q.ExecContext(ctx, `DELETE FROM session WHERE handle = $1 AND subject = $2`, handle, subject)
	if err != nil {
		return false, fmt.Errorf("gatewaydb: end session: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// EndSession ends a session of its owner, the grants of services made under it,
// and writes the audit line; fault.NotFound when the owner has no such session.
func (s *Store) EndSession(ctx context.Context, accountID, handle string, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		ended, err := endSession(ctx, tx, accountID, handle)
		if err != nil {
			return err
		}
		if !ended {
			return fault.New(fault.NotFound, "error.not_found").For("no_session")
		}
		if err := EndGrantsOf(ctx, tx, handle, ev.At); err != nil {
			return err
		}
		ev.Actor, ev.Detail = accountID, withDetail(ev.Detail, "session", handle)
		return writeEvent(ctx, tx, ev, audit.SessionEnded, accountID)
	})
}
