package sessiondb

import (
	"context"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
)

// UseUp consumes the ids of the visit.
func UseUp(ctx context.Context, tx *db.Tx, v account.Visit) error {
	uses := make([]shareddb.Use, len(v.Once))
	for i, o := range v.Once {
		uses[i] = shareddb.Use{Kind: o.Kind, ID: o.ID, Expires: o.Until}
	}
	return shareddb.ConsumeAll(ctx, tx, uses...)
}

// OpenSession stores the new session and the one at the provider, and writes the audit line of the login.
func OpenSession(ctx context.Context, q db.Execer, v account.Visit, a account.Account) error {
	session := v.Session(a)
	if err := shareddb.InsertSession(ctx, q, session); err != nil {
		return err
	}
	if err := insertDoorSession(ctx, q, v, session); err != nil {
		return err
	}
	ev := v.Event
	ev.Actor, ev.Detail = a.ID, accountdb.WithDetail(ev.Detail, "session", session.Handle)
	return accountdb.WriteEvent(ctx, q, ev, audit.LoginSucceeded, a.ID)
}
