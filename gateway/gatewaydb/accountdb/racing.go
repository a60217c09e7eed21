package accountdb

import (
	"context"

	"atrio/db"
)

// MaxRaces bounds how often a transaction is repeated after a unique key was
// taken by another one in between; the second run finds what the other wrote.
const MaxRaces = 4

// Racing runs fn in a transaction, again when a unique key was taken meanwhile.
func Racing(ctx context.Context, d *db.DB, fn func(*db.Tx) error) error {
	for n := 1; ; n++ {
		err := d.Tx(ctx, fn)
		if n == MaxRaces || !db.IsUnique(err) {
			return err
		}
	}
}
