package db_test

import (
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
)

func TestAScrubIsNotDoneWhileAReaderNeedsTheLog(t *testing.T) {
	d := dbtest.SQLite(t)
	change := func(statement string) {
		t.Helper()
		if err := d.One(t.Context(), func(q db.Queryer) error { _, err := q.ExecContext(t.Context(), statement); return err }); err != nil {
			t.Fatal(err)
		}
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

func TestOnlyTheNameOfATableIsScrubbed(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		for _, name := range []string{"", "letter; DROP TABLE letter", "Letter", `"letter"`} {
			if done, err := d.Scrub(t.Context(), name); err == nil || done {
				t.Errorf("%q: %v, %v", name, done, err)
			}
		}
	})
}
