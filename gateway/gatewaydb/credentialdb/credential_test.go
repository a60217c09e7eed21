package credentialdb_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/people/person"
)

func TestAPasswordIsSetReplacedAndRemembered(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		made, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "A"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		at := func(n int) time.Time {
			if n == 0 {
				return time.Time{}
			}
			return gatewaydbtest.Start.Add(time.Duration(n) * time.Minute)
		}
		for n := range 4 {
			if err := s.SetPassword(ctx, gatewaydbtest.NewPassword(made.ID, fmt.Sprint("phc", n+1), at(n), at(n+1))); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.SetPassword(ctx, gatewaydbtest.NewPassword(made.ID, "late", at(3), at(9))); !errors.Is(err, credential.ErrChanged) {
			t.Errorf("a change of a password that is no more: %v", err)
		}
		for _, find := range []func() (credential.Credential, error){
			func() (credential.Credential, error) { return s.CredentialByCode(ctx, made.Code) },
			func() (credential.Credential, error) { return s.CredentialOf(ctx, made.ID) },
		} {
			c, err := find()
			if err != nil || c.PHC != "phc4" || !c.SetAt.Equal(at(4)) || c.Account.ID != made.ID || c.Account.Email != "ada@example.it" {
				t.Errorf("%+v %v", c, err)
			}
		}
		if c, err := s.CredentialByCode(ctx, "202400021"); err != nil || c.Account.ID != "" || c.PHC != "" {
			t.Errorf("nobody: %+v %v", c, err)
		}
		former, err := s.FormerPasswords(ctx, made.ID, 5)
		if err != nil || !slices.Equal(former, []string{"phc3", "phc2"}) {
			t.Errorf("%v %v", former, err)
		}
		if a, err := s.Account(ctx, made.ID); err != nil || !a.PasswordAt.Equal(at(4)) {
			t.Errorf("%+v %v", a, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1 AND subject = $2`, audit.PasswordChanged, made.ID); n != 4 {
			t.Errorf("%d audit lines", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'password'`); n != 4 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestOfParallelChangesOneIsMade(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		made, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "A"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		for round, replaces := range []time.Time{{}, gatewaydbtest.Start} { // a first password, then another
			var done atomic.Int64
			var work sync.WaitGroup
			for n := range 10 {
				work.Go(func() {
					set := gatewaydbtest.Start.Add(time.Duration(round*100) * time.Second)
					err := s.SetPassword(ctx, gatewaydbtest.NewPassword(made.ID, fmt.Sprint("phc", round, n), replaces, set))
					switch {
					case err == nil:
						done.Add(1)
					case !errors.Is(err, credential.ErrChanged):
						t.Error(err)
					}
				})
			}
			work.Wait()
			if done.Load() != 1 {
				t.Errorf("round %d: %d changes", round, done.Load())
			}
		}
	})
}

// ASVS 7.4.3: a session that opens while the password changes does not outlive the change.
func TestAnOldPasswordOpensNothing(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		made, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", "A"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetPassword(ctx, gatewaydbtest.NewPassword(made.ID, "phc1", time.Time{}, gatewaydbtest.Start)); err != nil {
			t.Fatal(err)
		}
		v := gatewaydbtest.PasswordVisit(made.ID, gatewaydbtest.Start, "2")
		v.PHC = "phc1 by new costs"
		if a, err := s.EnterByPassword(ctx, v); err != nil || a.ID != made.ID {
			t.Fatal(a, err)
		}
		if c, err := s.CredentialOf(ctx, made.ID); err != nil || c.PHC != v.PHC || !c.SetAt.Equal(gatewaydbtest.Start) {
			t.Errorf("%+v %v", c, err)
		}
		second := gatewaydbtest.Start.Add(time.Minute)
		ending := gatewaydbtest.NewPassword(made.ID, "phc2", gatewaydbtest.Start, second)
		ending.Ends, ending.Session = true, "handle1"
		var work sync.WaitGroup
		for n := range 8 {
			work.Go(func() {
				_, err := s.EnterByPassword(ctx, gatewaydbtest.PasswordVisit(made.ID, gatewaydbtest.Start, fmt.Sprint("race", n)))
				if err != nil && !errors.Is(err, credential.ErrChanged) {
					t.Error(err)
				}
			})
		}
		work.Go(func() {
			if err := s.SetPassword(ctx, ending); err != nil {
				t.Error(err)
			}
		})
		work.Wait()
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session WHERE subject = $1`, made.ID); n != 1 {
			t.Errorf("%d sessions of the old password", n)
		}
		if _, err := s.EnterByPassword(ctx, gatewaydbtest.PasswordVisit(made.ID, gatewaydbtest.Start, "9")); !errors.Is(err, credential.ErrChanged) {
			t.Errorf("the old password: %v", err)
		}
		if _, err := s.EnterByPassword(ctx, gatewaydbtest.PasswordVisit(made.ID, second, "10")); err != nil {
			t.Errorf("the new password: %v", err)
		}
		gatewaydbtest.Exec(t, d, `UPDATE account SET state = 'frozen'`)
		if _, err := s.EnterByPassword(ctx, gatewaydbtest.PasswordVisit(made.ID, second, "11")); !errors.Is(err, accountdb.ErrFrozen) {
			t.Errorf("a frozen account: %v", err)
		}
		if err := s.SetPassword(ctx, gatewaydbtest.NewPassword(made.ID, "phc3", second, second.Add(1))); !errors.Is(err, accountdb.ErrFrozen) {
			t.Errorf("a frozen account: %v", err)
		}
	})
}

func TestAnAccountMadeByHandIsPlantedOnce(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := account.Account{ID: "1", Code: "202400013", State: account.Active, GivenName: "Noor", Email: "noor@example.it", Language: "it", CreatedAt: gatewaydbtest.Start, PasswordAt: gatewaydbtest.Start}
		known := []account.Attribute{{Name: person.GivenName, Value: "Noor", Source: account.Declared, At: gatewaydbtest.Start}}
		if err := s.PlantAccount(ctx, a, known, "phc"); err != nil {
			t.Fatal(err)
		}
		a.ID = "2"
		if err := s.PlantAccount(ctx, a, known, "other"); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		if c, err := s.CredentialByCode(ctx, a.Code); err != nil || c.PHC != "phc" || c.Account.ID != "1" {
			t.Errorf("%+v %v", c, err)
		}
		// After a merge the other code leads here, and the other account is not found by the address.
		a.Code = "202400021"
		if err := s.PlantAccount(ctx, a, nil, "other"); err != nil {
			t.Fatal(err)
		}
		gatewaydbtest.Exec(t, d, `UPDATE person_code SET account_id = '1' WHERE code = '202400021'`)
		gatewaydbtest.Exec(t, d, `UPDATE account SET state = 'merged' WHERE id = '2'`)
		if c, err := s.CredentialByCode(ctx, "202400021"); err != nil || c.PHC != "phc" || c.Account.ID != "1" {
			t.Errorf("by the code of a merged account: %+v %v", c, err)
		}
		if list, err := s.CredentialsByEmail(ctx, "NOOR@example.it", 5); err != nil || len(list) != 1 || list[0].Account.ID != "1" {
			t.Errorf("by the address: %+v %v", list, err)
		}
	})
}
