package sessiondb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/oidcdb"
)

// endSession removes one session of a subject inside a transaction.
func endSession(ctx context.Context, q db.Queryer, subject, handle string) (bool, error) {
	res, err := q.ExecContext(ctx, `DELETE FROM session WHERE handle = $1 AND subject = $2`, handle, subject)
	if err != nil {
		return false, fmt.Errorf("sessiondb: end session: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// EndReplaced ends the session that the browser had when it left for the door,
// whose handle travelled sealed. When it was another person's, the grants made
// under it end with it, and the line stands in that person's history. // ASVS 7.2.4
func EndReplaced(ctx context.Context, tx *db.Tx, v account.Visit, enters string) error {
	if v.Replaces == "" {
		return nil
	}
	var subject string
	err := tx.QueryRowContext(ctx, `DELETE FROM session WHERE handle = $1 RETURNING subject`, v.Replaces).Scan(&subject)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sessiondb: end replaced session: %w", err)
	}
	if _, _, err := takeDoorSession(ctx, tx, v.Replaces); err != nil {
		return err
	}
	if subject == enters {
		return nil
	}
	if err := oidcdb.EndGrantsOf(ctx, tx, v.Replaces, v.Now); err != nil {
		return err
	}
	ev := v.Event
	ev.Detail = map[string]string{"session": v.Replaces, "how": "replaced"}
	return accountdb.WriteEvent(ctx, tx, ev, audit.SessionEnded, subject)
}

// EndSession ends a session of its owner, the grants of services made under it,
// and writes the audit line; fault.NotFound when the owner has no such session.
func (s *Store) EndSession(ctx context.Context, accountID, handle string, ev audit.Event) error {
	_, _, err := s.LeaveSession(ctx, accountID, handle, ev)
	return err
}
