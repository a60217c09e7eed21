package deskdb_test

import (
	"atrio/db/shareddb"
	"errors"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/deskdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/helpdesk"
	"atrio/gateway/helpdesk/tasks"
	"atrio/gateway/lostmailbox"
	"atrio/gateway/secondfactor"
	"atrio/people/person"
)

func event(at time.Time) audit.Event { return audit.Event{At: at, Role: "gateway"} }

func ticket(t *testing.T, s *gatewaydb.Store, id string) helpdesk.Ticket {
	t.Helper()
	tk := helpdesk.Ticket{ID: id, Number: "N-" + id, Opened: gatewaydbtest.Start, Said: helpdesk.Said{Key: "202400013", Name: "Ada", Address: "nuova@example.org", Words: "Ho perso la casella", Lang: "it"}}
	if err := s.OpenTicket(t.Context(), tk, nil, event(gatewaydbtest.Start)); err != nil {
		t.Fatal(err)
	}
	return tk
}

func TestATicketIsSealedTakenAndAnsweredOnce(t *testing.T) { // G3.6, G5.4
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		want := ticket(t, s, "one")
		var sealed []byte
		if err := d.Read().QueryRowContext(ctx, `SELECT sealed FROM desk_ticket`).Scan(&sealed); err != nil || strings.Contains(string(sealed), "nuova@") {
			t.Errorf("the row says what was typed, %v", err)
		}
		if err := s.TakeTicket(ctx, "one", "carla", false, event(gatewaydbtest.Start)); err != nil {
			t.Fatal(err)
		}
		if err := s.TakeTicket(ctx, "one", "mario", false, event(gatewaydbtest.Start)); !errors.Is(err, tasks.ErrTaken) {
			t.Errorf("taken twice: %v", err)
		}
		if err := s.TakeTicket(ctx, "none", "mario", true, event(gatewaydbtest.Start)); !errors.Is(err, tasks.ErrGone) {
			t.Errorf("one that is not there: %v", err)
		}
		got, err := s.Ticket(ctx, "one", "carla")
		if err != nil || got.Said != want.Said || !got.Mine || !got.Opened.Equal(gatewaydbtest.Start) {
			t.Errorf("%+v, %v", got, err)
		}
		mail := tasks.TicketAnswer{ID: "one", Answer: tasks.Reply, Reason: "Visto", By: "mario", Now: gatewaydbtest.Start, Event: event(gatewaydbtest.Start), Mail: func(t helpdesk.Ticket) notify.Message {
			return notify.Message{Channel: notify.Mail, To: t.Address, Subject: "answer", Text: "x", Lang: t.Lang}
		}}
		if err := s.AnswerTicket(ctx, mail); !errors.Is(err, tasks.ErrTaken) {
			t.Errorf("answered by who has it not: %v", err)
		}
		mail.By = "carla"
		if err := s.AnswerTicket(ctx, mail); err != nil {
			t.Fatal(err)
		}
		if err := s.AnswerTicket(ctx, mail); !errors.Is(err, tasks.ErrGone) {
			t.Errorf("answered twice: %v", err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'answer' AND recipient = 'nuova@example.org'`); n != 1 {
			t.Errorf("%d mails", n)
		}
		if list, err := s.AllTickets(ctx, true, ""); err != nil || len(list) != 1 || list[0].Answer != "reply" {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := s.AllTickets(ctx, false, ""); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		for i, age := range []time.Duration{89 * 24 * time.Hour, 90 * 24 * time.Hour} {
			if err := s.Purge(ctx, gatewaydbtest.Start.Add(age)); err != nil {
				t.Fatal(err)
			}
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM desk_ticket`); n != 1-i {
				t.Errorf("%d tickets are kept after %v", n, age)
			}
		}
	})
}

