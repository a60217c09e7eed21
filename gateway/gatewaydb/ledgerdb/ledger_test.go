package ledgerdb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/ledgerkey"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/ledger"
	"atrio/gateway/oidcop"
	"atrio/people/person"
	"atrio/saml/binding"
)

const (
	spidCode   = "TEST0987654321"
	fiscalCode = "DMCDAA80A41H501L"
	response   = `<Response><Assertion><Name>Ada D'Amico</Name><Mail>ada@posta.example.it</Mail></Assertion></Response>`
	request    = `<AuthnRequest><Issuer>https://login.example.it</Issuer></AuthnRequest>`
)

// secrets are what must be found nowhere.
var secrets = []string{spidCode, fiscalCode, "Amico", "ada@posta", "<Response", "AuthnRequest"}

// login is the visit of somebody whom the gateway does not know.
func login(n string) account.Visit {
	v := gatewaydbtest.Visit(person.Assertion{
		Door: person.DoorSPID, Issuer: "https://id.example.it", Subject: spidCode, Level: person.Level2, NameID: "_name",
		Attributes: map[string]string{person.GivenName: "Ada", person.FamilyName: "D'Amico", person.Email: "ada@posta.example.it", person.FiscalNumber: fiscalCode},
	}, n)
	v.Correlation, v.Event.Reference = correlation(n), "ref"+n
	v.Exchange.Request, v.Exchange.Response = binding.Deflate([]byte(request)), []byte(response)
	return v
}

func correlation(n string) string { return strings.Repeat("c", 31) + n }

func enter(t *testing.T, s *gatewaydb.Store, v account.Visit) {
	t.Helper()
	if _, _, err := s.Enter(t.Context(), v); err != nil {
		t.Fatal(err)
	}
}

