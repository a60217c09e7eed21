package proofingdb_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/idp/enrolment"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/proofing/cns"
)

func ceremonyOf(r enrolment.Request, code string) cns.Ceremony {
	return cns.Ceremony{Request: r.ID, Holder: r.Holder, Version: r.Version, Code: []byte(code), At: idpdbtest.Present, Until: idpdbtest.Present.Add(5 * time.Minute)}
}

// A24: of many at the same time one has the code; what was found is taken once.
func TestACeremonyIsPresentedOnceAndTakenOnce(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		o := idpdbtest.Opening("card")
		o.Request.Method = enrolment.CNS
		if err := s.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		r := idpdbtest.Walked(t, s, o.Request, idpdbtest.UntilContract...)
		if err := s.BeginCeremony(t.Context(), ceremonyOf(r, "one")); err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		got := make(chan error, 50)
		for range cap(got) {
			running.Go(func() {
				_, err := s.PresentCard(t.Context(), []byte("one"), idpdbtest.Present.Add(time.Minute))
				got <- err
			})
		}
		running.Wait()
		close(got)
		taken := 0
		for err := range got {
			switch {
			case err == nil:
				taken++
			case !errors.Is(err, cns.ErrStale):
				t.Error(err)
			}
		}
		if taken != 1 {
			t.Errorf("%d have it", taken)
		}

		found := cns.Finding{Back: []byte("back"), Until: idpdbtest.Present.Add(3 * time.Minute), Version: r.Version, Verdict: enrolment.Verdict{At: idpdbtest.Present, Facts: []enrolment.Fact{{Name: "cns_holder", Value: "x"}}}}
		line := audit.Event{At: idpdbtest.Present, Role: "idp", Action: audit.RequestCard, Outcome: audit.OK}
		if err := s.KeepFinding(t.Context(), ceremonyOf(r, "other"), found, line); !errors.Is(err, cns.ErrStale) {
			t.Errorf("for a ceremony that began anew: %v", err)
		}
		if err := s.KeepFinding(t.Context(), ceremonyOf(r, "one"), found, line); err != nil {
			t.Fatal(err)
		}
		if err := s.KeepFinding(t.Context(), ceremonyOf(r, "one"), found, line); !errors.Is(err, cns.ErrStale) {
			t.Errorf("twice: %v", err)
		}
		for _, one := range []struct {
			request, back string
			at            time.Duration
		}{{r.ID, "", 0}, {r.ID, "other", 0}, {"other", "back", 0}, {r.ID, "back", 3 * time.Minute}} {
			if _, err := s.Finding(t.Context(), one.request, []byte(one.back), idpdbtest.Present.Add(one.at)); !errors.Is(err, cns.ErrStale) {
				t.Errorf("%+v: %v", one, err)
			}
		}
		f, err := s.Finding(t.Context(), r.ID, []byte("back"), idpdbtest.Present.Add(time.Minute))
		if err != nil || f.Version != r.Version || len(f.Verdict.Facts) != 1 || f.Verdict.Facts[0].Value != "x" {
			t.Fatalf("%+v, %v", f, err)
		}

		take := func() error {
			after, event, err := r.Do(enrolment.Change{Act: enrolment.Sign, By: enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, At: idpdbtest.Present, Edit: func(q *enrolment.Request) {
				q.Data.Signed = &enrolment.Signing{At: idpdbtest.Present, Contract: q.Data.Contract.SHA256}
			}})
			if err != nil {
				t.Fatal(err)
			}
			return s.TakeFinding(t.Context(), r.ID, []byte("back"), enrolment.Step{After: after, Event: event, Audit: audit.Event{At: idpdbtest.Present, Role: "idp", Outcome: audit.OK}})
		}
		if err := take(); err != nil {
			t.Fatal(err)
		}
		if err := take(); !errors.Is(err, cns.ErrStale) {
			t.Errorf("taken twice: %v", err)
		}
	})
}

func TestCeremoniesEndAndAreDeleted(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Ready(t, s, "late")
		if err := s.BeginCeremony(t.Context(), ceremonyOf(r, "one")); err != nil {
			t.Fatal(err)
		}
		if err := s.BeginCeremony(t.Context(), ceremonyOf(r, "two")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PresentCard(t.Context(), []byte("one"), idpdbtest.Present); !errors.Is(err, cns.ErrStale) {
			t.Errorf("replaced: %v", err)
		}
		if _, err := s.PresentCard(t.Context(), []byte("two"), idpdbtest.Present.Add(5*time.Minute)); !errors.Is(err, cns.ErrStale) {
			t.Errorf("too late: %v", err)
		}
		if err := s.Purge(t.Context(), idpdbtest.Present.Add(5*time.Minute)); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := s.DB.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM card_ceremony`).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
}
