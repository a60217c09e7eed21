package enrolmentdb_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/life"
	"atrio/web"
)

func TestARequestComesBackAsItWasStoredWithItsSteps(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		want := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), idpdbtest.UntilContract...)
		for name, find := range map[string]func() (enrolment.Request, error){
			"by id":     func() (enrolment.Request, error) { return s.Request(t.Context(), want.ID) },
			"by holder": func() (enrolment.Request, error) { return s.RequestOf(t.Context(), want.Holder) },
			"by number": func() (enrolment.Request, error) { return s.RequestByNumber(t.Context(), want.Number) },
			"by link":   func() (enrolment.Request, error) { return s.ByLink(t.Context(), []byte("link-1"), idpdbtest.Present) },
		} {
			if got, err := find(); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, %v\nwant %+v", name, got, err, want)
			}
		}
		if _, err := s.ByLink(t.Context(), []byte("link-1"), idpdbtest.Present.Add(24*time.Hour)); !errors.Is(err, enrolment.ErrGone) {
			t.Errorf("a link after its day: %v", err)
		}
		if _, err := s.Request(t.Context(), "other"); !errors.Is(err, enrolment.ErrGone) {
			t.Errorf("an unknown request: %v", err)
		}
		events, err := s.Events(t.Context(), want.ID)
		if err != nil || len(events) != len(idpdbtest.UntilContract) {
			t.Fatalf("%d events, %v", len(events), err)
		}
		for n, e := range events {
			if e.Act != idpdbtest.UntilContract[n] || e.N != n+2 || e.Reason != "perché sì" || e.By.ID != want.Holder {
				t.Errorf("event %d: %+v", n, e)
			}
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM audit WHERE action = 'enrolment.step'`); n != len(idpdbtest.UntilContract) {
			t.Errorf("%d audit lines", n)
		}
	})
}

// E10, E22, A02
func TestWhoConfirmsTheMailboxFirstHasTheUserIDAndSignsIn(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		first, second := idpdbtest.Open(t, s, "1"), idpdbtest.Open(t, s, "2") // a stranger typed the same address
		if id, _, err := s.Password(t.Context(), "amira.prova@example.org"); id != "" || err != nil {
			t.Errorf("%q signs in before the mailbox is confirmed, %v", id, err)
		}
		idpdbtest.Walked(t, s, second, enrolment.ConfirmMail)
		if _, err := idpdbtest.Step(t.Context(), s, first, enrolment.ConfirmMail, idpdbtest.Applicant(first), nil); !errors.Is(err, enrolment.ErrTaken) {
			t.Errorf("confirmed twice: %v", err)
		}
		id, phc, err := s.Password(t.Context(), "amira.prova@example.org")
		if id != "holder-2" || phc != "$amira-2" || err != nil {
			t.Errorf("signs in as %q with %q, %v", id, phc, err)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM request WHERE phc <> ''`); n != 1 {
			t.Errorf("%d hashes wait, want that of the one not confirmed", n)
		}
		idpdbtest.Create(t, s, idpdbtest.Ada())
		third := idpdbtest.Opening("3")
		third.Request.Data.Email = "ADA@example.org"
		if err := s.Open(t.Context(), third); err != nil {
			t.Fatal(err)
		}
		if _, err := idpdbtest.Step(t.Context(), s, third.Request, enrolment.ConfirmMail, idpdbtest.Applicant(third.Request), nil); !errors.Is(err, enrolment.ErrTaken) {
			t.Errorf("the User ID of an identity: %v", err)
		}
	})
}

