package deskdb_test

import (
	"errors"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/accessdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/helpdesk"
	queue "atrio/gateway/helpdesk/declarations"
)

func TestTheQueueOfDeclarationsHasEachPersonOnceAndByTheirState(t *testing.T) { // G2.3, G5.4
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		made := func(code, n, unit string, number int, until time.Time) account.Account {
			t.Helper()
			e := gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", code), n)
			e.Unit = unit
			a, _, err := s.Register(ctx, e)
			if err != nil {
				t.Fatal(err)
			}
			for i := 1; i <= number; i++ {
				err := s.Declare(ctx, account.Change{AccountID: a.ID, Now: gatewaydbtest.Start, Event: event(gatewaydbtest.Start)},
					declaration.Declaration{Number: i, Reason: declaration.Device, By: declaration.BySelf, Made: gatewaydbtest.Start, Until: until})
				if err != nil {
					t.Fatal(err)
				}
			}
			return a
		}
		later, soon := made("A", "2", "Corsi", 2, gatewaydbtest.Start.AddDate(0, 2, 0)), made("B", "3", "", 1, gatewaydbtest.Start.AddDate(0, 1, 0))
		over, ended := made("C", "4", "Corsi", 1, gatewaydbtest.Start.AddDate(0, 0, 1)), made("D", "5", "", 1, gatewaydbtest.Start.AddDate(0, 3, 0))
		now := gatewaydbtest.Start.AddDate(0, 0, 2)
		change := func(a account.Account, at time.Time) account.Change {
			ev := event(at)
			ev.Actor = "clerk"
			return account.Change{AccountID: a.ID, Now: at, Event: ev, Tell: gatewaydbtest.Tell}
		}
		if err := s.Withdraw(ctx, change(ended, now)); err != nil {
			t.Fatal(err)
		}
		read := func(st queue.State, sight helpdesk.Sight, want ...account.Account) {
			t.Helper()
			list, err := s.DeclarationQueue(ctx, st, sight, now)
			same := err == nil && len(list) == len(want)
			for i := range want {
				same = same && list[i].Code == want[i].Code
			}
			if !same {
				t.Errorf("%s: %+v, %v", st, list, err)
			}
		}
		read(queue.Unreviewed, all, soon, later)
		read(queue.Reviewed, all)
		read(queue.Ended, all, over)
		read(queue.Withdrawn, all, ended)
		read(queue.Unreviewed, helpdesk.Sight{Unit: "Tasse", Units: []string{"Corsi", "Tasse"}}, soon)
		if err := s.AcceptDeclaration(ctx, change(later, now)); err != nil {
			t.Fatal(err)
		}
		for _, a := range []account.Account{later, over, ended} {
			if err := s.AcceptDeclaration(ctx, change(a, now)); !errors.Is(err, accessdb.ErrNoDeclaration) {
				t.Errorf("accepted what is over or was accepted: %v", err)
			}
		}
		read(queue.Unreviewed, all, soon)
		read(queue.Reviewed, all, later)
		if yes, err := s.DeclarationReviewed(ctx, later.ID); err != nil || !yes {
			t.Errorf("%v, %v", yes, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'desk.done' AND actor = 'clerk' AND subject = $1`, later.ID); n != 1 {
			t.Errorf("%d lines", n)
		}
		figures, err := s.DeclarationsByReason(ctx, gatewaydbtest.Start.AddDate(-1, 0, 0), now)
		if err != nil || len(figures) != len(declaration.Reasons()) {
			t.Fatalf("%+v, %v", figures, err)
		}
		for _, f := range figures {
			if f.Reason == declaration.Device && (f.Made != 5 || f.Withdrawn != 1) || f.Reason != declaration.Device && f.Made != 0 {
				t.Errorf("%+v", f)
			}
		}
	})
}
