package studio_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/setting"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
)

var (
	both = []studio.Side{studio.Applicant, studio.Operator}
	said = studio.Manifest{Operator: "operator-1", Script: "reg-8:1", Steps: []studio.Step{{ID: "consent", At: present, Note: "done"}, {ID: "identity", At: present.Add(time.Minute)}}}
)

func everySecond(c *studio.Config) { c.Segment = setting.Duration(time.Second) }

func TestASessionIsRecordedFromBothSidesOnOneClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	w.open(t, both...)
	applicant, operator := w.enter(t, "session-1", studio.Applicant), w.enter(t, "session-1", studio.Operator)
	const length = 4 * time.Second
	together(t, length, applicant, operator)
	stats, ok := w.Stats("session-1")
	if !ok || stats.Ended || stats.Recorded < length-time.Second {
		t.Errorf("%+v", stats)
	}
	for _, side := range both {
		s := stats.Sides[side]
		if !s.Connected || s.Joins != 1 || s.Width != 320 || s.Height != 240 || s.Packets == 0 || !s.Audio || !s.Video || s.BitRate == 0 || s.FPS == 0 || s.Segments == 0 {
			t.Errorf("%s: %+v", side, s)
		}
	}
	for _, c := range []*client{applicant, operator} {
		until(t, "each sees and hears the other", func() bool {
			audio, video := c.Got()
			return audio > 150 && video > 80
		})
	}
	paper, recordings, err := w.Finish(t.Context(), "session-1", said)
	if err != nil || len(recordings) != 2 {
		t.Fatal(recordings, err)
	}
	if _, ok := w.Stats("session-1"); ok {
		t.Error("a session that is over is still under way")
	}
	d, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), paper)
	if err != nil {
		t.Fatal(err)
	}
	if d.Operator != "operator-1" || d.Script != "reg-8:1" || len(d.Steps) != 2 || d.Aborted != "" || len(d.Sides) != 2 || !d.Begun.Equal(present) {
		t.Errorf("%+v", d)
	}
	for i, id := range recordings {
		side := d.Sides[i]
		if side.Recording != id || len(side.Segments) < 3 || len(side.Parts) != 1 {
			t.Errorf("%+v", side)
		}
		part := side.Parts[0]
		if !strings.HasPrefix(part.Theirs, "sha-256 ") || !strings.HasPrefix(part.Ours, "sha-256 ") || part.Audio == nil || part.Audio.Codec != "audio/opus" || part.Video == nil || part.Video.Codec != "video/VP8" {
			t.Errorf("%+v", part)
		}
		p := probe(t, w.contents(t, id))
		video, audio := p["vp8"], p["opus"]
		if video.width != 320 || video.packets < 80 || audio.packets < 160 {
			t.Errorf("%+v", p)
		}
		if math.Abs(video.first-audio.first) > 0.3 || math.Abs(video.last-audio.last) > 0.3 {
			t.Errorf("sound and picture are apart: %+v", p)
		}
		if got := video.last - video.first; math.Abs(got-length.Seconds()) > 1 {
			t.Errorf("%v s of %v", got, length)
		}
	}
}

func TestWhoWasCutOffGoesOnInTheSameRecording(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	w.open(t, both...)
	applicant, operator := w.enter(t, "session-1", studio.Applicant), w.enter(t, "session-1", studio.Operator)
	together(t, 1500*time.Millisecond, applicant, operator)
	if err := applicant.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the studio sees that the applicant is away", func() bool {
		s, _ := w.Stats("session-1")
		return !s.Sides[studio.Applicant].Connected && s.Sides[studio.Operator].Connected && !s.Ended
	})
	together(t, time.Second, operator)
	applicant = w.enter(t, "session-1", studio.Applicant)
	together(t, 1500*time.Millisecond, applicant, operator)
	if s, _ := w.Stats("session-1"); s.Sides[studio.Applicant].Joins != 2 {
		t.Errorf("%+v", s)
	}
	paper, recordings, err := w.Finish(t.Context(), "session-1", said)
	if err != nil || len(recordings) != 2 {
		t.Fatal(recordings, err)
	}
	d, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), paper)
	if err != nil || len(d.Sides[0].Parts) != 2 || len(d.Sides[1].Parts) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	cut, whole := probe(t, w.contents(t, recordings[0])), probe(t, w.contents(t, recordings[1]))
	if cut["vp8"].packets < 50 || cut["vp8"].packets >= whole["vp8"].packets {
		t.Errorf("%+v, %+v", cut, whole)
	}
	if got := cut["vp8"].last - cut["vp8"].first; got < 3.5 {
		t.Errorf("the gap has gone: %v s", got)
	}
}

func TestWhatIsFinishedStaysWithoutAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	w.open(t, studio.Applicant)
	w.enter(t, "session-1", studio.Applicant).play(t, 3500*time.Millisecond)
	until(t, "segments are kept", func() bool {
		s, _ := w.Stats("session-1")
		return s.Sides[studio.Applicant].Segments >= 2
	})
	ids := w.recordings(t) // as after a crash: nobody has ended anything
	if len(ids) != 1 {
		t.Fatal(ids)
	}
	if p := probe(t, w.contents(t, ids[0])); p["vp8"].packets < 25 || p["opus"].packets < 50 {
		t.Errorf("%+v", p)
	}
	paper, sides, err := w.Abort(t.Context(), "session-1", "operator_left")
	if err != nil {
		t.Fatal(err)
	}
	manifests := w.manifests(t)
	if len(manifests) != 1 || paper != manifests[0] || !slices.Equal(sides, ids) || len(w.Sessions()) != 0 {
		t.Fatal(manifests, paper, sides, ids, w.Sessions())
	}
	d, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), manifests[0])
	if err != nil || d.Aborted != "operator_left" || len(d.Sides) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, _, err := w.Abort(t.Context(), "session-1", "again"); !errors.Is(err, studio.ErrUnknown) {
		t.Error(err)
	}
}

// failing is a store that takes no third segment.
type failing struct{ evidence.Store }

var errDisk = errors.New("disk full")

func (f failing) KeepEvidence(ctx context.Context, row evidence.Row, line *audit.Event) error {
	if row.Segment == 3 {
		return errDisk
	}
	return f.Store.KeepEvidence(ctx, row, line)
}

func TestASessionEndsWhenItsEvidenceCannotBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	w.vault.Store = failing{w.store}
	w.open(t, studio.Applicant)
	c := w.enter(t, "session-1", studio.Applicant)
	c.play(t, 4500*time.Millisecond)
	w.lostAs(t, "session-1 storage")
	s, ok := w.Stats("session-1")
	if !ok || !s.Ended || s.Reason != "storage" {
		t.Errorf("%+v", s)
	}
	if _, err := w.Join(t.Context(), "session-1", studio.Applicant, newClient(t).offer(t)); !errors.Is(err, studio.ErrEnded) {
		t.Error(err)
	}
	paper, recordings, err := w.Finish(t.Context(), "session-1", said)
	if !errors.Is(err, studio.ErrEnded) || !errors.Is(err, errDisk) || len(recordings) != 1 {
		t.Fatal(recordings, err)
	}
	d, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), paper)
	if err != nil || d.Aborted != "storage" || len(d.Sides[0].Segments) != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	if p := probe(t, w.contents(t, recordings[0])); p["vp8"].packets < 40 {
		t.Errorf("what was kept: %+v", p)
	}
}

func TestTheProgramStopsAndKeepsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.open(t, both...)
	w.enter(t, "session-1", studio.Operator).play(t, time.Second)
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.lostAs(t, "session-1 shutdown")
	manifests := w.manifests(t)
	if len(manifests) != 1 {
		t.Fatal(manifests)
	}
	d, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), manifests[0])
	if err != nil || d.Aborted != "shutdown" || len(d.Sides[1].Segments) != 1 || d.Sides[0].Recording != "" {
		t.Errorf("%+v, %v", d, err)
	}
	if err := w.Open(t.Context(), studio.Room{Request: "request-1", Session: "session-2", Sides: both}); !errors.Is(err, studio.ErrBusy) {
		t.Error(err)
	}
}

func TestASessionHasAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *studio.Config) { c.Lifetime = setting.Duration(time.Hour) })
	w.open(t, studio.Applicant)
	w.enter(t, "session-1", studio.Applicant).play(t, 500*time.Millisecond)
	w.ahead.Store(int64(time.Hour))
	w.lostAs(t, "session-1 time")
	if len(w.manifests(t)) != 1 {
		t.Error("no manifest")
	}
	w.ahead.Store(int64(2 * time.Hour))
	if err := w.Open(t.Context(), studio.Room{Request: "request-1", Session: "session-2", Sides: both}); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.Stats("session-1"); ok {
		t.Error("still remembered")
	}
}

func TestACheckOfTheCameraKeepsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	if err := w.Open(t.Context(), studio.Room{Session: "check-1", Sides: []studio.Side{studio.Applicant}}); err != nil {
		t.Fatal(err)
	}
	w.enter(t, "check-1", studio.Applicant).play(t, 2500*time.Millisecond)
	if s, _ := w.Stats("check-1"); s.Sides[studio.Applicant].Width != 320 || s.Sides[studio.Applicant].Segments != 0 {
		t.Errorf("%+v", s)
	}
	if _, _, err := w.Finish(t.Context(), "check-1", said); !errors.Is(err, studio.ErrEmpty) {
		t.Error(err)
	}
	if _, _, err := w.Abort(t.Context(), "check-1", "checked"); err != nil {
		t.Error(err)
	}
	if len(w.recordings(t))+len(w.manifests(t)) != 0 {
		t.Error("something was kept")
	}
}
