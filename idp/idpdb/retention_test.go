package idpdb_test

import (
	"slices"
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/idpdb"
)

// Whoever adds a table about requests or identities says here how its rows end.
func TestNoTableOfARequestIsForgottenWhenItIsForgotten(t *testing.T) {
	d := dbtest.SQLite(t, shareddb.Module(), idpdb.Module())
	listed := idpdb.TablesForgotten()
	for _, one := range about(t, d) {
		if !slices.Contains(listed, one) {
			t.Errorf("rows of %s stay when a request or an identity is forgotten: idpdb/retention.go", one)
		}
	}
}

// about lists the tables with a column that says whose request, holder or identity it is.
func about(t *testing.T, d *db.DB) (list []string) {
	t.Helper()
	rows, err := d.Read().QueryContext(t.Context(), `SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name IN ('request', 'holder', 'identity')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	if err := rows.Err(); err != nil || len(list) < 10 {
		t.Fatalf("only %q, %v", list, err)
	}
	return list
}
