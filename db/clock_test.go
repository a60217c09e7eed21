package db_test

import (
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
)

// The clock of the server goes on in a transaction, and SQLite has none.
func TestNodesShareTheClockOfTheServer(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		first, err := d.Clock(t.Context())
		if err != nil || first.IsZero() != (d.Dialect() == db.SQLite) {
			t.Fatalf("%v, %v", first, err)
		}
		err = d.Tx(t.Context(), func(tx *db.Tx) error {
			one, err := tx.Clock(t.Context())
			if err != nil {
				return err
			}
			two, err := tx.Clock(t.Context())
			if one.Before(first) || two.Before(one) || d.Dialect() == db.Postgres && !two.After(one) {
				t.Errorf("%v, %v, %v", first, one, two)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
