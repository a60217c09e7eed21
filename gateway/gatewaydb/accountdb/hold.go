package accountdb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
)

// Open is the account of somebody who is signed in, held until the end of the
// transaction; one that is not active refuses.
func Open(ctx context.Context, tx *db.Tx, id string) (account.Account, error) {
	a, err := Hold(ctx, tx, id)
	if err == nil && a.State != account.Active {
		err = ErrFrozen
	}
	return a, err
}

// Hold is an account until the end of the transaction: changes of one account come one
// after the other.
func Hold(ctx context.Context, tx *db.Tx, id string) (account.Account, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE account SET state = state WHERE id = $1`, id); err != nil {
		return account.Account{}, fmt.Errorf("accountdb: hold account: %w", err)
	}
	return Of(ctx, tx, id)
}

// Tell writes the audit line of a change and queues the mail about it.
func Tell(ctx context.Context, tx *db.Tx, c account.Change, a account.Account, ev audit.Event, action string) error {
	if err := WriteEvent(ctx, tx, ev, action, c.AccountID); err != nil || c.Tell == nil {
		return err
	}
	return shareddb.QueueMessage(ctx, tx, c.Tell(a), c.Now)
}
