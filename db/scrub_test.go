package db_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
)

func TestAScrubIsNotDoneWhileAReaderNeedsTheLog(t *testing.T) {
	d := dbtest.SQLite(t)
	change := func(statement string) {
		t.Helper()
		execute(t, d, statement)
	}
	change(`CREATE TABLE letter (id text NOT NULL PRIMARY KEY) STRICT`)
	change(`INSERT INTO letter (id) VALUES ('a'), ('b')`)
	rows, err := d.Read().QueryContext(t.Context(), `SELECT id FROM letter`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	change(`DELETE FROM letter`)
	if done, err := d.Scrub(t.Context(), "letter"); err != nil || done {
		t.Errorf("the reader still reads: %v, %v", done, err)
	}
	rows.Close()
	if done, err := d.Scrub(t.Context(), "letter"); err != nil || !done {
		t.Errorf("nobody reads: %v, %v", done, err)
	}
}

// letters is a PostgreSQL with a table of rows in clear.
func letters(t *testing.T) *db.DB {
	t.Helper()
	d := dbtest.Open(t, dbtest.URL(t, db.Postgres))
	execute(t, d, `CREATE TABLE letter (id text NOT NULL PRIMARY KEY)`)
	execute(t, d, `INSERT INTO letter (id) SELECT 'secret' || n FROM generate_series(1, 100) AS n`)
	return d
}

func execute(t *testing.T, d *db.DB, statement string) {
	t.Helper()
	err := d.One(t.Context(), func(q db.Queryer) error { _, err := q.ExecContext(t.Context(), statement); return err })
	if err != nil {
		t.Fatal(err)
	}
}

func ask[T any](t *testing.T, d *db.DB, query string) (v T) {
	t.Helper()
	if err := d.Read().QueryRowContext(t.Context(), query).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// PostgreSQL keeps deleted rows for every transaction that is older than the deletion,
// whatever that one reads; a login that is under way would be enough.
func TestAnEmptyTableIsScrubbedWhateverOldTransactionsMightSee(t *testing.T) {
	d := letters(t)
	err := d.Tx(t.Context(), func(old *db.Tx) error {
		if _, err := old.ExecContext(t.Context(), `SELECT pg_current_xact_id()`); err != nil {
			return err
		}
		execute(t, d, `DELETE FROM letter`)
		if done, err := d.Scrub(t.Context(), "letter"); err != nil || !done {
			t.Errorf("%v, %v", done, err)
		}
		if size := ask[int64](t, d, `SELECT pg_relation_size('letter')`); size != 0 {
			t.Errorf("%d bytes of deleted rows are left", size)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever waits for the lock of a table holds up all who come after.
func TestAScrubGivesWayToWhoKeepsTheTable(t *testing.T) {
	for name, left := range map[string]string{"emptied": `DELETE FROM letter`, "rewritten": `DELETE FROM letter WHERE id <> 'secret1'`} {
		t.Run(name, func(t *testing.T) {
			d := letters(t)
			d.SetScrubPatience(20 * time.Millisecond)
			execute(t, d, left)
			file := ask[int64](t, d, `SELECT pg_relation_filenode('letter')::bigint`)
			err := d.Tx(t.Context(), func(backup *db.Tx) error {
				if _, err := backup.ExecContext(t.Context(), `LOCK TABLE letter IN ACCESS SHARE MODE`); err != nil {
					return err
				}
				if done, err := d.Scrub(t.Context(), "letter"); err != nil || done {
					t.Errorf("while it is kept: %v, %v", done, err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			d.SetScrubPatience(time.Minute)
			if done, err := d.Scrub(t.Context(), "letter"); err != nil || !done {
				t.Errorf("afterwards: %v, %v", done, err)
			}
			if ask[int64](t, d, `SELECT pg_relation_filenode('letter')::bigint`) == file {
				t.Error("the file is the one from before")
			}
			if ask[string](t, d, `SHOW lock_timeout`) != "0" {
				t.Error("the connection was given back impatient")
			}
		})
	}
}

func TestOnlyTheNameOfATableIsScrubbed(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		for _, name := range []string{"", "letter; DROP TABLE letter", "Letter", `"letter"`} {
			if done, err := d.Scrub(t.Context(), name); err == nil || done {
				t.Errorf("%q: %v, %v", name, done, err)
			}
		}
	})
}

func TestAFileIsWrittenAnewUnlessItIsTooLarge(t *testing.T) {
	rawURL := dbtest.URL(t, db.SQLite)
	d := dbtest.Open(t, rawURL)
	execute(t, d, `PRAGMA secure_delete = 0`)
	execute(t, d, `CREATE TABLE letter (id text NOT NULL PRIMARY KEY) STRICT`)
	execute(t, d, `INSERT INTO letter (id) VALUES ('a secret'), ('another one')`)
	execute(t, d, `DELETE FROM letter WHERE id = 'a secret'`)
	left := func() bool {
		t.Helper()
		if _, err := d.Scrub(t.Context(), "letter"); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(strings.TrimPrefix(rawURL, "sqlite://"))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(data, []byte("a secret"))
	}
	d.SetCompactable(4096)
	if err := d.Compact(t.Context()); !errors.Is(err, db.ErrLarge) || !left() {
		t.Errorf("a large file: %v", err)
	}
	d.SetCompactable(1 << 20)
	if err := d.Compact(t.Context()); err != nil || left() {
		t.Errorf("a small one still has what was deleted: %v", err)
	}
}
