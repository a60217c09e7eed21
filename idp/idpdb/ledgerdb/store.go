// Package ledgerdb is the register of accesses: the answer to a login in one commit, sealed
// with the key of its month, found by keyed digests; and the services that a session has told.
package ledgerdb

import (
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
)

// Store reads and writes the register. Without a ring it refuses.
type Store struct {
	DB   *db.DB
	Keys *ledgerkey.Keys // of the months

	ring *seal.Keyring // for the digests
}

// New opens the register with the keys of the role, nil for none.
func New(d *db.DB, ring *seal.Keyring) Store {
	s := Store{DB: d, ring: ring}
	if ring != nil {
		s.Keys = ledgerkey.New(d, ring)
	}
	return s
}
