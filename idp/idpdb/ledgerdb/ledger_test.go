package ledgerdb_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/saml/binding"
)

const (
	spidCode = "TESTABCDEFGH01"
)

func find(t *testing.T, s *idpdb.Store, q idpdb.AccessQuery) []idpdb.FoundAccess {
	t.Helper()
	q.Limit = 500
	list, err := s.FindAccesses(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func record(t *testing.T, s *idpdb.Store, flow string) {
	t.Helper()
	a := idpdbtest.Answer(flow)
	a.Access.Request, a.Access.Response, a.Access.AssertionID, a.Access.NameID = []byte(idpdbtest.Sent), []byte(idpdbtest.Answered), "_3"+flow, "_name"
	if err := s.Record(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// content is what a copy of the register shows: on SQLite the very files.
func content(t *testing.T, rawURL string, d *db.DB) []byte {
	t.Helper()
	var all bytes.Buffer
	if d.Dialect() == db.SQLite {
		u, err := url.Parse(rawURL)
		if err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "-wal"} {
			data, err := os.ReadFile(u.Path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(data)
		}
		return all.Bytes()
	}
	rows, err := d.Read().QueryContext(t.Context(), `SELECT row_to_json(t)::text, t.sealed FROM access t
		UNION ALL SELECT row_to_json(t)::text, t.response FROM ledger t UNION ALL SELECT row_to_json(t)::text, ''::bytea FROM audit t`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		var blob []byte
		if err := rows.Scan(&line, &blob); err != nil {
			t.Fatal(err)
		}
		all.WriteString(line)
		all.Write(blob)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

func expectNoSecret(t *testing.T, data []byte) {
	t.Helper()
	if len(data) < 500 {
		t.Fatalf("only %d bytes were looked at", len(data))
	}
	for _, secret := range []string{spidCode, "ada@example", "<Response", "AuthnRequest", string(binding.Deflate([]byte(idpdbtest.Answered)))} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("%q can be read", secret)
		}
	}
}

func TestTheRegisterIsSealedAndFoundByTheFieldsOfTheRules(t *testing.T) { // SPID-RT registro
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		s := idpdb.NewStore(d, idpdbtest.Ring(), nil)
		record(t, s, "f")
		nobody := idpdbtest.Answer("g")
		nobody.Access.Identity, nobody.Access.SPIDCode, nobody.Access.Anomaly, nobody.Access.ResponseID = "", "", 25, "_5"
		nobody.Access.At = idpdbtest.Present.Add(time.Minute)
		if err := s.Record(t.Context(), nobody); err != nil {
			t.Fatal(err)
		}
		expectNoSecret(t, content(t, rawURL, d))
		for name, q := range map[string]idpdb.AccessQuery{
			"response": {Technical: "_2"}, "assertion": {Technical: "_3f"}, "spidCode": {SPIDCode: "testabcdefgh01"}, "time": {To: idpdbtest.Present.Add(time.Second)},
		} {
			list := find(t, s, q)
			if len(list) != 1 || list[0].ID != "f" || list[0].SPIDCode != spidCode || list[0].NameID != "_name" ||
				string(list[0].Request) != idpdbtest.Sent || string(list[0].Response) != idpdbtest.Answered {
				t.Errorf("%s: %+v", name, list)
			}
		}
		if list := find(t, s, idpdb.AccessQuery{Technical: "_1", Service: "https://sp.example.org"}); len(list) != 2 || list[1].Anomaly != 25 || list[1].SPIDCode != "" {
			t.Errorf("%+v", list)
		}
		if list := find(t, s, idpdb.AccessQuery{AfterAt: idpdbtest.Present, AfterID: "f"}); len(list) != 1 || list[0].ID != "g" {
			t.Errorf("%+v", list)
		}
		idpdbtest.Exec(t, d, `UPDATE access SET spid_mac = (SELECT a.spid_mac FROM access a WHERE a.id = 'g') WHERE id = 'f'`)
		if list := find(t, s, idpdb.AccessQuery{}); len(list) != 2 || !list[0].Broken || list[0].Response != nil || list[0].SPIDCode != "" || list[1].Broken {
			t.Errorf("a row with the index of another opens, or hides another: %+v", list)
		}
		idpdbtest.Exec(t, d, `UPDATE access SET anomaly = 25`)
		if list := find(t, s, idpdb.AccessQuery{}); len(list) != 2 || !list[0].Broken || list[0].Response != nil || list[0].SPIDCode != "" || list[1].Broken {
			t.Errorf("a changed row opens, or hides another: %+v", list)
		}
		idpdbtest.Exec(t, d, `DELETE FROM ledger_key`)
		if list := find(t, s, idpdb.AccessQuery{Technical: "_2"}); len(list) != 1 || !list[0].Destroyed || list[0].Response != nil {
			t.Errorf("without its key: %+v", list)
		}
	}, shareddb.Module(), idpdb.Module())
}

func TestTheRegisterOfTheFirstReleaseIsSealedInBatchesThatMayEndAnywhere(t *testing.T) {
	const rows = 130
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		old := fstest.MapFS{}
		full := idpdb.Module()
		for _, dialect := range []string{"sqlite", "postgres"} {
			for _, name := range []string{"0001_identity.sql", "0002_login.sql"} {
				data, err := fs.ReadFile(full.FS, dialect+"/"+name)
				if err != nil {
					t.Fatal(err)
				}
				old[dialect+"/"+name] = &fstest.MapFile{Data: data}
			}
		}
		d := dbtest.Open(t, rawURL)
		if err := d.Migrate(t.Context(), shareddb.Module(), db.Module{Name: full.Name, FS: old}); err != nil {
			t.Fatal(err)
		}
		for n := range rows {
			idpdbtest.Exec(t, d, `INSERT INTO ledger (flow, identity, spid_code, service, service_name, request_id, response_id, level, method, anomaly, at, delete_at, request, response)
				VALUES ($1, 'ada', $2, 'https://sp.example.org', 'Servizi Prova', $3, $4, 2, 'totp', 1, $5, $6, $7, $8)`,
				fmt.Sprintf("old%04d", n), spidCode, fmt.Sprint("_q", n), fmt.Sprint("_r", n), db.Micros(idpdbtest.Present), db.Micros(idpdbtest.Present.AddDate(0, 24, 0)),
				binding.Deflate([]byte(idpdbtest.Sent)), binding.Deflate([]byte(idpdbtest.Answered)))
		}
		if err := d.Migrate(t.Context(), shareddb.Module(), full); err != nil {
			t.Fatal(err)
		}
		s := idpdb.NewStore(d, idpdbtest.Ring(), nil)
		seen := func() {
			t.Helper()
			if list, err := s.Accesses(t.Context(), "ada", 500); err != nil || len(list) != rows {
				t.Errorf("the holder sees %d accesses, %v", len(list), err)
			}
		}
		seen()
		if more, err := s.SealOldBatch(t.Context()); err != nil || !more {
			t.Fatal(more, err)
		}
		seen()
		s = idpdb.NewStore(dbtest.Open(t, rawURL), idpdbtest.Ring(), nil) // the process was killed
		for more := true; more; {
			var err error
			if more, err = s.SealOldBatch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		d = dbtest.Open(t, rawURL)
		s = idpdb.NewStore(d, idpdbtest.Ring(), nil) // and again, before the scrub
		if needed, err := s.Unsealed(t.Context(), idpdbtest.Present); err != nil || !needed {
			t.Fatal("what was in clear stays in the files", err)
		}
		if err := s.SealOld(t.Context(), idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		if needed, err := s.Unsealed(t.Context(), idpdbtest.Present); err != nil || needed {
			t.Fatal("it is done, and nobody knows", err)
		}
		seen()
		all, unsealed, oldest, _, err := s.LedgerStats(t.Context())
		if err != nil || all != rows || unsealed != 0 || !oldest.Equal(idpdbtest.Present) {
			t.Errorf("%d rows, %d in clear, oldest %v, %v", all, unsealed, oldest, err)
		}
		if list := find(t, s, idpdb.AccessQuery{Technical: "_r120"}); len(list) != 1 || list[0].SPIDCode != spidCode || string(list[0].Response) != idpdbtest.Answered || string(list[0].Request) != idpdbtest.Sent {
			t.Errorf("%+v", list)
		}
		expectNoSecret(t, content(t, rawURL, d))
	})
}

func TestTheRegisterIsPurgedWithALineOfWhatWasDeletedAndItsKey(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		record(t, s, "f")
		for _, c := range []struct {
			at         time.Time
			rows, keys int
		}{
			{idpdbtest.Present.AddDate(0, 24, 0).Add(-time.Second), 1, 1}, {idpdbtest.Present.AddDate(0, 24, 0), 0, 1}, {time.Date(2028, 4, 1, 0, 0, 0, 0, time.UTC), 0, 0},
		} {
			if err := s.Purge(t.Context(), c.at); err != nil {
				t.Fatal(err)
			}
			var rows, keys int
			if err := s.DB.Read().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM access), (SELECT count(*) FROM ledger_key WHERE id = '2026-03')`).Scan(&rows, &keys); err != nil {
				t.Fatal(err)
			}
			if rows != c.rows || keys != c.keys {
				t.Errorf("%v: %d rows, %d keys", c.at, rows, keys)
			}
		}
		var lines int
		if err := s.DB.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit WHERE action = $1 AND role = 'idp'`, audit.LedgerPurged).Scan(&lines); err != nil || lines != 2 {
			t.Errorf("%d lines, %v", lines, err)
		}
	})
}
