package gatewaydb

import (
	"context"
	"time"

	"atrio/base/jobs"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/deskdb"
)

// deskMonths is how long what the desk and the operator decided is kept, a merge that may be
// undone among it: as long as the ledger.
const deskMonths = 24

// often is how often what is over is deleted.
const often = time.Hour

// Jobs are the cleaning jobs of the gateway's tables.
func (s *Store) Jobs() []jobs.Job {
	return append([]jobs.Job{{Name: "gateway.purge", Every: often, Run: s.Purge}, {Name: "gateway.erase", Every: often, Run: s.Erase}, {Name: "gateway.desk", Every: 10 * time.Minute, Run: s.DoDue}}, s.ledger.Jobs()...)
}

// Purge deletes what is over, and writes into the audit log what it deleted: codes, drafts
// and stays that expired, sessions at providers when those here have run out, and what the
// desk decided long ago. // G5.5
func (s *Store) Purge(ctx context.Context, now time.Time) error {
	decided := now.AddDate(0, -deskMonths, 0)
	return accountdb.PurgeAll(ctx, s.DB, now, []accountdb.Over{
		{Table: "contact_code", Key: "journey", When: "expires_at <= $1", Until: now},
		{Table: "factor_code", Key: "flow", When: "expires_at <= $1", Until: now},
		{Table: "mailbox_change", Key: "id", When: "ends_at <= $1", Until: now},
		{Table: "desk_ticket", Key: "id", When: "opened_at <= $1", Until: now.Add(-deskdb.TicketsKept)},
		{Table: "desk_code", Key: "digest", When: "expires_at <= $1", Until: now},
		{Table: "draft", Key: "id", When: "expires_at <= $1", Until: now},
		{Table: "factor_suspension", Key: "account_id", When: "until <= $1", Until: now},
		{Table: "factor_reset", Key: "id", When: "ends_at <= $1", Until: now},
		{Table: "stay", Key: "hash", When: "expires_at <= $1", Until: now},
		{Table: "access_opening", Key: "id", When: "until_at <= $1", Until: decided},
		{Table: "account_task", Key: "account_id, kind", When: "done_at > 0 AND done_at <= $1", Until: decided},
		{Table: "desk_request", Key: "id", When: "state <> 'waiting' AND decided_at <= $1", Until: decided},
		{Table: "door_session", Key: "session", When: "expires_at <= $1", Until: now},
	})
}
