package dbtest

import (
	"slices"
	"strings"
	"testing"

	"atrio/db"
)

// SameSchema migrates the modules on both engines and compares what came out:
// tables, columns in their order with type and nullability, primary keys,
// indexes. Twin migrations are written by hand, so they can drift apart.
func SameSchema(t *testing.T, modules ...db.Module) {
	t.Helper()
	found := map[db.Dialect][]string{}
	for dialect, query := range map[db.Dialect]string{db.SQLite: describeSQLite, db.Postgres: describePostgres} {
		d := Open(t, URL(t, dialect))
		if err := d.Migrate(t.Context(), modules...); err != nil {
			t.Fatal(err)
		}
		found[dialect] = lines(t, d, query)
	}
	if len(found[db.SQLite]) == 0 {
		t.Fatal("no tables found")
	}
	for _, line := range found[db.SQLite] {
		if !slices.Contains(found[db.Postgres], line) {
			t.Errorf("only in sqlite: %s", line)
		}
	}
	for _, line := range found[db.Postgres] {
		if !slices.Contains(found[db.SQLite], line) {
			t.Errorf("only in postgres: %s", line)
		}
	}
}

func lines(t *testing.T, d *db.DB, query string) []string {
	t.Helper()
	rows, err := d.Read().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(line, "schema_version") {
			list = append(list, line)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// Both queries give lines such as
//
//	audit column 12 seq bigint null
//	audit primary key (id)
//	audit unique index (seq)
//	audit index (id) where
const describeSQLite = `
WITH t AS (SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!')
SELECT t.name || ' column ' || (c.cid + 1) || ' ' || c.name || ' ' ||
       CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'INT' THEN 'bigint' WHEN 'TEXT' THEN 'text' WHEN 'BLOB' THEN 'bytea' WHEN 'REAL' THEN 'real' ELSE c.type END ||
       CASE WHEN c."notnull" = 1 THEN '' ELSE ' null' END ||
       CASE WHEN t.strict = 1 THEN '' ELSE ' (the table is not STRICT)' END
  FROM t, pragma_table_info(t.name) AS c
UNION ALL
SELECT t.name || ' primary key (' || (SELECT group_concat(name, ', ' ORDER BY pk) FROM pragma_table_info(t.name) WHERE pk > 0) || ')' FROM t
UNION ALL
SELECT t.name || CASE WHEN i."unique" = 1 THEN ' unique' ELSE '' END || ' index (' ||
       (SELECT group_concat(coalesce(name, 'expression'), ', ' ORDER BY seqno) FROM pragma_index_info(i.name)) || ')' ||
       CASE WHEN i.partial = 1 THEN ' where' ELSE '' END
  FROM t, pragma_index_list(t.name) AS i WHERE i.origin <> 'pk'`

const describePostgres = `
SELECT table_name || ' column ' || ordinal_position || ' ' || column_name || ' ' ||
       CASE data_type WHEN 'double precision' THEN 'real' ELSE data_type END ||
       CASE is_nullable WHEN 'NO' THEN '' ELSE ' null' END
  FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL
SELECT c.relname || CASE WHEN i.indisprimary THEN ' primary key (' WHEN i.indisunique THEN ' unique index (' ELSE ' index (' END ||
       (SELECT string_agg(coalesce(a.attname, 'expression'), ', ' ORDER BY k.place)
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0) || ')' ||
       CASE WHEN i.indpred IS NULL THEN '' ELSE ' where' END
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = current_schema() AND c.relkind = 'r'`
