// Package statisticsdb is what the statistics for AgID are made of; it writes nothing.
package statisticsdb

import (
	"atrio/base/seal"
	"atrio/db"
	"atrio/idp/idpdb/identitydb"
)

// Store reads it.
type Store struct {
	DB         *db.DB
	Ring       *seal.Keyring // for the codes that stand for identities
	Identities identitydb.Store
}
