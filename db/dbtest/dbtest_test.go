package dbtest_test

import (
	"testing"
	"testing/fstest"

	"atrio/db"
	"atrio/db/dbtest"
)

func TestEachDatabaseIsFreshAndMigrated(t *testing.T) {
	create := &fstest.MapFile{Data: []byte(`CREATE TABLE one (id text NOT NULL PRIMARY KEY)`)}
	modules := []db.Module{{Name: "one", FS: fstest.MapFS{"sqlite/0001_one.sql": create, "postgres/0001_one.sql": create}}}
	for range 2 {
		dbtest.Each(t, modules, func(t *testing.T, d *db.DB) {
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := tx.ExecContext(t.Context(), `INSERT INTO one (id) VALUES ('a')`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestModulesWithOtherFilesHaveOtherTables(t *testing.T) {
	for _, table := range []string{"one", "two", "one"} {
		create := &fstest.MapFile{Data: []byte(`CREATE TABLE ` + table + ` (id text NOT NULL PRIMARY KEY)`)}
		modules := []db.Module{{Name: "same", FS: fstest.MapFS{"sqlite/0001_same.sql": create, "postgres/0001_same.sql": create}}}
		dbtest.Each(t, modules, func(t *testing.T, d *db.DB) {
			if cells := dbtest.Cells(t, d, table); len(cells) != 0 {
				t.Errorf("a new table has rows: %v", cells)
			}
			if err := d.SchemaReady(t.Context(), modules...); err != nil {
				t.Error(err)
			}
			var n int
			if err := d.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
				t.Error(err)
			}
		})
	}
}
