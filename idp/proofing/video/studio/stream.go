package studio

import (
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"atrio/idp/proofing/video/studio/frames"
	"atrio/idp/proofing/video/studio/rtpclock"
	"atrio/idp/proofing/video/studio/webm"
)

// Ticks a second of the streams. RFC 7741 4.1, RFC 7587 4.1
const (
	videoRate = 90_000
	audioRate = 48_000
)

// stream is what arrives of a side: sound or picture.
type stream struct {
	peer  *peer
	track *webrtc.TrackRemote
	video bool

	// Under peer.mu.
	clock  *rtpclock.Track
	frames *frames.Assembler
	asked  time.Duration // when a key frame was last asked for

	over atomic.Int64 // packets beyond the limits
}

// index of the stream among those of a side: sound, picture.
func (s *stream) index() int {
	if s.video {
		return 1
	}
	return 0
}

func (s *stream) kind() int {
	if s.video {
		return webm.Video
	}
	return webm.Audio
}

// receive hands on and keeps what comes, until the connection ends.
func (s *stream) receive() {
	defer s.peer.loops.Done()
	for {
		p, _, err := s.track.ReadRTP()
		if err != nil {
			return
		}
		s.take(p)
	}
}

// reports reads what the sender says about its clock.
func (s *stream) reports(receiver *webrtc.RTPReceiver) {
	defer s.peer.loops.Done()
	for {
		all, _, err := receiver.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range all {
			if r, ok := p.(*rtcp.SenderReport); ok && r.SSRC == uint32(s.track.SSRC()) {
				s.peer.mu.Lock()
				s.clock.Report(r.NTPTime, r.RTPTime)
				s.peer.mu.Unlock()
			}
		}
	}
}

func (s *stream) take(p *rtp.Packet) {
	now, ok := s.peer.room.enter(s.peer.side, s.index())
	if !ok || !s.peer.admit(p.MarshalSize(), s.video) {
		s.over.Add(1)
		return
	}
	if now.out != nil && len(p.Payload) > 0 {
		now.out.write(s, p, now.at)
	}
	s.peer.mu.Lock()
	defer s.peer.mu.Unlock()
	if len(p.Payload) > 0 {
		s.clock.Arrived(p.Timestamp, now.at)
	}
	whole := s.frames.Push(p, now.at)
	want := s.video && s.frames.Broken()
	for _, f := range whole {
		want = s.keep(now.keep, f) || want
	}
	if want {
		s.wantKey()
	}
}

// keep takes a frame into the recording. The caller holds peer.mu.
func (s *stream) keep(rec *recording, f frames.Frame) (want bool) {
	if s.video {
		s.peer.meter.frames++
		if f.Key {
			s.peer.width, s.peer.height = f.Width, f.Height
		}
	}
	if rec == nil {
		return false
	}
	if f.Key && s.video {
		rec.picture(f.Width, f.Height)
	}
	return rec.add(webm.Block{Track: s.kind(), At: s.clock.At(f.Timestamp), Key: f.Key, Data: f.Data}, s.peer.room.studio.Config.segment())
}

// flush keeps what still waits for a packet that will not come.
func (s *stream) flush() {
	rec := s.peer.room.recording(s.peer.side)
	s.peer.mu.Lock()
	defer s.peer.mu.Unlock()
	for _, f := range s.frames.Flush() {
		s.keep(rec, f)
	}
}

// keyPause is the least time between two wishes for a key frame: each is a large picture.
const keyPause = 500 * time.Millisecond

// wantKey asks the sender for a key frame. RFC 4585 6.3.1. The caller holds peer.mu.
func (s *stream) wantKey() {
	now := s.peer.room.studio.elapsed()
	if !s.video || s.asked != 0 && now-s.asked < keyPause {
		return
	}
	s.asked = max(now, 1)
	_ = s.peer.conn.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(s.track.SSRC())}})
}
