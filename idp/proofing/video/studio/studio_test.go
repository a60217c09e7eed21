package studio_test

import (
	"sync"
	"testing"
	"time"

	"atrio/base/setting"
	"atrio/idp/proofing/video/studio"
)

var both = []studio.Side{studio.Applicant, studio.Operator}

func TestASessionIsRecordedFromBothSidesOnOneClock(t *testing.T) {
	w := newWorld(t, func(c *studio.Config) { c.Segment = setting.Duration(time.Second) })
	if err := w.Open(t.Context(), studio.Room{Request: "request-1", Session: "session-1", Sides: both}); err != nil {
		t.Fatal(err)
	}
	applicant, operator := w.enter(t, "session-1", studio.Applicant), w.enter(t, "session-1", studio.Operator)
	var wg sync.WaitGroup
	for _, c := range []*client{applicant, operator} {
		wg.Go(func() { c.play(t, 4*time.Second) })
	}
	wg.Wait()
	stats, ok := w.Stats("session-1")
	if !ok {
		t.Fatal("no session")
	}
	t.Logf("%+v", stats)
	manifest, recordings, err := w.Finish(t.Context(), "session-1", studio.Manifest{Operator: "operator-1", Script: "reg-8:1", Steps: []studio.Step{{ID: "consent", At: present}}})
	if err != nil || len(recordings) != 2 {
		t.Fatal(recordings, err)
	}
	d, err := studio.Verify(t.Context(), ring(), studio.Working(w.vault, work), manifest)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", d)
	for _, id := range recordings {
		t.Logf("%+v", probe(t, w.contents(t, id)))
	}
	for _, c := range []*client{applicant, operator} {
		c.mu.Lock()
		t.Log(c.got)
		c.mu.Unlock()
	}
}
