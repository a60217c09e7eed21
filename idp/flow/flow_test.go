package flow

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml/metadata"
)

func full() *State {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	return &State{
		StartedAt: at, Deadline: at.Add(10 * time.Minute), Identity: "i", PasswordAt: at, SecondAt: at, Method: TOTP, Session: "s", Fresh: true,
		Request: &spidsaml.Authn{
			RequestID: "_1", Service: "https://sp.example.org", ACSURL: "https://sp.example.org/acs", RelayState: "x",
			DisplayNames: metadata.Localized{{Lang: "it", Text: "Servizi"}, {Lang: "en", Text: "Services"}},
			Level:        spid.L2, Comparison: spid.Minimum, ForceAuthn: true, Attributes: []string{"name"}, XML: []byte("<request/>"),
		},
	}
}

func TestAStateComesBackAsItWas(t *testing.T) {
	for _, want := range []*State{full(), {StartedAt: full().StartedAt, Deadline: full().Deadline}} {
		raw, err := want.marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := unmarshal(raw)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
}

func TestADecisionNeverTravels(t *testing.T) {
	s := full()
	s.End = Agreed
	raw, err := s.marshal()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unmarshal(raw); err != nil || got.End != Open || string(s.Request.XML) != "<request/>" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestBrokenStatesAreRefused(t *testing.T) {
	raw, err := full().marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, raw[:len(raw)/2], []byte(strings.Repeat("x", 100))} {
		if _, err := unmarshal(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestALevelIsNeededEvenWithoutARequest(t *testing.T) {
	if n := (&State{}).Need(); n != spid.L1 {
		t.Errorf("the account page needs level %d", n)
	}
	s := full()
	s.Request.Comparison = spid.Better
	if n := s.Need(); n != spid.L3 {
		t.Errorf("better than 2 needs %d", n)
	}
	s.Forget()
	if s.Identity != "" || s.Session != "" || !s.PasswordAt.IsZero() || !s.SecondAt.IsZero() || s.Method != "" {
		t.Errorf("not forgotten: %+v", s)
	}
}
