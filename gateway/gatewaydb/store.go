// Package gatewaydb is all SQL of the gateway: accounts, identities, attributes,
// the register of Codici Persona, contact codes, the ledger of messages.
//
// A file per noun. It decides nothing about who may enter (gateway/access) and in
// which order (gateway/flow.go); it makes sure that what belongs together is one
// commit and that races end as they should. The tables that every product has are
// in db/shareddb.
package gatewaydb

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"time"

	"atrio/base/jobs"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
)

//go:embed migration
var migrations embed.FS

// Module is the history of the gateway's tables.
func Module() db.Module {
	tree, err := fs.Sub(migrations, "migration")
	if err != nil {
		panic(err) // only for an invalid constant path
	}
	return db.Module{Name: "gateway", FS: tree}
}

// Store reads and writes the gateway's tables. It implements the store
// interfaces of the packages of the gateway.
type Store struct {
	DB *db.DB

	ring *seal.Keyring   // for the MACs of the ledger
	keys *ledgerkey.Keys // of the ledger
}

// NewStore opens the tables with the keys of the role. A Store without keys refuses
// what concerns the ledger, logins by a door among it.
func NewStore(d *db.DB, ring *seal.Keyring) *Store {
	return &Store{DB: d, ring: ring, keys: ledgerkey.New(d, ring)}
}

// How often what is over is deleted, and how much in one transaction.
const (
	purgeEvery = time.Hour
	purgeBatch = 1000
)

// Jobs are the cleaning jobs of the gateway's tables.
func (s *Store) Jobs() []jobs.Job {
	return append([]jobs.Job{{Name: "gateway.purge", Every: purgeEvery, Run: s.Purge}, {Name: "gateway.erase", Every: purgeEvery, Run: s.Erase}, {Name: "gateway.desk", Every: 10 * time.Minute, Run: s.DoDue}}, s.ledgerJobs()...)
}

// Purge removes codes, stays and drafts that expired, and what is known of sessions at providers
// when those here have run out.
func (s *Store) Purge(ctx context.Context, now time.Time) error {
	return errors.Join(
		s.purge(ctx, `DELETE FROM contact_code WHERE journey IN (SELECT journey FROM contact_code WHERE expires_at <= $1 LIMIT $2)`, now),
		s.purge(ctx, `DELETE FROM factor_code WHERE flow IN (SELECT flow FROM factor_code WHERE expires_at <= $1 LIMIT $2)`, now),
		s.purge(ctx, `DELETE FROM mailbox_change WHERE id IN (SELECT id FROM mailbox_change WHERE ends_at <= $1 LIMIT $2)`, now),
		s.purge(ctx, `DELETE FROM desk_ticket WHERE id IN (SELECT id FROM desk_ticket WHERE opened_at <= $1 LIMIT $2)`, now.Add(-ticketsKept)),
		s.purge(ctx, `DELETE FROM desk_code WHERE digest IN (SELECT digest FROM desk_code WHERE expires_at <= $1 LIMIT $2)`, now),
		s.purge(ctx, `DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE expires_at <= $1 LIMIT $2)`, now),
		s.purge(ctx, `DELETE FROM factor_suspension WHERE account_id IN (SELECT account_id FROM factor_suspension WHERE until <= $1 LIMIT $2)`, now),
		s.purge(ctx, `DELETE FROM factor_reset WHERE id IN (SELECT id FROM factor_reset WHERE ends_at <= $1 LIMIT $2)`, now),
		s.purge(ctx, `DELETE FROM stay WHERE hash IN (SELECT hash FROM stay WHERE expires_at <= $1 LIMIT $2)`, now),
		s.purge(ctx, `DELETE FROM door_session WHERE session IN (SELECT session FROM door_session WHERE expires_at <= $1 LIMIT $2)`, now),
	)
}

// purge repeats a deleting statement until a batch is not full: short
// transactions, so that logins do not wait behind them.
func (s *Store) purge(ctx context.Context, statement string, until time.Time) error {
	for {
		var n int64
		err := s.DB.One(ctx, func(q db.Queryer) error {
			res, err := q.ExecContext(ctx, statement, db.Micros(until), purgeBatch)
			if err != nil {
				return err
			}
			n, err = res.RowsAffected()
			return err
		})
		if err != nil || n < purgeBatch {
			return err
		}
	}
}
