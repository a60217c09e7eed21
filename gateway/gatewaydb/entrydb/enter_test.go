package entrydb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/people/person"
)

func TestAFirstEntryMakesAnAccountThatIsFoundAgain(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		p := gatewaydbtest.Asserted("uno", "A")
		if _, known, err := s.Enter(ctx, gatewaydbtest.Visit(p, "1")); err != nil || known {
			t.Fatalf("stranger: known %v, %v", known, err)
		}
		made, created, err := s.Register(ctx, gatewaydbtest.Entry(p, "2"))
		if err != nil || !created || len(made.Code) != 9 {
			t.Fatalf("%+v, %v, %v", made, created, err)
		}
		before := d.Commits()
		found, known, err := s.Enter(ctx, gatewaydbtest.Visit(p, "3"))
		if err != nil || !known || found != made {
			t.Fatalf("again: %+v, %v, %v", found, known, err)
		}
		if n := d.Commits() - before; n != 1 {
			t.Errorf("a login of a known person took %d commits", n)
		}
		sessions, err := (&shareddb.Store{DB: d}).ListSessions(ctx, made.ID, gatewaydbtest.Start)
		if err != nil || len(sessions) != 2 {
			t.Fatalf("sessions: %v, %v", sessions, err)
		}
		rows, err := (&shareddb.Store{DB: d}).EventsOf(ctx, made.ID, 0, 10)
		if err != nil || len(rows) != 3 || rows[0].Event.Action != audit.LoginSucceeded || rows[2].Event.Action != audit.AccountCreated {
			t.Fatalf("events: %+v, %v", rows, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox`); n != 1 {
			t.Errorf("%d messages", n)
		}
		attributes, err := s.Attributes(ctx, made.ID)
		if err != nil || len(attributes) != 4 || attributes[0].Name != person.GivenName || attributes[0].Source != account.FromSPID {
			t.Fatalf("attributes: %+v, %v", attributes, err)
		}
		if share, err := s.Occupancy(ctx, 9); err != nil || share != account.Occupancy(9, 1) {
			t.Errorf("occupancy %v, %v", share, err)
		}
	})
}

func TestAnAnswerCountsOnceAndChangesNothingTwice(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, p := gatewaydb.NewStore(d, gatewaydbtest.Ring), gatewaydbtest.Asserted("uno", "A")
		if _, _, err := s.Register(t.Context(), gatewaydbtest.Entry(p, "1")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Enter(t.Context(), gatewaydbtest.Visit(p, "2")); err != nil {
			t.Fatal(err)
		}
		before := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit`)
		if _, _, err := s.Enter(t.Context(), gatewaydbtest.Visit(p, "2")); !errors.Is(err, shareddb.ErrUsed) {
			t.Fatalf("replay: %v", err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session`); n != 2 {
			t.Errorf("%d sessions", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit`); n != before {
			t.Errorf("the replay left %d lines", n-before)
		}
	})
}

func TestAnotherProviderOfTheSamePersonIsLinkedByTheVerifiedFiscalCode(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		made, _, err := s.Register(t.Context(), gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "A"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		second := gatewaydbtest.Asserted("due", "A")
		second.Attributes[person.Phone] = "+390200000000"
		found, known, err := s.Enter(t.Context(), gatewaydbtest.Visit(second, "2"))
		if err != nil || !known || found.ID != made.ID {
			t.Fatalf("%+v, %v, %v", found, known, err)
		}
		list, err := s.Identities(t.Context(), made.ID)
		if err != nil || len(list) != 2 {
			t.Fatalf("identities: %+v, %v", list, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1`, audit.AccountChanged); n != 1 {
			t.Errorf("%d lines about changed data", n)
		}
	})
}

func TestARectifiedFiscalCodeIsTakenOverButNeverSomebodyElses(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		if _, _, err := s.Register(t.Context(), gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "A"), "1")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Register(t.Context(), gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "B"), "2")); err != nil {
			t.Fatal(err)
		}
		changed := gatewaydbtest.Asserted("uno", "A")
		changed.FiscalCode, changed.Attributes[person.FiscalNumber] = "C", "C"
		a, known, err := s.Enter(t.Context(), gatewaydbtest.Visit(changed, "3"))
		if err != nil || !known || a.FiscalCode != "C" {
			t.Fatalf("rectified: %+v, %v, %v", a, known, err)
		}
		changed.FiscalCode, changed.Attributes[person.FiscalNumber] = "B", "B"
		if _, _, err := s.Enter(t.Context(), gatewaydbtest.Visit(changed, "4")); !errors.Is(err, accountdb.ErrConflict) {
			t.Fatalf("another's code: %v", err)
		}
	})
}

// What only the help desk can tell reaches it: once, with nothing else changed. // G3.8
func TestAConflictIsRefusedAndLeavesOneTask(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		second := gatewaydbtest.Registered(t, s, "uno", "B")
		first, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "A"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		other := gatewaydbtest.Asserted("uno", "A")
		other.FiscalCode, other.Attributes[person.FiscalNumber], other.Attributes[person.GivenName] = "B", "B", "Un’altra"
		card := person.Assertion{Door: person.DoorCIE, Issuer: "cie", Subject: "A", FiscalCode: "A", Level: person.Level2, Attributes: map[string]string{person.FiscalNumber: "A"}}
		if _, known, err := s.Enter(ctx, gatewaydbtest.Visit(card, "3")); err != nil || !known {
			t.Fatal(known, err)
		}
		sessions, lines := `SELECT count(*) FROM session`, `SELECT count(*) FROM audit`
		inside, written := gatewaydbtest.Count(t, d, sessions), gatewaydbtest.Count(t, d, lines)
		for _, n := range []string{"4", "5"} {
			if _, _, err := s.Enter(ctx, gatewaydbtest.Visit(other, n)); !errors.Is(err, accountdb.ErrConflict) {
				t.Fatalf("another's code: %v", err)
			}
		}
		// The answer is used up all the same.
		if _, _, err := s.Enter(ctx, gatewaydbtest.Visit(other, "5")); !errors.Is(err, shareddb.ErrUsed) {
			t.Errorf("a refused answer once more: %v", err)
		}
		task := `SELECT count(*) FROM account_task WHERE kind = 'conflict' AND done_at = 0 AND account_id = $1 AND detail = $2`
		if n := gatewaydbtest.Count(t, d, task, first.ID, second.ID); n != 1 || gatewaydbtest.Count(t, d, `SELECT count(*) FROM account_task`) != 1 {
			t.Errorf("%d tasks", n)
		}
		if a, err := s.Account(ctx, first.ID); err != nil || a != first {
			t.Errorf("%+v, before %+v: %v", a, first, err)
		}
		if n := gatewaydbtest.Count(t, d, sessions); n != inside || gatewaydbtest.Count(t, d, lines) != written {
			t.Errorf("%d sessions, before %d", n, inside)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM attribute WHERE value = 'Un’altra'`); n != 0 {
			t.Error("what was refused was written")
		}
		// Once settled it comes back with the next try.
		gatewaydbtest.Exec(t, d, `UPDATE account_task SET done_at = 1, outcome = 'settle'`)
		// A card that leads where the code no longer is, while nobody has proved it.
		gatewaydbtest.Exec(t, d, `UPDATE account SET fiscal_code = 'C' WHERE id = $1`, first.ID)
		if _, _, err := s.Enter(ctx, gatewaydbtest.Visit(card, "6")); !errors.Is(err, accountdb.ErrConflict) {
			t.Errorf("a card with another code: %v", err)
		}
		if n := gatewaydbtest.Count(t, d, task, first.ID, ""); n != 1 {
			t.Errorf("%d tasks", n)
		}
	})
}

