package deskdb

import (
	"context"

	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accessdb"
	"atrio/gateway/helpdesk"
)

func deskAuthorise(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	if holder.State != account.Active {
		return ErrState
	}
	_, err := accessdb.RecordAuthorisation(ctx, tx, holder, a.Parental, a.Now, a.Event)
	return err
}

func deskUnauthorise(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	return accessdb.WithdrawAuthorisation(ctx, tx, holder, a.Now, a.Event)
}
