// Package accessdb is what the rules of access know of people: the facts about a holder,
// declarations and their words, statements about citizenship, openings by the operator.
package accessdb

import (
	"atrio/base/seal"
	"atrio/db"
	"atrio/gateway/gatewaydb/accountdb"
)

// Store reads and writes them.
type Store struct {
	DB       *db.DB
	Accounts accountdb.Store
	Ring     *seal.Keyring // seals the words of declarations
}
