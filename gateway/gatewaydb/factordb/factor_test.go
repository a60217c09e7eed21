package factordb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/secondfactor"
	"atrio/web"
)

func TestFactorsAreKeptSealedAndTold(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a, other := gatewaydbtest.Owner(t, s, "1"), gatewaydbtest.Owner(t, s, "2")
		for _, add := range []secondfactor.Addition{gatewaydbtest.Addition(a, "f1", kinds.TOTP), gatewaydbtest.Addition(a, "f1", kinds.TOTP), gatewaydbtest.Addition(a, "f2", kinds.SMS)} {
			if err := s.AddFactor(ctx, add); err != nil {
				t.Fatal(err)
			}
		}
		st, err := s.FactorStatus(ctx, a.ID)
		if err != nil || len(st.Factors) != 2 || st.Factors[0].Label != "blue" || st.Factors[1].Number != "+393331234567" || !st.Has() {
			t.Fatalf("%+v, %v", st, err)
		}
		if list, err := s.Factors(ctx, a.ID); err != nil || fmt.Sprint(list) != "[totp sms]" {
			t.Errorf("%v, %v", list, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1 AND subject = $2`, audit.FactorAdded, a.ID); n != 2 {
			t.Errorf("%d audit lines", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'changed'`); n != 2 {
			t.Errorf("%d messages: one that was sent twice must be told once", n)
		}
		var sealed []byte
		if err := d.Read().QueryRowContext(ctx, `SELECT secret FROM factor WHERE id = 'f2'`).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(sealed, []byte("333123")) {
			t.Error("the number stands in the table")
		}
		swap(t, d) // a secret that was moved to another row does not open
		if _, err := s.FactorStatus(ctx, a.ID); err == nil {
			t.Error("a secret of another row was opened")
		}
		swap(t, d)
		if err := s.RemoveFactor(ctx, removal(other, "f1")); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else removed it: %v", err)
		}
		if err := s.RemoveFactor(ctx, removal(a, "f1")); err != nil {
			t.Error(err)
		}
		if st, err := s.FactorStatus(ctx, a.ID); err != nil || len(st.Factors) != 1 {
			t.Errorf("%+v, %v", st, err)
		}
	})
}

func removal(a account.Account, id string) secondfactor.Removal {
	return secondfactor.Removal{AccountID: a.ID, ID: id, Now: gatewaydbtest.Start, Event: audit.Event{At: gatewaydbtest.Start, Role: "gateway"}, Tell: gatewaydbtest.Tell}
}

