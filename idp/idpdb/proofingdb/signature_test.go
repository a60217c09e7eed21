package proofingdb_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/proofing/signing"
)

// submitted gives a request whose signed contract waits.
func submitted(t *testing.T, s *idpdb.Store, n string) enrolment.Request {
	t.Helper()
	o := idpdbtest.Opening(n)
	o.Request.Data.Email, o.Request.Method = n+"@example.org", enrolment.Signature
	if err := s.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	r, err := idpdbtest.Step(t.Context(), s, idpdbtest.Walked(t, s, o.Request, idpdbtest.UntilContract...), enrolment.Submit, idpdbtest.Applicant(o.Request), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Whoever switches a way off is told how many it concerns.
func TestThoseWhoAreToBeIdentifiedAreCountedByTheirWay(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		submitted(t, s, "first")
		idpdbtest.Open(t, s, "unconfirmed")
		gone := submitted(t, s, "gone")
		if got, err := s.Unidentified(t.Context()); err != nil || !maps.Equal(got, map[enrolment.Method]int{enrolment.Signature: 2}) {
			t.Errorf("%v %v", got, err)
		}
		if _, err := idpdbtest.Step(t.Context(), s, gone, enrolment.Withdraw, idpdbtest.Applicant(gone), nil); err != nil {
			t.Fatal(err)
		}
		idpdbtest.Ready(t, s, "other")
		if got, err := s.Unidentified(t.Context()); err != nil || !maps.Equal(got, map[enrolment.Method]int{enrolment.Signature: 1, enrolment.Point: 1}) {
			t.Errorf("%v %v", got, err)
		}
	})
}

// A21: what waits is listed when it is due, for the version that it has.
func TestWhatWaitsToBeJudgedIsListedWhenItIsDue(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		first, second := submitted(t, s, "first"), submitted(t, s, "second")
		idpdbtest.Ready(t, s, "other") // waits for nobody
		due := func(at time.Time, limit int) (ids []string) {
			t.Helper()
			list, err := s.SignaturesDue(t.Context(), at, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range list {
				ids = append(ids, w.Request)
			}
			return ids
		}
		if got := due(idpdbtest.Present, 10); !slices.Equal(got, []string{first.ID, second.ID}) {
			t.Fatalf("%v", got)
		}
		if got := due(idpdbtest.Present, 1); len(got) != 1 {
			t.Errorf("%v", got)
		}
		for n, minutes := range []int{5, 10} { // the second time in place of the first
			later := signing.Waiting{Request: first.ID, Version: first.Version, Tries: n + 1}
			if err := s.TryLater(t.Context(), later, idpdbtest.Present.Add(time.Duration(minutes)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if got := due(idpdbtest.Present.Add(9*time.Minute), 10); !slices.Equal(got, []string{second.ID}) {
			t.Errorf("before its time: %v", got)
		}
		if got := due(idpdbtest.Present.Add(10*time.Minute), 10); !slices.Equal(got, []string{second.ID, first.ID}) {
			t.Errorf("at its time: %v", got)
		}
		list, err := s.SignaturesDue(t.Context(), idpdbtest.Present.Add(time.Hour), 10)
		if err != nil || list[1] != (signing.Waiting{Request: first.ID, Version: first.Version, Tries: 2}) {
			t.Errorf("%+v, %v", list, err)
		}
		// Taken back and uploaded anew: it begins anew.
		back, err := idpdbtest.Step(t.Context(), s, first, enrolment.Return, idpdbtest.Applicant(first), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := due(idpdbtest.Present.Add(time.Hour), 10); !slices.Equal(got, []string{second.ID}) {
			t.Errorf("taken back: %v", got)
		}
		anew, err := idpdbtest.Step(t.Context(), s, back, enrolment.Submit, idpdbtest.Applicant(first), func(r *enrolment.Request) { r.Data.Contract = &enrolment.Contract{SHA256: "hash"} })
		if err != nil {
			t.Fatal(err)
		}
		list, err = s.SignaturesDue(t.Context(), idpdbtest.Present, 10)
		if i := slices.IndexFunc(list, func(w signing.Waiting) bool { return w.Request == first.ID }); err != nil || i < 0 || list[i].Tries != 0 || list[i].Version != anew.Version {
			t.Errorf("uploaded anew: %+v, %v", list, err)
		}
	})
}
