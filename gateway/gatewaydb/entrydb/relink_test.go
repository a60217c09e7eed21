package entrydb_test

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
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/entrydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
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
		AccountID: accountID, Asserted: p, Now: gatewaydbtest.Start, Event: audit.Event{At: gatewaydbtest.Start, Role: "gateway"},
		Once: account.Once{Kind: "relink", ID: n, Until: gatewaydbtest.Start.Add(time.Hour)},
		Tell: func(a account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Subject: "linked", Text: "x", Lang: "it"}
		},
	}
}

func TestNamesakesHaveTheSameVerifiedNamesAndBirthDate(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, nil), t.Context()
		made := map[string]string{}
		for i, p := range []person.Assertion{
			born(person.DoorEIDAS, "ES/IT/1", "Inés", "1990-02-03"), born(person.DoorEIDAS, "PT/IT/1", "Inés", "1990-02-03"),
			born(person.DoorSPID, "TEST000000000A", "INÉS", "1990-02-03"), born(person.DoorEIDAS, "ES/IT/2", "Eva", "1990-02-03"),
			born(person.DoorEIDAS, "ES/IT/3", "Inés", "1990-02-04"),
		} {
			a, created, err := s.Register(ctx, gatewaydbtest.Entry(p, fmt.Sprint(i)))
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
		for subject, id := range made {
			got, err := s.Namesake(ctx, born(person.DoorEIDAS, "ES/IT/9", "inés", "1990-02-03"), id)
			if want := subject == "ES/IT/1" || subject == "TEST000000000A"; err != nil || got != want {
				t.Errorf("%s: %v, %v", subject, got, err)
			}
		}
		for want, p := range map[bool]person.Assertion{
			true: born(person.DoorEIDAS, "ES/IT/9", "INÉS", "1990-02-03"), false: born(person.DoorEIDAS, "ES/IT/9", "Inés", "1990-02-04"),
		} {
			if got, err := s.Namesake(ctx, p, ""); err != nil || got != want {
				t.Errorf("anybody: %v, %v", got, err)
			}
		}
		if got, err := s.Namesake(ctx, born(person.DoorEIDAS, "ES/IT/9", "Inés", ""), ""); err != nil || got {
			t.Errorf("without a birth date: %v, %v", got, err)
		}
	})
}

// A day that registers write for who does not know theirs has very many people.
func TestANamesakeIsFoundAmongThousandsOfTheSameBirthday(t *testing.T) {
	const day = "1970-01-01"
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, nil), t.Context()
		for _, statement := range []string{
			`INSERT INTO account (id, code, state, given_name, family_name, email, language, created_at)
				SELECT 'a' || i, 'code' || i, 'active', 'Eva' || i, 'Prueba', 'eva@posta.example.it', 'it', 1 FROM n`,
			`INSERT INTO identity (id, account_id, door, issuer, subject, linked_at, last_used_at) SELECT 'i' || i, 'a' || i, 'spid', 'https://id.example.it', 's' || i, 1, 1 FROM n`,
			`INSERT INTO attribute (account_id, name, source, issuer, value, at) SELECT 'a' || i, 'birth_date', 'spid', '', '` + day + `', 1 FROM n`,
		} {
			gatewaydbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) `+statement)
		}
		// The last in the order of ids, and the first.
		gatewaydbtest.Exec(t, d, `UPDATE account SET given_name = 'Inés' WHERE id = (SELECT max(id) FROM account)`)
		gatewaydbtest.Exec(t, d, `UPDATE account SET given_name = 'Ada' WHERE id = (SELECT min(id) FROM account)`)
		for name, want := range map[string]bool{"Inés": true, "Ada": true, "Eva1500": true, "Eva": false} {
			if got, err := s.Namesake(ctx, born(person.DoorEIDAS, "ES/IT/9", name, day), ""); err != nil || got != want {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
	})
}

func TestAnIdentityIsLinkedToANamesakeOnce(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, nil), t.Context()
		mine, _, err := s.Register(ctx, gatewaydbtest.Entry(born(person.DoorEIDAS, "ES/IT/1", "Inés", "1990-02-03"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		other, _, err := s.Register(ctx, gatewaydbtest.Entry(born(person.DoorEIDAS, "ES/IT/2", "Eva", "1990-02-03"), "2"))
		if err != nil {
			t.Fatal(err)
		}
		changed := born(person.DoorEIDAS, "ES/IT/9", "Inés", "1990-02-03")
		if err := s.Relink(ctx, relink(other.ID, changed, "a")); !errors.Is(err, entrydb.ErrNotNamesake) {
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
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM identity WHERE subject = 'ES/IT/9' AND account_id = $1`, mine.ID); n != 1 || linked != 1 {
			t.Errorf("%d links, %d identities", linked, n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'linked'`); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestAFrozenAccountGetsNoIdentity(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, nil), t.Context()
		a, _, err := s.Register(ctx, gatewaydbtest.Entry(born(person.DoorEIDAS, "ES/IT/1", "Inés", "1990-02-03"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE account SET state = 'frozen' WHERE id = $1`, a.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Relink(ctx, relink(a.ID, born(person.DoorEIDAS, "ES/IT/9", "Inés", "1990-02-03"), "a")); !errors.Is(err, accountdb.ErrFrozen) {
			t.Errorf("%v", err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM identity`); n != 1 {
			t.Errorf("%d identities", n)
		}
	})
}

// The messages of the login that brought the new identifier become the account's: a
// trace of the person finds them. // G6.7
func TestTheMessagesOfARelinkedLoginAreOfTheAccount(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		mine, _, err := s.Register(ctx, gatewaydbtest.Entry(born(person.DoorEIDAS, "ES/IT/1", "Inés", "1990-02-03"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		fresh := gatewaydbtest.Visit(born(person.DoorEIDAS, "ES/IT/2", "Inés", "1990-02-03"), "2")
		fresh.Correlation = "c0ffee"
		if _, known, err := s.Enter(ctx, fresh); err != nil || known {
			t.Fatal(known, err)
		}
		link := relink(mine.ID, fresh.Asserted, "3")
		link.Login = fresh.Correlation
		if err := s.Relink(ctx, link); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM ledger WHERE account_id = $1 AND correlation = 'c0ffee'`, mine.ID); n != 1 {
			t.Errorf("%d rows of that login are the account's", n)
		}
	})
}
