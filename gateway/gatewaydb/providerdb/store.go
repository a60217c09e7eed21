// Package providerdb is the last good metadata of providers, and what became of each.
package providerdb

import "atrio/db"

// Store reads and writes copies of metadata.
type Store struct{ DB *db.DB }
