// Package operatordb is who works at the provider: invitations, keys, how operators enter.
package operatordb

import (
	"atrio/db"
)

// Store reads and writes operators.
type Store struct{ DB *db.DB }