func TestTwoFirstEntriesOfOnePersonMakeOneAccount(t *testing.T) {
	for name, other := range map[string]person.Assertion{
		"same identity": gatewaydbtest.Asserted("uno", "A"), "another provider": gatewaydbtest.Asserted("due", "A"),
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) { race(t, d, gatewaydbtest.Asserted("uno", "A"), other) })
		})
	}
}

// race registers one person many times at once, by turns with two identities.
func race(t *testing.T, d *db.DB, one, two person.Assertion) {
	const entries = 12
	s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids, created := map[string]bool{}, 0
	for n := range entries {
		p := one
		if n%2 == 1 {
			p = two
		}
		wg.Go(func() {
			a, made, err := s.Register(context.WithoutCancel(t.Context()), gatewaydbtest.Entry(p, fmt.Sprint(n)))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("entry %d: %v", n, err)
			}
			ids[a.ID] = true
			if made {
				created++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || created != 1 {
		t.Errorf("%d accounts, %d created", len(ids), created)
	}
	for table, want := range map[string]int{"account": 1, "person_code": 1, "session": entries, "outbox": 1} {
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM `+table); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
}

func TestAFrozenAccountLetsNobodyIn(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, p := gatewaydb.NewStore(d, gatewaydbtest.Ring), gatewaydbtest.Asserted("uno", "A")
		made, _, err := s.Register(t.Context(), gatewaydbtest.Entry(p, "1"))
		if err != nil {
			t.Fatal(err)
		}
		err = d.One(t.Context(), func(q db.Queryer) error {
			_, err := q.ExecContext(t.Context(), `UPDATE account SET state = 'frozen'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Enter(t.Context(), gatewaydbtest.Visit(p, "2")); !errors.Is(err, accountdb.ErrFrozen) {
			t.Fatal(err)
		}
		if _, err := s.Person(t.Context(), made.ID); !fault.Is(err, fault.NotFound) {
			t.Fatalf("its data: %v", err)
		}
	})
}

func TestANewSessionReplacesTheOneOfTheBrowserAndOthersCanBeEnded(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, p := gatewaydb.NewStore(d, gatewaydbtest.Ring), gatewaydbtest.Asserted("uno", "A")
		made, _, err := s.Register(t.Context(), gatewaydbtest.Entry(p, "1"))
		if err != nil {
			t.Fatal(err)
		}
		v := gatewaydbtest.Visit(p, "2")
		v.Replaces = "handle1"
		if _, _, err := s.Enter(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session`); n != 1 {
			t.Fatalf("%d sessions", n)
		}
		ev := audit.Event{At: gatewaydbtest.Start, Role: "gateway"}
		if err := s.EndSession(t.Context(), "somebody else", "handle2", ev); !fault.Is(err, fault.NotFound) {
			t.Fatalf("another's session: %v", err)
		}
		if err := s.EndSession(t.Context(), made.ID, "handle2", ev); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session`); n != 0 {
			t.Fatalf("%d sessions", n)
		}
	})
}
