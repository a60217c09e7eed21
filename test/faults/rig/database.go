package rig

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"atrio/db"
)

// Database is a role's database, looked at from outside the program.
type Database struct {
	t testing.TB
	d *db.DB
}

// Look opens the database of a role until the end of the test.
func (d *Demo) Look(role string) *Database {
	d.t.Helper()
	opened, err := db.Open(context.Background(), d.Databases[role])
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { opened.Close() })
	return &Database{t: d.t, d: opened}
}

// Close ends the look before the end of the test.
func (l *Database) Close() { l.d.Close() }

// Count gives the number that a query answers.
func (l *Database) Count(query string, args ...any) int {
	l.t.Helper()
	var n int
	if err := l.d.Read().QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		l.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Text gives the text that a query answers, "" without a row.
func (l *Database) Text(query string, args ...any) string {
	l.t.Helper()
	var s sql.NullString
	err := l.d.Read().QueryRowContext(context.Background(), query, args...).Scan(&s)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		l.t.Fatalf("%s: %v", query, err)
	}
	return s.String
}

// Texts lists the texts of the first column.
func (l *Database) Texts(query string, args ...any) []string {
	l.t.Helper()
	rows, err := l.d.Read().QueryContext(context.Background(), query, args...)
	if err != nil {
		l.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			l.t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		l.t.Fatal(err)
	}
	return out
}

// Tables counts the rows of every table.
func (l *Database) Tables() map[string]int {
	l.t.Helper()
	list := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if l.d.Dialect() == db.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	out := map[string]int{}
	for _, table := range l.Texts(list) {
		out[table] = l.Count("SELECT count(*) FROM " + table)
	}
	return out
}
