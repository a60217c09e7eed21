package recoverydb_test

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
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/life"
	"atrio/idp/passwordlife"
	"atrio/idp/recovery"
	"atrio/people/person"
)

// begun is a recovery of Ada whose code was right.
func begun(t *testing.T, s *idpdb.Store, id string) recovery.Recovery {
	t.Helper()
	v := recovery.Recovery{ID: id, Identity: "ada", Aim: recovery.ForPassword, State: recovery.Open, Uses: 1, Begun: idpdbtest.Present, Ready: idpdbtest.Present, Until: idpdbtest.Present.Add(time.Hour), PasswordAt: idpdbtest.Present}
	if err := s.BeginRecovery(t.Context(), v, nil, idpdbtest.Line(idpdbtest.Present)); err != nil {
		t.Fatal(err)
	}
	_, err := s.SendIdentityCode(t.Context(), life.Sending{Identity: "ada", Purpose: life.ToRecover, Digest: []byte("d"), At: idpdbtest.Present, Expires: idpdbtest.Present.Add(time.Minute), Value: id, Audit: idpdbtest.Line(idpdbtest.Present)})
	if err == nil {
		err = s.RecoveryCode(t.Context(), v, idpdbtest.Line(idpdbtest.Present))
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A01, A27, E31
// links presses many links of one holder at the same moment, and counts what is open.
func links(t *testing.T, s *idpdb.Store, v recovery.Recovery) int {
	t.Helper()
	var n atomic.Int64
	idpdbtest.Together(func() bool {
		one := v
		one.ID = fmt.Sprint("link", n.Add(1))
		err := s.BeginRecovery(t.Context(), one, nil, idpdbtest.Line(idpdbtest.Present))
		if err != nil && !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		return err == nil
	})
	return idpdbtest.Count(t, s, `SELECT count(*) FROM recovery WHERE state = 'open' AND identity = $1`, v.Identity)
}

func TestOfFiftyAtOnceOneLinkFiveAnswersAndOnePasswordCount(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		v := begun(t, s, "r1")
		if n := idpdbtest.Together(func() bool { return s.BeginRecovery(t.Context(), v, nil, idpdbtest.Line(idpdbtest.Present)) == nil }); n != 0 {
			t.Errorf("the link opens %d times more", n)
		}
		if n := idpdbtest.Together(func() bool {
			wrong, err := s.ChargeRecovery(t.Context(), "r1", 5, idpdbtest.Present)
			return err == nil && wrong > 0
		}); n != 5 {
			t.Errorf("%d answers are compared, want 5", n)
		}
		v = begun(t, s, "r2") // in place of the first
		if before, err := s.Recovery(t.Context(), "r1"); err != nil || before.State != recovery.Replaced {
			t.Errorf("%+v, %v", before, err)
		}
		finish := func() error {
			who, err := s.Identity(t.Context(), "ada")
			if err != nil {
				return err
			}
			after, event, err := who.Do(identity.Change{Act: identity.Recover, By: identity.By{Role: identity.AsHolder, ID: "ada", Proved: true}, At: idpdbtest.Present})
			if err != nil {
				return err
			}
			return s.FinishRecovery(t.Context(), recovery.Ending{
				Recovery: v.ID, Step: life.Step{After: after, Event: event, Audit: idpdbtest.Line(idpdbtest.Present)},
				Password: passwordlife.Change{Identity: "ada", Old: "$hash", New: "$new", Cap: ratelimit.Bucket{}, Audit: idpdbtest.Line(idpdbtest.Present)},
			})
		}
		if err := finish(); !fault.Is(err, fault.Conflict) {
			t.Errorf("without an answer: %v", err)
		}
		if n := links(t, s, v); n != 1 {
			t.Errorf("%d recoveries are open", n)
		}
		v = begun(t, s, "r3")
		if wrong, err := s.ChargeRecovery(t.Context(), v.ID, 5, idpdbtest.Present); err != nil || wrong != 1 {
			t.Fatal(wrong, err)
		}
		if err := s.RecoveryAnswer(t.Context(), v, idpdbtest.Line(idpdbtest.Present)); err != nil {
			t.Fatal(err)
		}
		if n := idpdbtest.Together(func() bool { return finish() == nil }); n != 1 {
			t.Errorf("%d passwords are stored, want 1", n)
		}
		if ended, err := s.EndRecovery(t.Context(), v.ID, recovery.Stopped, nil, idpdbtest.Line(idpdbtest.Present)); err != nil || ended {
			t.Errorf("one that is done is stopped: %v, %v", ended, err)
		}
	})
}