// I14
func TestAWithdrawalGivesMailboxAndTelephoneFreeAtOnce(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), enrolment.ConfirmMail, enrolment.SetSecurity)
		session := web.Session{Hash: []byte("h"), Handle: "handle", Subject: r.Holder, CreatedAt: idpdbtest.Present, SeenAt: idpdbtest.Present, ExpiresAt: idpdbtest.Present.Add(time.Hour), AuthTime: idpdbtest.Present}
		if err := s.OpenSession(t.Context(), session, audit.Event{At: idpdbtest.Present, Role: "idp", Action: audit.LoginSucceeded, Outcome: audit.OK}); err != nil {
			t.Fatal(err)
		}
		idpdbtest.Walked(t, s, r, enrolment.Withdraw)
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM applicant`) + idpdbtest.Count(t, s, `SELECT count(*) FROM session`) + idpdbtest.Count(t, s, `SELECT count(*) FROM request WHERE phone_key <> ''`); n != 0 {
			t.Errorf("%d rows still hold the person", n)
		}
		idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "2"), enrolment.ConfirmMail)
	})
}

// I12, A29
func TestAnApprovalMakesTheIdentityWithTheApplicantsPasswordAndOnlyOne(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), append(idpdbtest.UntilContract, enrolment.Identify, enrolment.Approve)...)
		who, phc, err := s.Password(t.Context(), "amira.prova@example.org")
		if who != r.Holder || phc != "$amira-1" || err != nil {
			t.Errorf("signs in as %q with %q, %v", who, phc, err)
		}
		i, err := s.Identity(t.Context(), r.Holder)
		if err != nil || i.Factors.Level() != 2 || i.Holder.FiscalCode != "PRVDAA90E44F205X" {
			t.Errorf("identity %+v, %v", i, err)
		}
		// The same person again, under another mailbox.
		o := idpdbtest.Opening("2")
		o.Request.Data.Email = "altra@example.org"
		if err := s.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		again := idpdbtest.Walked(t, s, o.Request, append(idpdbtest.UntilContract, enrolment.Identify)...)
		if _, err := idpdbtest.Step(t.Context(), s, again, enrolment.Approve, enrolment.Author{Role: enrolment.Approver, ID: "remo"}, nil); !errors.Is(err, identity.ErrExists) {
			t.Errorf("a second identity of one person: %v", err)
		}
		if got, err := s.Request(t.Context(), again.ID); err != nil || got.State != enrolment.OperatorCheck {
			t.Errorf("the refused approval left %s, %v", got.State, err)
		}
	})
}

// A rejected applicant reads why for thirty days; then the mailbox is free.
func TestAfterARejectionTheMailboxIsFreeInTime(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), append(idpdbtest.UntilContract, enrolment.Identify)...)
		r, err := idpdbtest.Step(t.Context(), s, r, enrolment.Reject, enrolment.Author{Role: enrolment.Approver, ID: "remo"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		const days = 30 * 24 * time.Hour
		for _, at := range []struct {
			after time.Duration
			who   string
		}{{days - time.Second, r.Holder}, {days, ""}} {
			if err := s.Purge(t.Context(), r.Changed.Add(at.after)); err != nil {
				t.Fatal(err)
			}
			if id, _, err := s.Password(t.Context(), "amira.prova@example.org"); err != nil || id != at.who {
				t.Errorf("after %v %q signs in, %v", at.after, id, err)
			}
		}
		idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "2"), enrolment.ConfirmMail)
	})
}

// A18, I14: what a case holds is recognised as long as it does.
func TestContactsOfWhatCameToNothingAreForgottenUnlessTheyAreHeld(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), idpdbtest.UntilContract...)
		r, err := idpdbtest.Step(t.Context(), s, r, enrolment.Withdraw, enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, nil)
		if err != nil {
			t.Fatal(err)
		}
		const days = 24 * time.Hour
		line := audit.Event{At: idpdbtest.Present, Role: "idp", Action: audit.EvidenceRetained, Outcome: audit.OK, Subject: r.ID}
		for _, at := range []struct {
			after time.Duration
			held  string
			known int
		}{{90*days - time.Second, "", 1}, {91 * days, "RG 12/2026", 1}, {91 * days, "", 0}} {
			if err := s.HoldEvidence(t.Context(), r.ID, at.held, line); err != nil {
				t.Fatal(err)
			}
			if err := s.Purge(t.Context(), r.Changed.Add(at.after)); err != nil {
				t.Fatal(err)
			}
			if n := idpdbtest.Count(t, s, `SELECT count(*) FROM request WHERE past_phone_key <> '' AND mailbox_key <> ''`); n != at.known {
				t.Errorf("after %v, held %q: %d", at.after, at.held, n)
			}
		}
	})
}

// A07
func TestOfManyStepsFromOneVersionOneCounts(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), append(idpdbtest.UntilContract, enrolment.Identify)...)
		var wg sync.WaitGroup
		var won, late atomic.Int32
		for n := range 20 {
			wg.Go(func() {
				act := enrolment.Approve
				if n%2 == 1 {
					act = enrolment.Reject
				}
				_, err := idpdbtest.Step(context.WithoutCancel(t.Context()), s, r, act, enrolment.Author{Role: enrolment.Approver, ID: "remo"}, nil)
				switch {
				case err == nil:
					won.Add(1)
				case fault.Is(err, fault.Conflict):
					late.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || late.Load() != 19 {
			t.Errorf("%d decisions, %d too late", won.Load(), late.Load())
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM request_event WHERE act IN ('approve', 'reject')`); n != 1 {
			t.Errorf("%d decisions are written", n)
		}
	})
}

