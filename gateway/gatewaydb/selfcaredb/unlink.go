package selfcaredb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
)

// ErrLastRoad: the identity is the only way into the account. // G3.7
var ErrLastRoad = fault.New(fault.Conflict, "error.selfcare.last_road").For("last_road")

// Unlink takes one of several identities from an account, and ends the sessions of all
// other browsers, of which one may have come by it. The last road stays.
// fault.NotFound when the account has no such identity.
func (s *Store) Unlink(ctx context.Context, c account.Change, identityID string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		var roads int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM identity WHERE account_id = $1`, c.AccountID).Scan(&roads); err != nil {
			return fmt.Errorf("selfcaredb: count identities: %w", err)
		}
		gone, err := accountdb.Identities(ctx, tx, `DELETE FROM identity WHERE id = $1 AND account_id = $2 RETURNING `+accountdb.IdentityColumns, identityID, c.AccountID)
		switch {
		case err != nil:
			return err
		case len(gone) == 0:
			return fault.New(fault.NotFound, "error.not_found").For("no_identity")
		case roads < 2:
			return ErrLastRoad
		}
		ev := c.Event
		ev.Actor = c.AccountID
		if _, err := sessiondb.EndOthers(ctx, tx, c.AccountID, c.Session, "identity removed", ev); err != nil {
			return err
		}
		ev.Detail = map[string]string{"door": string(gone[0].Door), "issuer": gone[0].Issuer, "why": "self"}
		return accountdb.Tell(ctx, tx, c, a, ev, audit.IdentityRemoved)
	})
}
