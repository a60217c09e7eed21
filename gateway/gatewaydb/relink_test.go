package gatewaydb_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/people/person"
)

// born is a person whose birth date a door of a kind has said.
func born(door person.Door, subject, given, birth string) person.Assertion {
	return person.Assertion{
		Door: door, Issuer: "https://nodo.example.it", Subject: subject, Level: person.Level2,
		Attributes: map[string]string{person.GivenName: given, person.FamilyName: "Prueba", person.BirthDate: birth},
	}
}

func relink(accountID string, p person.Assertion, n string) account.Relink {
	return account.Relink{
		AccountID: accountID, Asserted: p, Now: start, Event: audit.Event{At: start, Role: "gateway"},
		Once: account.Once{Kind: "relink", ID: n, Until: start.Add(time.Hour)},
		Tell: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Subject: "linked", Text: "x", Lang: "it"}
		},
	}
}

func TestNamesakesHaveTheSameVerifiedNamesAndBirthDate(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := &gatewaydb.Store{DB: d}, t.Context()
		made := map[string]string{}
		for i, p := range []person.Assertion{
			born(person.DoorEIDAS, "ES/IT/1", "Inés", "1990-02-03"), born(person.DoorEIDAS, "PT/IT/1", "Inés", "1990-02-03"),
			born(person.DoorSPID, "TEST000000000A", "INÉS", "1990-02-03"), born(person.DoorEIDAS, "ES/IT/2", "Eva", "1990-02-03"),
			born(person.DoorEIDAS, "ES/IT/3", "Inés", "1990-02-04"),
		} {
			a, created, err := s.Register(ctx, entry(p, fmt.Sprint(i)))
			if err != nil || !created {
				t.Fatal(err)
			}
			made[p.Subject] = a.ID
		}
		// A birth date that the person typed proves nothing.
		if err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE attribute SET source = 'declared' WHERE account_id = $1 AND name = 'birth_date'`, made["ES/IT/3"])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Namesakes(ctx, born(person.DoorEIDAS, "ES/IT/9", "inés", "1990-02-03"))
		if err != nil || len(got) != 2 {
			t.Fatalf("%v, %v", got, err)
		}
		for _, id := range got {
			if id != made["ES/IT/1"] && id != made["TEST000000000A"] {
				t.Errorf("%s is no namesake", id)
			}
		}
		for _, p := range []person.Assertion{born(person.DoorEIDAS, "ES/IT/9", "Inés", ""), born(person.DoorEIDAS, "ES/IT/9", "Inés", "1990-02-04")} {
			if got, err := s.Namesakes(ctx, p); err != nil || len(got) != 0 {
				t.Errorf("%v, %v", got, err)
			}
		}
	})
}

func TestAnIdentityIsLinkedToANamesakeOnce(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := &gatewaydb.Store{DB: d}, t.Context()
		mine, _, err := s.Register(ctx, entry(born(person.DoorEIDAS, "ES/IT/1", "Inés", "1990-02-03"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		other, _, err := s.Register(ctx, entry(born(person.DoorEIDAS, "ES/IT/2", "Eva", "1990-02-03"), "2"))
		if err != nil {
			t.Fatal(err)
		}
		changed := born(person.DoorEIDAS, "ES/IT/9", "Inés", "1990-02-03")
		if err := s.Relink(ctx, relink(other.ID, changed, "a")); !errors.Is(err, gatewaydb.ErrNotNamesake) {
			t.Errorf("to another person: %v", err)
		}
		// Eight at once, of one journey: one links, the others find the mark used.
		var wg sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			wg.Go(func() { results[i] = s.Relink(ctx, relink(mine.ID, changed, "b")) })
		}
		wg.Wait()
		linked := 0
		for _, err := range results {
			switch {
			case err == nil:
				linked++
			case !errors.Is(err, shareddb.ErrUsed):
				t.Error(err)
			}
		}
		if n := count(t, d, `SELECT count(*) FROM identity WHERE subject = 'ES/IT/9' AND account_id = $1`, mine.ID); n != 1 || linked != 1 {
			t.Errorf("%d links, %d identities", linked, n)
		}
		if n := count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'linked'`); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestAFrozenAccountGetsNoIdentity(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := &gatewaydb.Store{DB: d}, t.Context()
		a, _, err := s.Register(ctx, entry(born(person.DoorEIDAS, "ES/IT/1", "Inés", "1990-02-03"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE account SET state = 'frozen' WHERE id = $1`, a.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Relink(ctx, relink(a.ID, born(person.DoorEIDAS, "ES/IT/9", "Inés", "1990-02-03"), "a")); !errors.Is(err, gatewaydb.ErrFrozen) {
			t.Errorf("%v", err)
		}
		if n := count(t, d, `SELECT count(*) FROM identity`); n != 1 {
			t.Errorf("%d identities", n)
		}
	})
}

// The messages of the login that brought the new identifier become the account's: a
// trace of the person finds them. // G6.7
func TestTheMessagesOfARelinkedLoginAreOfTheAccount(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		mine, _, err := s.Register(ctx, entry(born(person.DoorEIDAS, "ES/IT/1", "Inés", "1990-02-03"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		fresh := visit(born(person.DoorEIDAS, "ES/IT/2", "Inés", "1990-02-03"), "2")
		fresh.Correlation = "c0ffee"
		if _, known, err := s.Enter(ctx, fresh); err != nil || known {
			t.Fatal(known, err)
		}
		link := relink(mine.ID, fresh.Asserted, "3")
		link.Login = fresh.Correlation
		if err := s.Relink(ctx, link); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM ledger WHERE account_id = $1 AND correlation = 'c0ffee'`, mine.ID); n != 1 {
			t.Errorf("%d rows of that login are the account's", n)
		}
	})
}
