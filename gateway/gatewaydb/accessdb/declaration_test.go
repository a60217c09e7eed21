package accessdb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/accessdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
)

func declared(number int, until time.Time) declaration.Declaration {
	return declaration.Declaration{Number: number, Reason: declaration.Other, Words: "La carta è in viaggio", By: declaration.BySelf, Made: gatewaydbtest.Start, Until: until}
}

func TestOfTwoDeclarationsAtOnceOneIsMade(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		done := make(chan error, 2)
		for range 2 {
			go func() {
				done <- s.Declare(context.WithoutCancel(ctx), gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), declared(1, gatewaydbtest.Start.AddDate(0, 0, 90)))
			}()
		}
		first, second := <-done, <-done
		if (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), declaration.ErrAlready) {
			t.Errorf("%v, %v", first, second)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'declaration.made' AND subject = $1`, a.ID); n != 1 {
			t.Errorf("%d audit lines", n)
		}
		list, err := s.Declarations(ctx, a.ID)
		if err != nil || len(list) != 1 || list[0].Words != "" || list[0].Reason != declaration.Other || !list[0].Until.Equal(gatewaydbtest.Start.AddDate(0, 0, 90)) || !list[0].Withdrawn.IsZero() {
			t.Fatalf("%+v %v", list, err)
		}
		if words, err := s.Words(ctx, list[0].ID, gatewaydbtest.Start); err != nil || words != "La carta è in viaggio" {
			t.Errorf("%q %v", words, err)
		}
	})
}

func TestAReviewEndsADeclarationOnce(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		if err := s.Withdraw(ctx, gatewaydbtest.ByHolder(a, "", gatewaydbtest.Start)); !errors.Is(err, accessdb.ErrNoDeclaration) {
			t.Errorf("nothing to end: %v", err)
		}
		if err := s.Declare(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), declared(1, gatewaydbtest.Start.AddDate(0, 0, 90))); err != nil {
			t.Fatal(err)
		}
		later := gatewaydbtest.Start.Add(time.Hour)
		if err := s.Withdraw(ctx, gatewaydbtest.ByHolder(a, "", later)); err != nil {
			t.Fatal(err)
		}
		if err := s.Withdraw(ctx, gatewaydbtest.ByHolder(a, "", later)); !fault.Is(err, fault.NotFound) {
			t.Errorf("twice: %v", err)
		}
		list, err := s.Declarations(ctx, a.ID)
		if err != nil || !list[0].Withdrawn.Equal(later) || (declaration.Terms{}).Standing(list, later).State != access.Withdrawn {
			t.Errorf("%+v %v", list, err)
		}
		// A renewal that was on its way does not undo the review; the help desk may.
		next := declared(2, gatewaydbtest.Start.AddDate(0, 0, 180))
		if err := s.Declare(ctx, gatewaydbtest.ByHolder(a, "handle3", later), next); !errors.Is(err, declaration.ErrDesk) {
			t.Errorf("renewed after the review: %v", err)
		}
		next.By = declaration.ByDesk
		if err := s.Declare(ctx, gatewaydbtest.ByHolder(a, "", later), next); err != nil {
			t.Fatal(err)
		}
		// That of a frozen account is ended too: it would come back with the account.
		gatewaydbtest.Exec(t, d, `UPDATE account SET state = 'frozen'`)
		if err := s.Withdraw(ctx, gatewaydbtest.ByHolder(a, "", later)); err != nil {
			t.Errorf("frozen: %v", err)
		}
	})
}

// Each reminder is sent once, the late one alone when both are due, and none for a
// declaration that was renewed, withdrawn or is over.
func TestRemindersAreSentOnce(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		before := []time.Duration{14 * 24 * time.Hour, 3 * 24 * time.Hour}
		end := gatewaydbtest.Start.AddDate(0, 0, 90)
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		if err := s.Declare(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), declared(1, end)); err != nil {
			t.Fatal(err)
		}
		remind := func(now time.Time) (sent int) {
			t.Helper()
			for range 2 {
				err := s.RemindDeclarations(ctx, now, before, func(to account.Account, _ declaration.Declaration) notify.Message {
					sent++
					return notify.Message{Channel: notify.Mail, To: to.Email, Subject: "x", Text: "x", Lang: "it"}
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			return sent
		}
		for _, step := range []struct {
			at   time.Time
			want int
		}{{end.AddDate(0, 0, -15), 0}, {end.AddDate(0, 0, -14), 1}, {end.AddDate(0, 0, -4), 0}, {end.AddDate(0, 0, -3), 1}, {end.AddDate(0, 0, -1), 0}, {end, 0}} {
			if n := remind(step.at); n != step.want {
				t.Errorf("%v: %d mails, want %d", step.at, n, step.want)
			}
		}
		if err := s.Declare(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), declared(2, end.AddDate(0, 0, 90))); err != nil {
			t.Fatal(err)
		}
		if n := remind(end.AddDate(0, 0, 88)); n != 1 {
			t.Errorf("both due: %d mails", n)
		}
	})
}

func TestWordsAreForgottenAndTheFactStays(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		end := gatewaydbtest.Start.AddDate(0, 0, 1)
		if err := s.Declare(ctx, gatewaydbtest.ByHolder(a, "handle2", gatewaydbtest.Start), declared(1, end)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.ForgetWords(ctx, end.Add(-time.Second)); err != nil || gatewaydbtest.Count(t, d, `SELECT count(*) FROM declaration WHERE words <> ''`) != 1 {
				t.Fatal("too early", err)
			}
		}
		for range 2 {
			if err := s.ForgetWords(ctx, end); err != nil || gatewaydbtest.Count(t, d, `SELECT count(*) FROM declaration WHERE words = '' AND reason = 'other'`) != 1 {
				t.Fatal(err)
			}
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'declaration.words_deleted'`); n != 1 {
			t.Errorf("%d audit lines", n)
		}
	})
}

