package selfcaredb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/gatewaydb/selfcaredb"
)

func TestAnIdentityIsTakenAwayButNeverTheLastRoad(t *testing.T) { // G3.7
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		only, err := s.Identities(ctx, a.ID)
		if err != nil || len(only) != 1 {
			t.Fatal(only, err)
		}
		if err := s.Unlink(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), only[0].ID); !errors.Is(err, selfcaredb.ErrLastRoad) {
			t.Fatalf("the last road: %v", err)
		}
		if _, known, err := s.Enter(ctx, gatewaydbtest.Visit(gatewaydbtest.Asserted("due", "A"), "3")); err != nil || !known {
			t.Fatal(known, err)
		}
		both, _ := s.Identities(ctx, a.ID)
		mails := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox`)
		if err := s.Unlink(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), both[1].ID); err != nil {
			t.Fatal(err)
		}
		left, _ := s.Identities(ctx, a.ID)
		if len(left) != 1 || left[0].ID != both[0].ID {
			t.Errorf("left: %+v", left)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session WHERE subject = $1`, a.ID); n != 1 {
			t.Errorf("%d sessions left, want that of this browser", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox`); n != mails+1 {
			t.Errorf("%d mails, want one more than %d", n, mails)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'identity.removed' AND subject = $1 AND actor = $1`, a.ID); n != 1 {
			t.Errorf("%d audit lines", n)
		}
		for what, id := range map[string]string{"twice": both[1].ID, "nothing": ""} {
			if err := s.Unlink(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestNobodyTakesAwayTheIdentityOfAnother(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		other, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "B"), "5"))
		if err != nil {
			t.Fatal(err)
		}
		theirs, _ := s.Identities(ctx, other.ID)
		if err := s.Unlink(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), theirs[0].ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		if left, _ := s.Identities(ctx, other.ID); len(left) != 1 {
			t.Errorf("%+v", left)
		}
	})
}

func TestTwoIdentitiesTakenAwayAtOnceLeaveOne(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		if _, _, err := s.Enter(ctx, gatewaydbtest.Visit(gatewaydbtest.Asserted("due", "A"), "3")); err != nil {
			t.Fatal(err)
		}
		both, _ := s.Identities(ctx, a.ID)
		done := make(chan error, 2)
		for _, one := range both {
			go func() {
				done <- s.Unlink(context.WithoutCancel(ctx), gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), one.ID)
			}()
		}
		first, second := <-done, <-done
		if (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), selfcaredb.ErrLastRoad) {
			t.Errorf("%v, %v", first, second)
		}
		if left, _ := s.Identities(ctx, a.ID); len(left) != 1 {
			t.Errorf("%d roads left", len(left))
		}
	})
}

func TestAClosedAccountOpensNothingAndIsErasedAMonthLater(t *testing.T) { // G5.1, G5.5
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		if err := s.Close(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start)); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session`); n != 0 {
			t.Errorf("%d sessions left", n)
		}
		if err := s.Close(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start)); !errors.Is(err, accountdb.ErrFrozen) {
			t.Errorf("twice: %v", err)
		}
		if _, _, err := s.Enter(ctx, gatewaydbtest.Visit(gatewaydbtest.Asserted("uno", "A"), "3")); !errors.Is(err, accountdb.ErrClosed) {
			t.Errorf("entering: %v", err)
		}
		if _, err := s.Person(ctx, a.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("services still learn: %v", err)
		}
		if err := s.Erase(ctx, gatewaydbtest.Start.Add(account.ClosedFor-time.Second)); err != nil {
			t.Fatal(err)
		}
		if found, err := s.Account(ctx, a.ID); err != nil || found.Name() != "Ada Bianchi" {
			t.Errorf("erased too early: %+v, %v", found, err)
		}
		for range 2 { // the second time there is nothing to do
			if err := s.Erase(ctx, gatewaydbtest.Start.Add(account.ClosedFor)); err != nil {
				t.Fatal(err)
			}
		}
		found, err := s.Account(ctx, a.ID)
		if err != nil || found.State != account.Erased || found.Name() != "" || found.Email != "" || found.FiscalCode != "" || found.Code != a.Code {
			t.Errorf("%+v, %v", found, err)
		}
		for _, table := range []string{"identity", "attribute", "acknowledgement"} {
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%s holds %d rows", table, n)
			}
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'account.erased'`); n != 1 {
			t.Errorf("%d audit lines", n)
		}
		// The person may come again, as a new one, with a new code.
		if _, known, err := s.Enter(ctx, gatewaydbtest.Visit(gatewaydbtest.Asserted("uno", "A"), "4")); err != nil || known {
			t.Fatal(known, err)
		}
		again, created, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "A"), "5"))
		if err != nil || !created || again.Code == a.Code || again.ID == a.ID {
			t.Errorf("%+v, %v, %v", again, created, err)
		}
	})
}

func TestADisputeEndsTheOtherSessionsAndIsWrittenDown(t *testing.T) { // G5.1
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		for _, n := range []string{"3", "4"} {
			if _, _, err := s.Enter(ctx, gatewaydbtest.Visit(gatewaydbtest.Asserted("uno", "A"), n)); err != nil {
				t.Fatal(err)
			}
		}
		n, err := s.Dispute(ctx, gatewaydbtest.ByHolder(a, "handle4", gatewaydbtest.Start), "K3QT-7MZP-WX2A")
		if err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session WHERE handle = 'handle4'`); n != 1 {
			t.Error("this browser was signed out")
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'account.disputed' AND subject = $1 AND detail LIKE '%K3QT-7MZP-WX2A%'`, a.ID); n != 1 {
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
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		tables := gatewaydbtest.AboutAccounts(t, d)
		for _, table := range tables {
			if goes := slices.Contains(selfcaredb.Erased(), table); goes == (kept[table] != "") {
				t.Errorf("%s: erased %v, kept because %q; it must be one of the two", table, goes, kept[table])
			}
		}
		if len(tables) < 6 {
			t.Error(tables)
		}
	})
}
