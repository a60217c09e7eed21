package gatewaydb_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/registration/wizard"
	"atrio/people/person"
)

func row(version int) wizard.Row {
	return wizard.Row{ID: []byte("id"), Sealed: "sealed", Version: version, Expires: start.Add(7 * 24 * time.Hour)}
}

func settled(version int) account.Settled {
	return account.Settled{
		Draft: []byte("id"), Version: version, Digits: 9, GivenName: "Prova", FamilyName: "Finti", Email: "Prova@Example.org", Language: "it", Password: "$argon2id$x",
		Attributes:   []account.Attribute{{Name: person.FiscalNumber, Value: "FNTPRV80A01H501U", Source: account.Declared, At: start}},
		Acknowledged: []account.Acknowledged{{Document: account.DocumentPrivacy, Version: "1", Language: "it"}},
		Tasks:        []account.Task{{Kind: account.TaskFiscalCode, Due: start.AddDate(0, 0, 30)}},
		Welcome: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Text: string(a.Code)}
		},
		Event: audit.Event{At: start, Role: "gateway"}, Now: start,
	}
}

func TestADraftHasOneVersionAndOneEnd(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		if err := s.OpenDraft(ctx, row(1), "journey"); err != nil {
			t.Fatal(err)
		}
		if err := s.OpenDraft(ctx, row(1), "journey"); !errors.Is(err, shareddb.ErrUsed) {
			t.Errorf("opened twice: %v", err)
		}
		if err := s.SaveDraft(ctx, row(2)); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveDraft(ctx, row(2)); !fault.Is(err, fault.Conflict) {
			t.Errorf("two tabs saved the same version: %v", err)
		}
		if got, err := s.Draft(ctx, []byte("id"), start); err != nil || got.Version != 2 || !got.Expires.Equal(row(2).Expires) {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := s.Draft(ctx, []byte("id"), row(2).Expires); !fault.Is(err, fault.Gone) {
			t.Errorf("after its end: %v", err)
		}
		if err := s.Purge(ctx, row(2).Expires); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM draft`); n != 0 {
			t.Errorf("%d drafts left", n)
		}
	})
}

func TestADraftIsSettledOnceAsItWasReviewed(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		if err := errors.Join(s.OpenDraft(ctx, row(1), "journey"), s.SaveDraft(ctx, row(2))); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Settle(ctx, settled(1)); !errors.Is(err, shareddb.ErrUsed) {
			t.Errorf("an older version: %v", err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for range 10 {
			wg.Go(func() {
				_, err := s.Settle(context.WithoutCancel(ctx), settled(2))
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
			if n := count(t, d, `SELECT count(*) FROM `+table); n != want {
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
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		if err := s.OpenDraft(ctx, row(1), "journey"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Settle(ctx, settled(1)); err != nil {
			t.Fatal(err)
		}
		sent := 0
		for day := range 60 {
			now := start.AddDate(0, 0, day)
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
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		if err := s.OpenDraft(ctx, row(1), "journey"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Settle(ctx, settled(1)); err != nil {
			t.Fatal(err)
		}
		err := d.One(ctx, func(q db.Queryer) error {
			_, err := q.ExecContext(ctx, `UPDATE account SET fiscal_code = 'FNTPRV80A01H501U'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RemindTasks(ctx, start.AddDate(0, 0, 10), func(account.Account, account.Task) notify.Message {
			t.Error("reminded")
			return notify.Message{}
		}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM account_task WHERE done_at > 0 AND remind_at = 0`); n != 1 {
			t.Error("the task is not done")
		}
	})
}
