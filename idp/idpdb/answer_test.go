package idpdb_test

import (
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
)

func TestALoginIsAnsweredOnceAndKeptFor24Months(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		if err := s.Prepare(t.Context(), idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		before := s.DB.Commits()
		if err := s.Record(t.Context(), idpdbtest.Answer("f")); err != nil {
			t.Fatal(err)
		}
		if got := s.DB.Commits() - before; got != 1 {
			t.Errorf("%d commits", got)
		}
		if err := s.Record(t.Context(), idpdbtest.Answer("f")); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second answer gives %v", err)
		}
		nobody := idpdbtest.Answer("g")
		nobody.Access = nil
		if err := s.Record(t.Context(), nobody); err != nil {
			t.Fatal(err)
		}
		list, err := s.Accesses(t.Context(), "ada", 10)
		if err != nil || len(list) != 1 || list[0].Service != "Servizi Prova" || !list[0].At.Equal(idpdbtest.Present) {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, c := range []struct {
			at   time.Time
			want int
		}{{idpdbtest.Present.AddDate(0, 24, 0).Add(-time.Second), 1}, {idpdbtest.Present.AddDate(0, 24, 0), 0}} {
			if err := s.Purge(t.Context(), c.at); err != nil {
				t.Fatal(err)
			}
			if list, _ = s.Accesses(t.Context(), "ada", 10); len(list) != c.want {
				t.Errorf("%d accesses at %v, want %d", len(list), c.at, c.want)
			}
		}
	})
}
