package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// A37: a clock that went back signs nothing and lets nothing be stored, until it is right or
// somebody says that it is.
func TestA37TimesThatAreSignedNeverGoBack(t *testing.T) {
	m := chain(t, 4)
	add := func() {
		t.Helper()
		if err := m.AppendEvents(t.Context(), []Event{{At: now, Action: DataRead}}); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		at     time.Time
		behind bool
	}{
		"the same time":           {now, false},
		"another node's clock":    {now.Add(-Tolerance), false},
		"behind":                  {now.Add(-Tolerance - time.Microsecond), true},
		"a year behind":           {now.AddDate(-1, 0, 0), true},
		"a clock that ran ahead":  {now.AddDate(1, 0, 0), false},
		"before anything was set": {time.Time{}, true},
	} {
		if err := CheckClock(t.Context(), m, c.at, public()); errors.Is(err, ErrClock) != c.behind {
			t.Errorf("%s: %v", name, err)
		}
	}
	add()
	if err := sequencer(m, 4).Run(t.Context(), now.Add(-time.Hour)); !errors.Is(err, ErrClock) || len(m.checkpoints) != 1 {
		t.Fatalf("%d checkpoints, %v", len(m.checkpoints), err)
	}
	if r := verify(t, m); !r.OK() || r.Tail.Rows != 1 {
		t.Errorf("%+v", r)
	}
	// Nodes whose clocks differ a little sign one time after the other.
	if err := sequencer(m, 4).Run(t.Context(), now.Add(-30*time.Second)); err != nil || !m.checkpoints[1].At.Equal(now) {
		t.Fatalf("signed at %v, %v", m.checkpoints[1].At, err)
	}
	// A clock that had run ahead, and was set right by somebody who says so.
	add()
	if err := sequencer(m, 4).Run(t.Context(), now.AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	add()
	if err := sequencer(m, 4).Run(t.Context(), now.Add(time.Hour)); !errors.Is(err, ErrClock) {
		t.Fatal(err)
	}
	right := sequencer(m, 4)
	right.Clock = true
	if err := right.Run(t.Context(), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := CheckClock(t.Context(), m, now.Add(time.Hour), public()); err != nil {
		t.Error(err)
	}
	if r := verify(t, m); !r.OK() {
		t.Errorf("%+v", r)
	}
}

// A37: one node whose clock runs ahead signs no time that would stop the others, also when
// somebody says that its clock is right; nodes that keep to the bound on either side go on.
func TestA37AClockThatIsAheadSignsNothing(t *testing.T) {
	shared := func(context.Context) (time.Time, error) { return now, nil }
	for name, c := range map[string]struct {
		at     time.Time
		shared Shared
		ahead  bool
	}{
		"right":             {now, shared, false},
		"behind":            {now.AddDate(-1, 0, 0), shared, false},
		"a little ahead":    {now.Add(Lead), shared, false},
		"ahead":             {now.Add(Lead + time.Microsecond), shared, true},
		"a year ahead":      {now.AddDate(1, 0, 0), shared, true},
		"one node":          {now.AddDate(1, 0, 0), func(context.Context) (time.Time, error) { return time.Time{}, nil }, false},
		"of no real clock":  {now.AddDate(1, 0, 0), nil, false},
		"a silent database": {now, func(context.Context) (time.Time, error) { return now, io.ErrUnexpectedEOF }, false},
	} {
		if err := CheckLead(t.Context(), c.at, c.shared); errors.Is(err, ErrAhead) != c.ahead {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := chain(t, 4)
	sign := func(at time.Time, accepted bool) error {
		t.Helper()
		if err := m.AppendEvents(t.Context(), []Event{{At: at, Action: DataRead}}); err != nil {
			t.Fatal(err)
		}
		s := sequencer(m, 4)
		s.Shared, s.Clock = shared, accepted
		return s.Run(t.Context(), at)
	}
	for _, accepted := range []bool{false, true} {
		if err := sign(now.AddDate(0, 0, 1), accepted); !errors.Is(err, ErrAhead) || !strings.Contains(err.Error(), "set the one that is wrong") {
			t.Errorf("accepted %v: %v", accepted, err)
		}
	}
	for _, at := range []time.Time{now.Add(Lead), now.Add(-Lead), now, now.Add(Lead)} {
		if err := sign(at, false); err != nil {
			t.Errorf("%v from the shared clock: %v", at.Sub(now), err)
		}
		if err := CheckClock(t.Context(), m, now.Add(-Lead), public()); err != nil {
			t.Errorf("a node that is right is stopped: %v", err)
		}
	}
}

// A37: who can write rows, and has no key, neither stops a node nor lets its clock go back.
func TestA37ATimeThatIsNotOursCountsForNothing(t *testing.T) {
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	for _, at := range []time.Time{now.AddDate(9, 0, 0), now.AddDate(-9, 0, 0)} {
		m := chain(t, 4)
		m.checkpoints = append(m.checkpoints, Sign(stranger, Head{Seq: 5, Hash: []byte("x")}, at))
		changed := m.checkpoints[0]
		changed.Seq, changed.At = 6, at
		m.checkpoints = append(m.checkpoints, changed)
		if err := CheckClock(t.Context(), m, now, public()); err != nil {
			t.Errorf("%v stops the node: %v", at, err)
		}
		if err := CheckClock(t.Context(), m, now.Add(-time.Hour), public()); !errors.Is(err, ErrClock) {
			t.Errorf("%v lets the clock go back: %v", at, err)
		}
	}
	if err := CheckClock(t.Context(), &memory{}, time.Time{}, public()); err != nil {
		t.Errorf("a log without a line: %v", err)
	}
}
