package db_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"atrio/db"
	"atrio/db/dbtest"
)

func history(files map[string]string) db.Module {
	m := fstest.MapFS{}
	for name, text := range files {
		m["sqlite/"+name] = &fstest.MapFile{Data: []byte(text)}
		m["postgres/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return db.Module{Name: "history", FS: m}
}

const one, two = `CREATE TABLE one (id bigint PRIMARY KEY);`, `ALTER TABLE one ADD COLUMN extra text;`

func TestMigrationsGoForwardOnce(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		ctx := t.Context()
		d := dbtest.Open(t, rawURL)
		first := history(map[string]string{"0001_one.sql": one})
		both := history(map[string]string{"0001_one.sql": one, "0002_two.sql": two})

		if err := d.SchemaReady(ctx, first); !errors.Is(err, db.ErrSchema) || !strings.Contains(err.Error(), "atrio migrate") {
			t.Fatalf("empty database: %v", err)
		}
		for range 2 {
			if err := d.Migrate(ctx, first); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.SchemaReady(ctx, first); err != nil {
			t.Fatal(err)
		}
		if err := d.SchemaReady(ctx, both); !errors.Is(err, db.ErrSchema) || !strings.Contains(err.Error(), "0002_two.sql") {
			t.Fatalf("one missing: %v", err)
		}
		if err := d.Migrate(ctx, both); err != nil {
			t.Fatal(err)
		}
		// The program before keeps running while nodes are upgraded in turn.
		if err := errors.Join(d.SchemaReady(ctx, both), d.SchemaReady(ctx, first), d.Migrate(ctx, first)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestChangedMigrationIsRefused(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		ctx := t.Context()
		d := dbtest.Open(t, rawURL)
		if err := d.Migrate(ctx, history(map[string]string{"0001_one.sql": one})); err != nil {
			t.Fatal(err)
		}
		changed := history(map[string]string{"0001_one.sql": one + " ", "0002_two.sql": two})
		for _, err := range []error{d.Migrate(ctx, changed), d.SchemaReady(ctx, changed)} {
			if !errors.Is(err, db.ErrSchema) || !strings.Contains(err.Error(), "0001_one.sql") {
				t.Fatalf("got %v", err)
			}
		}
	})
}

func TestFailedMigrationLeavesNothing(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		ctx := t.Context()
		d := dbtest.Open(t, rawURL)
		bad := history(map[string]string{"0001_one.sql": one, "0002_two.sql": `CREATE TABLE half (id bigint); SELECT nonsense FROM nowhere;`})
		if err := d.Migrate(ctx, bad); err == nil || !strings.Contains(err.Error(), "0002_two.sql") {
			t.Fatalf("got %v", err)
		}
		if err := d.Migrate(ctx, history(map[string]string{"0001_one.sql": one, "0002_two.sql": two})); err != nil {
			t.Fatalf("the second try: %v", err)
		}
	})
}

func TestHistoriesAreChecked(t *testing.T) {
	d := dbtest.SQLite(t)
	file := &fstest.MapFile{Data: []byte(one)}
	for says, m := range map[string]db.Module{
		"same names":        {Name: "m", FS: fstest.MapFS{"sqlite/0001_one.sql": file, "postgres/0001_other.sql": file}},
		"missing or double": {Name: "m", FS: fstest.MapFS{"sqlite/0002_one.sql": file, "postgres/0002_one.sql": file}},
		"not named":         {Name: "m", FS: fstest.MapFS{"sqlite/one.sql": file, "postgres/one.sql": file}},
		"file does not":     {Name: "m", FS: fstest.MapFS{"sqlite/0001_one.sql": file}},
		"given twice":       {},
	} {
		if err := d.Migrate(t.Context(), m); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v", says, err)
		}
	}
}
