package accountdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
)

// PurgeBatch is how many rows that are over one transaction deletes.
const PurgeBatch = 1000

// Over says which rows of a table are over. Table, Key and When are SQL.
type Over struct {
	// Table is a name, Key the columns of its primary key.
	Table, Key string
	// When is a condition; $1 is Until, in microseconds.
	When  string
	Until time.Time
}

// PurgeAll deletes the rows that are over, of each table whatever becomes of the others.
func PurgeAll(ctx context.Context, d *db.DB, now time.Time, tables []Over) error {
	var errs []error
	for _, o := range tables {
		_, err := o.Purge(ctx, d, now)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Purge deletes a batch in a commit, with its line in the audit log, until one is not
// full: short transactions, so that logins do not wait behind them. It tells how many.
func (o Over) Purge(ctx context.Context, d *db.DB, now time.Time) (total int64, err error) {
	for {
		n, err := o.batch(ctx, d, now)
		total += n
		if err != nil || n < PurgeBatch {
			return total, err
		}
	}
}

func (o Over) batch(ctx context.Context, d *db.DB, now time.Time) (n int64, err error) {
	statement := fmt.Sprintf(`DELETE FROM %[1]s WHERE (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE %[3]s LIMIT $2)`, o.Table, o.Key, o.When)
	err = d.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, statement, db.Micros(o.Until), PurgeBatch)
		if err != nil {
			return fmt.Errorf("accountdb: purge %s: %w", o.Table, err)
		}
		if n, err = res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, audit.Event{At: now, Role: "gateway", Action: audit.RetentionPurged, Outcome: audit.OK,
			Detail: map[string]string{"table": o.Table, "rows": strconv.FormatInt(n, 10), "until": o.Until.Format(time.RFC3339)}})
	})
	return n, err
}
