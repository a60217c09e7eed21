package studio

import (
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// outlet is a stream towards a side. Whoever sends it may be cut off and join again: the
// outlet goes on with its own numbers and times, so that the receiver sees one stream.
type outlet struct {
	track *webrtc.TrackLocalStaticRTP
	rate  int64

	mu     sync.Mutex
	source *stream
	seq    uint16 // newest that went out
	stamp  uint32
	at     time.Duration
	sent   bool
	dSeq   uint16 // from the source's to ours
	dStamp uint32
}

func newOutlet(mime string, rate uint32, from Side) (*outlet, error) {
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime, ClockRate: rate}, string(from)+"-"+mime[:5], string(from))
	if err != nil {
		return nil, err
	}
	return &outlet{track: track, rate: int64(rate)}, nil
}

// write hands a packet on. A receiver that is not there yet, or no more, is no error.
func (o *outlet) write(from *stream, p *rtp.Packet, at time.Duration) {
	out := rtp.Packet{Header: rtp.Header{Version: 2, Marker: p.Marker, Timestamp: p.Timestamp, SequenceNumber: p.SequenceNumber}, Payload: p.Payload}
	o.mu.Lock()
	if o.source != from {
		o.source = from
		if o.sent {
			o.dSeq = o.seq + 1 - p.SequenceNumber
			o.dStamp = o.stamp + uint32(max(1, (at-o.at).Milliseconds()*o.rate/1000)) - p.Timestamp
		}
	}
	out.SequenceNumber += o.dSeq
	out.Timestamp += o.dStamp
	if !o.sent || int16(out.SequenceNumber-o.seq) > 0 {
		o.sent, o.seq, o.stamp, o.at = true, out.SequenceNumber, out.Timestamp, at
	}
	o.mu.Unlock()
	_ = o.track.WriteRTP(&out)
}
