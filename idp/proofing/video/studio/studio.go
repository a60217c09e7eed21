// Package studio is the engine of the recorded video session: it takes in the streams of
// applicant and operator over WebRTC, hands each to the other and keeps both as evidence,
// with sound and picture on one clock. REG 8, ETSI TS 119 461 8.3.3, decision 0040
//
// It owns rooms, what an offer may say, what the streams may cost, how a recording is cut
// into segments, and the manifest that ties a session together. What is said in a session,
// who may join it and what becomes of the request is for those who call it: they know the
// persons, the studio knows sides.
package studio

import (
	"context"
	"embed"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of this package; it has no page.
func Pages() ui.Pages { return ui.Pages{Name: "studio", FS: files} }

// Words of the manifest, which those who lead a session use too.
type (
	Side     = manifest.Side
	Manifest = manifest.Said
	Step     = manifest.Step
)

// The sides.
const (
	Applicant = manifest.Applicant
	Operator  = manifest.Operator
)

// Room is where a session takes place.
type Room struct {
	Request string // whose evidence the recordings are
	Session string
	// Sides are who may join: both, or one alone (a video of the face without an operator).
	Sides []Side
}

// Studio holds the sessions that are under way on this node. Make one with a literal. It
// costs nothing until somebody joins, and is safe for concurrent use.
type Studio struct {
	Config Config
	Vault  *evidence.Vault
	// Ring is the role's: its lasting MAC key stands under manifests.
	Ring *seal.Keyring
	Now  func() time.Time
	// Lost is told, in a goroutine of its own, of a session that the studio had to end:
	// the store of evidence failed, its time was over, the program stops. nil for nobody.
	Lost func(session, reason string)

	// Elapsed is a clock that only runs on; nil for the machine's. Media and limits follow
	// it: the calendar of Now may jump.
	Elapsed func() time.Duration

	mu     sync.Mutex
	rooms  map[string]*room
	engine *engine
	closed bool
}

// The ways in which the studio says no.
var (
	// ErrBusy: as many sessions are under way as this node takes.
	ErrBusy = fault.New(fault.Unavailable, "idp.studio.busy").For("studio_busy").Retry(time.Minute)
	// ErrUnknown: no such session is under way here.
	ErrUnknown = fault.New(fault.NotFound, "idp.studio.unknown").For("studio_unknown")
	// ErrOpen: the session is under way already.
	ErrOpen = fault.New(fault.Conflict, "idp.studio.open").For("studio_open")
	// ErrSide: this side takes no part in the session.
	ErrSide = fault.New(fault.Denied, "idp.studio.side").For("studio_side")
	// ErrTries: joined too often, or too fast.
	ErrTries = fault.New(fault.TooMany, "idp.studio.tries").For("studio_tries")
	// ErrOffer: what the browser proposes is not what it may.
	ErrOffer = fault.New(fault.Unprocessable, "idp.studio.offer").For("studio_offer")
	// ErrCodec: the browser does not offer VP8 and Opus.
	ErrCodec = fault.New(fault.Unprocessable, "idp.studio.codec").For("studio_codec")
	// ErrEnded: the studio had to end the session; the reason stands in Stats.
	ErrEnded = fault.New(fault.Gone, "idp.studio.ended").For("studio_ended")
	// ErrEmpty: nobody has sent anything, there is no recording to finish.
	ErrEmpty = fault.New(fault.Conflict, "idp.studio.empty").For("studio_empty")
)

// Open begins a session. It writes nothing: evidence begins with the first stream.
func (s *Studio) Open(_ context.Context, r Room) error {
	if err := r.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrBusy
	case s.rooms[r.Session] != nil:
		return ErrOpen
	case s.live() >= s.Config.rooms():
		return ErrBusy
	}
	if s.rooms == nil {
		s.rooms = map[string]*room{}
	}
	s.rooms[r.Session] = newRoom(s, r)
	return nil
}

// Join takes a side in: the offer is a whole SDP with its candidates, and so is the
// answer. Who joins again, after a cut, goes on in the same recording.
func (s *Studio) Join(ctx context.Context, session string, side Side, offer string) (answer string, err error) {
	r, err := s.room(session)
	if err != nil {
		return "", err
	}
	return r.join(ctx, side, offer)
}

// Stats says how a session does; false when it is not under way here.
func (s *Studio) Stats(session string) (Stats, bool) {
	r, err := s.room(session)
	if err != nil {
		return Stats{}, false
	}
	return r.stats(), true
}

// Finish ends a session that went as it should: media stop, the last segments are kept,
// and then the manifest. It gives the manifest's id and those of the recordings, in the
// order of the room's sides. A session that the studio had to end gives ErrEnded.
func (s *Studio) Finish(ctx context.Context, session string, m Manifest) (id string, recordings []string, err error) {
	if err := m.Check(); err != nil {
		return "", nil, err
	}
	r, err := s.room(session)
	if err != nil {
		return "", nil, err
	}
	return r.finish(ctx, m)
}

// Abort ends a session that did not: the same, marked with the reason, a word of the
// caller's. Finished segments stay, as does a manifest if anything was recorded: it gives
// both, with one recording for each side of the room, "" where nothing was kept.
func (s *Studio) Abort(ctx context.Context, session string, reason string) (id string, recordings []string, err error) {
	r, err := s.room(session)
	if err != nil {
		return "", nil, err
	}
	return r.abort(ctx, reason)
}

// Recover ties together what is left of a session whose node stopped without a word: nobody
// may be recorded in it any more.
func (s *Studio) Recover(ctx context.Context, r Room, m Manifest) (manifest.Kept, error) {
	if err := errors.Join(r.check(), m.Check()); err != nil {
		return manifest.Kept{}, err
	}
	if _, err := s.room(r.Session); err == nil {
		return manifest.Kept{}, ErrOpen
	}
	return manifest.Recover(ctx, s.Vault, s.Ring, r.Request, r.Session, r.Sides, m)
}

// Sessions are those under way on this node, with those that the studio had to end.
func (s *Studio) Sessions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.rooms))
}

// Close aborts what is under way: the program stops.
func (s *Studio) Close(ctx context.Context) error {
	return s.shut(ctx)
}
