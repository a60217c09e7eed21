package credentialdb

import (
	"context"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/web"
)

// OpenSession starts a session of the account page.
func (s *Store) OpenSession(ctx context.Context, session web.Session, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := shareddb.InsertSession(ctx, tx, session); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}
