// Package reviewdb is the work of operators on requests: who takes which, what is known of the
// same person, second looks, reports. Who operators are is operatordb's.
package reviewdb

import (
	"atrio/db"
	"atrio/idp/idpdb/enrolmentdb"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/idpdb/rowseal"
)

// Store reads and writes it.
type Store struct {
	DB         *db.DB
	Seals      *rowseal.Seals
	Identities identitydb.Store
	Requests   enrolmentdb.Store
}
