// Package videodb is the recorded sessions: who waits for one, its steps, lines and signs.
// The recordings are evidencedb's.
package videodb

import (
	"atrio/db"
	"atrio/idp/idpdb/enrolmentdb"
	"atrio/idp/idpdb/rowseal"
)

// Store reads and writes sessions.
type Store struct {
	DB       *db.DB
	Seals    *rowseal.Seals
	Requests enrolmentdb.Store
}
