// Package enrolmentdb is the requests for an identity: the rows, their steps with all that one
// does in the same commit, codes, appointments, hand-offs, customers of the shop. What proves
// who an applicant is stands in proofingdb and videodb, who decides in reviewdb.
package enrolmentdb

import (
	"atrio/db"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/idpdb/rowseal"
)

// Store reads and writes requests.
type Store struct {
	DB         *db.DB
	Seals      *rowseal.Seals
	Identities identitydb.Store // what a request ends in

	clock *Clock
}

// New opens the requests.
func New(d *db.DB, s *rowseal.Seals, people identitydb.Store, clock *Clock) Store {
	return Store{DB: d, Seals: s, Identities: people, clock: clock}
}
