package studio

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"atrio/idp/proofing/video/studio/manifest"
	"atrio/idp/proofing/video/studio/offer"
)

// Limits of joining: of a side, in a session.
const (
	joinBurst = 6
	joinPause = 10 * time.Second
	maxJoins  = 60
)

// room is a session under way.
type room struct {
	Room
	studio *Studio
	opened time.Duration

	mu      sync.Mutex
	begun   time.Time // calendar time of the first packet; zero before
	zero    time.Duration
	peers   map[Side]*peer
	past    map[Side][]manifest.Part // connections that are over
	joins   map[Side]*bucket
	count   map[Side]int
	recs    map[Side]*recording
	over    bool // nobody joins any more
	overAt  time.Duration
	reason  string // why the studio had to end it
	stopped chan struct{}

	ending sync.Mutex // one end at a time
	end    *ending
}

func (r Room) check() error {
	if r.Request != "" && !manifest.Name.MatchString(r.Request) || !manifest.Name.MatchString(r.Session) || len(r.Session) > manifest.MaxSession {
		return errors.New("studio: a room needs a session, in an id; so is a request")
	}
	if n := len(r.Sides); n == 0 || n > 2 || n == 2 && r.Sides[0] == r.Sides[1] {
		return errors.New("studio: a room has one side or both")
	}
	for _, s := range r.Sides {
		if s != Applicant && s != Operator {
			return fmt.Errorf("studio: no side %q", s)
		}
	}
	return nil
}

func newRoom(s *Studio, r Room) *room {
	r.Sides = slices.Clone(r.Sides)
	room := &room{
		Room: r, studio: s, opened: s.elapsed(), peers: map[Side]*peer{}, past: map[Side][]manifest.Part{}, joins: map[Side]*bucket{},
		count: map[Side]int{}, recs: map[Side]*recording{}, stopped: make(chan struct{}),
	}
	for _, side := range r.Sides {
		b := newBucket(1/joinPause.Seconds(), joinBurst, room.opened)
		room.joins[side] = &b
	}
	go room.watch()
	return room
}

// other is who a side talks to.
func (r *room) other(side Side) Side {
	if side == Applicant {
		return Operator
	}
	return Applicant
}

// moment is when and where a packet arrives.
type moment struct {
	at   time.Duration // since the first packet of the session
	keep *recording    // nil when nothing is kept
	out  *outlet       // to the other side; nil when it is not there
}

// enter says when and where a packet of a side arrives; false when the session is over.
// The first packet of all starts the clock of the recordings, and the first of a side its
// recording.
func (r *room) enter(from Side, kind int) (moment, bool) {
	now := r.studio.elapsed()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return moment{}, false
	}
	if r.begun.IsZero() {
		r.begun, r.zero = r.studio.Now().UTC().Truncate(time.Millisecond), now
	}
	if r.recs[from] == nil && r.Request != "" {
		r.recs[from] = r.record(from)
	}
	m := moment{at: now - r.zero, keep: r.recs[from]}
	if p := r.peers[r.other(from)]; p != nil {
		m.out = p.outs[kind]
	}
	return m, true
}

func (r *room) recording(side Side) *recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.recs[side]
}

// join connects a side, in the place of its connection so far.
func (r *room) join(ctx context.Context, side Side, text string) (string, error) {
	if err := r.mayJoin(side); err != nil {
		return "", err
	}
	o, err := offer.Parse(text)
	switch {
	case errors.Is(err, offer.ErrCodec):
		return "", ErrCodec.Because(err)
	case err != nil:
		return "", ErrOffer.Because(err)
	}
	r.studio.mu.Lock()
	e, err := r.studio.start()
	r.studio.mu.Unlock()
	if err != nil {
		return "", err
	}
	p, err := r.newPeer(side, e, o)
	if err != nil {
		return "", err
	}
	answer, err := p.answer(ctx, o)
	if err != nil {
		p.close()
		return "", err
	}
	if err := r.swap(p); err != nil {
		p.close()
		return "", err
	}
	return answer, nil
}

func (r *room) mayJoin(side Side) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	tries := r.joins[side]
	switch {
	case tries == nil:
		return ErrSide
	case r.over:
		return ErrEnded
	case r.count[side] >= maxJoins || !tries.take(1, r.studio.elapsed()):
		return ErrTries
	}
	r.count[side]++
	return nil
}

// swap puts a connection in the place of the one before it.
func (r *room) swap(p *peer) error {
	r.mu.Lock()
	if r.over {
		r.mu.Unlock()
		return ErrEnded
	}
	before := r.peers[p.side]
	p.joined = r.studio.elapsed() - r.opened
	r.peers[p.side] = p
	r.mu.Unlock()
	if before == nil {
		return nil
	}
	before.close()
	part := before.part()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.past[p.side] = append(r.past[p.side], part)
	return nil
}

// watch looks after what happens although no packet comes.
func (r *room) watch() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-r.stopped:
			return
		case <-tick.C:
		}
		if !r.second() {
			return
		}
	}
}

// second ends a second; false when the time of the session is over.
func (r *room) second() bool {
	c := r.studio.Config
	now := r.studio.elapsed()
	r.mu.Lock()
	peers, recs, zero := slices.Collect(maps.Values(r.peers)), slices.Collect(maps.Values(r.recs)), r.zero
	r.mu.Unlock()
	for _, p := range peers {
		p.mu.Lock()
		p.meter.roll()
		p.mu.Unlock()
	}
	for _, rec := range recs {
		rec.age(now-zero, c.segment())
	}
	if now-r.opened < c.lifetime() {
		return true
	}
	go r.loseSoon(reasonTime)
	return false
}

// wantKey asks a side for a key frame.
func (r *room) wantKey(from Side) {
	r.mu.Lock()
	p := r.peers[from]
	r.mu.Unlock()
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.streams[1]; s != nil && !p.closed {
		s.wantKey()
	}
}
