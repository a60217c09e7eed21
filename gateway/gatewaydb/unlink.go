package gatewaydb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
)

// ErrLastRoad: the identity is the only way into the account. // G3.7
var ErrLastRoad = fault.New(fault.Conflict, "error.selfcare.last_road").For("last_road")

// Unlink takes one of several identities from an account, and ends the sessions of all
// other browsers, of which one may have come by it. The last road stays.
// fault.NotFound when the account has no such identity.
func (s *Store) Unlink(ctx context.Context, c account.Change, identityID string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		var roads int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM identity WHERE account_id = $1`, c.AccountID).Scan(&roads); err != nil {
			return fmt.Errorf("gatewaydb: count identities: %w", err)
		}
		gone, err := identities(ctx, tx, `DELETE FROM identity WHERE id = $1 AND account_id = $2 RETURNING `+identityColumns, identityID, c.AccountID)
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
		if _, err := endOthers(ctx, tx, c.AccountID, c.Session, "identity removed", ev); err != nil {
			return err
		}
		ev.Detail = map[string]string{"door": string(gone[0].Door), "issuer": gone[0].Issuer, "why": "self"}
		return tell(ctx, tx, c, a, ev, audit.IdentityRemoved)
	})
}

// open is the account of somebody who is signed in, held until the end of the
// transaction; one that is not active refuses.
func open(ctx context.Context, tx *db.Tx, id string) (account.Account, error) {
	a, err := hold(ctx, tx, id)
	if err == nil && a.State != account.Active {
		err = ErrFrozen
	}
	return a, err
}

// hold is an account until the end of the transaction: changes of one account come one
// after the other.
func hold(ctx context.Context, tx *db.Tx, id string) (account.Account, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE account SET state = state WHERE id = $1`, id); err != nil {
		return account.Account{}, fmt.Errorf("gatewaydb: hold account: %w", err)
	}
	a, found, err := oneAccount(ctx, tx, `FROM account a WHERE a.id = $1`, id)
	if err == nil && !found {
		err = errNoAccount
	}
	return a, err
}

// tell writes the audit line of a change and queues the mail about it.
func tell(ctx context.Context, tx *db.Tx, c account.Change, a account.Account, ev audit.Event, action string) error {
	if err := writeEvent(ctx, tx, ev, action, c.AccountID); err != nil || c.Tell == nil {
		return err
	}
	return shareddb.QueueMessage(ctx, tx, c.Tell(a), c.Now)
}
