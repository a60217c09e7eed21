package selfcaredb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/people/person"
)

// ChooseName stores how a person wants to be called, or takes it back. // G3.9
func (s *Store) ChooseName(ctx context.Context, c account.Change, name string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		if name == "" {
			_, err = tx.ExecContext(ctx, `DELETE FROM attribute WHERE account_id = $1 AND name = $2 AND source = $3`, a.ID, person.ChosenName, string(account.Declared))
		} else {
			err = accountdb.SetAttribute(ctx, tx, a.ID, account.Attribute{Name: person.ChosenName, Value: name, Source: account.Declared, At: c.Now})
		}
		if err != nil {
			return fmt.Errorf("selfcaredb: choose name: %w", err)
		}
		ev := c.Event
		ev.Actor = a.ID
		return accountdb.WriteEvent(ctx, tx, ev, audit.AccountChanged, a.ID)
	})
}
