package entrydb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/entrydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/people/person"
)

// expected are the refusals with which the loser of a race may end.
func expected(err error) bool {
	return err == nil || errors.Is(err, accountdb.ErrFrozen) || errors.Is(err, credential.ErrChanged) || errors.Is(err, shareddb.ErrUsed) ||
		errors.Is(err, accountdb.ErrConflict) || errors.Is(err, entrydb.ErrNotClaimed) || fault.Is(err, fault.NotFound)
}

// settles checks what holds after every race about a codice fiscale: one account has it,
// and what is frozen opens nothing.
func settles(t *testing.T, d *db.DB) {
	t.Helper()
	for query, want := range map[string]int{
		`SELECT count(*) FROM account WHERE fiscal_code = '` + string(gatewaydbtest.Finti) + `' AND state = 'active'`:                                          1,
		`SELECT count(*) FROM account WHERE state = 'active'`:                                                                                                  1,
		`SELECT count(*) FROM identity i JOIN account a ON a.id = i.account_id WHERE i.door = 'spid' AND a.state = 'active'`:                                   1,
		`SELECT count(*) FROM session s JOIN account a ON a.id = s.subject WHERE a.state <> 'active'`:                                                          0,
		`SELECT count(*) FROM credential c JOIN account a ON a.id = c.account_id WHERE a.state <> 'active'`:                                                    0,
		`SELECT count(*) FROM account a WHERE a.state = 'frozen' AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.recipient = a.email AND o.subject = 'frozen')`: 0,
		`SELECT count(*) FROM (SELECT recipient FROM outbox WHERE subject = 'frozen' GROUP BY recipient HAVING count(*) > 1) x`:                                0,
	} {
		if n := gatewaydbtest.Count(t, d, query); n != want {
			t.Errorf("%d, want %d: %s", n, want, query)
		}
	}
}

// empty forgets the people of a round.
func empty(t *testing.T, d *db.DB) {
	t.Helper()
	for _, table := range []string{"identity", "attribute", "acknowledgement", "credential", "credential_former", "account_task", "account", "session", "outbox"} {
		gatewaydbtest.Exec(t, d, `DELETE FROM `+table)
	}
}

// stepUp puts a session in the place of another, as a second factor does.
func stepUp(ctx context.Context, d *db.DB, from, to, subject string) error {
	return d.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM session WHERE handle = $1`, from)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(fault.New(fault.NotFound, "error.not_found"), err)
		}
		return shareddb.InsertSession(ctx, tx, gatewaydbtest.Visit(person.Assertion{}, to).Session(account.Account{ID: subject}))
	})
}

// Two first entries at once, in two tabs, while whoever registered with that codice
// fiscale enters, steps up and changes the password, and while another who declared it
// proves their account.
func TestRacesAboutADeclaredCodeEndWithOneAccount(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		p := gatewaydbtest.Asserted("uno", string(gatewaydbtest.Finti))
		for round := range 12 {
			n := func(what string) string { return fmt.Sprint(what, round) }
			thief, mine := gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, n("thief")), gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, n("mine"))
			for _, one := range []account.PasswordVisit{gatewaydbtest.PasswordVisit(thief.ID, gatewaydbtest.Start, n("in")), gatewaydbtest.PasswordVisit(mine.ID, gatewaydbtest.Start, n("proof"))} {
				if _, err := s.EnterByPassword(ctx, one); err != nil {
					t.Fatal(err)
				}
			}
			steps := []func() error{
				func() error {
					_, _, err := s.Register(ctx, gatewaydbtest.FirstEntry(gatewaydbtest.Finti, n("first")))
					return err
				},
				func() error {
					_, _, err := s.Register(ctx, gatewaydbtest.FirstEntry(gatewaydbtest.Finti, n("second")))
					return err
				},
				func() error {
					_, err := s.EnterByPassword(ctx, gatewaydbtest.PasswordVisit(thief.ID, gatewaydbtest.Start, n("again")))
					return err
				},
				func() error {
					_, err := s.EnterByPassword(ctx, gatewaydbtest.PasswordVisit(mine.ID, gatewaydbtest.Start, n("more")))
					return err
				},
				func() error { return stepUp(ctx, d, "handle"+n("in"), n("up"), thief.ID) },
				func() error {
					return s.SetPassword(ctx, gatewaydbtest.NewPassword(thief.ID, "new", gatewaydbtest.Start, gatewaydbtest.Start.Add(time.Second)))
				},
			}
			if round%2 == 0 {
				steps = append(steps, func() error {
					_, err := s.Claim(ctx, claiming(mine.ID, p, "handle"+n("proof"), n("claim")))
					return err
				})
			}
			var wg sync.WaitGroup
			results := make([]error, len(steps))
			for i, step := range steps {
				wg.Go(func() { results[i] = step() })
			}
			wg.Wait()
			for i, err := range results {
				if !expected(err) {
					t.Errorf("round %d, step %d: %v", round, i, err)
				}
			}
			settles(t, d)
			empty(t, d)
		}
	})
}

// Whoever enters by an identity while the account is frozen is turned away or found.
func TestNobodyIsLeftInAnAccountThatIsFrozenWhileTheyEnter(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		for round := range 12 {
			foreign := born(person.DoorEIDAS, fmt.Sprint("ES/IT/", round), "Inés", "1990-02-03")
			e := gatewaydbtest.Entry(foreign, fmt.Sprint("made", round))
			e.Email = "ines@example.org"
			thief, _, err := s.Register(ctx, e)
			if err != nil {
				t.Fatal(err)
			}
			gatewaydbtest.Exec(t, d, `INSERT INTO attribute (account_id, name, source, issuer, value, at) VALUES ($1, 'fiscal_code', 'declared', '', $2, 1)`, thief.ID, string(gatewaydbtest.Finti))
			var wg sync.WaitGroup
			results := make([]error, 5)
			wg.Go(func() {
				_, _, results[4] = s.Register(ctx, gatewaydbtest.FirstEntry(gatewaydbtest.Finti, fmt.Sprint("victim", round)))
			})
			for i := range 4 {
				wg.Go(func() {
					_, _, results[i] = s.Enter(ctx, gatewaydbtest.Visit(foreign, fmt.Sprint("enter", round, "-", i)))
				})
			}
			wg.Wait()
			for i, err := range results {
				if !expected(err) {
					t.Errorf("round %d, step %d: %v", round, i, err)
				}
			}
			settles(t, d)
			if results[4] != nil {
				t.Errorf("the person was kept out: %v", results[4])
			}
			empty(t, d)
		}
	})
}
