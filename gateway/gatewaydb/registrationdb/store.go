// Package registrationdb is the registration without a door: contact codes, drafts, the
// account that becomes of one, and what is left to do about it afterwards.
package registrationdb

import "atrio/db"

// Store keeps drafts and makes accounts of them.
type Store struct{ DB *db.DB }
