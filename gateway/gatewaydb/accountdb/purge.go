package accountdb

import (
	"context"
	"time"

	"atrio/db"
)

// PurgeBatch is how many rows that are over one transaction deletes.
const PurgeBatch = 1000

// Purge repeats a deleting statement until a batch is not full: short
// transactions, so that logins do not wait behind them.
func Purge(ctx context.Context, d *db.DB, statement string, until time.Time) error {
	for {
		var n int64
		err := d.One(ctx, func(q db.Queryer) error {
			res, err := q.ExecContext(ctx, statement, db.Micros(until), PurgeBatch)
			if err != nil {
				return err
			}
			n, err = res.RowsAffected()
			return err
		})
		if err != nil || n < PurgeBatch {
			return err
		}
	}
}
