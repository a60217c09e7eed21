// Package oidcdb is the grants that services got by the OpenID Provider, and the record
// of their tokens.
package oidcdb

import "atrio/db"

// Store reads and writes grants.
type Store struct{ DB *db.DB }
