// Package gatewaydb is all SQL of the gateway. Each matter has a package of its own below
// this one; here are the history of the tables, the Store that is all matters at once, and
// what is deleted when it is over.
//
// It decides nothing about who may enter (gateway/access) and in
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
	"atrio/gateway/gatewaydb/accessdb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/codesdb"
	"atrio/gateway/gatewaydb/credentialdb"
	"atrio/gateway/gatewaydb/deskdb"
	"atrio/gateway/gatewaydb/entrydb"
	"atrio/gateway/gatewaydb/factordb"
	"atrio/gateway/gatewaydb/helpdb"
	"atrio/gateway/gatewaydb/ledgerdb"
	"atrio/gateway/gatewaydb/oidcdb"
	"atrio/gateway/gatewaydb/providerdb"
	"atrio/gateway/gatewaydb/registersdb"
	"atrio/gateway/gatewaydb/registrationdb"
	"atrio/gateway/gatewaydb/selfcaredb"
	"atrio/gateway/gatewaydb/sessiondb"
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

// The matters, each with its tables in a package of its own. A Store is all of them.
type (
	accounts      = accountdb.Store
	grants        = oidcdb.Store
	sessions      = sessiondb.Store
	ledger        = ledgerdb.Store
	factors       = factordb.Store
	credentials   = credentialdb.Store
	providers     = providerdb.Store
	access        = accessdb.Store
	desk          = deskdb.Store
	selfcare      = selfcaredb.Store
	entries       = entrydb.Store
	registrations = registrationdb.Store
	votes         = helpdb.Store
	codes         = codesdb.Store
	registers     = registersdb.Store
)

// Store reads and writes the gateway's tables. It implements the store
// interfaces of the packages of the gateway.
type Store struct {
	DB *db.DB

	accounts
	grants
	sessions
	ledger
	factors
	credentials
	providers
	access
	desk
	selfcare
	entries
	registrations
	votes
	codes
	registers
}

// NewStore opens the tables with the keys of the role. A Store without keys refuses
// what concerns the ledger, logins by a door among it.
func NewStore(d *db.DB, ring *seal.Keyring) *Store {
	people, kept, second := accounts{DB: d}, ledgerdb.New(d, ring), factors{DB: d, Ring: ring}
	rules := access{DB: d, Accounts: people, Ring: ring}
	return &Store{
		DB: d, accounts: people, ledger: kept,
		access: rules, credentials: credentials{DB: d}, desk: desk{DB: d, Accounts: people, Second: second, Access: rules, Ring: ring},
		entries: entries{DB: d, Ledger: kept}, factors: second, grants: grants{DB: d}, providers: providers{DB: d},
		registrations: registrations{DB: d}, votes: votes{DB: d}, selfcare: selfcare{DB: d}, sessions: sessions{DB: d},
		codes: codes{DB: d}, registers: registers{DB: d},
	}
}

// deskMonths is how long what the desk and the operator decided is kept, a merge that may be
// undone among it: as long as the ledger.
const deskMonths = 24

// often is how often what is over is deleted.
const often = time.Hour

// Jobs are the cleaning jobs of the gateway's tables.
func (s *Store) Jobs() []jobs.Job {
	return append([]jobs.Job{{Name: "gateway.purge", Every: often, Run: s.Purge}, {Name: "gateway.erase", Every: often, Run: s.Erase}, {Name: "gateway.desk", Every: 10 * time.Minute, Run: s.DoDue}}, s.ledger.Jobs()...)
}

// Purge removes codes, stays and drafts that expired, and what is known of sessions at providers
// when those here have run out.
func (s *Store) Purge(ctx context.Context, now time.Time) error {
	return errors.Join(
		accountdb.Purge(ctx, s.DB, `DELETE FROM contact_code WHERE journey IN (SELECT journey FROM contact_code WHERE expires_at <= $1 LIMIT $2)`, now),
		accountdb.Purge(ctx, s.DB, `DELETE FROM factor_code WHERE flow IN (SELECT flow FROM factor_code WHERE expires_at <= $1 LIMIT $2)`, now),
		accountdb.Purge(ctx, s.DB, `DELETE FROM mailbox_change WHERE id IN (SELECT id FROM mailbox_change WHERE ends_at <= $1 LIMIT $2)`, now),
		accountdb.Purge(ctx, s.DB, `DELETE FROM desk_ticket WHERE id IN (SELECT id FROM desk_ticket WHERE opened_at <= $1 LIMIT $2)`, now.Add(-deskdb.TicketsKept)),
		accountdb.Purge(ctx, s.DB, `DELETE FROM desk_code WHERE digest IN (SELECT digest FROM desk_code WHERE expires_at <= $1 LIMIT $2)`, now),
		accountdb.Purge(ctx, s.DB, `DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE expires_at <= $1 LIMIT $2)`, now),
		accountdb.Purge(ctx, s.DB, `DELETE FROM factor_suspension WHERE account_id IN (SELECT account_id FROM factor_suspension WHERE until <= $1 LIMIT $2)`, now),
		accountdb.Purge(ctx, s.DB, `DELETE FROM factor_reset WHERE id IN (SELECT id FROM factor_reset WHERE ends_at <= $1 LIMIT $2)`, now),
		accountdb.Purge(ctx, s.DB, `DELETE FROM stay WHERE hash IN (SELECT hash FROM stay WHERE expires_at <= $1 LIMIT $2)`, now),
		accountdb.Purge(ctx, s.DB, `DELETE FROM access_opening WHERE id IN (SELECT id FROM access_opening WHERE until_at <= $1 LIMIT $2)`, now.AddDate(0, -deskMonths, 0)),
		accountdb.Purge(ctx, s.DB, `DELETE FROM account_task WHERE (account_id, kind) IN (SELECT account_id, kind FROM account_task WHERE done_at > 0 AND done_at <= $1 LIMIT $2)`, now.AddDate(0, -deskMonths, 0)),
		accountdb.Purge(ctx, s.DB, `DELETE FROM desk_request WHERE id IN (SELECT id FROM desk_request WHERE state <> 'waiting' AND decided_at <= $1 LIMIT $2)`, now.AddDate(0, -deskMonths, 0)),
		accountdb.Purge(ctx, s.DB, `DELETE FROM door_session WHERE session IN (SELECT session FROM door_session WHERE expires_at <= $1 LIMIT $2)`, now),
	)
}
