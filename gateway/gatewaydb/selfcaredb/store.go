// Package selfcaredb is what holders do with their account: choose a name, take an
// identity away, say that it was not them, close it. A closed account is erased here.
package selfcaredb

import "atrio/db"

// Store changes accounts for their holders.
type Store struct{ DB *db.DB }
