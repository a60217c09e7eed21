package ledgerkey_test

import (
	"bytes"
	"net/url"
	"os"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/ledgerkey"
	"atrio/db/shareddb"
)

func TestAKeyDestroyedJustBeforeACrashIsScrubbedByTheNextRun(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		if err := d.Migrate(t.Context(), shareddb.Module(), tables()); err != nil {
			t.Fatal(err)
		}
		k := ledgerkey.New(d, ring("gateway", 1))
		if _, err := k.At(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		var wrapped string
		if err := d.Read().QueryRowContext(t.Context(), `SELECT wrapped FROM ledger_key`).Scan(&wrapped); err != nil {
			t.Fatal(err)
		}
		over := start.AddDate(2, 1, 0)
		if err := k.DestroyOld(t.Context(), over, over); err != nil {
			t.Fatal(err)
		}
		before := place(t, d, rawURL)
		// The process ends here; another one begins.
		d = dbtest.Open(t, rawURL)
		k = ledgerkey.New(d, ring("gateway", 1))
		if due, err := k.ScrubDue(t.Context()); err != nil || !due {
			t.Fatal("nobody knows that a scrub is due", err)
		}
		if err := k.Purge(t.Context(), over, 24, ledgerkey.Table{Name: "paper"}); err != nil {
			t.Fatal(err)
		}
		if due, err := k.ScrubDue(t.Context()); err != nil || due {
			t.Fatal("it is still due", err)
		}
		after := place(t, d, rawURL)
		if d.Dialect() == db.SQLite && (!bytes.Contains(before, []byte(wrapped)) || bytes.Contains(after, []byte(wrapped))) {
			t.Error("the key must be in the files before, and not afterwards")
		}
		if d.Dialect() == db.Postgres && bytes.Equal(before, after) {
			t.Error("the table was not written anew")
		}
	})
}

// place is what the files hold; on PostgreSQL, whose files a test may not read, the
// number of the table's own.
func place(t *testing.T, d *db.DB, rawURL string) []byte {
	t.Helper()
	var all []byte
	if d.Dialect() == db.Postgres {
		if err := d.Read().QueryRowContext(t.Context(), `SELECT pg_relation_filenode('ledger_key')::text`).Scan(&all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(u.Path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

func ask(t *testing.T, d *db.DB) (token string) {
	t.Helper()
	if err := d.Tx(t.Context(), func(tx *db.Tx) error { return ledgerkey.AskScrub(t.Context(), tx, "paper") }); err != nil {
		t.Fatal(err)
	}
	if err := d.Read().QueryRowContext(t.Context(), `SELECT token FROM scrub_due WHERE name = 'paper'`).Scan(&token); err != nil {
		t.Fatal(err)
	}
	return token
}

func TestWhatIsDeletedDuringAScrubIsScrubbedAgain(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := ledgerkey.New(d, ring("gateway", 1))
		first, second := ask(t, d), ask(t, d)
		if first == second || count(t, d, `SELECT count(*) FROM scrub_due`) != 1 {
			t.Fatalf("%q, %q", first, second)
		}
		if err := k.ScrubFor(t.Context(), "paper", first); err != nil {
			t.Fatal(err)
		}
		if due, err := k.ScrubDue(t.Context()); err != nil || !due {
			t.Error("the second request went with the first", err)
		}
		if err := k.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		if due, err := k.ScrubDue(t.Context()); err != nil || due {
			t.Error("it is still due", err)
		}
	})
}

func TestRowsInClearThatArePurgedAreScrubbedInTheSameRun(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := ledgerkey.New(d, ring("gateway", 1))
		purge := func(id string, table ledgerkey.Table) (fresh bool) {
			t.Helper()
			if err := d.One(t.Context(), func(q db.Queryer) error {
				_, err := q.ExecContext(t.Context(), `INSERT INTO paper (id, at) VALUES ($1, $2)`, id, db.Micros(start))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			before := d.Commits()
			if err := k.Purge(t.Context(), start.AddDate(2, 0, 0).Add(time.Second), 24, table); err != nil {
				t.Fatal(err)
			}
			if due, err := k.ScrubDue(t.Context()); err != nil || due {
				t.Error("it is still due", err)
			}
			return d.Commits()-before > 2 // the deletion, the time of the purge; a request taken away
		}
		purge("warm", ledgerkey.Table{Name: "paper"}) // makes and destroys the keys
		if purge("a", ledgerkey.Table{Name: "paper"}) || !purge("b", ledgerkey.Table{Name: "paper", Clear: true}) {
			t.Error("rows in clear are scrubbed, sealed ones are not")
		}
	})
}