// swap exchanges the secrets of the two factors.
func swap(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE factor SET secret = (SELECT o.secret FROM factor o WHERE o.id <> factor.id)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnAccountHasNoMoreFactorsThanItMay(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		a := gatewaydbtest.Owner(t, s, "1")
		var wg sync.WaitGroup
		var mu sync.Mutex
		refused := 0
		for n := range secondfactor.MostOfAKind + 3 {
			wg.Go(func() {
				err := s.AddFactor(context.WithoutCancel(t.Context()), gatewaydbtest.Addition(a, fmt.Sprint("f", n), kinds.TOTP))
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, secondfactor.ErrTooMany) {
					refused++
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if refused != 3 {
			t.Errorf("%d were refused, not 3", refused)
		}
	})
}

func TestOfFiftyRightCodesOfTheAppOneIsNew(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		// Two nodes on one database.
		nodes := []*gatewaydb.Store{gatewaydb.NewStore(dbtest.Open(t, url), gatewaydbtest.Ring), gatewaydb.NewStore(dbtest.Open(t, url), gatewaydbtest.Ring)}
		a := gatewaydbtest.Owner(t, nodes[0], "1")
		if err := nodes[0].AddFactor(t.Context(), gatewaydbtest.Addition(a, "f1", kinds.TOTP)); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		outcomes := map[kinds.Outcome]int{}
		for n := range 50 {
			wg.Go(func() {
				v, err := nodes[n%2].TryApp(context.WithoutCancel(t.Context()), gatewaydbtest.Try(a, fmt.Sprint("flow", n), 100), match(7))
				mu.Lock()
				defer mu.Unlock()
				if outcomes[v.Outcome]++; err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if outcomes[kinds.Right] != 1 || outcomes[kinds.Replayed] != 49 {
			t.Errorf("outcomes %v", outcomes)
		}
		for step, want := range map[int64]kinds.Outcome{6: kinds.Replayed, 7: kinds.Replayed, 8: kinds.Right} {
			if step == 8 {
				continue // last, whatever the order of the map
			}
			if v, err := nodes[1].TryApp(t.Context(), gatewaydbtest.Try(a, "late", 100), match(step)); err != nil || v.Outcome != want {
				t.Errorf("step %d: %v, %v", step, v, err)
			}
		}
		if v, err := nodes[1].TryApp(t.Context(), gatewaydbtest.Try(a, "next", 100), match(8)); err != nil || v.Outcome != kinds.Right || v.Factor != "f1" {
			t.Errorf("the next step: %v, %v", v, err)
		}
	}, gatewaydbtest.Modules()...)
}

func match(step int64) func([]byte) secondfactor.Match {
	return func([]byte) secondfactor.Match { return secondfactor.Match{Step: step, OK: true} }
}

func TestWrongCodesAreCountedPerLoginAndPerAccount(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		a := gatewaydbtest.Owner(t, s, "1")
		if err := s.AddFactor(t.Context(), gatewaydbtest.Addition(a, "f1", kinds.TOTP)); err != nil {
			t.Fatal(err)
		}
		wrong := func([]byte) secondfactor.Match { return secondfactor.Match{Off: time.Minute} }
		for left := 4; left >= 0; left-- {
			v, err := s.TryApp(t.Context(), gatewaydbtest.Try(a, "one", 8), wrong)
			if err != nil || v.Outcome != kinds.Wrong || v.Left != left || v.Off != time.Minute {
				t.Fatalf("%+v, %v; want %d left", v, err, left)
			}
		}
		if v, err := s.TryApp(t.Context(), gatewaydbtest.Try(a, "one", 8), match(9)); err != nil || v.Outcome != kinds.Waiting || v.Left != 0 {
			t.Errorf("the sixth try of a login: %+v, %v", v, err)
		}
		for range 3 {
			if v, err := s.TryApp(t.Context(), gatewaydbtest.Try(a, "two", 8), wrong); err != nil || v.Outcome != kinds.Wrong {
				t.Errorf("another login: %+v, %v", v, err)
			}
		}
		v, err := s.TryApp(t.Context(), gatewaydbtest.Try(a, "three", 8), match(9))
		if err != nil || v.Outcome != kinds.Waiting || v.Left != 1 || v.Wait <= 0 {
			t.Errorf("the ninth try of the account: %+v, %v", v, err)
		}
		later := gatewaydbtest.Try(a, "three", 8)
		later.At = gatewaydbtest.Start.Add(v.Wait)
		if v, err := s.TryApp(t.Context(), later, match(9)); err != nil || v.Outcome != kinds.Right {
			t.Errorf("after the wait: %+v, %v", v, err)
		}
	})
}

func TestASentCodeWorksOnceInItsFlowAndInTime(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		a := gatewaydbtest.Owner(t, s, "1")
		sendSMS := func(digest string, at time.Time) time.Duration {
			t.Helper()
			wait, err := s.SendSMS(t.Context(), secondfactor.Sending{
				Flow: "f", AccountID: a.ID, Digest: []byte(digest), At: at, Expires: at.Add(10 * time.Minute), Pause: time.Minute,
				Message: notify.Message{Channel: notify.SMS, To: "+393331234567", Text: digest},
				Caps:    []ratelimit.Bucket{{Key: "cap", Limit: ratelimit.Limit{Name: "cap", Burst: 3, Per: time.Hour}}},
				Audit:   audit.Event{At: at, Role: "gateway"},
			})
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		check := func(flow, digest string, at time.Time, want kinds.Outcome) {
			t.Helper()
			tried := gatewaydbtest.Try(a, flow, 50)
			tried.At, tried.Request.Key = at, "request "+flow+digest
			if v, err := s.TrySMS(t.Context(), tried, []byte(digest)); err != nil || v.Outcome != want {
				t.Errorf("%s %s: %+v, %v", flow, digest, v, err)
			}
		}
		check("f", "one", gatewaydbtest.Start, kinds.Stale) // nothing was sent
		if wait := sendSMS("one", gatewaydbtest.Start); wait != 0 {
			t.Fatal(wait)
		}
		if wait := sendSMS("two", gatewaydbtest.Start.Add(59*time.Second)); wait != time.Second {
			t.Errorf("too soon: %v", wait)
		}
		if wait := sendSMS("two", gatewaydbtest.Start.Add(time.Minute)); wait != 0 {
			t.Fatal(wait)
		}
		now := gatewaydbtest.Start.Add(2 * time.Minute)
		check("f", "one", now, kinds.Wrong) // replaced
		check("other", "two", now, kinds.Stale)
		check("f", "two", now, kinds.Right)
		check("f", "two", now, kinds.Stale)
		sendSMS("three", now.Add(time.Minute))
		check("f", "three", now.Add(11*time.Minute), kinds.Stale)
		if wait := sendSMS("four", now.Add(3*time.Minute)); wait <= time.Minute {
			t.Errorf("beyond the cap: %v", wait)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE channel = 'sms'`); n != 3 {
			t.Errorf("%d messages", n)
		}
		if err := s.Purge(t.Context(), now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM factor_code`); n != 0 {
			t.Errorf("%d rows are left of what was abandoned", n)
		}
	})
}

