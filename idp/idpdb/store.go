// Package idpdb is all SQL of the identity provider. Each matter has a package of its own
// below this one; here are the history of the tables, the Store that is all matters at once,
// and what is deleted when it is over. It implements the stores that the packages of the
// provider declare; app alone imports it.
//
// Sessions, audit lines, consumed marks and queued messages are shared tables:
// their SQL is in db/shareddb and runs inside the transactions made here.
package idpdb

import (
	"embed"
	"io/fs"
	"log/slog"

	"atrio/base/seal"
	"atrio/db"
	"atrio/idp/idpdb/authenticatordb"
	"atrio/idp/idpdb/credentialdb"
	"atrio/idp/idpdb/enrolmentdb"
	"atrio/idp/idpdb/evidencedb"
	"atrio/idp/idpdb/helpdb"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/idpdb/ledgerdb"
	"atrio/idp/idpdb/operatordb"
	"atrio/idp/idpdb/proofingdb"
	"atrio/idp/idpdb/recoverydb"
	"atrio/idp/idpdb/reviewdb"
	"atrio/idp/idpdb/rowseal"
	"atrio/idp/idpdb/statisticsdb"
	"atrio/idp/idpdb/videodb"
)

//go:embed migration
var migrations embed.FS

// Module is the schema of the provider.
func Module() db.Module {
	sub, err := fs.Sub(migrations, "migration")
	if err != nil {
		panic(err) // the name is a constant of this file
	}
	return db.Module{Name: "idp", FS: sub}
}

// The matters, each with its tables in a package of its own. A Store is all of them.
type (
	credentials    = credentialdb.Store
	identities     = identitydb.Store
	authenticators = authenticatordb.Store
	requests       = enrolmentdb.Store
	recoveries     = recoverydb.Store
	proofing       = proofingdb.Store
	sessions       = videodb.Store
	kept           = evidencedb.Store
	reviews        = reviewdb.Store
	operators      = operatordb.Store
	records        = statisticsdb.Store
	votes          = helpdb.Store
	register       = ledgerdb.Store
)

// Store reads and writes the provider's tables. It implements the store interfaces of the
// packages of the provider.
type Store struct {
	DB *db.DB
	// Keyring protects who holds an identity, what applicants say, keys and the register of
	// accesses.
	Keyring *seal.Keyring
	// Log is told how far long work is; nil: nobody.
	Log *slog.Logger

	credentials
	identities
	authenticators
	requests
	recoveries
	proofing
	sessions
	kept
	reviews
	operators
	records
	votes
	register
}

// NewStore opens the tables with the keys of the role; without them a Store refuses what is
// sealed. Without a clock the times of steps are held against nothing.
func NewStore(d *db.DB, ring *seal.Keyring, clock *Clock) *Store {
	s := rowseal.New(ring)
	login := credentials{DB: d, Seals: s}
	people := identities{DB: d, Seals: s, Credentials: login}
	asked := enrolmentdb.New(d, s, people, clock)
	return &Store{
		DB: d, Keyring: ring, credentials: login, identities: people, requests: asked,
		authenticators: authenticators{DB: d, Seals: s, Identities: people}, recoveries: recoveries{DB: d, Identities: people, Requests: asked},
		proofing: proofing{DB: d, Seals: s, Requests: asked}, sessions: sessions{DB: d, Seals: s, Requests: asked},
		kept: kept{DB: d, Seals: s}, reviews: reviews{DB: d, Seals: s, Identities: people, Requests: asked}, operators: operators{DB: d},
		records: records{DB: d, Ring: ring, Identities: people}, votes: votes{DB: d}, register: ledgerdb.New(d, ring),
	}
}

// What the figures and searches of the register are made of.
type (
	// AccessQuery chooses accesses of the register.
	AccessQuery = ledgerdb.AccessQuery
	// FoundAccess is an access with its row.
	FoundAccess = ledgerdb.FoundAccess
)

// Clock is what the times of steps are held against.
type Clock = enrolmentdb.Clock

// ErrOtherKeys: sealing.keys is not the one of this database.
var ErrOtherKeys = identitydb.ErrOtherKeys
