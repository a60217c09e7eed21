package ledgerkey_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/ledgerkey"
	"atrio/db/shareddb"
)

var start = time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)

// tables are what a product with a ledger creates.
func tables() db.Module {
	fs := fstest.MapFS{}
	for dialect, number := range map[string]string{"sqlite": "INTEGER", "postgres": "bigint"} {
		text := strings.ReplaceAll(`CREATE TABLE ledger_key (id text NOT NULL PRIMARY KEY, wrapped text NOT NULL, created_at NUMBER NOT NULL);
			CREATE TABLE ledger_purge (id NUMBER NOT NULL PRIMARY KEY, at NUMBER NOT NULL);
			CREATE TABLE scrub_due (name text NOT NULL PRIMARY KEY, token text NOT NULL);
			CREATE TABLE paper (id text NOT NULL PRIMARY KEY, at NUMBER NOT NULL);`, "NUMBER", number)
		fs[dialect+"/0001_ledger.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return db.Module{Name: "paper", FS: fs}
}

func ring(role string, fill byte) *seal.Keyring {
	return seal.NewKeyring(role, seal.Key{ID: "1", Secret: [32]byte{fill}})
}

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), tables()}, fn)
}

func count(t *testing.T, d *db.DB, query string) (n int) {
	t.Helper()
	if err := d.Read().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAMonthHasOneKeyHoweverManyAskAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		sealed := make([][]byte, 8)
		for n := range sealed {
			wg.Go(func() {
				key, err := ledgerkey.New(d, ring("gateway", 1)).At(t.Context(), start)
				if err != nil {
					t.Error(err)
					return
				}
				sealed[n] = key.Seal([]string{"row"}, []byte("x"))
			})
		}
		wg.Wait()
		key, err := ledgerkey.New(d, ring("gateway", 1)).Find(t.Context(), "2026-11")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sealed {
			if _, err := key.Open([]string{"row"}, s); err != nil {
				t.Error(err)
			}
		}
		if n := count(t, d, `SELECT count(*) FROM ledger_key`); n != 1 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestPreparedKeysCostNoLoginACommit(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := ledgerkey.New(d, ring("gateway", 1))
		if err := k.Prepare(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		before := d.Commits()
		for _, at := range []time.Time{start, start.Add(time.Second), start} { // into the next month and back
			key, err := k.At(t.Context(), at)
			if err != nil || key.ID() != ledgerkey.Month(at) {
				t.Fatal(err)
			}
		}
		if n := d.Commits() - before; n != 0 {
			t.Errorf("%d commits", n)
		}
	})
}

func TestKeysOpenForTheirRoleAlone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if _, err := ledgerkey.New(d, ring("gateway", 1)).At(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		for name, other := range map[string]*seal.Keyring{"other role": ring("idp", 1), "other keys": ring("gateway", 2)} {
			k := ledgerkey.New(d, other)
			if _, err := k.Find(t.Context(), "2026-11"); err == nil || errors.Is(err, ledgerkey.ErrDestroyed) || !strings.Contains(err.Error(), "does not open with the keys of this role") {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := k.At(t.Context(), start); err == nil {
				t.Errorf("%s: a second key for the month", name)
			}
			// Nor for one that has none yet: a database that was restored, or stood still.
			if err := k.Prepare(t.Context(), start.AddDate(0, 7, 0)); err == nil || count(t, d, `SELECT count(*) FROM ledger_key`) != 1 {
				t.Errorf("%s: a key of a later month: %v", name, err)
			}
		}
		// A key put in the place of another month's does not open either.
		if err := d.One(t.Context(), func(q db.Queryer) error {
			_, err := q.ExecContext(t.Context(), `UPDATE ledger_key SET id = '2026-10'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := ledgerkey.New(d, ring("gateway", 1)).Find(t.Context(), "2026-10"); err == nil {
			t.Error("a key changed its month")
		}
	})
}

func TestThePurgeGoesOnInBatchesUntilNothingIsLeft(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := ledgerkey.New(d, ring("gateway", 1))
		if _, err := k.At(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		insert := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO paper (id, at) SELECT CAST(i AS text), $1 + i FROM n`
		if d.Dialect() == db.Postgres {
			insert = strings.Replace(insert, "$1", "$1::bigint", 1)
		}
		if err := d.One(t.Context(), func(q db.Queryer) error {
			_, err := q.ExecContext(t.Context(), insert, db.Micros(start)-2500)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if at, err := k.PurgedAt(t.Context()); err != nil || !at.IsZero() {
			t.Errorf("%v, %v", at, err)
		}
		over := start.AddDate(0, 24, 0).Add(time.Second) // the month is over too
		if err := k.Purge(t.Context(), over, 24, ledgerkey.Table{Name: "paper"}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM paper`); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if n := count(t, d, `SELECT count(*) FROM audit WHERE action = 'ledger.purged' AND role = 'gateway'`); n != 4 { // three batches, one key
			t.Errorf("%d lines", n)
		}
		if _, err := k.Find(t.Context(), "2026-11"); !errors.Is(err, ledgerkey.ErrDestroyed) {
			t.Errorf("the key of the month: %v", err)
		}
		if at, err := k.PurgedAt(t.Context()); err != nil || !at.Equal(over) {
			t.Errorf("%v, %v", at, err)
		}
	})
}
