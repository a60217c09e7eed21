package credentialdb_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/idp/cardlogin"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/life"
)

// I12: who was identified by the card has it bound from the activation on, until the identity ends.
func TestTheCardOfARequestIsThatOfTheIdentityUntilItEnds(t *testing.T) {
	for _, method := range []enrolment.Method{enrolment.CNS, enrolment.Point} {
		idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
			r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), append(idpdbtest.UntilContract, enrolment.Identify)...)
			r, err := idpdbtest.Step(t.Context(), s, r, enrolment.Approve, enrolment.Author{Role: enrolment.Approver, ID: "remo"}, func(r *enrolment.Request) {
				r.Method, r.Data.Verdict = method, &enrolment.Verdict{At: idpdbtest.Present, Facts: []enrolment.Fact{{Name: "cns_serial", Value: "1234567890123456"}}}
			})
			if err != nil {
				t.Fatal(err)
			}
			who, err := s.Identity(t.Context(), r.Holder)
			if err != nil || who.Factors.Card != (method == enrolment.CNS) || who.Factors.Card && who.Factors.Level() != 3 {
				t.Fatalf("%s: %+v %v", method, who, err)
			}
			bound, err := s.CardOf(t.Context(), who.ID)
			if err != nil || (bound.Ending == "3456") != who.Factors.Card {
				t.Errorf("%s: %+v %v", method, bound, err)
			}
			after, event, err := who.Do(identity.Change{Act: identity.Revoke, Cause: identity.ByHolder, By: identity.By{Role: identity.AsHolder, ID: who.ID, Proved: true}, At: idpdbtest.Present.Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.SaveLife(t.Context(), life.Step{After: after, Event: event, Audit: audit.Event{At: event.At, Role: "idp"}}); err != nil {
				t.Fatal(err)
			}
			if bound, err := s.CardOf(t.Context(), who.ID); err != nil || !bound.At.IsZero() {
				t.Errorf("a revoked identity has a card: %+v %v", bound, err)
			}
		})
	}
}

// A24: of many that present the code of a ceremony at once, or take what was found, one does.
func TestACardOfALoginCountsOnce(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		c := cardlogin.Ceremony{Key: "flow", Identity: "ada", Page: "/login/flow/card", Code: []byte("code"), Until: idpdbtest.Present.Add(5 * time.Minute)}
		if err := s.BeginCardLogin(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		many := func(try func() error) (won int) {
			var mu sync.Mutex
			var together sync.WaitGroup
			for range 10 {
				together.Go(func() {
					err := try()
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil:
						won++
					case !errors.Is(err, cardlogin.ErrStale):
						t.Error(err)
					}
				})
			}
			together.Wait()
			return won
		}
		if n := many(func() error { _, err := s.PresentCardLogin(t.Context(), c.Code, idpdbtest.Present); return err }); n != 1 {
			t.Errorf("presented %d times", n)
		}
		if late, err := s.PresentCardLogin(t.Context(), c.Code, idpdbtest.Present); !errors.Is(err, cardlogin.ErrStale) || late.Page != c.Page || late.Key != "" {
			t.Errorf("who is late: %+v %v", late, err)
		}
		if err := s.FoundCard(t.Context(), c, cardlogin.Finding{Back: []byte("back"), Until: idpdbtest.Present.Add(time.Minute), Ending: "3456"}); err != nil {
			t.Fatal(err)
		}
		take := cardlogin.Taking{Key: "flow", Identity: "ada", Back: []byte("back"), Audit: audit.Event{At: idpdbtest.Present, Role: "idp", Action: audit.CodeChecked}}
		for name, wrong := range map[string]func(*cardlogin.Taking){
			"another way back": func(t *cardlogin.Taking) { t.Back = []byte("other") },
			"another login":    func(t *cardlogin.Taking) { t.Key = "other" },
			"somebody else":    func(t *cardlogin.Taking) { t.Identity = "bruno" },
			"too late":         func(t *cardlogin.Taking) { t.Audit.At = idpdbtest.Present.Add(time.Minute) },
			"no way back":      func(t *cardlogin.Taking) { t.Back = nil },
		} {
			other := take
			wrong(&other)
			if err := s.TakeCard(t.Context(), other); !errors.Is(err, cardlogin.ErrStale) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := many(func() error { return s.TakeCard(t.Context(), take) }); n != 1 {
			t.Errorf("taken %d times", n)
		}
		// A ceremony that began anew gets nothing of the one before, and is purged.
		if err := s.BeginCardLogin(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		old := c
		old.Code = []byte("old")
		if err := s.FoundCard(t.Context(), old, cardlogin.Finding{Back: []byte("back"), Until: c.Until}); !errors.Is(err, cardlogin.ErrStale) {
			t.Errorf("another ceremony: %v", err)
		}
		if err := s.Purge(t.Context(), c.Until); err != nil || idpdbtest.Count(t, s, `SELECT count(*) FROM card_login`) != 0 {
			t.Errorf("not purged: %v", err)
		}
	})
}
