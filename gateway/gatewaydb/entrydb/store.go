// Package entrydb is how people get in by a door: the known ones, the first entry, an
// identity that finds its account again, the codice fiscale that somebody else declared.
// Each is one commit, and races of two people end as they should.
package entrydb

import (
	"atrio/db"
	"atrio/gateway/gatewaydb/ledgerdb"
)

// Store lets people in.
type Store struct {
	DB     *db.DB
	Ledger ledgerdb.Store // keeps the messages of each login
}
