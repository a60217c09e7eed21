package accessdb

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/people/person"
)

// DeclareCitizenship stores what a person says about their citizenship, beside what a
// register says, with its audit line. // G2.8
func (s *Store) DeclareCitizenship(ctx context.Context, accountID, states string, at time.Time, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		err := accountdb.SetAttribute(ctx, tx, accountID, account.Attribute{Name: person.Citizenship, Value: states, Source: account.Declared, At: at})
		if err != nil {
			return err
		}
		return accountdb.WriteEvent(ctx, tx, ev, audit.AccountChanged, accountID)
	})
}