func TestARecoveryCodeWorksOnceAndUntilTheNextList(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a, other := gatewaydbtest.Owner(t, s, "1"), gatewaydbtest.Owner(t, s, "2")
		if err := s.AddFactor(ctx, gatewaydbtest.Addition(a, "f1", kinds.SMS)); err != nil {
			t.Fatal(err)
		}
		replace := func(digests ...string) {
			t.Helper()
			r := secondfactor.Recovery{AccountID: a.ID, Now: gatewaydbtest.Start, Event: audit.Event{At: gatewaydbtest.Start, Role: "gateway"}, Tell: gatewaydbtest.Tell}
			for _, one := range digests {
				r.Digests = append(r.Digests, []byte(one))
			}
			if err := s.ReplaceRecovery(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		outcome := func(of account.Account, flow, digest string) kinds.Outcome {
			tried := gatewaydbtest.Try(of, flow, 100)
			tried.Tell = gatewaydbtest.Tell
			v, err := s.TryRecovery(context.WithoutCancel(ctx), tried, []byte(digest))
			if err != nil {
				t.Error(err)
			}
			return v.Outcome
		}
		replace("a", "b")
		if got := outcome(other, "f", "a"); got != kinds.Wrong {
			t.Errorf("the code of another account: %v", got)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		right := 0
		for n := range 50 {
			wg.Go(func() {
				got := outcome(a, fmt.Sprint("flow", n), "a")
				mu.Lock()
				defer mu.Unlock()
				if got == kinds.Right {
					right++
				}
			})
		}
		wg.Wait()
		if right != 1 {
			t.Errorf("%d of 50 used the same code", right)
		}
		if st, err := s.FactorStatus(ctx, a.ID); err != nil || st.RecoveryLeft != 1 || !st.RecoveryMade.Equal(gatewaydbtest.Start) {
			t.Errorf("%+v, %v", st, err)
		}
		replace("c")
		if got := outcome(a, "old", "b"); got != kinds.Wrong {
			t.Errorf("a code of the old list: %v", got)
		}
		if err := s.RemoveFactor(ctx, removal(a, "f1")); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM recovery_code`); n != 0 {
			t.Errorf("%d codes are left without a factor", n)
		}
	})
}

func TestASteppedUpSessionTakesThePlaceOfTheOther(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Owner(t, s, "1")
		up := account.StepUp{
			From: "handleentry1", Now: gatewaydbtest.Start, Once: account.Once{Kind: "second_factor", ID: "j", Until: gatewaydbtest.Start.Add(time.Hour)},
			Session: web.Session{Hash: []byte("new"), Handle: "new", Subject: a.ID, CreatedAt: gatewaydbtest.Start, SeenAt: gatewaydbtest.Start, ExpiresAt: gatewaydbtest.Start.Add(time.Hour), AMR: []string{"pwd", "otp", "mfa"}},
			Event:   audit.Event{At: gatewaydbtest.Start, Role: "gateway"},
		}
		if err := s.StepUp(ctx, up); err != nil {
			t.Fatal(err)
		}
		list, err := (&shareddb.Store{DB: d}).ListSessions(ctx, a.ID, gatewaydbtest.Start)
		if err != nil || len(list) != 1 || list[0].Handle != "new" || strings.Join(list[0].AMR, " ") != "pwd otp mfa" {
			t.Errorf("%+v, %v", list, err)
		}
		if err := s.StepUp(ctx, up); !errors.Is(err, shareddb.ErrUsed) {
			t.Errorf("the same journey again: %v", err)
		}
		up.Once.ID, up.Session.Hash, up.Session.Handle = "k", []byte("newer"), "newer"
		if err := s.StepUp(ctx, up); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a session that has ended: %v", err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM consumed WHERE id = 'k'`); n != 0 {
			t.Error("a refused step was consumed")
		}
	})
}
