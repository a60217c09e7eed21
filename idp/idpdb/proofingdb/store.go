// Package proofingdb is what identifies an applicant without an operator who asks: chips of
// documents, films of faces, cards, tokens of public offices, signatures. Recorded sessions are
// videodb's; the request that goes on by them is enrolmentdb's.
package proofingdb

import (
	"atrio/db"
	"atrio/idp/idpdb/enrolmentdb"
	"atrio/idp/idpdb/rowseal"
)

// Store reads and writes them.
type Store struct {
	DB       *db.DB
	Seals    *rowseal.Seals
	Requests enrolmentdb.Store
}
