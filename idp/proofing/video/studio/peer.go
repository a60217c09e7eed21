package studio

import (
	"context"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"atrio/idp/proofing/video/studio/frames"
	"atrio/idp/proofing/video/studio/offer"
	"atrio/idp/proofing/video/studio/rtpclock"
)

// peer is one connection of a side, from a join to its end.
type peer struct {
	room   *room
	side   Side
	conn   *webrtc.PeerConnection
	outs   [2]*outlet // what the other side sends: sound, picture
	theirs string     // fingerprints of the certificates
	ours   string
	loops  sync.WaitGroup

	mu            sync.Mutex
	sources       rtpclock.Clock
	streams       [2]*stream
	connected     bool
	since         time.Duration // of connected, on the studio's clock
	joined, left  time.Duration // of the room
	closed, flood bool
	bits, packets bucket
	meter         meter
	width, height int
	rtt           time.Duration
}

// Factors of the limits: a browser's estimate of the line may exceed what it was told.
const (
	overRate    = 1.5
	maxPackets  = 1500 // a second
	burstSecond = 2
)

func (r *room) newPeer(side Side, e *engine, o offer.Offer) (*peer, error) {
	now := r.studio.elapsed()
	rate := overRate * float64(r.studio.Config.bitRate())
	p := &peer{
		room: r, side: side, theirs: o.Fingerprint, since: now,
		bits: newBucket(rate, burstSecond*rate, now), packets: newBucket(maxPackets, burstSecond*maxPackets, now),
	}
	conn, err := e.connection(&sources{beyond: p.flooded})
	if err != nil {
		return nil, err
	}
	p.conn = conn
	if o.Receives && len(r.Sides) > 1 {
		if err := p.offerOuts(); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	conn.OnTrack(p.arrived)
	conn.OnConnectionStateChange(p.changed)
	return p, nil
}

// offerOuts prepares the streams of the other side.
func (p *peer) offerOuts() error {
	for i, codec := range []struct {
		mime string
		rate uint32
	}{{webrtc.MimeTypeOpus, audioRate}, {webrtc.MimeTypeVP8, videoRate}} {
		out, err := newOutlet(codec.mime, codec.rate, p.room.other(p.side))
		if err != nil {
			return err
		}
		sender, err := p.conn.AddTrack(out.track)
		if err != nil {
			return err
		}
		p.outs[i] = out
		p.loops.Add(1)
		go p.feedback(sender)
	}
	return nil
}

// feedback reads what the receiver says: that it wants a key frame, and how long the way is.
func (p *peer) feedback(sender *webrtc.RTPSender) {
	defer p.loops.Done()
	for {
		all, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, one := range all {
			switch m := one.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				p.room.wantKey(p.room.other(p.side))
			case *rtcp.ReceiverReport:
				p.measure(m.Reports)
			}
		}
	}
}

// measure takes the round trip from a report. RFC 3550 6.4.1
func (p *peer) measure(reports []rtcp.ReceptionReport) {
	for _, r := range reports {
		if r.LastSenderReport == 0 {
			continue
		}
		since := p.room.studio.elapsed()
		seconds := uint64(epoch.Unix()+ntpEpoch) + uint64(since/time.Second)
		now := uint32(seconds<<16 | uint64(since%time.Second)<<16/uint64(time.Second))
		trip := time.Duration(now-r.LastSenderReport-r.Delay) * time.Second >> 16
		if trip < 10*time.Second { // else it is from before, or made up
			p.mu.Lock()
			p.rtt = trip
			p.mu.Unlock()
		}
	}
}

// ntpEpoch is the number of seconds between 1900 and 1970.
const ntpEpoch = 2_208_988_800

// arrived begins to receive a stream.
func (p *peer) arrived(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	s := &stream{peer: p, track: track, video: track.Kind() == webrtc.RTPCodecTypeVideo}
	i := s.index()
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.video {
		s.clock, s.frames = p.sources.Track(videoRate), frames.Video()
	} else {
		s.clock, s.frames = p.sources.Track(audioRate), frames.Audio()
	}
	if p.closed || p.streams[i] != nil { // one of each was offered
		return
	}
	p.streams[i] = s
	p.loops.Add(2)
	go s.receive()
	go s.reports(receiver)
}

func (p *peer) changed(state webrtc.PeerConnectionState) {
	now := p.room.studio.elapsed()
	p.mu.Lock()
	if on := state == webrtc.PeerConnectionStateConnected; on != p.connected {
		p.connected, p.since = on, now
	}
	p.mu.Unlock()
	switch state {
	case webrtc.PeerConnectionStateConnected:
		p.room.wantKey(p.room.other(p.side)) // who comes in wants to see something
	case webrtc.PeerConnectionStateFailed:
		go p.close()
	}
}

// admit says whether a packet is within the limits.
func (p *peer) admit(size int, video bool) bool {
	now := p.room.studio.elapsed()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.packets.take(1, now) || !p.bits.take(float64(8*size), now) {
		return false
	}
	p.meter.bits += 8 * size
	if video {
		p.meter.video++
	} else {
		p.meter.audio++
	}
	return true
}

// flooded ends a connection that speaks of more senders than a browser has. Who means no
// harm joins again.
func (p *peer) flooded() {
	p.mu.Lock()
	p.flood = true
	p.mu.Unlock()
	p.close()
}

// close ends the connection and keeps what was under way. It may be called again.
func (p *peer) close() {
	p.mu.Lock()
	first := !p.closed
	p.closed = true
	if first {
		p.left = p.room.studio.elapsed() - p.room.opened
		p.connected, p.since = false, p.room.studio.elapsed()
	}
	p.mu.Unlock()
	_ = p.conn.Close()
	p.loops.Wait()
	if first {
		for _, s := range p.streams {
			if s != nil {
				s.flush()
			}
		}
	}
}

// answer takes the offer and says what the studio does, with its one address.
func (p *peer) answer(ctx context.Context, o offer.Offer) (string, error) {
	if err := p.conn.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.SDP}); err != nil {
		return "", ErrOffer.Because(err)
	}
	answer, err := p.conn.CreateAnswer(nil)
	if err != nil {
		return "", ErrOffer.Because(err)
	}
	gathered := webrtc.GatheringCompletePromise(p.conn)
	if err := p.conn.SetLocalDescription(answer); err != nil {
		return "", ErrOffer.Because(err)
	}
	ctx, done := context.WithTimeout(ctx, gather)
	defer done()
	select {
	case <-gathered:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	text, ours, err := offer.Limit(p.conn.LocalDescription().SDP, p.room.studio.Config.bitRate(), p.room.studio.Config.told())
	p.ours = ours
	return text, err
}
