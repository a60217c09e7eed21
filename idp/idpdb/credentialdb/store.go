// Package credentialdb is what people sign in with: passwords, codes of apps and by SMS,
// cards, the throttles of tries, and the session that follows on the own pages. What becomes
// of a password is identitydb's, the app of level 2 authenticatordb's.
package credentialdb

import (
	"atrio/db"
	"atrio/idp/idpdb/rowseal"
)

// Store reads and writes them.
type Store struct {
	DB    *db.DB
	Seals *rowseal.Seals
}
