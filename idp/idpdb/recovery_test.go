package idpdb_test

import (
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
	"atrio/idp/life"
	"atrio/idp/passwordlife"
	"atrio/idp/recovery"
)

func line(at time.Time) audit.Event {
	return audit.Event{At: at, Role: "idp", Action: audit.RecoveryStep, Outcome: audit.OK}
}

// begun is a recovery of Ada whose code was right.
func begun(t *testing.T, s *idpdb.Store, id string) recovery.Recovery {
	t.Helper()
	v := recovery.Recovery{ID: id, Identity: "ada", State: recovery.Open, Uses: 1, Begun: present, Ready: present, Until: present.Add(time.Hour), PasswordAt: present}
	if err := s.BeginRecovery(t.Context(), v, nil, line(present)); err != nil {
		t.Fatal(err)
	}
	_, err := s.SendIdentityCode(t.Context(), life.Sending{Identity: "ada", Purpose: life.ToRecover, Digest: []byte("d"), At: present, Expires: present.Add(time.Minute), Value: id, Audit: line(present)})
	if err == nil {
		err = s.RecoveryCode(t.Context(), v, line(present))
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// together runs something fifty times at once and counts how often it is true.
func together(do func() bool) (n int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if do() {
				mu.Lock()
				n++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return n
}

// A01, A27, E31
// links presses many links of one holder at the same moment, and counts what is open.
func links(t *testing.T, s *idpdb.Store, v recovery.Recovery) int {
	t.Helper()
	var n atomic.Int64
	together(func() bool {
		one := v
		one.ID = fmt.Sprint("link", n.Add(1))
		err := s.BeginRecovery(t.Context(), one, nil, line(present))
		if err != nil && !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		return err == nil
	})
	return count(t, s, `SELECT count(*) FROM recovery WHERE state = 'open' AND identity = $1`, v.Identity)
}

func TestOfFiftyAtOnceOneLinkFiveAnswersAndOnePasswordCount(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
		v := begun(t, s, "r1")
		if n := together(func() bool { return s.BeginRecovery(t.Context(), v, nil, line(present)) == nil }); n != 0 {
			t.Errorf("the link opens %d times more", n)
		}
		if n := together(func() bool {
			wrong, err := s.ChargeRecovery(t.Context(), "r1", 5, present)
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
			after, event, err := who.Do(identity.Change{Act: identity.Recover, By: identity.By{Role: identity.AsHolder, ID: "ada", Proved: true}, At: present})
			if err != nil {
				return err
			}
			return s.FinishRecovery(t.Context(), recovery.Ending{
				Recovery: v.ID, Step: life.Step{After: after, Event: event, Audit: line(present)},
				Password: passwordlife.Change{Identity: "ada", Old: "$hash", New: "$new", Cap: ratelimit.Bucket{}, Audit: line(present)},
			})
		}
		if err := finish(); !fault.Is(err, fault.Conflict) {
			t.Errorf("without an answer: %v", err)
		}
		if n := links(t, s, v); n != 1 {
			t.Errorf("%d recoveries are open", n)
		}
		v = begun(t, s, "r3")
		if wrong, err := s.ChargeRecovery(t.Context(), v.ID, 5, present); err != nil || wrong != 1 {
			t.Fatal(wrong, err)
		}
		if err := s.RecoveryAnswer(t.Context(), v, line(present)); err != nil {
			t.Fatal(err)
		}
		if n := together(func() bool { return finish() == nil }); n != 1 {
			t.Errorf("%d passwords are stored, want 1", n)
		}
		if ended, err := s.EndRecovery(t.Context(), v.ID, recovery.Stopped, nil, line(present)); err != nil || ended {
			t.Errorf("one that is done is stopped: %v, %v", ended, err)
		}
	})
}

// A request that gives an identity back ends with it, one at a time, and is found by its holder.
func TestARequestThatGivesAnIdentityBackEndsWithIt(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
		regaining := func(id string) error {
			return s.OpenRegaining(t.Context(), recovery.Opening{
				Request: enrolment.Request{
					ID: id, Holder: "holder-" + id, Regains: "ada", Number: enrolment.NewNumber(), State: enrolment.MailConfirmed, Method: enrolment.Point, Version: 1, Opened: present, Changed: present,
					Data: enrolment.Data{Area: enrolment.Private, Email: "ada@example.org", Language: "it"},
				},
				Stop: enrolment.StopLink{MAC: []byte(id), Until: present.Add(time.Hour)}, Audit: line(present),
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
		if who, err := s.StopLink(t.Context(), []byte("one"), present); err != nil || who.ID != "ada" {
			t.Errorf("the link of the notice: %v", err)
		}
		change(t, s.DB, `UPDATE request SET state = 'activated'`)
		ended := func() (ids []string) {
			list, err := s.EndedRequests(t.Context(), present, "", 10)
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
		if err := s.SetState(t.Context(), "ada", identity.Revoked, present); err != nil {
			t.Fatal(err)
		}
		if ids := ended(); !slices.Contains(ids, "one") {
			t.Errorf("the request does not end with its identity: %v", ids)
		}
	})
}

// Contacts that were replaced are known for thirty days, and then to nobody.
func TestFormerContactsAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
		who, err := s.Identity(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		after, event, err := who.Do(identity.Change{
			Act: identity.Amend, By: identity.By{Role: identity.AsHolder, ID: "ada", Proved: true}, At: present, Fields: []string{"phone"},
			Edit: func(i *identity.Identity) { i.Holder.MobilePhone = "+393330000099" },
		})
		if err == nil {
			err = s.SaveLife(t.Context(), life.Step{After: after, Event: event, Audit: line(present), Former: []life.Former{{Field: "phone", Value: "+393330000001", At: present}}})
		}
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.FormerContacts(t.Context(), "ada", present.Add(-time.Hour))
		if err != nil || len(list) != 1 || list[0].Value != "+393330000001" || !list[0].At.Equal(present) {
			t.Errorf("%+v, %v", list, err)
		}
		if n := count(t, s, `SELECT count(*) FROM former_contact WHERE sealed LIKE '%0000001%'`); n != 0 {
			t.Error("the number is stored in clear")
		}
		if err := s.Purge(t.Context(), present.Add(recovery.Remembered-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, `SELECT count(*) FROM former_contact`); n != 1 {
			t.Errorf("%d contacts a day before, want 1", n)
		}
		if err := s.Purge(t.Context(), present.Add(recovery.Remembered+time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, `SELECT count(*) FROM former_contact`); n != 0 {
			t.Errorf("%d contacts stay", n)
		}
	})
}