// A request that gives an identity back ends with it, one at a time, and is found by its holder.
func TestARequestThatGivesAnIdentityBackEndsWithIt(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		regaining := func(id string) error {
			return s.OpenRegaining(t.Context(), recovery.Opening{
				Request: enrolment.Request{
					ID: id, Holder: "holder-" + id, Regains: "ada", Number: enrolment.NewNumber(), State: enrolment.MailConfirmed, Method: enrolment.Point, Version: 1, Opened: idpdbtest.Present, Changed: idpdbtest.Present,
					Data: enrolment.Data{Area: enrolment.Private, Email: "ada@example.org", Language: "it"},
				},
				Stop: enrolment.StopLink{MAC: []byte(id), Until: idpdbtest.Present.Add(time.Hour)}, Audit: idpdbtest.Line(idpdbtest.Present),
			})
		}
		if err := regaining("one"); err != nil {
			t.Fatal(err)
		}
		if err := regaining("two"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second one at a time: %v", err)
		}
		r, err := s.Regaining(t.Context(), "ada")
		if err != nil || r.ID != "one" || r.Regains != "ada" || r.Data.Email != "ada@example.org" {
			t.Fatalf("%+v, %v", r, err)
		}
		if who, err := s.StopLink(t.Context(), []byte("one"), idpdbtest.Present); err != nil || who.ID != "ada" {
			t.Errorf("the link of the notice: %v", err)
		}
		idpdbtest.Exec(t, s.DB, `UPDATE request SET state = 'activated'`)
		ended := func() (ids []string) {
			list, err := s.EndedRequests(t.Context(), idpdbtest.Present, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				ids = append(ids, e.Request)
			}
			return ids
		}
		if ids := ended(); len(ids) != 0 {
			t.Errorf("%v ended while the identity lives", ids)
		}
		if err := s.SetState(t.Context(), "ada", identity.Revoked, idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		if ids := ended(); !slices.Contains(ids, "one") {
			t.Errorf("the request does not end with its identity: %v", ids)
		}
	})
}

