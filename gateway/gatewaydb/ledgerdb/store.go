// Package ledgerdb is the ledger: the messages of every login, sealed with the key of
// their month, found by keyed digests, and gone after 24 months.
package ledgerdb

import (
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
)

// Store reads and writes the ledger. Without a ring it refuses.
type Store struct {
	DB *db.DB

	ring *seal.Keyring // for the digests
	keys *ledgerkey.Keys
}

// New opens the ledger with the keys of the role, nil for none.
func New(d *db.DB, ring *seal.Keyring) Store {
	s := Store{DB: d, ring: ring}
	if ring != nil {
		s.keys = ledgerkey.New(d, ring)
	}
	return s
}