func pairs(t *testing.T, s *gatewaydb.Store, w ledger.Words) []ledger.Entry {
	t.Helper()
	list, err := s.Pairs(t.Context(), ledger.Query{Any: w, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// content is everything that the tables of the ledger hold, as an attacker with a
// copy of the database reads it: on SQLite the very files.
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
	for _, table := range []string{"ledger", "ledger_key", "exchange", "token_issue", "audit"} {
		rows, err := d.Read().QueryContext(t.Context(), `SELECT row_to_json(t)::text FROM `+table+` t`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			all.WriteString(line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	// bytea comes in hexadecimal: the blobs as they are, too.
	rows, err := d.Read().QueryContext(t.Context(), `SELECT sealed FROM ledger UNION ALL SELECT response FROM exchange UNION ALL SELECT request FROM exchange`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var blob []byte
		if err := rows.Scan(&blob); err != nil {
			t.Fatal(err)
		}
		all.Write(blob)
	}
	return all.Bytes()
}

func expectNoSecret(t *testing.T, data []byte) {
	t.Helper()
	if len(data) < 500 {
		t.Fatalf("only %d bytes were looked at", len(data))
	}
	for _, secret := range append(secrets, string(binding.Deflate([]byte(request)))) {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("%q can be read", secret)
		}
	}
}

func TestTheLedgerShowsNothingAboutThePersonToWhoeverHasTheDatabase(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		enter(t, s, login("1"))
		refused := ledger.Entry{At: gatewaydbtest.Start, Door: person.DoorCIE, Issuer: "https://cie.example.it", Refused: "check_signature", RequestID: "_q", Sealed: ledger.Sealed{Request: []byte(request), Response: []byte(response)}}
		if err := s.KeepRefused(t.Context(), []ledger.Entry{refused}); err != nil {
			t.Fatal(err)
		}
		expectNoSecret(t, content(t, rawURL, d))
		list := pairs(t, s, ledger.Words{})
		if len(list) != 2 {
			t.Fatalf("%d pairs", len(list))
		}
		for _, e := range list {
			if string(e.Request) != request || string(e.Response) != response {
				t.Errorf("messages came back changed: %q, %q", e.Request, e.Response)
			}
		}
	}, gatewaydbtest.Modules()...)
}

func TestAPairIsFoundByEveryNameThatTheRulesGive(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		enter(t, s, login("1"))
		other := login("2")
		other.Asserted.Subject = "TEST1111111111"
		other.Asserted.Attributes[person.FiscalNumber] = "FNTPRV80A01H501U"
		enter(t, s, other)
		for name, w := range map[string]ledger.Words{
			"request": {Technical: "_q1"}, "response": {Technical: "_r1"}, "assertion": {Technical: "_a1"}, "login": {Technical: correlation("1")},
			"spidCode": {Subject: spidCode}, "spidCode in small letters": {Subject: strings.ToLower(spidCode)}, "codice fiscale": {FiscalCode: fiscalCode},
		} {
			list := pairs(t, s, w)
			if len(list) != 1 || list[0].ResponseID != "_r1" {
				t.Fatalf("%s: %+v", name, list)
			}
			e := list[0]
			if e.Subject != spidCode || e.FiscalCode != fiscalCode || e.NameID != "_name" || e.Level != 2 || !e.At.Equal(gatewaydbtest.Start) || !e.Accepted() || e.Correlation != correlation("1") {
				t.Errorf("%s: %+v", name, e)
			}
		}
		for name, w := range map[string]ledger.Words{
			"nobody": {Subject: "TEST2222222222"}, "nothing": {Technical: "_r9"}, "an accepted answer by its reference": {Technical: "ref1"}, "a spidCode is no id": {Technical: spidCode},
		} {
			if list := pairs(t, s, w); len(list) != 0 {
				t.Errorf("%s: %+v", name, list)
			}
		}
		otherKeys := gatewaydb.NewStore(d, seal.NewKeyring("gateway", seal.Key{ID: "1", Secret: [32]byte{9}}))
		if list, err := otherKeys.Pairs(t.Context(), ledger.Query{Any: ledger.Words{Subject: spidCode}, Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("other keys found a person: %v, %v", list, err)
		}
		if _, err := otherKeys.Pairs(t.Context(), ledger.Query{Limit: 10}); err == nil {
			t.Error("other keys opened a row")
		}
	})
}

func TestAChangedOrExchangedRowDoesNotOpenAndHidesNoOther(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		broken    int
	}{
		"the sealed part of another": {`UPDATE ledger SET sealed = (SELECT l.sealed FROM ledger l WHERE l.request_id = '_q2') WHERE request_id = '_q1'`, 1},
		"another time":               {`UPDATE ledger SET at = at + 1`, 2},
		"another response":           {`UPDATE ledger SET response_id = 'x'`, 2},
		"another provider":           {`UPDATE ledger SET issuer = 'x'`, 2},
		"another login":              {`UPDATE ledger SET correlation = 'x'`, 2},
		"another place":              {`UPDATE ledger SET id = 'x' || id`, 2},
		"a refusal made of it":       {`UPDATE ledger SET refused = 'x'`, 2},
		"another level":              {`UPDATE ledger SET level = 3`, 2},
		"the index of nobody":        {`UPDATE ledger SET subject_mac = substr(subject_mac, 1, 15)`, 2},
		"no index":                   {`UPDATE ledger SET fiscal_mac = substr(fiscal_mac, 1, 0)`, 2},
		"the other's index":          {`UPDATE ledger SET subject_mac = fiscal_mac WHERE request_id = '_q1'`, 1},
		"indexes exchanged":          {`UPDATE ledger SET subject_mac = fiscal_mac, fiscal_mac = subject_mac`, 2},
		"cut short":                  {`UPDATE ledger SET sealed = substr(sealed, 1, 20)`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
				s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
				enter(t, s, login("1"))
				enter(t, s, login("2"))
				gatewaydbtest.Exec(t, d, c.statement)
				enter(t, s, login("3"))
				broken := 0
				list := pairs(t, s, ledger.Words{})
				for _, e := range list {
					switch {
					case e.Broken && (e.Subject != "" || e.Request != nil || e.Response != nil):
						t.Error("a changed row shows what was sealed")
					case e.Broken:
						broken++
					case e.Subject != spidCode || string(e.Response) != response:
						t.Errorf("another row is hidden: %q", e.Subject)
					}
				}
				if len(list) != 3 || broken != c.broken {
					t.Errorf("%d rows, %d broken, want %d", len(list), broken, c.broken)
				}
			})
		})
	}
}

func TestRowsOutliveEverySealingGenerationAndNotTheKeyOfTheirMonth(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		first := seal.Key{ID: "1", Secret: [32]byte{1}}
		s := gatewaydb.NewStore(d, seal.NewKeyring("gateway", first).WithMACKey([32]byte{7}))
		enter(t, s, login("1"))
		// Years later only other generations are left; the MAC key stays.
		s = gatewaydb.NewStore(d, seal.NewKeyring("gateway", seal.Key{ID: "9", Secret: [32]byte{9}}).WithMACKey([32]byte{7}))
		if list := pairs(t, s, ledger.Words{Subject: spidCode}); len(list) != 1 || string(list[0].Response) != response {
			t.Fatalf("%+v", list)
		}
		gatewaydbtest.Exec(t, d, `DELETE FROM ledger_key`)
		list := pairs(t, s, ledger.Words{Technical: "_r1"})
		if len(list) != 1 || !list[0].Destroyed || list[0].Response != nil || list[0].Subject != "" {
			t.Errorf("without its key: %+v", list)
		}
	})
}

func TestTheAccountOfAFirstEntryIsWrittenIntoItsPair(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		enter(t, s, login("1"))
		if e := pairs(t, s, ledger.Words{Technical: "_r1"})[0]; e.Account != "" {
			t.Fatalf("%+v", e)
		}
		first := gatewaydbtest.Entry(login("1").Asserted, "2")
		first.Correlation = correlation("1")
		made, created, err := s.Register(t.Context(), first)
		if err != nil || !created {
			t.Fatal(created, err)
		}
		later := login("3")
		later.Now = gatewaydbtest.Start.Add(time.Minute)
		enter(t, s, later)
		if list := pairs(t, s, ledger.Words{Account: made.ID}); len(list) != 2 || list[0].ResponseID != "_r1" || list[1].ResponseID != "_r3" {
			t.Errorf("%d pairs", len(list))
		}
	})
}

