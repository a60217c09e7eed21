package ledgerkey

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
)

// purgeBatch keeps each deleting transaction short, so that logins do not wait.
const purgeBatch = 1000

// Table is one with columns id and at, of which Purge deletes rows.
type Table struct {
	Name string
	// Clear says that rows are not sealed: what is deleted is scrubbed, too.
	Clear bool
}

// Purge makes the keys of this month and the next, deletes rows of the tables that have
// been kept for that many months, destroys the keys of months of which nothing may be
// left, and scrubs what needs it. Every commit writes into the audit log what it deleted.
func (k *Keys) Purge(ctx context.Context, now time.Time, months int, tables ...Table) error {
	if err := k.Prepare(ctx, now); err != nil {
		return err
	}
	until := Cutoff(now, months)
	for _, table := range tables {
		if err := k.purgeTable(ctx, table, until, now); err != nil {
			return err
		}
	}
	if err := k.destroyOld(ctx, until, now); err != nil {
		return err
	}
	if err := k.Scrub(ctx); err != nil { // also what a run that was killed left
		return err
	}
	return k.db.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO ledger_purge (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at`, db.Micros(now))
		return err
	})
}

// purgeTable deletes a batch in a commit, with its line in the audit log.
func (k *Keys) purgeTable(ctx context.Context, table Table, until, now time.Time) error {
	for {
		var n int64
		err := k.db.Tx(ctx, func(tx *db.Tx) error {
			res, err := tx.ExecContext(ctx, `DELETE FROM `+table.Name+` WHERE id IN (SELECT id FROM `+table.Name+` WHERE at <= $1 LIMIT $2)`,
				db.Micros(until), purgeBatch)
			if err != nil {
				return fmt.Errorf("ledgerkey: purge %s: %w", table.Name, err)
			}
			if n, err = res.RowsAffected(); err != nil || n == 0 {
				return err
			}
			if table.Clear {
				if err := AskScrub(ctx, tx, table.Name); err != nil {
					return err
				}
			}
			return k.deleted(ctx, tx, now, map[string]string{"table": table.Name, "rows": strconv.FormatInt(n, 10), "until": until.Format(time.RFC3339)})
		})
		if err != nil || n < purgeBatch {
			return err
		}
	}
}

func (k *Keys) destroyOld(ctx context.Context, until, now time.Time) error {
	due, err := k.due(ctx, until)
	if err != nil || !due {
		return err
	}
	return k.db.Tx(ctx, func(tx *db.Tx) error {
		gone, err := k.destroy(ctx, tx, until)
		if err != nil || len(gone) == 0 {
			return err
		}
		if err := AskScrub(ctx, tx, "ledger_key"); err != nil {
			return err
		}
		return k.deleted(ctx, tx, now, map[string]string{"table": "ledger_key", "keys": strings.Join(gone, " ")})
	})
}

func (k *Keys) deleted(ctx context.Context, q db.Queryer, now time.Time, detail map[string]string) error {
	return shareddb.AppendAudit(ctx, q, audit.Event{At: now, Role: k.role, Action: audit.LedgerPurged, Outcome: audit.OK, Detail: detail})
}

// PurgedAt is when the last purge was complete; zero when none was.
func (k *Keys) PurgedAt(ctx context.Context) (time.Time, error) {
	var at int64
	err := k.db.Read().QueryRowContext(ctx, `SELECT at FROM ledger_purge`).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return db.FromMicros(at), err
}

// Cutoff is the instant up to which rows have been kept for that many months. On a
// day that the earlier month lacks it is that month's last: never too early.
func Cutoff(now time.Time, months int) time.Time {
	cut := now.UTC().AddDate(0, -months, 0)
	if cut.Day() != now.UTC().Day() {
		cut = cut.AddDate(0, 0, -cut.Day())
	}
	return cut
}