func TestOpeningsHoldForTheirTime(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		ev := gatewaydbtest.ByHolder(account.Account{}, "", gatewaydbtest.Start).Event
		o := access.Opening{From: gatewaydbtest.Start, Until: gatewaydbtest.Start.Add(time.Hour), Reason: "guasto"}
		if err := s.OpenAccess(ctx, o, ev); err != nil {
			t.Fatal(err)
		}
		for at, want := range map[time.Time]int{gatewaydbtest.Start.Add(-time.Second): 0, gatewaydbtest.Start: 1, gatewaydbtest.Start.Add(time.Hour - time.Second): 1, gatewaydbtest.Start.Add(time.Hour): 0} {
			if list, err := s.Openings(ctx, at); err != nil || len(list) != want {
				t.Errorf("%v: %v %v", at, list, err)
			}
		}
		for _, want := range []int64{1, 0} {
			if n, err := s.CloseAccess(ctx, gatewaydbtest.Start.Add(time.Minute), ev); n != want || err != nil {
				t.Errorf("%d %v", n, err)
			}
		}
		if list, err := s.Openings(ctx, gatewaydbtest.Start.Add(2*time.Minute)); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action IN ('access.opened', 'access.closed')`); n != 2 {
			t.Errorf("%d audit lines", n)
		}
	})
}

// G2.8: what a person says stands beside what a register says, and replaces only itself.
func TestAStatementNeverReplacesThatOfARegister(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO attribute (account_id, name, source, issuer, value, at) VALUES ($1, 'citizenship', 'register', 'ANPR', 'IT', $2)`, a.ID, db.Micros(gatewaydbtest.Start))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, states := range []string{"XX", "IT XX"} {
			if err := s.DeclareCitizenship(ctx, a.ID, states, gatewaydbtest.Start.Add(time.Minute), gatewaydbtest.ByHolder(a, "", gatewaydbtest.Start).Event); err != nil {
				t.Fatal(err)
			}
		}
		p, err := s.Facts(ctx, a.ID)
		if err != nil || len(p.Citizenships) != 2 {
			t.Fatalf("%+v %v", p, err)
		}
		if standing, by, _ := p.Standing(gatewaydbtest.Start.Add(time.Hour)); standing != access.OnlyItalian || by.Source != "register" {
			t.Errorf("%d by %s", standing, by.Source)
		}
	})
}
