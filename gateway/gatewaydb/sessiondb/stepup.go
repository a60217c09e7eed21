package sessiondb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
)

// StepUp puts a session in the place of another one of the same login, in one commit:
// the session at the provider and the grants of services go over to it. One that ended
// in the meantime is fault.Unauthenticated.
func (s *Store) StepUp(ctx context.Context, up account.StepUp) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := shareddb.Consume(ctx, tx, up.Once.Kind, up.Once.ID, up.Once.Until); err != nil {
			return err
		}
		ended, err := endSession(ctx, tx, up.Session.Subject, up.From)
		if err != nil {
			return err
		}
		if !ended {
			return fault.New(fault.Unauthenticated, "error.unauthenticated").For("session_ended")
		}
		if err := shareddb.InsertSession(ctx, tx, up.Session); err != nil {
			return err
		}
		for _, statement := range []string{
			`UPDATE door_session SET session = $1 WHERE session = $2`, `UPDATE oidc_grant SET session = $1 WHERE session = $2`,
		} {
			if _, err := tx.ExecContext(ctx, statement, up.Session.Handle, up.From); err != nil {
				return fmt.Errorf("sessiondb: hand session over: %w", err)
			}
		}
		up.Event.Actor, up.Event.Detail = up.Session.Subject, accountdb.WithDetail(up.Event.Detail, "session", up.Session.Handle)
		return accountdb.WriteEvent(ctx, tx, up.Event, audit.StepUp, up.Session.Subject)
	})
}
