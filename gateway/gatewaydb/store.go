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
	"embed"
	"io/fs"

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
