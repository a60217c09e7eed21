// Package credentialdb is the passwords of accounts: the row and those before it, the way
// in by one, the stay in a browser, and what is looked for when one was forgotten.
package credentialdb

import "atrio/db"

// Store reads and writes passwords.
type Store struct{ DB *db.DB }
