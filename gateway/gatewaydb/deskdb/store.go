// Package deskdb is the deeds of the help desk: what waits for a second person or its
// time, what each does to an account, the merge of two accounts with its undo, the tickets
// of who lost a mailbox, the change of address that follows, and the review of declarations.
package deskdb

import (
	"atrio/base/seal"
	"atrio/db"
	"atrio/gateway/gatewaydb/accessdb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/factordb"
)

// Store does and keeps deeds.
type Store struct {
	DB       *db.DB
	Accounts accountdb.Store
	Second   factordb.Store
	Access   accessdb.Store
	Ring     *seal.Keyring // seals tickets
}
