package studio

import (
	"context"
	"errors"
	"time"

	"atrio/idp/proofing/video/studio/manifest"
)

// Why the studio ends a session by itself.
const (
	reasonStorage  = "storage"
	reasonTime     = "time"
	reasonShutdown = "shutdown"
)

const (
	// endTime is what the studio gives itself to keep the end of a session.
	endTime = 30 * time.Second
	// remembered is how long a session that the studio ended can be asked about.
	remembered = 10 * time.Minute
)

// ending is what is left of a session.
type ending struct {
	document   *manifest.Document // nil when nothing was recorded
	manifest   string
	recordings []string
	cause      error // of an abort by the studio
}

func (r *room) finish(ctx context.Context, m Manifest) (string, []string, error) {
	r.mu.Lock()
	empty := !r.over && len(r.recs) == 0
	r.mu.Unlock()
	if empty {
		return "", nil, ErrEmpty
	}
	e, err := r.conclude(ctx, m, "")
	if err != nil {
		return "", nil, err
	}
	r.studio.forget(r)
	if e.document == nil || e.document.Aborted != "" {
		return e.manifest, e.recordings, ErrEnded.Because(e.cause)
	}
	return e.manifest, e.recordings, nil
}

func (r *room) abort(ctx context.Context, reason string) (id string, recordings []string, err error) {
	if !manifest.Name.MatchString(reason) {
		return "", nil, errors.New("studio: a reason is a word")
	}
	e, err := r.conclude(ctx, Manifest{}, reason)
	if err != nil {
		return "", nil, err
	}
	r.studio.forget(r)
	if e.document == nil {
		return "", nil, nil
	}
	for _, t := range e.document.Sides {
		recordings = append(recordings, t.Recording)
	}
	return e.manifest, recordings, nil
}

// loseSoon is lose, for those who cannot wait for it.
func (r *room) loseSoon(reason string) {
	ctx, done := context.WithTimeout(context.Background(), endTime)
	defer done()
	_ = r.lose(ctx, reason) // what could not be kept stands in Stats and with Lost
}

// lose ends a session that nobody asked to end.
func (r *room) lose(ctx context.Context, reason string) error {
	r.mu.Lock()
	first := !r.over
	if first {
		r.stop(reason)
	}
	r.mu.Unlock()
	if !first {
		return nil
	}
	_, err := r.conclude(ctx, Manifest{}, reason)
	if r.studio.Lost != nil {
		go r.studio.Lost(r.Session, reason)
	}
	return err
}

// stop lets nobody in any more. The caller holds r.mu.
func (r *room) stop(reason string) {
	if r.over {
		return
	}
	r.over, r.overAt, r.reason = true, r.studio.elapsed(), reason
	close(r.stopped)
}

// conclude ends media, keeps what is under way, and then the manifest. What it has done
// it does not do again: after an error it may be called once more.
func (r *room) conclude(ctx context.Context, m Manifest, reason string) (*ending, error) {
	r.ending.Lock()
	defer r.ending.Unlock()
	if r.end == nil {
		e, err := r.wrapUp(ctx, m, reason)
		if err != nil {
			return nil, err
		}
		r.end = e
	}
	e := r.end
	if e.document != nil && e.manifest == "" {
		id, err := e.document.Store(ctx, r.studio.Vault, r.studio.Ring)
		if err != nil {
			return nil, err
		}
		e.manifest = id
	}
	return e, nil
}

func (r *room) wrapUp(ctx context.Context, m Manifest, reason string) (*ending, error) {
	ended := r.studio.Now().UTC().Truncate(time.Millisecond)
	r.mu.Lock()
	r.stop("")
	length := r.overAt - r.zero
	r.mu.Unlock()
	for _, side := range r.Sides {
		if p := r.peers[side]; p != nil { // nobody joins any more
			p.close()
		}
	}
	e := &ending{}
	d := manifest.Document{
		Version: manifest.Version, Request: r.Request, Session: r.Session, Operator: m.Operator, Script: m.Script, Steps: m.Steps,
		Begun: r.begun, Ended: ended, Length: length.Milliseconds(), Aborted: reason,
	}
	for _, side := range r.Sides {
		t, err := r.wrapSide(ctx, side)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			d.Aborted, e.cause = reasonStorage, errors.Join(e.cause, err)
		}
		if t.Recording != "" {
			e.recordings = append(e.recordings, t.Recording)
		}
		d.Sides = append(d.Sides, t)
	}
	if d.Aborted != "" {
		r.mu.Lock()
		r.reason = d.Aborted
		r.mu.Unlock()
	}
	if len(e.recordings) > 0 {
		e.document = &d
	}
	return e, nil
}

// wrapSide keeps the end of a recording and says what it is.
func (r *room) wrapSide(ctx context.Context, side Side) (manifest.Track, error) {
	t := manifest.Track{Side: side, Parts: r.past[side]}
	if p := r.peers[side]; p != nil {
		t.Parts = append(t.Parts, p.part())
	}
	rec := r.recs[side]
	if rec == nil {
		return t, nil
	}
	err := rec.stop(ctx)
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.recorder != nil {
		t.Recording, t.Segments = rec.recorder.ID(), rec.kept
		t.Chain, t.SHA256 = manifest.Hexed(rec.summary.Chain), manifest.Hexed(rec.chain)
	}
	return t, err
}

func (r *room) stats() Stats {
	now := r.studio.elapsed()
	r.mu.Lock()
	s := Stats{Since: now - r.opened, Ended: r.over && r.reason != "", Reason: r.reason, Sides: map[Side]SideStats{}}
	if !r.begun.IsZero() {
		s.Recorded = now - r.zero
	}
	type one struct {
		side  Side
		peer  *peer
		rec   *recording
		joins int
	}
	var all []one
	for _, side := range r.Sides {
		all = append(all, one{side, r.peers[side], r.recs[side], len(r.past[side])})
	}
	r.mu.Unlock()
	for _, o := range all {
		var side SideStats
		if o.peer != nil {
			side = o.peer.stats(now)
			side.Joins = o.joins + 1
		}
		if o.rec != nil {
			o.rec.mu.Lock()
			side.Segments = len(o.rec.kept)
			o.rec.mu.Unlock()
		}
		s.Sides[o.side] = side
	}
	return s
}

func (p *peer) stats(now time.Duration) (s SideStats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Connected, s.For, s.RTT = p.connected, now-p.since, p.rtt
	s.Width, s.Height = p.width, p.height
	p.meter.fill(&s)
	for _, st := range p.streams {
		if st != nil {
			s.Packets += st.frames.Packets
			s.Lost += st.frames.Lost
			s.Dropped += st.frames.Dropped
		}
	}
	return s
}
