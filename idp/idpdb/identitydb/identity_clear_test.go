package identitydb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
)

// firstDatabase is one of the first release with that many identities, whose tables are
// those of now.
func firstDatabase(t *testing.T, rawURL string, many int) *db.DB {
	t.Helper()
	d := dbtest.Open(t, rawURL)
	if err := d.Migrate(t.Context(), shareddb.Module(), firstRelease(t)); err != nil {
		t.Fatal(err)
	}
	if d.Dialect() == db.SQLite {
		idpdbtest.Exec(t, d, `PRAGMA secure_delete = 0`) // the first release left what it deleted
	}
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		for n := range 2 * many {
			name := "holder"
			if n >= many { // who had one once
				name = "gone"
			}
			_, err := tx.ExecContext(t.Context(), `INSERT INTO identity VALUES ($1, $2, $3, 'active', $4, $4, $4, $5, 'Clarissima', 'F', '1990-05-04', 'F205', 'MI', $6, $3, $7, 1,
				'cartaIdentita', $8, 'comuneMilano', '1990-05-04', '1990-05-04', 'Via Prova 1', '00100', 'Roma', 'RM', 'Italia', $9)`,
				fmt.Sprintf("%s%04d", name, n*7919%many), fmt.Sprintf("TESTSERAFI%04d", n), fmt.Sprintf("serafina%d@example.org", n), db.Micros(idpdbtest.Present), "Serafina"+strings.Repeat("x", n%40),
				fmt.Sprintf("SRFPRV90E44F%03dX", n%1000), fmt.Sprintf("+3933300%05d", n), fmt.Sprintf("CA%07d", n), fmt.Sprintf("serafina%d@pec.example.org", n))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	idpdbtest.Exec(t, d, `UPDATE identity SET given_name = 'Bartolomea' || given_name`) // some moved
	idpdbtest.Exec(t, d, `DELETE FROM identity WHERE id LIKE 'gone%'`)
	if d.Dialect() == db.SQLite {
		idpdbtest.Exec(t, d, `PRAGMA secure_delete = 1`)
	} else {
		idpdbtest.Exec(t, d, `ANALYZE identity`)
	}
	if err := d.Migrate(t.Context(), shareddb.Module(), idpdb.Module()); err != nil {
		t.Fatal(err)
	}
	return d
}

// heard calls hear with every line of a log.
type heard struct {
	slog.Handler
	hear func(slog.Record)
}

func (h heard) Enabled(context.Context, slog.Level) bool { return true }
func (h heard) Handle(_ context.Context, r slog.Record) error {
	h.hear(r)
	return nil
}

// A32: many identities are sealed some at a time, and whoever wants to write meanwhile does.
// A node that ends in the middle has lost nothing: the next start goes on. In the files
// nothing of it is left.
func TestManyIdentitiesAreSealedSomeAtATime(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		const many = 1300
		d := firstDatabase(t, rawURL, many)
		ctx, kill := context.WithCancel(t.Context())
		lines := 0
		s := idpdb.NewStore(d, idpdbtest.Ring(), nil)
		s.Log = slog.New(heard{slog.DiscardHandler, func(r slog.Record) {
			lines++
			idpdbtest.Exec(t, d, `INSERT INTO consumed (kind, id, expires_at) VALUES ('other', $1, 1)`, fmt.Sprint(lines)) // a login, say
			if strings.Contains(r.Message, "are being sealed") && r.NumAttrs() == 2 {
				kill()
			}
		}})
		if err := s.Prepare(ctx, idpdbtest.Present); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "1000 of 1300") {
			t.Fatalf("it ends in the middle: %v", err)
		}
		wait := func() int { return idpdbtest.Count(t, s, `SELECT count(*) FROM identity_clear`) }
		if got := wait(); got != many-1000 || lines != 2 {
			t.Fatalf("%d wait after %d lines", got, lines)
		}
		if i, err := s.FindIdentity(t.Context(), "user_id", "serafina3@example.org"); err == nil && i.Holder.Email != "serafina3@example.org" {
			t.Errorf("%+v", i)
		}

		before := d.Commits()
		s = idpdb.NewStore(d, idpdbtest.Ring(), nil)
		if err := s.Prepare(t.Context(), idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		if commits := d.Commits() - before; wait() != 0 || commits < 3 || commits > 8 {
			t.Errorf("%d wait, %d commits for 300", wait(), commits)
		}
		for n := range many {
			if i, err := s.FindIdentity(t.Context(), "user_id", fmt.Sprintf("serafina%d@example.org", n)); err != nil || i.Holder.Document.Number != fmt.Sprintf("CA%07d", n) {
				t.Fatalf("%d: %+v, %v", n, i, err)
			}
		}
		if d.Dialect() == db.Postgres {
			n := idpdbtest.Count(t, s, `SELECT count(*) FROM pg_stats WHERE schemaname = current_schema() AND (most_common_vals::text LIKE '%erafi%' OR histogram_bounds::text LIKE '%ERAFI%' OR histogram_bounds::text LIKE '%erafi%')`)
			if n != 0 {
				t.Errorf("%d statistics have what was in clear", n)
			}
		}
		if due, err := s.Unsealed(t.Context(), idpdbtest.Present); err != nil || due {
			t.Errorf("what was in clear is in the files until a job comes: %v", err)
		}
		inNoFile(t, d, rawURL, "Bartolomea", "Serafina", "Clarissima", "serafina", "SRFPRV", "+3933300", "TESTSERAFI", "Via Prova")
	})
}

