// Package gatewaydbtest is the people, visits and passwords with which the tests of the
// gateway's tables work. All of them are invented.
package gatewaydbtest

import (
	"testing"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/oidcop"
	"atrio/gateway/registration/wizard"
	"atrio/gateway/secondfactor"
	"atrio/people/person"
	"atrio/web"
)

// Start is when these tests begin.
var Start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// Ring are the keys of the gateway in these tests.
var Ring = seal.NewKeyring("gateway", seal.Key{ID: "1", Secret: [32]byte{1}})

// Modules are the tables that the gateway needs.
func Modules() []db.Module { return []db.Module{shareddb.Module(), gatewaydb.Module()} }

// Asserted is a person as a provider says it; who distinguishes people.
func Asserted(issuer, who string) person.Assertion {
	return person.Assertion{
		Door: person.DoorSPID, Issuer: issuer, Subject: issuer + "/" + who, FiscalCode: person.FiscalCode(who), Level: person.Level2,
		Attributes: map[string]string{person.GivenName: "Ada", person.FamilyName: "Bianchi", person.Email: "ada@example.it", person.FiscalNumber: who},
	}
}

// Visit makes the visit number n; its session is named by n.
func Visit(p person.Assertion, n string) account.Visit {
	return account.Visit{
		Asserted: p, Now: Start, Event: audit.Event{At: Start, Role: "gateway"},
		Once:     []account.Once{{Kind: "test", ID: n, Until: Start.Add(time.Hour)}},
		Exchange: &account.Exchange{RequestID: "_q" + n, ResponseID: "_r" + n, AssertionID: "_a" + n, Response: []byte("<x/>")},
		Session: func(a account.Account) web.Session {
			return web.Session{Hash: []byte("hash" + n), Handle: "handle" + n, Subject: a.ID, CreatedAt: Start, SeenAt: Start, ExpiresAt: Start.Add(time.Hour)}
		},
	}
}

// Entry is the first entry of a person.
func Entry(p person.Assertion, n string) account.FirstEntry {
	v := Visit(p, n)
	v.Exchange = nil
	return account.FirstEntry{
		Visit: v, Digits: 9, Email: "ada@example.it", EmailSource: account.FromSPID, Language: "it", Notice: "1",
		Welcome: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Subject: string(a.Code), Text: "x", Lang: "it"}
		},
	}
}

// Count gives the one number of a query.
func Count(t *testing.T, d *db.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := d.Read().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Registered is a person with one identity and the session "handle2".
func Registered(t *testing.T, s *gatewaydb.Store, issuer, who string) account.Account {
	t.Helper()
	a, created, err := s.Register(t.Context(), Entry(Asserted(issuer, who), "2"))
	if err != nil || !created {
		t.Fatal(created, err)
	}
	return a
}

// ByHolder is something that the holder does at a time, in the session with this handle.
func ByHolder(a account.Account, session string, now time.Time) account.Change {
	return account.Change{AccountID: a.ID, Session: session, Now: now, Event: audit.Event{At: now, Role: "gateway"},
		Tell: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Subject: "x", Text: "x", Lang: "it"}
		}}
}

// AboutAccounts are the tables with rows about accounts.
func AboutAccounts(t *testing.T, d *db.DB) (tables []string) {
	t.Helper()
	query := `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'account_id' WHERE m.type = 'table'`
	if d.Dialect() == db.Postgres {
		query = `SELECT table_name FROM information_schema.columns WHERE column_name = 'account_id' AND table_schema = current_schema()`
	}
	rows, err := d.Read().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}

// PasswordVisit is a visit by password; its session is named by n.
func PasswordVisit(id string, set time.Time, n string) account.PasswordVisit {
	v := Visit(person.Assertion{Door: person.DoorLocal, Level: person.Level1}, n)
	v.Exchange = nil
	return account.PasswordVisit{Visit: v, AccountID: id, PasswordAt: set}
}

// NewPassword changes a password from the one of a time.
func NewPassword(id, phc string, replaces, set time.Time) credential.Change {
	return credential.Change{
		AccountID: id, PHC: phc, SetAt: set, Replaces: replaces, By: "password", Keep: 2, Now: set,
		Event: audit.Event{At: set, Role: "gateway"},
		Tell: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Subject: "password", Text: "x", Lang: "it"}
		},
	}
}

// Grant is what a service got for an account.
func Grant(id string) oidcop.Grant {
	return oidcop.Grant{
		ID: id, Client: "portale", Account: "a1", Session: "s1", Scopes: "openid email", Level: 2,
		RedeemedAt: Start, ExpiresAt: Start.Add(5 * time.Minute),
	}
}

// Redeemed is the audit line of a code that became a grant.
var Redeemed = audit.Event{At: Start, Role: "gateway", Action: audit.CodeRedeemed, Outcome: audit.OK}

// Settled is the end of a registration whose draft has this version.
func Settled(version int) account.Settled {
	return account.Settled{
		Draft: []byte("id"), Version: version, Digits: 9, GivenName: "Prova", FamilyName: "Finti", Email: "Prova@Example.org", Language: "it", Password: "$argon2id$x",
		Attributes:   []account.Attribute{{Name: person.FiscalNumber, Value: "FNTPRV80A01H501U", Source: account.Declared, At: Start}},
		Acknowledged: []account.Acknowledged{{Document: account.DocumentPrivacy, Version: "1", Language: "it"}},
		Tasks:        []account.Task{{Kind: account.TaskFiscalCode, Due: Start.AddDate(0, 0, 30)}},
		Welcome: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Text: string(a.Code)}
		},
		Event: audit.Event{At: Start, Role: "gateway"}, Now: Start,
	}
}

// Exec changes the tables behind the back of the Store.
func Exec(t *testing.T, d *db.DB, statement string, args ...any) {
	t.Helper()
	err := d.One(t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Draft is a draft of this version, as Settled uses it up.
func Draft(version int) wizard.Row {
	return wizard.Row{ID: []byte("id"), Sealed: "sealed", Version: version, Expires: Start.Add(7 * 24 * time.Hour)}
}

// Owner makes an account to give factors to.
func Owner(t *testing.T, s *gatewaydb.Store, n string) account.Account {
	t.Helper()
	p := Asserted("uno", "A"+n)
	p.FiscalCode = ""
	a, _, err := s.Register(t.Context(), Entry(p, "entry"+n))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func Addition(a account.Account, id string, k kinds.Kind) secondfactor.Addition {
	add := secondfactor.Addition{
		Factor: secondfactor.Factor{ID: id, AccountID: a.ID, Kind: k, Label: "blue", CreatedAt: Start},
		Event:  audit.Event{At: Start, Role: "gateway", Actor: a.ID}, Tell: Tell,
	}
	if k == kinds.SMS {
		add.Label, add.Number = "", "+393331234567"
	} else {
		add.Secret = []byte("12345678901234567890")
	}
	return add
}

func Tell(a account.Account) notify.Message {
	return notify.Message{Channel: notify.Mail, To: a.Email, Subject: "changed", Text: "x", Lang: "it"}
}

func Try(a account.Account, flow string, burst int) secondfactor.Try {
	return secondfactor.Try{
		Flow: flow, AccountID: a.ID, At: Start, Audit: audit.Event{At: Start, Role: "gateway"},
		Account: ratelimit.Bucket{Key: "account " + a.ID, Limit: ratelimit.Limit{Name: "a", Burst: burst, Per: time.Hour}},
		Request: ratelimit.Bucket{Key: "request " + flow, Limit: ratelimit.Limit{Name: "r", Burst: 5, Per: time.Hour}},
	}
}
