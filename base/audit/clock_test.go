package audit

import (
	"bytes"
	"crypto/ed25519"
	"errors"
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
