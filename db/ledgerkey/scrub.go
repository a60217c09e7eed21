package ledgerkey

import (
	"context"
	"crypto/rand"
	"fmt"

	"atrio/db"
)

// AskScrub writes, in the transaction that deletes from a table, that what it deleted
// has to become unreadable in the files too (db.Scrub). The request outlives a crash
// between the two: Scrub finds it at the next run. // decision 0018
func AskScrub(ctx context.Context, tx *db.Tx, table string) error {
	// Of two requests for one table the later token stays: who scrubbed for the
	// earlier one does not take it away.
	_, err := tx.ExecContext(ctx, `INSERT INTO scrub_due (name, token) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET token = excluded.token`, table, rand.Text())
	if err != nil {
		return fmt.Errorf("ledgerkey: ask to scrub %s: %w", table, err)
	}
	return nil
}

// ScrubDue tells whether a scrub was asked for that has not been done.
func (k *Keys) ScrubDue(ctx context.Context) (bool, error) {
	var n int
	if err := k.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM scrub_due`).Scan(&n); err != nil {
		return false, fmt.Errorf("ledgerkey: scrub: %w", err)
	}
	return n > 0, nil
}

// Scrub does what was asked for. A request is taken away only after the scrub, and only
// if nothing was deleted since: wherever it ends, the next run does it again.
func (k *Keys) Scrub(ctx context.Context) error {
	due, err := k.scrubs(ctx)
	if err != nil {
		return err
	}
	for _, one := range due {
		if err := k.scrub(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keys) scrub(ctx context.Context, one scrub) error {
	done, err := k.db.Scrub(ctx, one.table)
	if err != nil || !done {
		return err
	}
	err = k.db.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `DELETE FROM scrub_due WHERE name = $1 AND token = $2`, one.table, one.token)
		return err
	})
	if err != nil {
		return fmt.Errorf("ledgerkey: scrubbed %s: %w", one.table, err)
	}
	return nil
}

type scrub struct{ table, token string }

func (k *Keys) scrubs(ctx context.Context) ([]scrub, error) {
	rows, err := k.db.Read().QueryContext(ctx, `SELECT name, token FROM scrub_due ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("ledgerkey: scrub: %w", err)
	}
	defer rows.Close()
	var list []scrub
	for rows.Next() {
		var one scrub
		if err := rows.Scan(&one.table, &one.token); err != nil {
			return nil, fmt.Errorf("ledgerkey: scrub: %w", err)
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
