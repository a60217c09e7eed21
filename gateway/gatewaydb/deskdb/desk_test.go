package deskdb_test

import (
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
	"atrio/gateway/gatewaydb/deskdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/helpdesk"
)

// all is the sight of a supervisor without a unit.
var all helpdesk.Sight

func act(deed helpdesk.Deed, a account.Account, other string) helpdesk.Act {
	return helpdesk.Act{ID: "r-" + string(deed), Deed: deed, AccountID: a.ID, Other: other, Reason: "Prova", Ticket: "T1", By: "clerk", Now: gatewaydbtest.Start,
		Due: gatewaydbtest.Start.Add(72 * time.Hour), Event: audit.Event{At: gatewaydbtest.Start, Role: "gateway"},
		Tell: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Subject: "desk", Text: "x", Lang: "it"}
		}}
}

func decide(request, by string, approve bool) helpdesk.Decision {
	return helpdesk.Decision{Request: request, Approve: approve, By: by, Now: gatewaydbtest.Start.Add(time.Hour), Event: audit.Event{At: gatewaydbtest.Start.Add(time.Hour), Role: "gateway"}}
}

func stateOf(t *testing.T, s *gatewaydb.Store, a account.Account) account.State {
	t.Helper()
	found, err := s.Account(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return found.State
}

func TestTheDeskFindsByExactKeysOnly(t *testing.T) { // G5.4
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		e := gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "A"), "2")
		e.Event.Reference = "K3QT-7MZP-WX2A"
		a, _, err := s.Register(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			key  helpdesk.Key
			want int
		}{
			"code":            {helpdesk.Key{Code: a.Code}, 1},
			"codice fiscale":  {helpdesk.Key{FiscalCode: "A"}, 1},
			"address":         {helpdesk.Key{Email: "ADA@example.it"}, 1},
			"reference":       {helpdesk.Key{Reference: "K3QT-7MZP-WX2A"}, 1},
			"part of address": {helpdesk.Key{Email: "ada@"}, 0},
			"a pattern":       {helpdesk.Key{Email: "%"}, 0},
			"nothing":         {helpdesk.Key{}, 0},
		} {
			if list, err := s.FindAccounts(ctx, c.key, all); err != nil || len(list) != c.want {
				t.Errorf("%s: %d, %v", name, len(list), err)
			}
		}
	})
}

func TestWhatProtectsIsDoneAtOnceAndTellsTheHolder(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		mails := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox`)
		if err := s.Do(ctx, act(helpdesk.Freeze, a, "")); err != nil {
			t.Fatal(err)
		}
		if got := stateOf(t, s, a); got != account.Frozen || gatewaydbtest.Count(t, d, `SELECT count(*) FROM session`) != 0 {
			t.Errorf("%s, sessions left", got)
		}
		if err := s.Do(ctx, act(helpdesk.Freeze, a, "")); !errors.Is(err, deskdb.ErrState) {
			t.Errorf("twice: %v", err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox`); n != mails+1 {
			t.Errorf("%d mails", n-mails)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'session.ended' AND actor = 'clerk' AND subject = $1`, a.ID); n != 1 {
			t.Errorf("%d sessions were ended by the clerk as the log has it", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'desk.done' AND actor = 'clerk' AND subject = $1 AND detail NOT LIKE '%Prova%'`, a.ID); n != 1 {
			t.Errorf("%d lines", n)
		}
	})
}

func TestASecondPersonDecidesAndNeverTheFirst(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		if err := s.Do(ctx, act(helpdesk.Freeze, a, "")); err != nil {
			t.Fatal(err)
		}
		ask := act(helpdesk.Unfreeze, a, "")
		if err := s.Ask(ctx, ask); err != nil {
			t.Fatal(err)
		}
		ask.ID = "again"
		if err := s.Ask(ctx, ask); !fault.Is(err, fault.Conflict) {
			t.Errorf("asked twice: %v", err)
		}
		if _, err := s.Decide(ctx, decide("r-unfreeze", "clerk", true)); !errors.Is(err, deskdb.ErrSamePerson) {
			t.Errorf("the same person: %v", err)
		}
		if got := stateOf(t, s, a); got != account.Frozen {
			t.Errorf("%s", got)
		}
		waiting, err := s.Requests(ctx, "", all)
		if err != nil || len(waiting) != 1 || waiting[0].Code != a.Code || waiting[0].State != helpdesk.Waiting {
			t.Fatalf("%+v, %v", waiting, err)
		}
		done := make(chan error, 2)
		for _, approve := range []bool{true, false} { // two others at once
			go func() {
				_, err := s.Decide(ctx, decide("r-unfreeze", "other", approve))
				done <- err
			}()
		}
		if first, second := <-done, <-done; (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), deskdb.ErrDecided) {
			t.Errorf("%v, %v", first, second)
		}
		if waiting, _ := s.Requests(ctx, "", all); len(waiting) != 0 {
			t.Errorf("%+v", waiting)
		}
		of, err := s.Requests(ctx, a.ID, all)
		if err != nil || len(of) != 1 || of[0].DecidedBy != "other" || (of[0].State == helpdesk.Done) != (stateOf(t, s, a) == account.Active) {
			t.Errorf("%+v, %v, %s", of, err, stateOf(t, s, a))
		}
	})
}