// "Evidence at rest is unreadable": what a person said is in no column of any table in clear,
// whoever they are by then. A32
func TestWhatAnApplicantSaidIsNotReadableInTheTables(t *testing.T) {
	words := map[string]string{
		"the given name": "Amira", "the family name": "Prova", "the start of the codice fiscale": "PRVMRA90", "the telephone": "3330000009", "the mailbox": "amira.prova@", "the end of it": "@example.org",
		"why": "perché sì", "the code of the identity": "TESTAMRAAMRA01", "the name in the identity": "Ada", "its codice fiscale": "PRVDAA90E44F205X", "its document": "comuneMilano",
		"its street": "Via Prova 1", "its day of birth": "1990-05-04", "its telephone": "3330000001", "its certified mail": "ada@pec.example.org", "a subject": "the subject", "a text": "the text of a mail",
		"a telephone": "Cellulare di Ada", "a file": "ada@other.example.org",
	}
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		shareddb.SealRows(s.DB, s.Keyring)
		o := idpdbtest.Opening("1")
		o.Mail.Subject, o.Mail.Text = "the subject", "the text of a mail"
		if err := s.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		session := web.Session{
			Hash: []byte("hash"), Handle: "h", Subject: "holder-1", CreatedAt: idpdbtest.Present, SeenAt: idpdbtest.Present, ExpiresAt: idpdbtest.Present.Add(time.Hour), AuthTime: idpdbtest.Present,
			UserAgent: "Cellulare di Ada", Data: map[string]string{"name": "Amira Prova"},
		}
		if err := s.OpenSession(t.Context(), session, audit.Event{At: idpdbtest.Present, Role: "idp", Action: audit.LoginSucceeded, Outcome: audit.OK}); err != nil {
			t.Fatal(err)
		}
		if got, err := (&shareddb.Store{DB: s.DB}).FindSession(t.Context(), session.Hash, idpdbtest.Present); err != nil || !reflect.DeepEqual(*got, session) {
			t.Errorf("%+v, %v", got, err)
		}
		r := idpdbtest.Walked(t, s, o.Request, append(idpdbtest.UntilContract, enrolment.Identify)...)
		expect := func(when string) {
			t.Helper()
			cells := dbtest.Cells(t, s.DB)
			if len(cells) < 300 {
				t.Fatalf("only %d values are looked at", len(cells))
			}
			for _, fault := range dbtest.Telling(cells, words, nil) {
				t.Errorf("%s: %s", when, fault)
			}
		}
		expect("before the decision")
		idpdbtest.Walked(t, s, r, enrolment.Approve)
		who, err := s.Identity(t.Context(), r.Holder)
		if err != nil {
			t.Fatal(err)
		}
		after, event, err := who.Do(identity.Change{Act: identity.Suspend, Cause: identity.ByHolder, By: identity.By{Role: identity.AsCaller}, At: idpdbtest.Present, Reason: "perché sì"})
		if err != nil {
			t.Fatal(err)
		}
		mail := notify.Message{Channel: notify.Mail, To: who.Holder.Email, Subject: "the subject", Text: "the text of a mail", HTML: "<p>the text of a mail</p>", Lang: "it"}
		if err := s.SaveLife(t.Context(), life.Step{After: after, Event: event, Messages: []notify.Message{mail}, Audit: audit.Event{At: idpdbtest.Present, Role: "idp"}}); err != nil {
			t.Fatal(err)
		}
		expect("suspended")
	})
}
