package shareddb_test

import (
	"context"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// each runs fn on both engines.
func each(t *testing.T, fn func(t *testing.T, s *shareddb.Store)) {
	t.Helper()
	dbtest.Each(t, []db.Module{shareddb.Module()}, func(t *testing.T, d *db.DB) { fn(t, &shareddb.Store{DB: d}) })
}

// eachPair gives two nodes on one database.
func eachPair(t *testing.T, fn func(t *testing.T, nodes [2]*shareddb.Store)) {
	t.Helper()
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		nodes := [2]*shareddb.Store{{DB: dbtest.Open(t, rawURL)}, {DB: dbtest.Open(t, rawURL)}}
		if err := nodes[0].DB.Migrate(t.Context(), shareddb.Module()); err != nil {
			t.Fatal(err)
		}
		fn(t, nodes)
	})
}

func inTx(t *testing.T, s *shareddb.Store, fn func(ctx context.Context, q db.Queryer) error) {
	t.Helper()
	if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func rows(t *testing.T, s *shareddb.Store, table string) (n int) {
	t.Helper()
	if err := s.DB.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestBothEnginesGetTheSameTables(t *testing.T) {
	dbtest.SameSchema(t, shareddb.Module())
}
