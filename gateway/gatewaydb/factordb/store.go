// Package factordb is the second factors of an account: apps, numbers, passkeys and
// recovery codes, the tries of each, and what suspends or resets them.
package factordb

import (
	"atrio/base/seal"
	"atrio/db"
)

// Store reads and writes second factors.
type Store struct {
	DB   *db.DB
	Ring *seal.Keyring // seals their secrets
}
