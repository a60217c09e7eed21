// Package codesdb is the import of Codici Persona from before: codes that stay reserved,
// accounts that wait for their holder, codes that lead to an account that has another.
package codesdb

import "atrio/db"

// Store imports codes.
type Store struct{ DB *db.DB }
