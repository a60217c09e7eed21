package factordb_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/secondfactor"
)

func event(at time.Time) audit.Event { return audit.Event{At: at, Role: "gateway"} }

func TestASuspensionEndsByItselfOrWhenItIsLifted(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Owner(t, s, "1")
		until := func(now, want time.Time) {
			t.Helper()
			if got, err := s.SuspendedUntil(ctx, a.ID, now); err != nil || !got.Equal(want) {
				t.Errorf("at %v: %v, %v", now, got, err)
			}
		}
		until(gatewaydbtest.Start, time.Time{})
		for range 2 {
			if err := s.Suspend(ctx, secondfactor.Suspension{AccountID: a.ID, Until: gatewaydbtest.Start.Add(time.Hour), Event: event(gatewaydbtest.Start), Tell: gatewaydbtest.Tell}); err != nil {
				t.Fatal(err)
			}
		}
		until(gatewaydbtest.Start, gatewaydbtest.Start.Add(time.Hour))
		until(gatewaydbtest.Start.Add(time.Hour), time.Time{})
		if err := s.Suspend(ctx, secondfactor.Suspension{AccountID: a.ID, Event: event(gatewaydbtest.Start), Tell: gatewaydbtest.Tell}); err != nil {
			t.Fatal(err)
		}
		until(gatewaydbtest.Start, time.Time{})
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action IN ($1, $2)`, audit.FactorsSuspended, audit.FactorsResumed); n != 3 {
			t.Errorf("%d audit lines", n)
		}
	})
}

// reset begins a reset for an account, with one number among its contacts.
func reset(t *testing.T, s *gatewaydb.Store, a account.Account) secondfactor.Reset {
	t.Helper()
	r := secondfactor.Reset{
		ID: account.NewID(), AccountID: a.ID, Asked: gatewaydbtest.Start, Ripe: gatewaydbtest.Start.Add(secondfactor.ResetAfter), Ends: gatewaydbtest.Start.Add(secondfactor.ResetAfter + secondfactor.ResetFor),
	}
	err := s.StartReset(t.Context(), r, event(gatewaydbtest.Start), func(a account.Account, numbers []string) []notify.Message {
		list := []notify.Message{{Channel: notify.Mail, To: a.Email, Subject: "asked", Text: "x"}}
		for _, n := range numbers {
			list = append(list, notify.Message{Channel: notify.SMS, To: n, Subject: "asked", Text: "x"})
		}
		return list
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAResetWaitsTellsEveryContactAndIsFinishedOnce(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Owner(t, s, "1")
		for id, k := range map[string]kinds.Kind{"f1": kinds.TOTP, "f2": kinds.SMS} {
			if err := s.AddFactor(ctx, gatewaydbtest.Addition(a, id, k)); err != nil {
				t.Fatal(err)
			}
		}
		r := reset(t, s, a)
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'asked'`); n != 2 {
			t.Errorf("%d contacts were told", n)
		}
		again := r
		again.ID = account.NewID()
		err := s.StartReset(ctx, again, event(gatewaydbtest.Start), func(account.Account, []string) []notify.Message { t.Error("told twice"); return nil })
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a second one: %v", err)
		}
		if err := s.FinishReset(ctx, r, "", r.Ripe.Add(-time.Second), event(gatewaydbtest.Start), gatewaydbtest.Tell); !errors.Is(err, secondfactor.ErrNoReset) {
			t.Errorf("too early: %v", err)
		}
		if list, err := s.RipeResets(ctx, r.Ripe.Add(-time.Second)); err != nil || len(list) != 0 {
			t.Errorf("%v, %v", list, err)
		}
		list, err := s.RipeResets(ctx, r.Ripe)
		if err != nil || len(list) != 1 || list[0].ID != r.ID {
			t.Fatalf("%v, %v", list, err)
		}
		for range 2 { // two nodes
			if err := s.TellReset(ctx, list[0], r.Ripe, gatewaydbtest.Tell); err != nil {
				t.Fatal(err)
			}
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'changed'`); n != 3 { // two for the factors
			t.Errorf("%d messages", n)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for range 10 {
			wg.Go(func() {
				err := s.FinishReset(context.WithoutCancel(ctx), r, "handleentry1", r.Ripe, event(r.Ripe), gatewaydbtest.Tell)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				} else if !errors.Is(err, secondfactor.ErrNoReset) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if st, err := s.FactorStatus(ctx, a.ID); done != 1 || err != nil || len(st.Factors) != 0 {
			t.Errorf("%d finished, %+v, %v", done, st, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session WHERE handle = 'handleentry1'`); n != 1 {
			t.Error("the session that finished it has ended")
		}
	})
}

func TestAStoppedResetChangesNothingAndOneThatIsOverIsForgotten(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Owner(t, s, "1")
		if err := s.AddFactor(ctx, gatewaydbtest.Addition(a, "f1", kinds.TOTP)); err != nil {
			t.Fatal(err)
		}
		r := reset(t, s, a)
		if found, err := s.ResetByID(ctx, r.ID, gatewaydbtest.Start); err != nil || found.AccountID != a.ID || !found.Ripe.Equal(r.Ripe) {
			t.Errorf("%+v, %v", found, err)
		}
		if err := s.StopReset(ctx, r, event(gatewaydbtest.Start), gatewaydbtest.Tell); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{s.StopReset(ctx, r, event(gatewaydbtest.Start), gatewaydbtest.Tell), s.FinishReset(ctx, r, "", r.Ripe, event(r.Ripe), gatewaydbtest.Tell)} {
			if !errors.Is(err, secondfactor.ErrNoReset) {
				t.Errorf("after it was stopped: %v", err)
			}
		}
		if st, err := s.FactorStatus(ctx, a.ID); err != nil || len(st.Factors) != 1 {
			t.Errorf("%+v, %v", st, err)
		}
		r = reset(t, s, a)
		if _, err := s.ResetOf(ctx, a.ID, r.Ends); !errors.Is(err, secondfactor.ErrNoReset) {
			t.Errorf("one that is over: %v", err)
		}
		if err := s.Purge(ctx, r.Ends); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM factor_reset`); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}