// Contacts that were replaced are known for thirty days, and then to nobody.
func TestFormerContactsAreForgotten(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		who, err := s.Identity(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		after, event, err := who.Do(identity.Change{
			Act: identity.Amend, By: identity.By{Role: identity.AsHolder, ID: "ada", Proved: true}, At: idpdbtest.Present, Fields: []string{"phone"},
			Edit: func(i *identity.Identity) { i.Holder.MobilePhone = "+393330000099" },
		})
		if err == nil {
			err = s.SaveLife(t.Context(), life.Step{After: after, Event: event, Audit: idpdbtest.Line(idpdbtest.Present), Former: []life.Former{{Field: "phone", Value: "+393330000001", At: idpdbtest.Present}}})
		}
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.FormerContacts(t.Context(), "ada", idpdbtest.Present.Add(-time.Hour))
		if err != nil || len(list) != 1 || list[0].Value != "+393330000001" || !list[0].At.Equal(idpdbtest.Present) {
			t.Errorf("%+v, %v", list, err)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM former_contact WHERE sealed LIKE '%0000001%'`); n != 0 {
			t.Error("the number is stored in clear")
		}
		if err := s.Purge(t.Context(), idpdbtest.Present.Add(recovery.Remembered-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM former_contact`); n != 1 {
			t.Errorf("%d contacts a day before, want 1", n)
		}
		if err := s.Purge(t.Context(), idpdbtest.Present.Add(recovery.Remembered+time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM former_contact`); n != 0 {
			t.Errorf("%d contacts stay", n)
		}
	})
}

// A27: of a recovery that begins and a contact that changes at the same moment, the recovery
// either waits for the contact or ends with it, whichever comes first.
func TestARecoveryThatBeginsWhileAContactChangesDoesNotOutliveIt(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		for n := range 20 {
			who, err := s.Identity(t.Context(), "ada")
			if err != nil {
				t.Fatal(err)
			}
			at := idpdbtest.Present.Add(time.Duration(n) * time.Minute)
			after, event, err := who.Do(identity.Change{
				Act: identity.Amend, By: identity.By{Role: identity.AsHolder, ID: "ada", Proved: true}, At: at, Fields: []string{"phone"},
				Edit: func(i *identity.Identity) { i.Holder.MobilePhone = fmt.Sprintf("+3933300001%02d", n) },
			})
			if err != nil {
				t.Fatal(err)
			}
			v := recovery.Recovery{
				ID: fmt.Sprint("r", n), Identity: "ada", Version: who.Version, Aim: recovery.ForPassword, State: recovery.Open, Uses: 1, Begun: at, Ready: at, Until: at.Add(time.Hour), PasswordAt: idpdbtest.Present,
			}
			var both sync.WaitGroup
			both.Go(func() {
				if err := s.BeginRecovery(t.Context(), v, nil, idpdbtest.Line(at)); err != nil && !errors.Is(err, recovery.ErrMoved) {
					t.Error(err)
				}
			})
			both.Go(func() {
				step := life.Step{After: after, Event: event, Audit: idpdbtest.Line(at), Former: []life.Former{{Field: "phone", Value: who.Holder.MobilePhone, At: at}}}
				if err := s.SaveLife(t.Context(), step); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if open := idpdbtest.Count(t, s, `SELECT count(*) FROM recovery WHERE state = 'open'`); open != 0 {
				t.Fatalf("round %d: a recovery that knows nothing of the change is open", n)
			}
		}
	})
}

// E31: of the password of an applicant that changes while the identity is made, the new one holds,
// or nobody was told that it does.
func TestAPasswordThatIsRecoveredWhileTheIdentityIsMadeIsNotLost(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		for n := range 10 {
			o := idpdbtest.Opening(fmt.Sprint(n))
			o.Request.Data.Email = fmt.Sprintf("amira%d@example.org", n)
			if err := s.Open(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			r := idpdbtest.Walked(t, s, o.Request, append(slices.Clone(idpdbtest.UntilContract), enrolment.Identify)...)
			since, err := s.ApplicantPassword(t.Context(), r.Holder)
			if err != nil {
				t.Fatal(err)
			}
			v := recovery.Recovery{
				ID: "r" + r.ID, Identity: r.Holder, Applicant: true, Version: r.Version, Aim: recovery.ForPassword, State: recovery.Open, Uses: 1,
				Begun: idpdbtest.Present, Ready: idpdbtest.Present, Until: idpdbtest.Present.Add(time.Hour), PasswordAt: since, CodeAt: idpdbtest.Present, AnswerAt: idpdbtest.Present,
			}
			if err := s.BeginRecovery(t.Context(), v, nil, idpdbtest.Line(idpdbtest.Present)); err != nil {
				t.Fatal(err)
			}
			var both sync.WaitGroup
			var recovered, made error
			both.Go(func() {
				recovered = s.FinishRecovery(t.Context(), recovery.Ending{
					Recovery: v.ID, Applicant: true, Password: passwordlife.Change{Identity: r.Holder, Old: o.Password, New: "$new", Audit: idpdbtest.Line(idpdbtest.Present)},
				})
			})
			both.Go(func() { made = activated(t, s, r, n) })
			both.Wait()
			if made != nil || recovered != nil && !fault.Is(recovered, fault.Conflict) {
				t.Fatal(made, recovered)
			}
			_, phc, err := s.Password(t.Context(), identity.Login(o.Request.Data.Email))
			if want := map[bool]string{true: "$new", false: o.Password}[recovered == nil]; err != nil || phc != want {
				t.Fatalf("round %d: the password is %s, want %s (%v)", n, phc, want, err)
			}
		}
	})
}

// activated approves a request as one of many people.
func activated(t *testing.T, s *idpdb.Store, r enrolment.Request, n int) error {
	t.Helper()
	after, e, err := r.Do(enrolment.Change{Act: enrolment.Approve, By: enrolment.Author{Role: enrolment.Approver, ID: "remo"}, At: idpdbtest.Present.Add(time.Hour), Reason: "perché sì"})
	if err != nil {
		return err
	}
	i := idpdbtest.Ada()
	i.ID, i.UserID, i.SPIDCode = r.Holder, identity.Login(r.Data.Email), identity.SPIDCode(fmt.Sprintf("TESTAMRAAMRA%02d", n))
	i.Holder.FiscalCode, i.Factors = person.FiscalCode(fmt.Sprintf("PRVMRA90A41Z3%02dX", n)), identity.Factors{Password: true, SMS: true}
	return s.Save(t.Context(), enrolment.Step{After: after, Event: e, Identity: i, Audit: audit.Event{At: e.At, Role: "idp"}})
}

// A27, I14: what withdraws a request is over with it, waits for its time, and is one of the aims
// of which one is open each.
func TestAWithdrawalByALinkWaitsAndEndsWhatIsOpen(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), enrolment.ConfirmMail)
		begin := func(aim recovery.Aim, ready time.Time) recovery.Recovery {
			v := recovery.Recovery{
				ID: string(aim), Identity: r.Holder, Applicant: true, Version: r.Version, Aim: aim, State: recovery.Open, Uses: 1, Begun: idpdbtest.Present, Ready: ready, Until: ready.Add(time.Hour), PasswordAt: idpdbtest.Present,
			}
			if err := s.BeginRecovery(t.Context(), v, nil, idpdbtest.Line(idpdbtest.Present)); err != nil {
				t.Fatal(err)
			}
			return v
		}
		begin(recovery.ForPassword, idpdbtest.Present)
		v := begin(recovery.ToWithdraw, idpdbtest.Present.Add(recovery.Patience))
		withdraw := func(id string, at time.Time, answered bool) error {
			after, e, err := r.Do(enrolment.Change{Act: enrolment.Withdraw, By: idpdbtest.Applicant(r), At: at})
			if err != nil {
				t.Fatal(err)
			}
			return s.WithdrawByRecovery(t.Context(), recovery.Withdrawal{Recovery: id, Answered: answered, Step: enrolment.Step{After: after, Event: e, Audit: idpdbtest.Line(at)}, Audit: idpdbtest.Line(at)})
		}
		for id, at := range map[string]time.Time{string(recovery.ForPassword): idpdbtest.Present, v.ID: idpdbtest.Present.Add(recovery.Patience - time.Minute)} {
			if err := withdraw(id, at, false); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s withdraws at once: %v", id, err)
			}
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM recovery WHERE state = 'open'`); n != 2 {
			t.Errorf("%d are open, want 2", n)
		}
		if n := idpdbtest.Together(func() bool { return withdraw(v.ID, v.Ready, false) == nil }); n != 1 {
			t.Errorf("withdrawn %d times", n)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM recovery WHERE state = 'open'`); n != 0 {
			t.Errorf("%d are still open", n)
		}
		if _, err := s.ApplicantPassword(t.Context(), r.Holder); !errors.Is(err, identity.ErrUnknown) {
			t.Errorf("the applicant is still there: %v", err)
		}
	})
}
