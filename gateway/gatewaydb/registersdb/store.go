// Package registersdb is what the registers of the institution say about people: imports of
// their files, and affiliations with their beginning and end.
package registersdb

import "atrio/db"

// Store imports and reads what registers say.
type Store struct{ DB *db.DB }
