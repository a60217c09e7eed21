package ledgerdb_test

import (
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/ledger"
	"atrio/people/person"
	"atrio/saml/binding"
)

// firstRelease are the tables of 0.1.0: the histories up to its last migrations.
func firstRelease(t *testing.T) []db.Module { return upTo(t, "0002_oidc.sql") }

// upTo are the tables at the time of a migration of the gateway.
func upTo(t *testing.T, gateway string) []db.Module {
	t.Helper()
	last := map[string]string{"shared": "0001_hall.sql", "gateway": gateway}
	var list []db.Module
	for _, m := range gatewaydbtest.Modules() {
		old := fstest.MapFS{}
		err := fs.WalkDir(m.FS, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || e.Name() > last[m.Name] {
				return err
			}
			data, err := fs.ReadFile(m.FS, path)
			old[path] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil || len(old) == 0 {
			t.Fatalf("%s: %v", m.Name, err)
		}
		list = append(list, db.Module{Name: m.Name, FS: old})
	}
	return list
}

// asFirstRelease fills the tables as 0.1.0 did: Ada has an account, and rows pairs.
func asFirstRelease(t *testing.T, d *db.DB, rows int) {
	t.Helper()
	gatewaydbtest.Exec(t, d, `INSERT INTO account (id, code, state, given_name, family_name, email, language, fiscal_code, created_at)
		VALUES ('a1', '123456782', 'active', 'Ada', 'D''Amico', 'ada@posta.example.it', 'it', $1, 1)`, fiscalCode)
	gatewaydbtest.Exec(t, d, `INSERT INTO identity (id, account_id, door, issuer, subject, linked_at, last_used_at) VALUES ('i1', 'a1', 'spid', 'https://id.example.it', $1, 1, 1)`, spidCode)
	for n := range rows {
		gatewaydbtest.Exec(t, d, `INSERT INTO exchange (id, at, reference, door, issuer, subject, request_id, response_id, assertion_id, request, response)
			VALUES ($1, $2, $3, 'spid', 'https://id.example.it', $4, $5, $6, $7, $8, $9)`,
			fmt.Sprintf("old%04d", n), db.Micros(gatewaydbtest.Start.AddDate(0, -n%14, 0)), fmt.Sprintf("ref%d", n), spidCode,
			fmt.Sprintf("_q%d", n), fmt.Sprintf("_r%d", n), fmt.Sprintf("_a%d", n), binding.Deflate([]byte(request)), []byte(response))
	}
}

// expectOld looks for old rows as a trace does.
func expectOld(t *testing.T, s *gatewaydb.Store, rows int) {
	t.Helper()
	for name, w := range map[string]ledger.Words{
		"response": {Technical: "_r7"}, "assertion": {Technical: "_a7"}, "request": {Technical: "_q7"},
	} {
		list := pairs(t, s, w)
		if len(list) != 1 {
			t.Fatalf("%s: %d pairs", name, len(list))
		}
		e := list[0]
		if e.ID != "old0007" || !e.At.Equal(gatewaydbtest.Start.AddDate(0, -7, 0)) || e.Door != person.DoorSPID || e.Reference != "ref7" || e.Account != "a1" ||
			e.Subject != spidCode || e.FiscalCode != fiscalCode || string(e.Request) != request || string(e.Response) != response {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for name, w := range map[string]ledger.Words{"account": {Account: "a1"}, "spidCode": {Subject: spidCode}, "codice fiscale": {FiscalCode: fiscalCode}} {
		list, err := s.Pairs(t.Context(), ledger.Query{Any: w, Limit: 1000})
		if err != nil || len(list) != rows {
			t.Errorf("%s: %d pairs, %v", name, len(list), err)
		}
	}
}

func TestTheDatabaseOfTheFirstReleaseIsSealedInBatchesThatMayEndAnywhere(t *testing.T) {
	const rows = 250
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		if err := d.Migrate(t.Context(), firstRelease(t)...); err != nil {
			t.Fatal(err)
		}
		asFirstRelease(t, d, rows)
		if err := d.Migrate(t.Context(), gatewaydbtest.Modules()...); err != nil {
			t.Fatal(err)
		}
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		expectOld(t, s, rows)
		if more, err := s.SealOldBatch(t.Context()); err != nil || !more {
			t.Fatal(more, err)
		}
		// The process ends here. A node of 0.1.0 that still runs writes one more row.
		s = gatewaydb.NewStore(dbtest.Open(t, rawURL), gatewaydbtest.Ring)
		if stats, err := s.LedgerStats(t.Context()); err != nil || stats.Rows != 100 || stats.Unsealed != rows-100 {
			t.Fatalf("%+v, %v", stats, err)
		}
		expectOld(t, s, rows)
		gatewaydbtest.Exec(t, d, `INSERT INTO exchange (id, at, reference, door, issuer, subject, request_id, response_id, assertion_id, request, response)
			VALUES ('late', $1, 'reflate', 'spid', 'https://id.example.it', $2, '_ql', '_rl', '_al', $3, $4)`, db.Micros(gatewaydbtest.Start), spidCode, []byte{}, []byte(response))
		if needed, err := s.Unsealed(t.Context(), gatewaydbtest.Start); err != nil || !needed {
			t.Fatal(needed, err)
		}
		for more := true; more; {
			var err error
			if more, err = s.SealOldBatch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		// The process ends again, after the last row and before the scrub.
		d = dbtest.Open(t, rawURL)
		s = gatewaydb.NewStore(d, gatewaydbtest.Ring)
		if needed, err := s.Unsealed(t.Context(), gatewaydbtest.Start); err != nil || !needed {
			t.Fatal("what was in clear stays in the files", err)
		}
		if err := s.SealOld(t.Context(), gatewaydbtest.Start); err != nil {
			t.Fatal(err)
		}
		if needed, err := s.Unsealed(t.Context(), gatewaydbtest.Start); err != nil || needed {
			t.Fatal("rows are left in clear", err)
		}
		expectOld(t, s, rows+1)
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM ledger_key`); n != 14 {
			t.Errorf("%d keys for 14 months", n)
		}
		// Account and identity stay in clear; take them away to look at the rest.
		gatewaydbtest.Exec(t, d, `DELETE FROM identity`)
		gatewaydbtest.Exec(t, d, `DELETE FROM account`)
		if done, err := d.Scrub(t.Context(), "identity"); err != nil || !done {
			t.Fatal(done, err)
		}
		expectNoSecret(t, content(t, rawURL, d))
	})
}

func TestACrashBeforeThereWereRequestsToScrubIsMendedByTheUpgrade(t *testing.T) {
	for name, moved := range map[string]bool{"rows of 0.1.0": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, upTo(t, "0006_logout.sql"), func(t *testing.T, d *db.DB) {
				correlation := "one"
				if moved {
					correlation = ""
				}
				// By hand: the program of today enters nobody on the tables of then.
				gatewaydbtest.Exec(t, d, `INSERT INTO ledger (id, at, correlation, reference, door, issuer, account_id, level, refused, request_id, response_id, assertion_id,
					subject_mac, fiscal_mac, key_id, sealed) VALUES ('1', $1, $2, '', 'spid', '', '', 2, '', '_q', '_r', '_a', $3, $3, '', $3)`,
					db.Micros(gatewaydbtest.Start), correlation, []byte{})
				s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
				if err := d.Migrate(t.Context(), gatewaydbtest.Modules()...); err != nil {
					t.Fatal(err)
				}
				if needed, err := s.Unsealed(t.Context(), gatewaydbtest.Start); err != nil || needed != moved {
					t.Errorf("scrub needed: %v, %v", needed, err)
				}
			})
		})
	}
}

func TestOldRowsInClearAreDeletedWhenTheirTimeIsOver(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		asFirstRelease(t, d, 3) // of this month and the two before
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		if err := s.PurgeLedger(t.Context(), gatewaydbtest.Start.AddDate(0, ledger.Months, 0).Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		if list := pairs(t, s, ledger.Words{Subject: spidCode}); len(list) != 1 || list[0].ID != "old0000" {
			t.Errorf("%d pairs", len(list))
		}
	})
}
