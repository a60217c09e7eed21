package sessiondb_test

import (
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/people/person"
)

// at1 is a person of level 1 whose provider keeps a session.
func at1(who, nameID, index string) person.Assertion {
	a := gatewaydbtest.Asserted("https://idp", who)
	a.Level, a.NameID, a.SessionIndex = person.Level1, nameID, index
	return a
}

func TestTheSessionAtTheProviderLivesAndEndsWithTheOneHere(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		a, _, err := s.Register(t.Context(), gatewaydbtest.Entry(at1("A", "_n1", "_s1"), "1"))
		if err != nil {
			t.Fatal(err)
		}
		ev := audit.Event{At: gatewaydbtest.Start, Role: "gateway", Detail: map[string]string{"how": "self"}}
		got, found, err := s.LeaveSession(t.Context(), a.ID, "handle1", ev)
		want := account.DoorSession{Door: person.DoorSPID, Issuer: "https://idp", NameID: "_n1", SessionIndex: "_s1"}
		if err != nil || !found || got != want {
			t.Errorf("%+v, %v, %v", got, found, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM door_session`); n != 0 {
			t.Errorf("%d rows left", n)
		}
		// The session that a new one replaces takes its row along.
		v := gatewaydbtest.Visit(at1("A", "_n2", "_s1"), "2")
		if _, _, err := s.Enter(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		v = gatewaydbtest.Visit(at1("A", "_n3", "_s1"), "3")
		v.Replaces = "handle2"
		if _, _, err := s.Enter(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM door_session WHERE session = 'handle3'`); n != 1 || gatewaydbtest.Count(t, d, `SELECT count(*) FROM door_session`) != 1 {
			t.Error("the row of the replaced session is still there")
		}
		if err := s.Purge(t.Context(), gatewaydbtest.Start.Add(2*time.Hour)); err != nil || gatewaydbtest.Count(t, d, `SELECT count(*) FROM door_session`) != 0 {
			t.Errorf("not purged: %v", err)
		}
	})
}

func TestAProviderEndsItsOwnSessionsAndNoOthers(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		for _, e := range []account.FirstEntry{gatewaydbtest.Entry(at1("A", "_n1", "_s1"), "1"), gatewaydbtest.Entry(at1("B", "_n2", "_s2"), "2")} {
			if _, _, err := s.Register(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		ev := audit.Event{At: gatewaydbtest.Start, Role: "gateway", Detail: map[string]string{"how": "provider"}}
		for _, c := range []struct {
			issuer, name string
			indexes      []string
			ended        int
		}{
			{"https://altro", "_n1", []string{"_s1"}, 0},
			{"https://idp", "_n1", []string{"_s2"}, 0},
			{"https://idp", "_n2", []string{"_s1"}, 0},
			{"https://idp", "_n1", []string{"_x", "_s1"}, 1},
			{"https://idp", "_n1", []string{"_s1"}, 0},
		} {
			n, err := s.EndSessionsFrom(t.Context(), c.issuer, c.name, c.indexes, ev)
			if err != nil || n != c.ended {
				t.Errorf("%+v: %d, %v", c, n, err)
			}
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session`); n != 1 {
			t.Errorf("%d sessions left", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1`, audit.RequestReceived); n != 5 {
			t.Errorf("%d requests in the audit", n)
		}
	})
}

func TestOnlyWhatAProviderCouldNameIsKept(t *testing.T) {
	high := at1("A", "_n", "_s")
	high.Level = person.Level2
	cie := high
	cie.Door = person.DoorCIE
	for name, c := range map[string]struct {
		a    person.Assertion
		kept bool
	}{
		"level 1": {at1("A", "_n", "_s"), true}, "no index": {at1("A", "_n", ""), false}, "no name": {at1("A", "", "_s"), false},
		"a giant": {at1("A", strings.Repeat("x", 600), "_s"), false}, "level 2 of a provider that names a session": {high, true}, "CIE at level 2": {cie, true},
	} {
		if _, kept := (account.Visit{Asserted: c.a}).DoorSession(); kept != c.kept {
			t.Errorf("%s: %v", name, kept)
		}
	}
}