// inNoFile looks for words in the files of an SQLite database, as whoever finds its disk.
func inNoFile(t *testing.T, d *db.DB, rawURL string, words ...string) {
	t.Helper()
	if d.Dialect() != db.SQLite {
		return
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		data, err := os.ReadFile(u.Path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if n := bytes.Count(data, []byte(word)); n > 0 {
				at := bytes.Index(data, []byte(word))
				t.Errorf("%q can be read %d times in the file%s, for one at %d: %q", word, n, suffix, at, data[max(0, at-20):at+40])
			}
		}
	}
}

// A32: of two nodes that start at the same time each seals others, and none is left.
func TestTwoNodesSealTheIdentitiesTogether(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		const many = 700
		first := idpdb.NewStore(firstDatabase(t, rawURL, many), idpdbtest.Ring(), nil)
		second := idpdb.NewStore(dbtest.Open(t, rawURL), idpdbtest.Ring(), nil)
		if err := first.Prepare(t.Context(), idpdbtest.Present.AddDate(0, -1, 0)); err != nil { // the keys of the register
			t.Fatal(err)
		}
		idpdbtest.Exec(t, first.DB, `INSERT INTO identity_clear SELECT id, 'spid' || id, id, 'Ada', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '' FROM identity`)
		var all sync.WaitGroup
		for _, s := range []*idpdb.Store{first, second} {
			all.Go(func() {
				if err := s.Prepare(t.Context(), idpdbtest.Present); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, s := range []*idpdb.Store{first, second} {
			if n := idpdbtest.Count(t, s, `SELECT count(*) FROM identity_clear`); n != 0 {
				t.Errorf("%d wait", n)
			}
		}
		for n := range many {
			if i, err := first.Identity(t.Context(), fmt.Sprintf("holder%04d", n)); err != nil || i.Holder.GivenName != "Ada" {
				t.Fatalf("%d: %+v, %v", n, i, err)
			}
		}
	})
}

// A32: keys that did not write this database write nothing in it, wherever it stands.
func TestKeysOfAnotherDatabaseAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	right, wrong := idpdbtest.Ring(), seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{2}})
	rotated := seal.NewKeyring("idp", seal.Key{ID: "k9", Secret: [32]byte{9}}, seal.Key{ID: "k1", Secret: [32]byte{1}})
	later := idpdbtest.Present.AddDate(1, 0, 0) // no key of the register is there for that month
	for name, c := range map[string]struct {
		write   func(t *testing.T, s *idpdb.Store)
		refused string
	}{
		"an identity": {func(t *testing.T, s *idpdb.Store) {
			idpdbtest.Create(t, s, idpdbtest.Ada())
			idpdbtest.Exec(t, s.DB, `DELETE FROM ledger_key`)
		}, "nothing was sealed or written"},
		"the register alone": {func(*testing.T, *idpdb.Store) {}, "put the right sealing.keys in place"},
		"an identity that was tampered with": {func(t *testing.T, s *idpdb.Store) {
			idpdbtest.Create(t, s, idpdbtest.Ada())
			idpdbtest.Create(t, s, bruno())
			idpdbtest.Exec(t, s.DB, `UPDATE identity SET phone_key = 'x' WHERE id = 'ada'`)
		}, "nothing was sealed or written"},
	} {
		t.Run(name, func(t *testing.T) {
			idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
				if err := s.Prepare(t.Context(), idpdbtest.Present); err != nil {
					t.Fatal(err)
				}
				c.write(t, s)
				rows := func() string {
					return fmt.Sprint(idpdbtest.Count(t, s, `SELECT count(*) FROM ledger_key`), idpdbtest.Count(t, s, `SELECT count(*) FROM audit`), idpdbtest.Count(t, s, `SELECT count(*) FROM identity`))
				}
				before := rows()
				if err := idpdb.NewStore(s.DB, wrong, nil).Prepare(t.Context(), later); err == nil || !strings.Contains(err.Error(), c.refused) || rows() != before {
					t.Errorf("other keys: %v; rows %s, before %s", err, rows(), before)
				}
				// Keys that were rotated, restored from before the rotation, or that forgot a
				// generation, are the same.
				for _, same := range []*seal.Keyring{rotated, right, seal.NewKeyring("idp", seal.Key{ID: "k10", Secret: [32]byte{10}}).WithMACKey([32]byte{1})} {
					if err := idpdb.NewStore(s.DB, same, nil).Prepare(t.Context(), later); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

// A32: a first start with other keys leaves a database of 0.1.0 as it was, so that the next
// one with the right keys finds it so.
func TestADatabaseOfTheFirstReleaseWaitsForItsKeys(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := firstDatabase(t, rawURL, 3)
		s := idpdb.NewStore(d, idpdbtest.Ring(), nil)
		idpdbtest.Exec(t, d, `INSERT INTO totp (identity, secret, confirmed_at) VALUES ('holder0001', $1, $2)`, s.SealTOTP(t, "holder0001", idpdbtest.Present), db.Micros(idpdbtest.Present))
		wrong := idpdb.NewStore(d, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{2}}), nil)
		for range 2 {
			if err := wrong.Prepare(t.Context(), idpdbtest.Present); !errors.Is(err, idpdb.ErrOtherKeys) {
				t.Errorf("other keys: %v", err)
			}
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM ledger_key`); n != 0 {
			t.Errorf("%d keys of the register", n)
		}
		if err := s.Prepare(t.Context(), idpdbtest.Present); err != nil || idpdbtest.Count(t, s, `SELECT count(*) FROM identity_clear`) != 0 {
			t.Errorf("the right keys: %v", err)
		}
	})
}
