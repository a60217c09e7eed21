package console_test

import (
	"slices"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
)

// A33: a node stopped in the middle of a session; the recordings that it left are found at the
// session of that node, with their sides, and not at another one of the same request.
func TestRecordingsThatAStoppedNodeLeftBelongToTheirSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.ready(1, amira, true)
		k := w.operator(vera)
		first := k.meets(r, w.waits(r))
		k.act(first, "/abort", "reason", "quality")
		w.advance(time.Minute)
		c := w.waits(r)
		s := k.meets(r, c)
		k.until(s, r, c, video.Person)
		left := map[studio.Side]string{}
		for _, side := range []studio.Side{studio.Operator, studio.Applicant} { // the operator was quicker
			rec, err := w.vault.Record(t.Context(), evidence.NewRecording{Request: r.ID, Kind: evidence.VideoSegment, MediaType: "video/webm", Author: manifest.AuthorOf(s.ID, side)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rec.Append(t.Context(), []byte("segment of "+string(side))); err != nil {
				t.Fatal(err)
			}
			left[side] = rec.ID()
		}
		w.media.restart()
		run := func() {
			t.Helper()
			for _, job := range w.calls.Jobs() {
				if err := job.Run(t.Context(), w.clock()); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.advance(4 * time.Minute)
		run() // ends the session
		if got := w.read(r); got.State != enrolment.ContractReady {
			t.Fatalf("the request stays in %s", got.State)
		}
		w.advance(16 * time.Minute)
		run()
		got, err := w.store.Session(t.Context(), s.ID)
		if err != nil || got.State != video.Aborted || !got.Recovered || !slices.Equal(got.Recordings, []string{left[studio.Applicant], left[studio.Operator]}) {
			t.Fatalf("%+v, %v", got, err)
		}
		d, err := manifest.Verify(t.Context(), keyring(), manifest.Working(w.vault, evidence.Access{By: "op-remo", Purpose: "test"}), got.Manifest)
		if err != nil || d.Operator != k.ID || len(d.Steps) != 2 || d.Session != s.ID {
			t.Errorf("%+v, %v", d, err)
		}
		if other, err := w.store.Session(t.Context(), first.ID); err != nil || other.Recovered || slices.Contains(other.Recordings, left[studio.Applicant]) {
			t.Errorf("another session: %+v, %v", other, err)
		}
		if list, err := w.store.LooseSessions(t.Context(), w.clock(), 10); err != nil || len(list) != 0 {
			t.Errorf("found again and again: %+v, %v", list, err)
		}
	})
}
