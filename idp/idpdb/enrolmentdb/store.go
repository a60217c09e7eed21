// Package enrolmentdb is the requests for an identity: the rows, their steps with all that one
// does in the same commit, codes, appointments, hand-offs, customers of the shop. What proves
// who an applicant is stands in proofingdb and videodb, who decides in reviewdb.
package enrolmentdb

import (
	"crypto/ed25519"

	"atrio/db"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/idpdb/rowseal"
)

// Store reads and writes requests.
type Store struct {
	DB         *db.DB
	Seals      *rowseal.Seals
	Identities identitydb.Store // what a request ends in

	signer ed25519.PublicKey
}

// New opens the requests. The signer signs the audit log: no step of a request is stored
// before what was signed. nil: nobody is asked.
func New(d *db.DB, s *rowseal.Seals, people identitydb.Store, signer ed25519.PublicKey) Store {
	return Store{DB: d, Seals: s, Identities: people, signer: signer}
}
