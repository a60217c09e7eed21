package registrationdb_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
)

func TestADraftHasOneVersionAndOneEnd(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		if err := s.OpenDraft(ctx, gatewaydbtest.Draft(1), "journey"); err != nil {
			t.Fatal(err)
		}
		if err := s.OpenDraft(ctx, gatewaydbtest.Draft(1), "journey"); !errors.Is(err, shareddb.ErrUsed) {
			t.Errorf("opened twice: %v", err)
		}
		if err := s.SaveDraft(ctx, gatewaydbtest.Draft(2)); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveDraft(ctx, gatewaydbtest.Draft(2)); !fault.Is(err, fault.Conflict) {
			t.Errorf("two tabs saved the same version: %v", err)
		}
		if got, err := s.Draft(ctx, []byte("id"), gatewaydbtest.Start); err != nil || got.Version != 2 || !got.Expires.Equal(gatewaydbtest.Draft(2).Expires) {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := s.Draft(ctx, []byte("id"), gatewaydbtest.Draft(2).Expires); !fault.Is(err, fault.Gone) {
			t.Errorf("after its end: %v", err)
		}
		if err := s.Purge(ctx, gatewaydbtest.Draft(2).Expires); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM draft`); n != 0 {
			t.Errorf("%d drafts left", n)
		}
	})
}

func TestADraftIsSettledOnceAsItWasReviewed(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		if err := errors.Join(s.OpenDraft(ctx, gatewaydbtest.Draft(1), "journey"), s.SaveDraft(ctx, gatewaydbtest.Draft(2))); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Settle(ctx, gatewaydbtest.Settled(1)); !errors.Is(err, shareddb.ErrUsed) {
			t.Errorf("an older version: %v", err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for range 10 {
			wg.Go(func() {
				_, err := s.Settle(context.WithoutCancel(ctx), gatewaydbtest.Settled(2))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					made++
				case !errors.Is(err, shareddb.ErrUsed):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for table, want := range map[string]int{"account": 1, "person_code": 1, "credential": 1, "acknowledgement": 1, "account_task": 1, "attribute": 1, "draft": 0, "outbox": 1} {
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM `+table); n != want {
				t.Errorf("%d rows in %s, want %d", n, table, want)
			}
		}
		if made != 1 {
			t.Errorf("%d accounts were made", made)
		}
		for address, want := range map[string]bool{"prova@example.org": true, "PROVA@EXAMPLE.ORG": true, "altra@example.org": false} {
			if known, err := s.KnowsAddress(ctx, address); err != nil || known != want {
				t.Errorf("%s: %v, %v", address, known, err)
			}
		}
	})
}

func TestTheReminderOfACodiceFiscaleComesEveryTenDaysAndEnds(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		if err := s.OpenDraft(ctx, gatewaydbtest.Draft(1), "journey"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Settle(ctx, gatewaydbtest.Settled(1)); err != nil {
			t.Fatal(err)
		}
		sent := 0
		for day := range 60 {
			now := gatewaydbtest.Start.AddDate(0, 0, day)
			for range 2 { // two nodes
				if err := s.RemindTasks(ctx, now, func(a account.Account, task account.Task) notify.Message {
					sent++
					if task.Kind != account.TaskFiscalCode || a.Email == "" || now.After(task.Due) {
						t.Errorf("day %d: %+v", day, task)
					}
					return notify.Message{Channel: notify.Mail, To: a.Email, Text: "x"}
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if sent != 3 {
			t.Errorf("%d reminders, want one on each of the days 10, 20 and 30", sent)
		}
	})
}

func TestWhoHasProvedACodiceFiscaleIsNotReminded(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		if err := s.OpenDraft(ctx, gatewaydbtest.Draft(1), "journey"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Settle(ctx, gatewaydbtest.Settled(1)); err != nil {
			t.Fatal(err)
		}
		err := d.One(ctx, func(q db.Queryer) error {
			_, err := q.ExecContext(ctx, `UPDATE account SET fiscal_code = 'FNTPRV80A01H501U'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RemindTasks(ctx, gatewaydbtest.Start.AddDate(0, 0, 10), func(account.Account, account.Task) notify.Message {
			t.Error("reminded")
			return notify.Message{}
		}); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM account_task WHERE done_at > 0 AND remind_at = 0`); n != 1 {
			t.Error("the task is not done")
		}
	})
}
