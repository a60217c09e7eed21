package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
)

// notes is a module with one small table.
func notes() db.Module {
	lite := &fstest.MapFile{Data: []byte(`CREATE TABLE note (id TEXT NOT NULL PRIMARY KEY, n INTEGER NOT NULL) STRICT; CREATE INDEX note_n ON note (n);`)}
	pg := &fstest.MapFile{Data: []byte(`CREATE TABLE note (id text NOT NULL PRIMARY KEY, n bigint NOT NULL); CREATE INDEX note_n ON note (n);`)}
	return db.Module{Name: "notes", FS: fstest.MapFS{"sqlite/0001_note.sql": lite, "postgres/0001_note.sql": pg}}
}

func insert(ctx context.Context, q db.Queryer, id string, n int) error {
	_, err := q.ExecContext(ctx, `INSERT INTO note (id, n) VALUES ($1, $2)`, id, n)
	return err
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM note`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTransactionIsAllOrNothing(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		before := d.Commits()
		refused := errors.New("no")
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := insert(ctx, tx, "a", 1); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) || count(t, d) != 0 || d.Commits() != before {
			t.Fatalf("after a failure: err %v, %d rows", err, count(t, d))
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Tx(ctx, func(tx *db.Tx) error {
				_ = insert(ctx, tx, "b", 1)
				panic("broken")
			})
		}()
		if count(t, d) != 0 {
			t.Fatal("a panic left rows")
		}
		err = d.Tx(ctx, func(tx *db.Tx) error { return insert(ctx, tx, "c", 1) })
		if err != nil || count(t, d) != 1 || d.Commits() != before+1 {
			t.Fatalf("commit: %v, %d rows, %d commits", err, count(t, d), d.Commits()-before)
		}
	})
}

func TestCommitsCountsOnlyWhatChangedARow(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		steps := []struct {
			want uint64
			run  func(q db.Queryer) error
		}{
			{0, func(q db.Queryer) error {
				_, err := q.ExecContext(ctx, `UPDATE note SET n = 2 WHERE id = $1`, "missing")
				return err
			}},
			{0, func(q db.Queryer) error {
				var n int
				return q.QueryRowContext(ctx, `SELECT count(*) FROM note`).Scan(&n)
			}},
			{1, func(q db.Queryer) error {
				var id string
				return q.QueryRowContext(ctx, `INSERT INTO note (id, n) VALUES ($1, 1) RETURNING id`, fmt.Sprint("r", d.Commits())).Scan(&id)
			}},
		}
		for i, s := range steps {
			for name, run := range map[string]func() error{
				"Tx":  func() error { return d.Tx(ctx, func(tx *db.Tx) error { return s.run(tx) }) },
				"One": func() error { return d.One(ctx, s.run) },
			} {
				before := d.Commits()
				if err := run(); err != nil {
					t.Fatal(err)
				}
				if got := d.Commits() - before; got != s.want {
					t.Errorf("step %d by %s: %d commits, want %d", i, name, got, s.want)
				}
			}
		}
	})
}

func TestReadNeverWrites(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		if err := insert(t.Context(), d.Read(), "a", 1); err == nil || count(t, d) != 0 {
			t.Fatal("Read let a write through")
		}
	})
}

func TestUniqueViolationIsRecognised(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		add := func() error { return d.Tx(ctx, func(tx *db.Tx) error { return insert(ctx, tx, "secret-id", 1) }) }
		if err := add(); err != nil {
			t.Fatal(err)
		}
		err := add()
		if !db.IsUnique(err) {
			t.Fatalf("not recognised: %v", err)
		}
		if strings.Contains(err.Error(), "secret-id") {
			t.Fatalf("the error repeats the value: %v", err)
		}
		if db.IsUnique(sql.ErrNoRows) || db.IsUnique(nil) {
			t.Fatal("other errors are not unique violations")
		}
	})
}

func TestErrorsNeverHoldBoundValues(t *testing.T) {
	const secret = "RSSMRA80A01H501U"
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for _, query := range []string{
			`INSERT INTO note (id, n) VALUES ('x', $1) RETURNING n`,
			`INSERT INTO note (id, n) VALUES ($1, NULL) RETURNING n`,
			`SELECT n FROM note WHERE n = CAST($1 AS bigint) AND missing = 1`,
			`SELECT CAST($1 AS date) FROM missing`,
		} {
			var n int64
			err := d.Tx(ctx, func(tx *db.Tx) error { return tx.QueryRowContext(ctx, query, secret).Scan(&n) })
			var cause error
			for cause = err; cause != nil; cause = errors.Unwrap(cause) {
				if strings.Contains(fmt.Sprintf("%v %+v", cause, cause), secret) {
					t.Errorf("%s: the error holds the value: %v", query, cause)
				}
			}
		}
		err := d.Tx(ctx, func(tx *db.Tx) error { return insert(ctx, tx, secret, 1) })
		if err != nil {
			t.Fatal(err)
		}
		err = d.Tx(ctx, func(tx *db.Tx) error { return insert(ctx, tx, secret, 1) })
		if err == nil || strings.Contains(fmt.Sprintf("%+v", errors.Unwrap(err)), secret) {
			t.Errorf("duplicate: %v", err)
		}
	})
}

func TestTimesAreBoundAsMicroseconds(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO note (id, n) VALUES ('t', $1)`, time.Unix(1, 0))
			return err
		})
		if err == nil {
			t.Fatal("a time.Time was bound")
		}
	})
	at := time.Date(2026, 3, 29, 2, 30, 0, 123456000, time.FixedZone("", 7200))
	if got := db.FromMicros(db.Micros(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Fatalf("got %v", got)
	}
	if db.Micros(time.Time{}) != 0 || !db.FromMicros(0).IsZero() {
		t.Fatal("the zero time is 0")
	}
}