// moving asks for the address of a ticket and lets a second person approve.
func moving(t *testing.T, s *gatewaydb.Store, a account.Account, ticket string) helpdesk.MailboxChange {
	t.Helper()
	ask := act(helpdesk.ChangeMailbox, a, ticket)
	ask.ID, ask.Due = account.NewID(), time.Time{}
	if err := s.Ask(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	if err := s.DoDue(t.Context(), gatewaydbtest.Start.AddDate(1, 0, 0)); err != nil { // never without a second person
		t.Fatal(err)
	}
	if _, err := s.MailboxChange(t.Context(), ask.ID, gatewaydbtest.Start); !errors.Is(err, lostmailbox.ErrNoChange) {
		t.Fatalf("before a second person: %v", err)
	}
	yes := decide(ask.ID, "other", true)
	yes.MailboxAsked = func(c helpdesk.MailboxChange) secondfactor.TellAll {
		return func(a account.Account, _ []string) []notify.Message {
			return []notify.Message{{Channel: notify.Mail, To: a.Email, Subject: "moving to " + c.Address, Text: "x", Lang: "it"}}
		}
	}
	if _, err := s.Decide(t.Context(), yes); err != nil {
		t.Fatal(err)
	}
	c, err := s.MailboxChange(t.Context(), ask.ID, gatewaydbtest.Start.Add(time.Hour))
	if err != nil || c.Address != "nuova@example.org" || c.AccountID != a.ID {
		t.Fatalf("%+v, %v", c, err)
	}
	return c
}

func TestAMailboxChangesBySecondPersonTimeAndALinkAtTheNewOne(t *testing.T) { // G5.4
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		old := a.Email
		ticket(t, s, "one")
		c := moving(t, s, a, "one")
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE recipient = $1 AND subject LIKE 'moving to%'`, old); n != 1 {
			t.Errorf("the mailbox before is told %d times", n)
		}
		ripe := gatewaydbtest.Start.Add(time.Hour + helpdesk.MailboxAfter)
		if list, err := s.RipeChanges(ctx, ripe.Add(-time.Second)); err != nil || len(list) != 0 {
			t.Errorf("too early: %+v, %v", list, err)
		}
		if err := s.FinishChange(ctx, c, audit.Event{At: ripe.Add(-time.Second), Role: "gateway"}, gatewaydbtest.Tell); !errors.Is(err, lostmailbox.ErrNoChange) {
			t.Errorf("finished too early: %v", err)
		}
		list, err := s.RipeChanges(ctx, ripe)
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		for range 2 { // two nodes
			if err := s.TellChange(ctx, list[0], ripe, gatewaydbtest.Tell); err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- s.FinishChange(ctx, c, audit.Event{At: ripe, Role: "gateway"}, gatewaydbtest.Tell) }()
		}
		if first, second := <-done, <-done; (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), lostmailbox.ErrNoChange) {
			t.Errorf("%v, %v", first, second)
		}
		after, err := s.Account(ctx, a.ID)
		if err != nil || after.Email != "nuova@example.org" {
			t.Errorf("%+v, %v", after, err)
		}
		known, _ := s.Attributes(ctx, a.ID)
		confirmed := false
		for _, one := range known {
			confirmed = confirmed || one.Name == person.Email && one.Source == account.Confirmed && one.Value == "nuova@example.org"
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session WHERE subject = $1`, a.ID); n != 0 || !confirmed {
			t.Errorf("%d sessions, confirmed %v", n, confirmed)
		}
	})
}

func TestAChangeOfMailboxIsStopped(t *testing.T) { // G5.4
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		ticket(t, s, "one")
		c := moving(t, s, a, "one")
		if err := s.StopChange(ctx, c, event(gatewaydbtest.Start), gatewaydbtest.Tell); err != nil {
			t.Fatal(err)
		}
		if err := s.FinishChange(ctx, c, audit.Event{At: c.Ripe, Role: "gateway"}, gatewaydbtest.Tell); !errors.Is(err, lostmailbox.ErrNoChange) {
			t.Errorf("finished what was stopped: %v", err)
		}
		if after, err := s.Account(ctx, a.ID); err != nil || after.Email != a.Email {
			t.Errorf("%+v, %v", after, err)
		}
		// The ticket is used up: it moves no second account.
		ask := act(helpdesk.ChangeMailbox, a, "one")
		if err := s.Ask(ctx, ask); err != nil {
			t.Fatal(err)
		}
		yes := decide(ask.ID, "other", true)
		yes.MailboxAsked = func(helpdesk.MailboxChange) secondfactor.TellAll { return nil }
		if _, err := s.Decide(ctx, yes); !errors.Is(err, deskdb.ErrState) {
			t.Errorf("a ticket twice: %v", err)
		}
	})
}

// What does not open any more stops neither the queue nor the person page, and leads nowhere.
func TestADamagedTicketStopsNothing(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		ticket(t, s, "good")
		bad := ticket(t, s, "bad")
		err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE desk_ticket SET sealed = $1 WHERE id = 'bad'`, []byte("x"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.AllTickets(ctx, false, "clerk")
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		for _, one := range list {
			if one.Damaged != (one.ID == bad.ID) || one.Damaged && one.Address != "" {
				t.Errorf("%+v", one)
			}
		}
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		change := act(helpdesk.ChangeMailbox, a, bad.ID)
		change.MailboxAsked = func(helpdesk.MailboxChange) secondfactor.TellAll { return nil }
		if err := s.Do(ctx, change); !errors.Is(err, deskdb.ErrState) {
			t.Errorf("an account gets no address: %v", err)
		}
	})
}

// A browser's work opens one ticket.
func TestTheWorkOfABrowserOpensOneTicket(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, once := gatewaydb.NewStore(d, gatewaydbtest.Ring), &account.Once{Kind: "work", ID: "w1", Until: gatewaydbtest.Start.Add(time.Hour)}
		for n, want := range []error{nil, shareddb.ErrUsed} {
			tk := helpdesk.Ticket{ID: string(rune('a' + n)), Number: "N", Opened: gatewaydbtest.Start}
			if err := s.OpenTicket(t.Context(), tk, once, event(gatewaydbtest.Start)); !errors.Is(err, want) {
				t.Errorf("ticket %d: %v", n, err)
			}
		}
	})
}

// What was decided is kept as long as the ledger; what waits stays.
func TestWhatTheDeskDecidedGoesAfterTwoYears(t *testing.T) { // G5.5
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		for _, deed := range []helpdesk.Deed{helpdesk.Unfreeze, helpdesk.Reopen} {
			if err := s.Ask(ctx, act(deed, a, "")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Decide(ctx, decide("r-unfreeze", "other", false)); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ months, want int }{{24, 2}, {25, 1}} {
			if err := s.Purge(ctx, gatewaydbtest.Start.AddDate(0, c.months, 0)); err != nil {
				t.Fatal(err)
			}
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM desk_request`); n != c.want {
				t.Errorf("after %d months: %d, want %d", c.months, n, c.want)
			}
		}
	})
}
