package idpdb_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/idp/idpdb"
	"atrio/idp/samlsso"
	"atrio/web"
)

func session(handle string) *web.Session {
	return &web.Session{Hash: []byte(handle), Handle: handle, Subject: "ada", CreatedAt: present, SeenAt: present, ExpiresAt: present.Add(time.Hour), AuthTime: present}
}

// joining is an answer by which a service joins a session.
func joining(flow, handle string, at time.Time) samlsso.Answer {
	a := answer(flow)
	a.At = at
	a.Participant = &samlsso.Participant{Session: handle, Service: "https://sp.example.org", NameID: "_" + flow, Until: present.Add(time.Hour)}
	return a
}

func rowsOf(t *testing.T, s *idpdb.Store, query string, args ...any) (n int) {
	t.Helper()
	if err := s.DB.Read().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNobodyJoinsASessionThatIsOver(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		first := joining("new", "h", present)
		first.Session = session("h")
		for _, a := range []samlsso.Answer{first, joining("second", "h", present.Add(time.Minute))} {
			if err := s.Record(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		for name, a := range map[string]samlsso.Answer{
			"unknown": joining("a", "other", present), "expired": joining("b", "h", present.Add(time.Hour)),
		} {
			if err := s.Record(t.Context(), a); !errors.Is(err, samlsso.ErrSessionOver) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := rowsOf(t, s, `SELECT count(*) FROM participant`); n != 2 {
			t.Errorf("%d participants", n)
		}
		// Nothing was written: the login can be answered once more.
		if n := rowsOf(t, s, `SELECT (SELECT count(*) FROM access) + (SELECT count(*) FROM consumed)`); n != 4 {
			t.Errorf("%d rows of two answers", n)
		}
		if err := s.Record(t.Context(), joining("b", "h", present)); err != nil {
			t.Error(err)
		}
	})
}

// Whoever wins, no service is left that believes in the session and is not told.
func TestJoiningAndEndingASessionAtOnceLeavesNobodyBehind(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		if err := s.Prepare(t.Context(), present); err != nil {
			t.Fatal(err)
		}
		for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
			first := joining("new"+n, "h"+n, present)
			first.Session = session("h" + n)
			if err := s.Record(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			var joined, ended error
			var told []samlsso.Participant
			var both sync.WaitGroup
			both.Go(func() {
				a := joining("late"+n, "h"+n, present)
				a.Participant.Service = "https://library.example.org"
				joined = s.Record(t.Context(), a)
			})
			both.Go(func() {
				told, _, ended = s.EndGlobal(t.Context(), samlsso.Ending{
					Session: "h" + n, Seen: present.Add(-time.Hour), Now: present, NewID: func() string { return "_q" + n },
					Event: audit.Event{At: present, Role: "idp", Detail: map[string]string{}},
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
			if n := rowsOf(t, s, `SELECT count(*) FROM participant WHERE state = 'in'`); n != 0 {
				t.Errorf("%d services are left in a session that is over", n)
			}
		}
	})
}
