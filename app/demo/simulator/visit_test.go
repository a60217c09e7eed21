package simulator

import (
	"testing"
	"time"

	"atrio/federation/spid/spidsaml"
)

var start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

func TestTheOldestLoginGivesWay(t *testing.T) {
	var v Visits
	first := v.Open(spidsaml.Authn{XML: []byte("<a/>")}, start)
	if first.Request.XML != nil {
		t.Error("a message is kept that nobody reads")
	}
	second := v.Open(spidsaml.Authn{}, start)
	for range most - 1 {
		v.Open(spidsaml.Authn{}, start)
	}
	if _, ok := v.Find(first.ID, start); ok {
		t.Error("more logins than allowed")
	}
	if _, ok := v.Find(second.ID, start); !ok {
		t.Error("a younger login gave way")
	}
}

func TestALoginThatEndedStaysEnded(t *testing.T) {
	var v Visits
	one := v.Open(spidsaml.Authn{}, start)
	if !v.End(one.ID) || v.End(one.ID) {
		t.Error("a login ends once")
	}
	v.Save(one)
	if _, ok := v.Find(one.ID, start); ok {
		t.Error("what changed brought it back")
	}
	two := v.Open(spidsaml.Authn{}, start)
	if _, ok := v.Find(two.ID, start.Add(life)); ok {
		t.Error("a login outlives its life")
	}
	// Those that ended leave room.
	for range 3 * most {
		v.End(v.Open(spidsaml.Authn{}, start).ID)
	}
	if len(v.order) > most || len(v.open) > most {
		t.Errorf("%d of %d remembered", len(v.open), len(v.order))
	}
}
