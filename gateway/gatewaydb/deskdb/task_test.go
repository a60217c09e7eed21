package deskdb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/helpdesk"
	"atrio/gateway/helpdesk/tasks"
	"atrio/people/person"
)

// queued is an account whose codice fiscale the desk has to check.
func queued(t *testing.T, s *gatewaydb.Store, kind account.TaskKind) account.Account {
	t.Helper()
	if err := s.OpenDraft(t.Context(), gatewaydbtest.Draft(1), "journey"); err != nil {
		t.Fatal(err)
	}
	e := gatewaydbtest.Settled(1)
	e.Tasks = []account.Task{{Kind: kind, Detail: "sex", Due: gatewaydbtest.Start.AddDate(0, 0, 10)}}
	a, err := s.Settle(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func taking(a account.Account, k account.TaskKind, by string) tasks.Taking {
	return tasks.Taking{AccountID: a.ID, Kind: k, By: by, Now: gatewaydbtest.Start, Event: audit.Event{At: gatewaydbtest.Start, Role: "gateway"}}
}

func deciding(a account.Account, k account.TaskKind, what tasks.Answer, by string) tasks.Decision {
	return tasks.Decision{AccountID: a.ID, Kind: k, Answer: what, Reason: "Visto", By: by, Now: gatewaydbtest.Start.Add(time.Hour), Event: audit.Event{At: gatewaydbtest.Start.Add(time.Hour), Role: "gateway"},
		Tell: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Subject: "decided", Text: "x", Lang: "it"}
		}}
}

