// Package accountdb is the rows of an account: the account itself, the register of
// Codici Persona, identities, attributes, tasks and audit lines. What the packages beside
// it do with accounts begins here: who is found, who is held until the end of a
// transaction, who is refused.
package accountdb

import "atrio/db"

// Store reads accounts.
type Store struct{ DB *db.DB }
