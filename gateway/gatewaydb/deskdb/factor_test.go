package deskdb_test

import (
	"errors"
	"testing"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/deskdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/helpdesk"
	"atrio/gateway/secondfactor"
)

// resetting is a request to the desk to reset second factors.
func resetting(a account.Account) helpdesk.Act {
	r := act(helpdesk.ResetFactors, a, "")
	r.ID, r.Tell = account.NewID(), nil
	r.TellAll = func(a account.Account, numbers []string) (list []notify.Message) {
		for _, to := range append([]string{a.Email}, numbers...) {
			list = append(list, notify.Message{Channel: notify.Mail, To: to, Subject: "asked", Text: "x", Lang: "it"})
		}
		return list
	}
	return r
}

func TestTheDeskConfirmsOneLoginOfOneAccount(t *testing.T) { // G2.3, G4.6
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Owner(t, s, "1")
		confirm := act(helpdesk.ConfirmLogin, a, "")
		confirm.Digest = []byte("login 1")
		if err := s.Do(ctx, confirm); !errors.Is(err, deskdb.ErrState) {
			t.Errorf("an account without a factor: %v", err)
		}
		if err := s.AddFactor(ctx, gatewaydbtest.Addition(a, "f", kinds.TOTP)); err != nil {
			t.Fatal(err)
		}
		at := func(account, digest string, now time.Time) kinds.Outcome {
			t.Helper()
			tr := gatewaydbtest.Try(a, "flow", 20)
			tr.AccountID, tr.At = account, now
			v, err := s.TryDesk(ctx, tr, []byte(digest))
			if err != nil || v.Outcome == kinds.Wrong && v.Left == 0 {
				t.Errorf("%+v, %v", v, err)
			}
			return v.Outcome
		}
		if at(a.ID, "login 1", gatewaydbtest.Start) != kinds.Wrong {
			t.Error("before the desk confirmed")
		}
		if err := s.Do(ctx, confirm); err != nil {
			t.Fatal(err)
		}
		if at(a.ID, "login 2", gatewaydbtest.Start) != kinds.Wrong || at("another", "login 1", gatewaydbtest.Start) != kinds.Wrong || at(a.ID, "login 1", gatewaydbtest.Start.Add(secondfactor.DeskLife)) != kinds.Wrong {
			t.Error("another login, account or time")
		}
		got := make(chan kinds.Outcome, 20)
		for range 20 {
			go func() { got <- at(a.ID, "login 1", gatewaydbtest.Start) }()
		}
		right := 0
		for range 20 {
			if <-got == kinds.Right {
				right++
			}
		}
		if right != 1 {
			t.Errorf("%d of 20 went on", right)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'desk.done' AND actor = 'clerk' AND detail LIKE '%confirm_login%' AND subject = $1`, a.ID); n != 1 {
			t.Errorf("%d lines", n)
		}
		if err := s.Purge(ctx, gatewaydbtest.Start.Add(time.Hour)); err != nil || gatewaydbtest.Count(t, d, `SELECT count(*) FROM desk_code`) != 0 {
			t.Errorf("rows are left, %v", err)
		}
	})
}

func TestTheDeskSuspendsForADayAndItsWordMayBeAFactor(t *testing.T) { // G4.6, G2.3
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Owner(t, s, "1")
		if err := s.Do(ctx, act(helpdesk.SuspendFactors, a, "")); !errors.Is(err, deskdb.ErrState) {
			t.Errorf("nothing to suspend: %v", err)
		}
		if err := s.Do(ctx, act(helpdesk.AllowCodes, a, "")); err != nil {
			t.Fatal(err)
		}
		if err := s.Do(ctx, act(helpdesk.AllowCodes, a, "")); !errors.Is(err, deskdb.ErrState) {
			t.Errorf("twice: %v", err)
		}
		st, err := s.FactorStatus(ctx, a.ID)
		if err != nil || !st.Has() || len(st.Of(kinds.Desk)) != 1 {
			t.Fatalf("%+v, %v", st, err)
		}
		if err := s.Do(ctx, act(helpdesk.SuspendFactors, a, "")); err != nil {
			t.Fatal(err)
		}
		for now, want := range map[time.Time]bool{gatewaydbtest.Start: true, gatewaydbtest.Start.Add(24*time.Hour - time.Second): true, gatewaydbtest.Start.Add(24 * time.Hour): false} {
			if until, err := s.SuspendedUntil(ctx, a.ID, now); err != nil || until.IsZero() == want {
				t.Errorf("at %v: %v, %v", now, until, err)
			}
		}
		err = s.RemoveFactor(ctx, secondfactor.Removal{AccountID: a.ID, ID: st.Factors[0].ID, Now: gatewaydbtest.Start, Event: audit.Event{At: gatewaydbtest.Start, Role: "gateway"}, Tell: gatewaydbtest.Tell})
		if st, _ := s.FactorStatus(ctx, a.ID); err != nil || st.Has() {
			t.Errorf("%+v, %v", st, err)
		}
	})
}

func TestAResetAtTheDeskIsRipeByASecondPersonOrInTimeAndStoppedByTheHolder(t *testing.T) { // G5.4
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		if err := s.Ask(ctx, resetting(gatewaydbtest.Owner(t, s, "0"))); !errors.Is(err, deskdb.ErrState) {
			t.Errorf("nothing to reset: %v", err)
		}
		ask := func(n string) (account.Account, helpdesk.Act) {
			t.Helper()
			a := gatewaydbtest.Owner(t, s, n)
			for id, k := range map[string]kinds.Kind{"app": kinds.TOTP, "sms": kinds.SMS} {
				if err := s.AddFactor(ctx, gatewaydbtest.Addition(a, id+n, k)); err != nil {
					t.Fatal(err)
				}
			}
			before := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'asked'`)
			r := resetting(a)
			if err := s.Ask(ctx, r); err != nil {
				t.Fatal(err)
			}
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'asked'`) - before; n != 2 {
				t.Errorf("%d contacts were told", n)
			}
			return a, r
		}
		// A second person makes it ripe; the holder finishes it.
		a, r := ask("1")
		if _, err := s.Decide(ctx, decide(r.ID, "other", true)); err != nil {
			t.Fatal(err)
		}
		under, err := s.ResetOf(ctx, a.ID, gatewaydbtest.Start)
		if err != nil || !under.Ready(gatewaydbtest.Start.Add(time.Hour)) || under.Ready(gatewaydbtest.Start.Add(time.Hour-time.Second)) {
			t.Fatalf("%+v, %v", under, err)
		}
		if st, _ := s.FactorStatus(ctx, a.ID); !st.Has() {
			t.Error("the desk itself removed the factors")
		}
		if err := s.FinishReset(ctx, under, "", gatewaydbtest.Start.Add(2*time.Hour), audit.Event{At: gatewaydbtest.Start, Role: "gateway"}, gatewaydbtest.Tell); err != nil {
			t.Fatal(err)
		}
		// Time makes it ripe.
		a, _ = ask("2")
		if err := s.DoDue(ctx, gatewaydbtest.Start.Add(72*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if under, err := s.ResetOf(ctx, a.ID, gatewaydbtest.Start.Add(72*time.Hour)); err != nil || !under.Ready(gatewaydbtest.Start.Add(72*time.Hour)) {
			t.Errorf("%+v, %v", under, err)
		}
		// The holder stops it; then nobody approves it.
		a, r = ask("3")
		under, _ = s.ResetOf(ctx, a.ID, gatewaydbtest.Start)
		if err := s.StopReset(ctx, under, audit.Event{At: gatewaydbtest.Start, Role: "gateway"}, gatewaydbtest.Tell); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decide(ctx, decide(r.ID, "other", true)); !errors.Is(err, deskdb.ErrDecided) {
			t.Errorf("approved what was stopped: %v", err)
		}
		// A second person refuses: nothing is under way any more.
		a, r = ask("4")
		if _, err := s.Decide(ctx, decide(r.ID, "other", false)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ResetOf(ctx, a.ID, gatewaydbtest.Start); !errors.Is(err, secondfactor.ErrNoReset) {
			t.Errorf("after a refusal: %v", err)
		}
	})
}
