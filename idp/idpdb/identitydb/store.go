// Package identitydb is the rows of identities: who holds one, sealed; its state, and what is
// done to it in its life, with its codes, tasks, warnings, passwords and former contacts. How
// one is requested is enrolmentdb's.
package identitydb

import (
	"atrio/db"
	"atrio/idp/idpdb/credentialdb"
	"atrio/idp/idpdb/rowseal"
)

// Store reads and writes identities.
type Store struct {
	DB          *db.DB
	Seals       *rowseal.Seals
	Credentials credentialdb.Store
}
