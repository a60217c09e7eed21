package ledgerdb_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/samlsso"
	"atrio/web"
)

func session(handle string) *web.Session {
	return &web.Session{Hash: []byte(handle), Handle: handle, Subject: "ada", CreatedAt: idpdbtest.Present, SeenAt: idpdbtest.Present, ExpiresAt: idpdbtest.Present.Add(time.Hour), AuthTime: idpdbtest.Present}
}

// joining is an answer by which a service joins a session.
func joining(flow, handle string, at time.Time) samlsso.Answer {
	a := idpdbtest.Answer(flow)
	a.At = at
	a.Participant = &samlsso.Participant{Session: handle, Service: "https://sp.example.org", NameID: "_" + flow, Until: idpdbtest.Present.Add(time.Hour)}
	return a
}

func TestNobodyJoinsASessionThatIsOver(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		first := joining("new", "h", idpdbtest.Present)
		first.Session = session("h")
		for _, a := range []samlsso.Answer{first, joining("second", "h", idpdbtest.Present.Add(time.Minute))} {
			if err := s.Record(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		for name, a := range map[string]samlsso.Answer{
			"unknown": joining("a", "other", idpdbtest.Present), "expired": joining("b", "h", idpdbtest.Present.Add(time.Hour)),
		} {
			if err := s.Record(t.Context(), a); !errors.Is(err, samlsso.ErrSessionOver) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM participant`); n != 2 {
			t.Errorf("%d participants", n)
		}
		// Nothing was written: the login can be answered once more.
		if n := idpdbtest.Count(t, s, `SELECT (SELECT count(*) FROM access) + (SELECT count(*) FROM consumed)`); n != 4 {
			t.Errorf("%d rows of two answers", n)
		}
		if err := s.Record(t.Context(), joining("b", "h", idpdbtest.Present)); err != nil {
			t.Error(err)
		}
	})
}

// Whoever wins, no service is left that believes in the session and is not told.
func TestJoiningAndEndingASessionAtOnceLeavesNobodyBehind(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		if err := s.Prepare(t.Context(), idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
			first := joining("new"+n, "h"+n, idpdbtest.Present)
			first.Session = session("h" + n)
			if err := s.Record(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			var joined, ended error
			var told []samlsso.Participant
			var both sync.WaitGroup
			both.Go(func() {
				a := joining("late"+n, "h"+n, idpdbtest.Present)
				a.Participant.Service = "https://library.example.org"
				joined = s.Record(t.Context(), a)
			})
			both.Go(func() {
				told, _, ended = s.EndGlobal(t.Context(), samlsso.Ending{
					Session: "h" + n, Seen: idpdbtest.Present.Add(-time.Hour), Now: idpdbtest.Present, NewID: func() string { return "_q" + n },
					Event: audit.Event{At: idpdbtest.Present, Role: "idp", Detail: map[string]string{}},
				})
			})
			both.Wait()
			want := 2
			if errors.Is(joined, samlsso.ErrSessionOver) {
				joined, want = nil, 1
			}
			if joined != nil || ended != nil || len(told) != want {
				t.Errorf("%d told of %d, %v, %v", len(told), want, joined, ended)
			}
			if n := idpdbtest.Count(t, s, `SELECT count(*) FROM participant WHERE state = 'in'`); n != 0 {
				t.Errorf("%d services are left in a session that is over", n)
			}
		}
	})
}