func TestEveryTokenIsRecordedInTheCommitOfItsRedemption(t *testing.T) {
	proof := &oidcop.Assertion{Issuer: "portale", ID: "j1", Expires: gatewaydbtest.Start.Add(time.Minute)}
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		for id, proof := range map[string]*oidcop.Assertion{"g1": nil, "g2": proof} {
			g := gatewaydbtest.Grant(id)
			g.Correlation, g.Subject = correlation("1"), "pairwise"
			ev := gatewaydbtest.Redeemed
			ev.Reference = "ref"
			before := d.Commits()
			if err := s.Redeem(t.Context(), g, proof, ev); err != nil {
				t.Fatal(err)
			}
			if n := d.Commits() - before; n != 1 {
				t.Errorf("%d commits", n)
			}
			if err := s.Redeem(t.Context(), g, nil, ev); !errors.Is(err, oidcop.ErrRedeemed) {
				t.Fatal(err)
			}
		}
		list, err := s.Issues(t.Context(), correlation("1"), "", time.Time{}, time.Time{})
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		want := ledger.Issue{At: gatewaydbtest.Start, Correlation: correlation("1"), Service: "portale", Subject: "pairwise", Account: "a1", Reference: "ref"}
		if list[0] != want || list[1] != want {
			t.Errorf("%+v, want %+v", list, want)
		}
		if byAccount, err := s.Issues(t.Context(), "", "a1", gatewaydbtest.Start, gatewaydbtest.Start.Add(1)); err != nil || len(byAccount) != 0 && len(byAccount) != 2 {
			t.Errorf("%+v, %v", byAccount, err)
		}
	})
}

func TestTheLedgerIsPurgedAfter24MonthsWithALineOfWhatWasDeleted(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		enter(t, s, login("1"))
		if err := s.Redeem(t.Context(), gatewaydbtest.Grant("g1"), nil, gatewaydbtest.Redeemed); err != nil {
			t.Fatal(err)
		}
		over := gatewaydbtest.Start.AddDate(0, ledger.Months, 0)
		purge := func(at time.Time, rows, keys int) {
			t.Helper()
			if err := s.PurgeLedger(t.Context(), at); err != nil {
				t.Fatal(err)
			}
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM ledger`) + gatewaydbtest.Count(t, d, `SELECT count(*) FROM token_issue`); n != rows {
				t.Errorf("%d rows at %v, want %d", n, at, rows)
			}
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM ledger_key WHERE id = '2026-11'`); n != keys {
				t.Errorf("%d keys at %v, want %d", n, at, keys)
			}
		}
		purge(over.Add(-time.Second), 2, 1)
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1`, audit.LedgerPurged); n != 0 {
			t.Errorf("%d lines about nothing", n)
		}
		purge(over, 0, 1) // the month is not over
		purge(time.Date(2028, 12, 1, 0, 0, 0, 0, time.UTC), 0, 0)
		for _, detail := range []string{`%"rows":"1"%"table":"ledger"%`, `%"rows":"1"%"table":"token_issue"%`, `%"keys":"2026-11"%`} {
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1 AND detail LIKE $2`, audit.LedgerPurged, detail); n != 1 {
				t.Errorf("%d lines like %s", n, detail)
			}
		}
		// A clock that goes back makes a new key: nobody is locked out.
		enter(t, s, login("2"))
		if list := pairs(t, s, ledger.Words{Technical: "_r2"}); len(list) != 1 || list[0].Destroyed {
			t.Errorf("%+v", list)
		}
	})
}

func TestTwoNodesShareTheKeyOfAMonth(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		one, two := dbtest.Open(t, rawURL), dbtest.Open(t, rawURL)
		first, second := gatewaydb.NewStore(one, gatewaydbtest.Ring), gatewaydb.NewStore(two, gatewaydbtest.Ring)
		done := make(chan error)
		for n, s := range []*gatewaydb.Store{first, second} {
			go func() {
				_, _, err := s.Enter(context.WithoutCancel(t.Context()), login(fmt.Sprint(n)))
				done <- err
			}()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if n := gatewaydbtest.Count(t, one, `SELECT count(*) FROM ledger_key`); n != 1 {
			t.Errorf("%d keys", n)
		}
		if list := pairs(t, second, ledger.Words{}); len(list) != 2 || list[0].Subject != spidCode || list[1].Subject != spidCode {
			t.Errorf("%+v", list)
		}
	}, gatewaydbtest.Modules()...)
}

func TestThePurgeIsNeverEarly(t *testing.T) {
	for now, want := range map[string]string{
		"2028-11-22T10:00:00Z": "2026-11-22T10:00:00Z", "2028-02-29T10:00:00Z": "2026-02-28T10:00:00Z", "2026-03-01T00:00:00Z": "2024-03-01T00:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := ledgerkey.Cutoff(at, ledger.Months).Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
}
