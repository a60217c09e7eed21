package selfcaredb

import (
	"context"
	"strconv"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
)

// disputeDays is how long the help desk has to look at it.
const disputeDays = 2

// Dispute is "non sono stato io": the sessions of all other browsers end, and a line
// that the help desk finds says which event the holder does not know. n is how many
// sessions ended. // G5.1
func (s *Store) Dispute(ctx context.Context, c account.Change, reference string) (n int, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		ev := c.Event
		ev.Actor = a.ID
		if n, err = sessiondb.EndOthers(ctx, tx, a.ID, c.Session, "disputed", ev); err != nil {
			return err
		}
		look := account.Task{Kind: account.TaskDisputed, Detail: reference, Due: c.Now.AddDate(0, 0, disputeDays)}
		if err := accountdb.InsertTask(ctx, tx, a.ID, look, c.Now); err != nil {
			return err
		}
		ev.Detail = map[string]string{"event": reference, "sessions": strconv.Itoa(n)}
		return accountdb.Tell(ctx, tx, c, a, ev, audit.AccountDisputed)
	})
	return n, err
}
