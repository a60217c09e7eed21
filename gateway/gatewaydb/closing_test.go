package gatewaydb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
)

// byHolder is something that the holder does at a time, in the session with this handle.
func byHolder(a account.Account, session string, now time.Time) account.Change {
	return account.Change{AccountID: a.ID, Session: session, Now: now, Event: audit.Event{At: now, Role: "gateway"},
		Tell: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Subject: "x", Text: "x", Lang: "it"}
		}}
}

// registered is a person with one identity and the session "handle2".
func registered(t *testing.T, s *gatewaydb.Store, issuer, who string) account.Account {
	t.Helper()
	a, created, err := s.Register(t.Context(), entry(asserted(issuer, who), "2"))
	if err != nil || !created {
		t.Fatal(created, err)
	}
	return a
}

func TestAnIdentityIsTakenAwayButNeverTheLastRoad(t *testing.T) { // G3.7
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		a := registered(t, s, "uno", "A")
		only, err := s.Identities(ctx, a.ID)
		if err != nil || len(only) != 1 {
			t.Fatal(only, err)
		}
		if err := s.Unlink(ctx, byHolder(a, "handle2", start), only[0].ID); !errors.Is(err, gatewaydb.ErrLastRoad) {
			t.Fatalf("the last road: %v", err)
		}
		if _, known, err := s.Enter(ctx, visit(asserted("due", "A"), "3")); err != nil || !known {
			t.Fatal(known, err)
		}
		both, _ := s.Identities(ctx, a.ID)
		mails := count(t, d, `SELECT count(*) FROM outbox`)
		if err := s.Unlink(ctx, byHolder(a, "handle2", start), both[1].ID); err != nil {
			t.Fatal(err)
		}
		left, _ := s.Identities(ctx, a.ID)
		if len(left) != 1 || left[0].ID != both[0].ID {
			t.Errorf("left: %+v", left)
		}
		if n := count(t, d, `SELECT count(*) FROM session WHERE subject = $1`, a.ID); n != 1 {
			t.Errorf("%d sessions left, want that of this browser", n)
		}
		if n := count(t, d, `SELECT count(*) FROM outbox`); n != mails+1 {
			t.Errorf("%d mails, want one more than %d", n, mails)
		}
		if n := count(t, d, `SELECT count(*) FROM audit WHERE action = 'identity.removed' AND subject = $1 AND actor = $1`, a.ID); n != 1 {
			t.Errorf("%d audit lines", n)
		}
		for what, id := range map[string]string{"twice": both[1].ID, "nothing": ""} {
			if err := s.Unlink(ctx, byHolder(a, "handle2", start), id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestNobodyTakesAwayTheIdentityOfAnother(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		a := registered(t, s, "uno", "A")
		other, _, err := s.Register(ctx, entry(asserted("uno", "B"), "5"))
		if err != nil {
			t.Fatal(err)
		}
		theirs, _ := s.Identities(ctx, other.ID)
		if err := s.Unlink(ctx, byHolder(a, "handle2", start), theirs[0].ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		if left, _ := s.Identities(ctx, other.ID); len(left) != 1 {
			t.Errorf("%+v", left)
		}
	})
}

func TestTwoIdentitiesTakenAwayAtOnceLeaveOne(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		a := registered(t, s, "uno", "A")
		if _, _, err := s.Enter(ctx, visit(asserted("due", "A"), "3")); err != nil {
			t.Fatal(err)
		}
		both, _ := s.Identities(ctx, a.ID)
		done := make(chan error, 2)
		for _, one := range both {
			go func() { done <- s.Unlink(context.WithoutCancel(ctx), byHolder(a, "handle2", start), one.ID) }()
		}
		first, second := <-done, <-done
		if (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), gatewaydb.ErrLastRoad) {
			t.Errorf("%v, %v", first, second)
		}
		if left, _ := s.Identities(ctx, a.ID); len(left) != 1 {
			t.Errorf("%d roads left", len(left))
		}
	})
}

