package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
)

func put(ctx context.Context, q db.Execer, id string, n int) error {
	_, err := q.ExecContext(ctx, `INSERT INTO note (id, n) VALUES ($1, $2)`, id, n)
	return err
}

func TestStatementsTogetherRunInTheirOrderAndCountAsOneCommit(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx, before := t.Context(), d.Commits()
		var n int
		err := d.Tx(ctx, func(tx *db.Tx) error {
			err := tx.Together(ctx, func(q db.Execer) error {
				if err := put(ctx, q, "a", 1); err != nil {
					return err
				}
				_, err := q.ExecContext(ctx, `UPDATE note SET n = n + $1`, 41)
				return err
			})
			if err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, `SELECT n FROM note WHERE id = $1`, "a").Scan(&n)
		})
		if err != nil || n != 42 || count(t, d) != 1 || d.Commits() != before+1 {
			t.Fatalf("%v, n is %d, %d commits", err, n, d.Commits()-before)
		}
	})
}

func TestOneStatementThatFailsFailsAllThatRanTogether(t *testing.T) {
	const secret = "RSSMRA80A01H501U"
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx, before := t.Context(), d.Commits()
		err := d.Tx(ctx, func(tx *db.Tx) error {
			return tx.Together(ctx, func(q db.Execer) error {
				for _, id := range []string{"a", secret, secret, "b"} {
					if err := put(ctx, q, id, 1); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if !db.IsUnique(err) || strings.Contains(err.Error(), secret) || count(t, d) != 0 || d.Commits() != before {
			t.Fatalf("%v, %d rows", err, count(t, d))
		}
		// The connection is whole: the next transaction has it.
		if err := d.Tx(ctx, func(tx *db.Tx) error { return put(ctx, tx, "c", 1) }); err != nil || count(t, d) != 1 {
			t.Fatalf("afterwards: %v", err)
		}
	})
}

func TestATimeIsNotBoundTogetherEither(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Tx(ctx, func(tx *db.Tx) error {
			return tx.Together(ctx, func(q db.Execer) error {
				_, err := q.ExecContext(ctx, `INSERT INTO note (id, n) VALUES ('t', $1)`, time.Unix(1, 0))
				return err
			})
		})
		if err == nil || count(t, d) != 0 {
			t.Fatalf("a time.Time was bound: %v", err)
		}
	})
}

func TestAConnectionThatBreaksUnderStatementsTogetherIsReplaced(t *testing.T) {
	d := dbtest.Open(t, dbtest.URL(t, db.Postgres))
	if err := d.Migrate(t.Context(), notes()); err != nil {
		t.Fatal(err)
	}
	ctx, runs := t.Context(), 0
	err := d.Tx(ctx, func(tx *db.Tx) error {
		if runs++; runs == 1 {
			endBackend(t, d, tx)
		}
		return tx.Together(ctx, func(q db.Execer) error { return put(ctx, q, "a", runs) })
	})
	if err != nil || runs != 2 || count(t, d) != 1 {
		t.Fatalf("%v after %d runs, %d rows", err, runs, count(t, d))
	}
}

// endBackend breaks the connection of a transaction.
func endBackend(t *testing.T, d *db.DB, tx *db.Tx) {
	t.Helper()
	var own int
	if err := tx.QueryRowContext(t.Context(), `SELECT pg_backend_pid()`).Scan(&own); err != nil {
		t.Fatal(err)
	}
	var done bool
	if err := d.Read().QueryRowContext(t.Context(), `SELECT pg_terminate_backend($1, 5000)`, own).Scan(&done); err != nil || !done {
		t.Fatalf("the backend was not ended: %v", err)
	}
}

func TestStatementsAreCountedOneByOne(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx, before := t.Context(), d.Statements()
		err := d.Tx(ctx, func(tx *db.Tx) error {
			return tx.Together(ctx, func(q db.Execer) error {
				return errors.Join(put(ctx, q, "a", 1), put(ctx, q, "b", 2))
			})
		})
		if err != nil || d.Statements() != before+2 {
			t.Errorf("%d statements together, %v", d.Statements()-before, err)
		}
		if n := count(t, d); n != 2 || d.Statements() != before+3 {
			t.Errorf("%d statements after one that reads", d.Statements()-before)
		}
	})
}
