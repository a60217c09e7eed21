// Package shareddbtest reads for tests what shared tables keep sealed.
package shareddbtest

import (
	"slices"
	"testing"
	"time"

	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
)

// Waiting are the messages of a database that wait, in their order, whoever has claimed them.
// They wait on as before.
func Waiting(t testing.TB, d *db.DB) (all []notify.Queued) {
	t.Helper()
	ctx := t.Context()
	due := map[int64]int64{}
	rows, err := d.Read().QueryContext(ctx, `SELECT id, next_at FROM outbox WHERE done_at = 0`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, next int64
		if err := rows.Scan(&id, &next); err != nil {
			t.Fatal(err)
		}
		due[id] = next
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, channel := range []notify.Channel{notify.Mail, notify.SMS} {
		list, err := (&shareddb.Store{DB: d}).ClaimMessages(ctx, channel, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Hour, len(due))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	err = d.Tx(ctx, func(tx *db.Tx) error {
		for id, next := range due {
			if _, err := tx.ExecContext(ctx, `UPDATE outbox SET next_at = $2 WHERE id = $1`, id, next); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b notify.Queued) int { return int(a.ID - b.ID) })
	return all
}

// To are the texts that wait for an address or a number, the latest last.
func To(t testing.TB, d *db.DB, to string) (texts []string) {
	t.Helper()
	for _, m := range Waiting(t, d) {
		if m.Message.To == to {
			texts = append(texts, m.Message.Text)
		}
	}
	return texts
}