func TestAClosedAccountOpensNothingAndIsErasedAMonthLater(t *testing.T) { // G5.1, G5.5
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		a := registered(t, s, "uno", "A")
		if err := s.Close(ctx, byHolder(a, "handle2", start)); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM session`); n != 0 {
			t.Errorf("%d sessions left", n)
		}
		if err := s.Close(ctx, byHolder(a, "handle2", start)); !errors.Is(err, gatewaydb.ErrFrozen) {
			t.Errorf("twice: %v", err)
		}
		if _, _, err := s.Enter(ctx, visit(asserted("uno", "A"), "3")); !errors.Is(err, gatewaydb.ErrClosed) {
			t.Errorf("entering: %v", err)
		}
		if _, err := s.Person(ctx, a.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("services still learn: %v", err)
		}
		if err := s.Erase(ctx, start.Add(account.ClosedFor-time.Second)); err != nil {
			t.Fatal(err)
		}
		if found, err := s.Account(ctx, a.ID); err != nil || found.Name() != "Ada Bianchi" {
			t.Errorf("erased too early: %+v, %v", found, err)
		}
		for range 2 { // the second time there is nothing to do
			if err := s.Erase(ctx, start.Add(account.ClosedFor)); err != nil {
				t.Fatal(err)
			}
		}
		found, err := s.Account(ctx, a.ID)
		if err != nil || found.State != account.Erased || found.Name() != "" || found.Email != "" || found.FiscalCode != "" || found.Code != a.Code {
			t.Errorf("%+v, %v", found, err)
		}
		for _, table := range []string{"identity", "attribute", "acknowledgement"} {
			if n := count(t, d, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%s holds %d rows", table, n)
			}
		}
		if n := count(t, d, `SELECT count(*) FROM audit WHERE action = 'account.erased'`); n != 1 {
			t.Errorf("%d audit lines", n)
		}
		// The person may come again, as a new one, with a new code.
		if _, known, err := s.Enter(ctx, visit(asserted("uno", "A"), "4")); err != nil || known {
			t.Fatal(known, err)
		}
		again, created, err := s.Register(ctx, entry(asserted("uno", "A"), "5"))
		if err != nil || !created || again.Code == a.Code || again.ID == a.ID {
			t.Errorf("%+v, %v, %v", again, created, err)
		}
	})
}

func TestADisputeEndsTheOtherSessionsAndIsWrittenDown(t *testing.T) { // G5.1
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		a := registered(t, s, "uno", "A")
		for _, n := range []string{"3", "4"} {
			if _, _, err := s.Enter(ctx, visit(asserted("uno", "A"), n)); err != nil {
				t.Fatal(err)
			}
		}
		n, err := s.Dispute(ctx, byHolder(a, "handle4", start), "K3QT-7MZP-WX2A")
		if err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if n := count(t, d, `SELECT count(*) FROM session WHERE handle = 'handle4'`); n != 1 {
			t.Error("this browser was signed out")
		}
		if n := count(t, d, `SELECT count(*) FROM audit WHERE action = 'account.disputed' AND subject = $1 AND detail LIKE '%K3QT-7MZP-WX2A%'`, a.ID); n != 1 {
			t.Errorf("%d lines for the help desk", n)
		}
	})
}

// G5.5: whoever adds a table about people decides here whether it goes with them.
func TestEveryTableAboutAPersonIsErasedOrHasAReason(t *testing.T) {
	kept := map[string]string{
		"person_code": "a Codice Persona is never given twice",
		"ledger":      "the messages of logins, 24 months (SPID-RT registro)",
		"token_issue": "to which services a login led, 24 months",
		"oidc_grant":  "until its tokens are over, a matter of hours",
	}
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		tables := aboutAccounts(t, d)
		for _, table := range tables {
			if goes := slices.Contains(gatewaydb.Erased(), table); goes == (kept[table] != "") {
				t.Errorf("%s: erased %v, kept because %q; it must be one of the two", table, goes, kept[table])
			}
		}
		if len(tables) < 6 {
			t.Error(tables)
		}
	})
}

// aboutAccounts are the tables with rows about accounts.
func aboutAccounts(t *testing.T, d *db.DB) (tables []string) {
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
