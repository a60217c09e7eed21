package gatewaydb

import (
	"context"
	"fmt"

	"atrio/db"
	"atrio/gateway/account"
)

// insertExchange stores the pair of messages of a visit. // SPID-RT log
func insertExchange(ctx context.Context, q db.Queryer, v account.Visit) error {
	x := v.Exchange
	_, err := q.ExecContext(ctx, `INSERT INTO exchange (id, at, reference, door, issuer, subject, request_id, response_id, assertion_id, request, response)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		account.NewID(), db.Micros(v.Now), v.Event.Reference, string(v.Asserted.Door), v.Asserted.Issuer, v.Asserted.Subject,
		x.RequestID, x.ResponseID, x.AssertionID, nonNil(x.Request), nonNil(x.Response))
	if err != nil {
		return fmt.Errorf("gatewaydb: keep messages: %w", err)
	}
	return nil
}

// nonNil keeps an empty message from becoming NULL.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
