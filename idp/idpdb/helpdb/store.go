// Package helpdb is what people answered about the pages of help, in numbers by day.
package helpdb

import (
	"atrio/db"
)

// Store counts answers.
type Store struct{ DB *db.DB }
