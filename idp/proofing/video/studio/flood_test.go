package studio_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
)

// Each sender that is named costs memory for the life of a connection: a browser that names
// thousands is cut off, and the session goes on without it.
func TestWhoSpeaksOfThousandsOfSendersIsCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	w.open(t, both...)
	hostile, operator := w.enter(t, "session-1", studio.Applicant), w.enter(t, "session-1", studio.Operator)
	together(t, 500*time.Millisecond, hostile, operator)
	named := uint32(0)
	until(t, "the flood ends the connection", func() bool {
		flood := make([]rtcp.Packet, 80)
		for i := range flood {
			named++
			flood[i] = &rtcp.PictureLossIndication{MediaSSRC: named}
		}
		if err := hostile.WriteRTCP(flood); err != nil {
			return true
		}
		s, _ := w.Stats("session-1")
		return !s.Sides[studio.Applicant].Connected
	})
	s, _ := w.Stats("session-1")
	if s.Ended || s.Sides[studio.Applicant].Connected || !s.Sides[studio.Operator].Connected {
		t.Fatalf("%+v", s)
	}
	again := w.enter(t, "session-1", studio.Applicant)
	together(t, 500*time.Millisecond, again, operator)
	paper, _, err := w.Finish(t.Context(), "session-1", said)
	if err != nil {
		t.Fatal(err)
	}
	d, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), paper)
	if err != nil || len(d.Sides[0].Parts) != 2 || !d.Sides[0].Parts[0].Flood || d.Sides[0].Parts[1].Flood {
		t.Errorf("%+v, %v", d.Sides, err)
	}
}

// What nobody records is not taken in: no data beside the session.
func TestNoDataGoesBesideASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.open(t, both...)
	c := newClient(t)
	if _, err := c.CreateDataChannel("beside", nil); err != nil {
		t.Fatal(err)
	}
	offer := c.offer(t)
	if !strings.Contains(offer, "m=application") {
		t.Fatal(offer)
	}
	if _, err := w.Join(t.Context(), "session-1", studio.Applicant, offer); !errors.Is(err, studio.ErrOffer) {
		t.Error(err)
	}
}

// When a session is over, nothing of it runs on. Not in parallel: it counts what runs.
func TestNothingOfASessionRunsOnAfterItsEnd(t *testing.T) {
	w := newWorld(t, everySecond)
	w.open(t, both...)
	before := runtime.NumGoroutine()
	for range 3 { // who reloads the page
		applicant, operator := w.enter(t, "session-1", studio.Applicant), w.enter(t, "session-1", studio.Operator)
		together(t, 200*time.Millisecond, applicant, operator)
		if err := errors.Join(applicant.Close(), operator.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.Finish(t.Context(), "session-1", said); err != nil {
		t.Fatal(err)
	}
	// The port and what reads it stay for the next session.
	until(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= before+2 })
	if n := len(w.Sessions()); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}