func TestATaskIsTakenByOneClerkAndGivenByASupervisor(t *testing.T) { // G5.4
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := queued(t, s, account.TaskCheck)
		carla, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "C"), "7"))
		if err != nil {
			t.Fatal(err)
		}
		mario, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "M"), "8"))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 2)
		for _, by := range []string{carla.ID, mario.ID} {
			go func() { done <- s.TakeTask(ctx, taking(a, account.TaskCheck, by)) }()
		}
		if first, second := <-done, <-done; (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), tasks.ErrTaken) {
			t.Fatalf("%v, %v", first, second)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'data.read' AND subject = $1 AND detail LIKE '%check_fiscal_code%'`, a.ID); n != 1 {
			t.Errorf("%d looks are written down", n)
		}
		colleague := gatewaydbtest.Registered(t, s, "uno", "Z")
		give := taking(a, account.TaskCheck, "boss")
		give.To, give.Over = colleague.Code, true
		if err := s.TakeTask(ctx, give); err != nil {
			t.Fatal(err)
		}
		list, err := s.Tasks(ctx, tasks.Filter{Clerk: colleague.ID, Whose: tasks.Mine}, all)
		if err != nil || len(list) != 1 || !list[0].Mine || list[0].TakenBy != colleague.Code || list[0].Detail != "sex" || !list[0].Opened.Equal(gatewaydbtest.Start) {
			t.Errorf("%+v, %v", list, err)
		}
		for _, f := range []tasks.Filter{{Whose: tasks.Free}, {Kind: account.TaskMerge}, {Whose: tasks.Mine, Clerk: "carla"}, {Done: true}} {
			if list, err := s.Tasks(ctx, f, all); err != nil || len(list) != 0 {
				t.Errorf("%+v: %+v, %v", f, list, err)
			}
		}
		if err := s.TakeTask(ctx, taking(a, account.TaskMerge, "carla")); !errors.Is(err, tasks.ErrGone) {
			t.Errorf("one that is not there: %v", err)
		}
		if err := s.DecideTask(ctx, deciding(a, account.TaskCheck, tasks.Accept, "carla")); !errors.Is(err, tasks.ErrTaken) {
			t.Errorf("decided by who has it not: %v", err)
		}
	})
}

func TestWhatTheDeskDecidesIsDoneToldAndWritten(t *testing.T) { // G3.3, G5.4
	for name, c := range map[string]struct {
		kind   account.TaskKind
		answer tasks.Answer
		// source is who vouches for the codice fiscale then; "" when it is gone.
		source account.Source
		// owed is when the person has to bring one; zero for never.
		owed time.Time
	}{
		"accept":       {account.TaskCheck, tasks.Accept, account.FromDesk, time.Time{}},
		"again":        {account.TaskCheck, tasks.Again, account.Declared, gatewaydbtest.Start.Add(time.Hour + tasks.More)},
		"refuse":       {account.TaskCheck, tasks.Refuse, "", gatewaydbtest.Start.Add(time.Hour + tasks.More)},
		"more time":    {account.TaskFiscalCode, tasks.Extend, account.Declared, gatewaydbtest.Start.AddDate(0, 0, 10).Add(tasks.More)},
		"write":        {account.TaskFiscalCode, tasks.Again, account.Declared, gatewaydbtest.Start.Add(time.Hour + tasks.More)},
		"not needed":   {account.TaskFiscalCode, tasks.Waive, account.Declared, time.Time{}},
		"two people":   {account.TaskMerge, tasks.Apart, "", time.Time{}},
		"looked at it": {account.TaskDisputed, tasks.Settle, account.Declared, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
				s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
				a := queued(t, s, c.kind)
				if err := s.TakeTask(ctx, taking(a, c.kind, "carla")); err != nil {
					t.Fatal(err)
				}
				if err := s.DecideTask(ctx, deciding(a, c.kind, c.answer, "carla")); err != nil {
					t.Fatal(err)
				}
				known, err := s.Attributes(ctx, a.ID)
				if best, found := account.Best(known, person.FiscalNumber); err != nil || found != (c.source != "") || best.Source != c.source {
					t.Errorf("%+v, %v", known, err)
				}
				open, err := s.Tasks(ctx, tasks.Filter{}, all)
				if err != nil || (len(open) == 1) != !c.owed.IsZero() || len(open) == 1 && (open[0].Kind != account.TaskFiscalCode || !open[0].Due.Equal(c.owed) || open[0].TakenBy != "") {
					t.Errorf("%+v, %v", open, err)
				}
				if a, _ := s.Account(ctx, a.ID); a.FiscalCode != "" {
					t.Error("the desk proved a codice fiscale")
				}
				for query, want := range map[string]int{
					`SELECT count(*) FROM audit WHERE action = 'desk.done' AND actor = 'carla' AND detail LIKE '%` + tasks.Deed(c.kind, c.answer) + `%'`: 1,
					`SELECT count(*) FROM outbox WHERE subject = 'decided'`:                                                                              1,
					`SELECT count(*) FROM account_task WHERE decided_by = 'carla' AND reason = 'Visto'`:                                                  1,
				} {
					if n := gatewaydbtest.Count(t, d, query); n < want {
						t.Errorf("%s: %d", query, n)
					}
				}
			})
		})
	}
}

func TestOfTwoDecisionsOneCounts(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := queued(t, s, account.TaskCheck)
		if err := s.TakeTask(ctx, taking(a, account.TaskCheck, "carla")); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 2)
		for _, what := range []tasks.Answer{tasks.Accept, tasks.Refuse} {
			go func() { done <- s.DecideTask(ctx, deciding(a, account.TaskCheck, what, "carla")) }()
		}
		if first, second := <-done, <-done; (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), tasks.ErrGone) {
			t.Errorf("%v, %v", first, second)
		}
	})
}

// A task settles itself: nobody has to look at what is over.
func TestATaskGoesWhenTheMatterIsOver(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, s *gatewaydb.Store, d *db.DB, a account.Account) error{
		"the codice fiscale is proved": func(ctx context.Context, _ *gatewaydb.Store, d *db.DB, a account.Account) error {
			return d.One(ctx, func(q db.Queryer) error {
				_, err := q.ExecContext(ctx, `UPDATE account SET fiscal_code = 'FNTPRV80A01H501U' WHERE id = $1`, a.ID)
				return err
			})
		},
		"the account is closed": func(ctx context.Context, s *gatewaydb.Store, _ *db.DB, a account.Account) error {
			return s.Close(ctx, gatewaydbtest.ByHolder(a, "", gatewaydbtest.Start))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
				s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
				a := queued(t, s, account.TaskCheck)
				if list, err := s.Tasks(ctx, tasks.Filter{}, all); err != nil || len(list) != 1 {
					t.Fatalf("%+v, %v", list, err)
				}
				if err := end(ctx, s, d, a); err != nil {
					t.Fatal(err)
				}
				if list, err := s.Tasks(ctx, tasks.Filter{}, all); err != nil || len(list) != 0 {
					t.Errorf("%+v, %v", list, err)
				}
				if _, err := s.Task(ctx, a.ID, account.TaskCheck, ""); !errors.Is(err, tasks.ErrGone) {
					t.Error(err)
				}
			})
		})
	}
}

func TestAMergeSettlesItsTask(t *testing.T) { // G3.8
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		declared := queued(t, s, account.TaskDisputed)
		proved := gatewaydbtest.Registered(t, s, "uno", "FNTPRV80A01H501U") // displaces who only declared it
		list, err := s.Tasks(ctx, tasks.Filter{Kind: account.TaskMerge}, all)
		if err != nil || len(list) != 1 || list[0].Code != declared.Code || list[0].Other != proved.Code {
			t.Fatalf("%+v, %v", list, err)
		}
		if list, _ := s.Tasks(ctx, tasks.Filter{}, helpdesk.Sight{Unit: "Corsi", Units: []string{"Corsi"}}); len(list) != 2 {
			t.Errorf("%+v", list)
		}
		gatewaydbtest.Exec(t, d, `INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at, opened_at) VALUES ($1, 'conflict', $2, 1, 0, 0, 0, 1)`, proved.ID, declared.ID)
		if list, _ := s.Tasks(ctx, tasks.Filter{Kind: account.TaskConflict}, all); len(list) != 1 || list[0].Other != declared.Code {
			t.Errorf("%+v", list)
		}
		if err := s.Do(ctx, act(helpdesk.Merge, proved, declared.ID)); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Tasks(ctx, tasks.Filter{Done: true}, all); err != nil || len(list) != 2 || list[0].Answer != "merged" || list[1].Answer != "merged" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
