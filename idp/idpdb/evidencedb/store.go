// Package evidencedb is what proves how an identity was requested, and how long it is kept:
// items and recordings, holds, what is reduced, forgotten and destroyed, the words of requests
// and identities among it.
package evidencedb

import (
	"atrio/db"
	"atrio/idp/idpdb/rowseal"
)

// Store keeps evidence, and ends it.
type Store struct {
	DB    *db.DB
	Seals *rowseal.Seals
}
