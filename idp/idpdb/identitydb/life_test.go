package identitydb_test

import (
	"errors"
	"testing"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/life"
)

// Two nodes, or two tabs, at the same identity: one is told that it has gone on.
func TestOfTwoChangesAtOnceOneIsStored(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		who, err := s.Identity(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		var refused int
		for range 2 {
			after, e, err := who.Do(identity.Change{Act: identity.Suspend, Cause: identity.Abuse, By: identity.By{Role: identity.AsHolder, ID: "ada"}, At: idpdbtest.Present, Reason: "perché", Evidence: []string{"e1"}})
			if err != nil {
				t.Fatal(err)
			}
			err = s.SaveLife(t.Context(), life.Step{
				After: after, Event: e, Audit: audit.Event{Role: "idp"}, Messages: []notify.Message{{Channel: notify.Mail, To: "ada@example.org", Subject: "s", Text: "t", Lang: "it"}},
			})
			if errors.Is(err, identity.ErrMay) {
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM outbox`); refused != 1 || n != 1 {
			t.Errorf("%d refused, %d messages", refused, n)
		}
		events, err := s.LifeOf(t.Context(), "ada")
		if err != nil || len(events) != 1 || events[0].Reason != "perché" || events[0].Evidence[0] != "e1" || events[0].From != identity.Active || events[0].Cause != identity.Abuse {
			t.Errorf("%+v, %v", events, err)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM identity_event WHERE sealed LIKE '%perch%'`); n != 0 {
			t.Error("a reason is stored in clear")
		}
	})
}

// A warning is sent once, whoever looks how often.
func TestAWarningIsStoredOnceWithItsMessages(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		w := life.Warning{Kind: life.DocumentEnd, End: idpdbtest.Present.AddDate(0, 0, 30), Days: 30, Sent: idpdbtest.Present}
		for range 3 {
			err := s.SaveWatch(t.Context(), "ada", idpdbtest.Present.Add(time.Hour), &w, []notify.Message{{Channel: notify.SMS, To: "+393330000001", Text: "t", Lang: "it"}}, audit.Event{At: idpdbtest.Present, Role: "idp"})
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM outbox`); n != 1 {
			t.Errorf("%d messages", n)
		}
		if warned, err := s.Warned(t.Context(), "ada"); err != nil || len(warned) != 1 || warned[0] != w {
			t.Errorf("%+v, %v", warned, err)
		}
		if due, err := s.DueToWatch(t.Context(), idpdbtest.Present, 10); err != nil || len(due) != 0 {
			t.Errorf("%v, %v", due, err)
		}
		if due, err := s.DueToWatch(t.Context(), idpdbtest.Present.Add(time.Hour), 10); err != nil || len(due) != 1 {
			t.Errorf("%v, %v", due, err)
		}
	})
}

// A task is of one operator, and a later one of its kind takes its place.
func TestATaskIsClosedOnce(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		line := audit.Event{At: idpdbtest.Present, Role: "idp"}
		for _, id := range []string{"t1", "t2"} {
			task := life.Task{ID: id, Identity: "ada", Kind: life.AgreeTask, Author: "operator:a", Made: idpdbtest.Present, Data: life.TaskData{Act: identity.Revoke, Cause: identity.Death, Reason: "r"}}
			if err := s.PutTask(t.Context(), task, nil, line); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Task(t.Context(), "t1"); !errors.Is(err, life.ErrNoTask) {
			t.Errorf("the replaced one: %v", err)
		}
		got, err := s.Task(t.Context(), "t2")
		if err != nil || got.Data.Cause != identity.Death || got.Data.Reason != "r" {
			t.Errorf("%+v, %v", got, err)
		}
		if err := s.RefuseTask(t.Context(), "t2", "operator:b", nil, line); err != nil {
			t.Error(err)
		}
		if err := s.RefuseTask(t.Context(), "t2", "operator:b", nil, line); !errors.Is(err, life.ErrNoTask) {
			t.Errorf("twice: %v", err)
		}
	})
}

// A31: a code that works stays; one that is over, or was guessed at too often, is replaced.
func TestACodeThatWorksIsKept(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		send := func(digest string, at time.Time) bool {
			t.Helper()
			wait, err := s.SendIdentityCode(t.Context(), life.Sending{
				Identity: "ada", Purpose: life.ToStop + "sms", Digest: []byte(digest), At: at, Expires: at.Add(10 * time.Minute), Pause: time.Minute, Keep: true, Tries: 2,
				Value: "sms", Messages: []notify.Message{{Channel: notify.SMS, To: "+393330000001", Text: "t", Lang: "it"}}, Audit: audit.Event{At: at, Role: "idp", Action: audit.CodeSent, Outcome: audit.OK},
			})
			if err != nil {
				t.Fatal(err)
			}
			return wait == 0
		}
		try := func(digest string, at time.Time) secondfactor.Outcome {
			t.Helper()
			o, _, _, err := s.TryIdentityCode(t.Context(), "ada", life.ToStop+"sms", []byte(digest), 2, at)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		at := func(minutes int) time.Time { return idpdbtest.Present.Add(time.Duration(minutes) * time.Minute) }
		if !send("one", at(0)) || send("two", at(9)) || try("one", at(9)) != secondfactor.Right {
			t.Error("a code that works is replaced")
		}
		if !send("two", at(10)) {
			t.Error("a code that is over stays")
		}
		first, second := try("x", at(11)), try("x", at(11))
		if first != secondfactor.Wrong || second != secondfactor.Wrong || !send("three", at(12)) || try("three", at(12)) != secondfactor.Right {
			t.Error("a code without tries stays")
		}
	})
}

// What two operators have to agree on does not stand behind many documents.
func TestWhatIsToBeAgreedOnComesFirst(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		for n, kind := range []string{life.DocumentTask, life.AgreeTask} {
			task := life.Task{ID: kind, Identity: "ada", Kind: kind, Author: "operator:a", Made: idpdbtest.Present.Add(time.Duration(n) * time.Hour), Data: life.TaskData{Version: 7}}
			if err := s.PutTask(t.Context(), task, nil, audit.Event{At: idpdbtest.Present, Role: "idp"}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.WaitingTasks(t.Context(), "", 1)
		if err != nil || len(list) != 1 || list[0].Kind != life.AgreeTask || list[0].Data.Version != 7 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