func TestConflictsAreRetriedAndNothingIsLost(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for _, id := range []string{"a", "b"} {
			if err := d.Tx(ctx, func(tx *db.Tx) error { return insert(ctx, tx, id, 0) }); err != nil {
				t.Fatal(err)
			}
		}
		// Two rows taken in opposite order deadlock on PostgreSQL: the loser
		// (40P01) must run again. The barrier makes it certain once.
		var met sync.WaitGroup
		met.Add(2)
		var work sync.WaitGroup
		errs := make(chan error, 2)
		for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
			first := true
			work.Go(func() {
				errs <- d.Tx(ctx, func(tx *db.Tx) error {
					if _, err := tx.ExecContext(ctx, `UPDATE note SET n = n + 1 WHERE id = $1`, order[0]); err != nil {
						return err
					}
					if first && d.Dialect() == db.Postgres {
						first = false
						met.Done()
						met.Wait()
					}
					_, err := tx.ExecContext(ctx, `UPDATE note SET n = n + 1 WHERE id = $1`, order[1])
					return err
				})
			})
		}
		work.Wait()
		for range 2 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		var sum int
		if err := d.Read().QueryRowContext(ctx, `SELECT sum(n) FROM note`).Scan(&sum); err != nil || sum != 4 {
			t.Fatalf("sum %d, %v", sum, err)
		}
		if d.Dialect() == db.Postgres && d.Retries() == 0 {
			t.Fatal("the deadlock was not met")
		}
	})
}

func TestManyWritersOfTwoNodesLoseNothing(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		ctx := t.Context()
		nodes := []*db.DB{dbtest.Open(t, rawURL), dbtest.Open(t, rawURL)}
		var migrating sync.WaitGroup
		for _, d := range nodes {
			migrating.Go(func() {
				if err := d.Migrate(ctx, notes()); err != nil {
					t.Errorf("two nodes migrating: %v", err)
				}
			})
		}
		migrating.Wait()
		const writers, each = 8, 20
		var work sync.WaitGroup
		for w := range writers {
			work.Go(func() {
				for i := range each {
					err := nodes[w%2].Tx(ctx, func(tx *db.Tx) error { return insert(ctx, tx, fmt.Sprint(w, "-", i), i) })
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		if n := count(t, nodes[0]); n != writers*each {
			t.Fatalf("%d rows", n)
		}
	})
}

func TestCancelledContextEndsATransaction(t *testing.T) {
	dbtest.Each(t, []db.Module{notes()}, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := insert(ctx, tx, "a", 1); err != nil {
				return err
			}
			cancel()
			return insert(ctx, tx, "b", 1)
		})
		if !errors.Is(err, context.Canceled) || fault.From(err).Kind != fault.Unavailable {
			t.Fatalf("got %v", err)
		}
		if count(t, d) != 0 {
			t.Fatal("a cancelled transaction left rows")
		}
	})
}
