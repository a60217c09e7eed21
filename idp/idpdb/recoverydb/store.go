// Package recoverydb is how the password of an identity is recovered, step by step.
package recoverydb

import (
	"atrio/db"
	"atrio/idp/idpdb/enrolmentdb"
	"atrio/idp/idpdb/identitydb"
)

// Store reads and writes recoveries.
type Store struct {
	DB         *db.DB
	Identities identitydb.Store
	Requests   enrolmentdb.Store // with the security answers of before
}