func TestWithoutASecondPersonItIsDoneInItsTimeIfItStillCan(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		identities, _ := s.Identities(ctx, a.ID)
		if err := s.Do(ctx, act(helpdesk.Freeze, a, "")); err != nil {
			t.Fatal(err)
		}
		for _, r := range []helpdesk.Act{act(helpdesk.Unfreeze, a, ""), act(helpdesk.Unlink, a, identities[0].ID), act(helpdesk.Reopen, a, "")} {
			if err := s.Ask(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.DoDue(ctx, gatewaydbtest.Start.Add(72*time.Hour-time.Second)); err != nil || stateOf(t, s, a) != account.Frozen {
			t.Fatalf("too early: %v", err)
		}
		if err := s.DoDue(ctx, gatewaydbtest.Start.Add(72*time.Hour)); err != nil || stateOf(t, s, a) != account.Active {
			t.Fatalf("%v, %s", err, stateOf(t, s, a))
		}
		of, _ := s.Requests(ctx, a.ID, all)
		for _, r := range of {
			want := helpdesk.Done
			if r.Deed == helpdesk.Reopen {
				want = helpdesk.Refused // it was never closed
			}
			if r.State != want || r.DecidedBy != "" {
				t.Errorf("%+v", r)
			}
		}
		if left, _ := s.Identities(ctx, a.ID); len(left) != 0 {
			t.Errorf("%+v", left)
		}
	})
}

// pair are two accounts of one person, of which the second has a codice fiscale.
func pair(t *testing.T, s *gatewaydb.Store) (into, from account.Account) {
	t.Helper()
	foreign := gatewaydbtest.Asserted("nodo", "A")
	foreign.Door, foreign.FiscalCode = "eidas", ""
	delete(foreign.Attributes, "fiscal_code")
	foreign.Attributes["birth_date"] = "1980-01-01"
	into, _, err := s.Register(t.Context(), gatewaydbtest.Entry(foreign, "2"))
	if err != nil {
		t.Fatal(err)
	}
	from, _, err = s.Register(t.Context(), gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "B"), "3"))
	if err != nil {
		t.Fatal(err)
	}
	return into, from
}

func TestTwoAccountsOfOnePersonBecomeOneAndTwoAgain(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		into, from := pair(t, s)
		before, _ := s.Attributes(ctx, into.ID)
		p, err := s.PreviewMerge(ctx, into.ID, from.ID)
		if err != nil || p.Conflict || len(p.Identities) != 1 || !slices.Contains(p.Added, "fiscal_code") {
			t.Fatalf("%+v, %v", p, err)
		}
		if err := s.Ask(ctx, act(helpdesk.Merge, into, from.ID)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decide(ctx, decide("r-merge", "other", true)); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session`); n != 0 {
			t.Errorf("%d sessions left", n)
		}
		a, known, err := s.Enter(ctx, gatewaydbtest.Visit(gatewaydbtest.Asserted("uno", "B"), "4"))
		if err != nil || !known || a.ID != into.ID || a.FiscalCode != "B" {
			t.Errorf("%+v, %v, %v", a, known, err)
		}
		if list, _ := s.FindAccounts(ctx, helpdesk.Key{Code: from.Code}, all); len(list) != 1 || list[0].ID != into.ID {
			t.Errorf("the old code finds %+v", list)
		}
		if got := stateOf(t, s, from); got != account.Merged {
			t.Errorf("%s", got)
		}

		undo := act(helpdesk.Unmerge, into, "r-merge")
		if err := s.Ask(ctx, undo); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decide(ctx, decide("r-unmerge", "other", true)); err != nil {
			t.Fatal(err)
		}
		a, known, err = s.Enter(ctx, gatewaydbtest.Visit(gatewaydbtest.Asserted("uno", "B"), "5"))
		if err != nil || !known || a.ID != from.ID || a.FiscalCode != "B" || a.Code != from.Code {
			t.Errorf("%+v, %v, %v", a, known, err)
		}
		if back, err := s.Account(ctx, into.ID); err != nil || back.FiscalCode != "" || back.State != account.Active {
			t.Errorf("%+v, %v", back, err)
		}
		after, _ := s.Attributes(ctx, into.ID)
		if len(after) != len(before) {
			t.Errorf("%d attributes, before %d", len(after), len(before))
		}
		undo.ID = "twice"
		if err := s.Ask(ctx, undo); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decide(ctx, decide("twice", "other", true)); !errors.Is(err, deskdb.ErrState) {
			t.Errorf("undone twice: %v", err)
		}
	})
}

func TestTwoPeopleAreNeverMerged(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		b, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "B"), "3"))
		if err != nil {
			t.Fatal(err)
		}
		for name, other := range map[string]account.Account{"another codice fiscale": b, "itself": a} {
			if p, err := s.PreviewMerge(ctx, a.ID, other.ID); err != nil || !p.Conflict {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
			if err := s.Do(ctx, act(helpdesk.Merge, a, other.ID)); !errors.Is(err, deskdb.ErrTwoPeople) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if left, _ := s.Identities(ctx, b.ID); len(left) != 1 {
			t.Errorf("%+v", left)
		}
	})
}

// G5.5: what was merged into an account goes with it.
func TestAMergedAccountIsErasedWithTheOneItLivesOnIn(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		into, from := pair(t, s)
		if err := s.Do(ctx, act(helpdesk.Merge, into, from.ID)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(ctx, gatewaydbtest.ByHolder(into, "handle2", gatewaydbtest.Start)); err != nil {
			t.Fatal(err)
		}
		if err := s.Erase(ctx, gatewaydbtest.Start.Add(account.ClosedFor)); err != nil {
			t.Fatal(err)
		}
		for _, a := range []account.Account{into, from} {
			if left, err := s.Account(ctx, a.ID); err != nil || left.State != account.Erased || left.Name() != "" || left.Email != "" {
				t.Errorf("%+v, %v", left, err)
			}
		}
		for _, table := range []string{"attribute", "identity", "acknowledgement"} {
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%s holds %d rows", table, n)
			}
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'session.ended' AND subject = $1 AND actor = $1`, into.ID); n != 0 {
			t.Errorf("the holder ended %d sessions that the desk had ended", n)
		}
	})
}
