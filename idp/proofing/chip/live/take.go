package live

import (
	"context"
	"sync"
	"time"

	"atrio/idp/proofing/video/studio"
)

// state is how a film stands.
type state int

const (
	joining state = iota // the streams are not there yet
	going
	ending // the last cue is over
	done
	cutting
	cut
)

// take is a film under way.
type take struct {
	director         *Director
	request, session string
	script           []Cue
	keep             func(context.Context, Film) error

	mu              sync.Mutex
	state           state
	reason          string
	at              int           // the present cue, -1 before the first
	since           time.Duration // since when it is shown
	pressed, longer bool
	shown           []Shown
	begun, asked    time.Duration // when it began, and when somebody asked last
	asking          int           // how many ask just now
	pictured        time.Duration // when there was a picture last
	ended           time.Duration
	changed         chan struct{} // closed when something has
}

// News is what a browser is told. Mark goes up with each change.
type News struct {
	Mark int
	// Cue is what to do now, N its place; "" before the streams are there, and after the end.
	Cue  Cue
	N    int
	Of   int
	Done bool
	// Cut is why the film ended without being finished.
	Cut string
}

func (t *take) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state == done || t.state == cut
}

// old: whoever asks what became of a film has asked.
func (t *take) old() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return (t.state == done || t.state == cut) && t.director.elapsed()-t.ended > keeping
}

// set changes the state and wakes those who wait. The caller holds t.mu.
func (t *take) set(s state) {
	t.state = s
	if s == done || s == cut {
		t.ended = t.director.elapsed()
	}
	close(t.changed)
	t.changed = make(chan struct{})
}

// cut ends a film that was not finished. The caller holds t.mu.
func (t *take) cut(reason string) {
	if t.state == joining || t.state == going {
		t.reason = reason
		t.set(cutting)
	}
}

// news is what is to be told. The caller holds t.mu.
func (t *take) news() News {
	n := News{Of: len(t.script), N: t.at + 1, Mark: t.at + 1, Cut: t.reason, Done: t.state == done}
	switch t.state {
	case going:
		n.Cue = t.script[t.at]
	case ending, cutting:
		n.Mark, n.Cut = len(t.script)+1, ""
	case done, cut:
		n.Mark = len(t.script) + 2
	}
	return n
}

// next gives what changed. A cue is given only to who asks for it: the time that is written
// down is that of the answer.
func (t *take) next(ctx context.Context, seen int) (News, error) {
	if !t.comes(1) {
		t.comes(-1)
		return News{}, ErrAsking
	}
	defer t.comes(-1)
	tick := time.NewTicker(pace)
	defer tick.Stop()
	until := t.director.elapsed() + patience
	for {
		stats, there := t.director.Media.Stats(t.session)
		t.mu.Lock()
		now := t.director.elapsed()
		t.asked = now
		t.advance(now, stats, there)
		n, changed := t.news(), t.changed
		t.mu.Unlock()
		if n.Mark != seen || now >= until {
			return n, nil
		}
		select {
		case <-ctx.Done():
			return n, ctx.Err()
		case <-changed:
		case <-tick.C:
		}
	}
}

// comes counts who asks; false when too many do.
func (t *take) comes(n int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asking += n
	return t.asking <= askers
}

// advance gives the next cue when it is due. The caller holds t.mu.
func (t *take) advance(now time.Duration, stats studio.Stats, there bool) {
	side := stats.Sides[studio.Applicant]
	switch t.state {
	case joining: // nobody is asked for anything before sound and picture are there
		if !there || !side.Connected || !side.Audio || !side.Video || side.Width == 0 {
			return
		}
	case going:
		if !t.due(now) {
			return
		}
	default:
		return
	}
	t.at++
	t.since, t.pressed, t.longer = now, false, false
	if t.at == len(t.script) {
		t.set(ending)
		return
	}
	c := t.script[t.at]
	t.shown = append(t.shown, Shown{ID: c.ID, Note: c.Note, At: t.director.Now().UTC().Truncate(time.Millisecond), Offset: stats.Recorded.Milliseconds()})
	t.set(going)
}

// due says whether the present cue was shown long enough.
func (t *take) due(now time.Duration) bool {
	c, age := t.script[t.at], now-t.since
	if t.pressed && age >= c.Least {
		return true
	}
	if t.longer {
		return age >= c.Hold+more
	}
	return age >= c.Hold
}

// watch looks after a film although nobody asks, and ends it.
func (t *take) watch() {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for !t.overdue() {
		t.mu.Lock()
		changed := t.changed
		t.mu.Unlock()
		select {
		case <-tick.C:
		case <-changed:
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), keeping) // it is kept whatever becomes of the browser
	defer cancel()
	t.end(ctx)
}

// overdue tells whether the film is to end, for whatever reason.
func (t *take) overdue() bool {
	stats, there := t.director.Media.Stats(t.session)
	t.mu.Lock()
	defer t.mu.Unlock()
	now, side := t.director.elapsed(), stats.Sides[studio.Applicant]
	if t.state == joining || side.Connected && side.Video {
		t.pictured = now
	}
	switch {
	case !there || stats.Ended:
		t.cut(Storage)
	case t.state == joining && now-t.begun > arriving, now-t.pictured > dark:
		t.cut(Lost)
	case stats.Recorded > longest:
		t.cut(Time)
	case now-t.asked > silent:
		t.cut(Gone)
	}
	return t.state == ending || t.state == cutting
}

// end keeps what there is, and tells whoever began the film.
func (t *take) end(ctx context.Context) {
	stats, _ := t.director.Media.Stats(t.session)
	side := stats.Sides[studio.Applicant]
	t.mu.Lock()
	f := Film{Request: t.request, Session: t.session, Cut: t.reason, Cues: t.shown, Width: side.Width, Height: side.Height, FPS: side.FPS}
	t.mu.Unlock()
	if f.Cut == "" {
		if err := t.finish(ctx, &f); err != nil {
			f.Cut = Storage
		}
	} else {
		_, _, _ = t.director.Media.Abort(ctx, t.session, f.Cut) // finished segments stay in any case
	}
	f.Ended = t.director.Now().UTC().Truncate(time.Microsecond)
	if err := t.keep(ctx, f); err != nil {
		f.Cut = Storage
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reason = f.Cut; t.reason == "" {
		t.set(done)
		return
	}
	t.set(cut)
}

// finish keeps recording and manifest.
func (t *take) finish(ctx context.Context, f *Film) error {
	m := studio.Manifest{Script: Script}
	for _, s := range f.Cues {
		m.Steps = append(m.Steps, studio.Step{ID: s.ID, At: s.At, Note: s.Note})
	}
	manifest, recordings, err := t.director.Media.Finish(ctx, t.session, m)
	if err != nil || len(recordings) != 1 {
		return errOf(err)
	}
	f.Manifest, f.Recording = manifest, recordings[0]
	return nil
}

// errOf is the reason of a film without a recording.
func errOf(err error) error {
	if err == nil {
		return studio.ErrEmpty
	}
	return err
}
