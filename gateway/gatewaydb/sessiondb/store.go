// Package sessiondb is how the sessions of an account begin and end, with all that hangs
// on each: the session at a provider, the grants of services, the stay in a browser, the
// audit line.
package sessiondb

import "atrio/db"

// Store ends sessions and puts one in the place of another.
type Store struct{ DB *db.DB }
