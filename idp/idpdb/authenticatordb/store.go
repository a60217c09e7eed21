// Package authenticatordb is the app of level 2: how telephones are bound, which are, and
// what they are asked.
package authenticatordb

import (
	"atrio/db"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/idpdb/rowseal"
)

// Store reads and writes them.
type Store struct {
	DB         *db.DB
	Seals      *rowseal.Seals
	Identities identitydb.Store // a login that is reported suspends one
}
