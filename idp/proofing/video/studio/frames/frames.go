// Package frames puts frames together again from RTP packets: in order, whole, within
// bounds. What never came is a gap, and after a gap the picture waits for a key frame
// instead of showing what nobody sent. RFC 3550, RFC 7741 (VP8), RFC 7587 (Opus)
package frames

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

// Limits of a stream.
const (
	slots    = 512                    // packets that wait for one before them
	patience = 400 * time.Millisecond // and how long: a packet that is sent again takes a round trip
	restart  = 4 * slots              // a distance that is no loss: the stream began anew
	maxFrame = 2 << 20                // bytes
)

// Frame is a picture, or a packet of sound.
type Frame struct {
	Data          []byte
	Timestamp     uint32
	Key           bool
	Width, Height int // of a key frame
}

// Counts is what became of the packets and frames.
type Counts struct {
	Packets int64 // in order
	Lost    int64 // packets that never came
	Late    int64 // packets that came twice, or after their turn
	Frames  int64
	Keys    int64
	Dropped int64 // frames that were not whole, or came before a key frame
}

// Assembler belongs to one stream. It is not safe for concurrent use.
type Assembler struct {
	video bool
	Counts

	started bool
	next    uint16
	held    [slots]*rtp.Packet
	waiting int
	since   time.Duration // when the first of those that wait came

	broken  bool   // pictures wait for a key frame
	frame   []byte // so far; nil for none
	stamp   uint32
	dropped uint32 // timestamp of the last that was counted as dropped
	counted bool
}

// Video assembles VP8.
func Video() *Assembler { return &Assembler{video: true, broken: true} }

// Audio assembles Opus.
func Audio() *Assembler { return &Assembler{} }

// Broken says that the picture waits for a key frame.
func (a *Assembler) Broken() bool { return a.broken }

// Push takes a packet in, which it keeps, and gives the frames that are whole now.
func (a *Assembler) Push(p *rtp.Packet, at time.Duration) (out []Frame) {
	ahead := int(int16(p.SequenceNumber - a.next))
	switch {
	case !a.started:
		a.started, a.next, ahead = true, p.SequenceNumber, 0
	case ahead >= restart || ahead <= -restart:
		out = a.Flush()
		a.lose(0)
		a.next, ahead = p.SequenceNumber, 0
	case ahead < 0 || ahead < slots && a.held[p.SequenceNumber%slots] != nil:
		a.Late++
		return nil
	}
	for ; ahead >= slots; ahead-- {
		out = a.step(out)
	}
	a.held[p.SequenceNumber%slots] = p
	if a.waiting++; a.waiting == 1 {
		a.since = at
	}
	turn := a.next
	out = a.drain(out)
	if a.waiting > 0 && at-a.since > patience {
		for a.held[a.next%slots] == nil {
			out = a.step(out)
		}
		out = a.drain(out)
	}
	if a.next != turn {
		a.since = at
	}
	return out
}

// Flush gives what can still be put together, without waiting for anything.
func (a *Assembler) Flush() (out []Frame) {
	for a.waiting > 0 {
		out = a.step(out)
	}
	return out
}

func (a *Assembler) drain(out []Frame) []Frame {
	for a.waiting > 0 && a.held[a.next%slots] != nil {
		out = a.step(out)
	}
	return out
}

// step goes on by one packet, whether it came or not.
func (a *Assembler) step(out []Frame) []Frame {
	p := a.held[a.next%slots]
	a.held[a.next%slots] = nil
	a.next++
	if p == nil {
		a.lose(1)
		return out
	}
	a.waiting--
	a.Packets++
	if len(p.Payload) == 0 { // padding, to find out how much the line carries
		return out
	}
	if !a.video {
		a.Frames++
		// A copy: the packet lies in a buffer that has room for a picture.
		return append(out, Frame{Data: bytes.Clone(p.Payload), Timestamp: p.Timestamp, Key: true})
	}
	return a.picture(out, p)
}

func (a *Assembler) lose(packets int64) {
	a.Lost += packets
	if !a.video {
		return
	}
	if a.frame != nil {
		a.drop(a.stamp)
	}
	a.broken = true
}

func (a *Assembler) picture(out []Frame, p *rtp.Packet) []Frame {
	var head codecs.VP8Packet
	data, err := head.Unmarshal(p.Payload)
	if err != nil {
		a.drop(p.Timestamp)
		a.broken = true
		return out
	}
	first := head.S == 1 && head.PID == 0 && (a.frame == nil || p.Timestamp != a.stamp)
	switch {
	case first:
		if a.frame != nil { // the last packet of the picture before had no mark
			out = a.whole(out)
		}
		a.frame, a.stamp = make([]byte, 0, 2*len(data)), p.Timestamp
	case a.frame == nil || p.Timestamp != a.stamp || len(a.frame)+len(data) > maxFrame:
		a.drop(p.Timestamp)
		a.broken = true
		return out
	}
	a.frame = append(a.frame, data...)
	if p.Marker {
		out = a.whole(out)
	}
	return out
}

func (a *Assembler) whole(out []Frame) []Frame {
	f := Frame{Data: a.frame, Timestamp: a.stamp}
	a.frame = nil
	f.Key, f.Width, f.Height = KeyFrame(f.Data)
	if len(f.Data) == 0 || a.broken && !f.Key {
		a.drop(f.Timestamp)
		return out
	}
	a.broken = false
	a.Frames++
	if f.Key {
		a.Keys++
	}
	return append(out, f)
}

func (a *Assembler) drop(timestamp uint32) {
	a.frame = nil
	if a.counted && a.dropped == timestamp {
		return
	}
	a.Dropped++
	a.dropped, a.counted = timestamp, true
}

// KeyFrame says whether a picture of VP8 needs none before it, and how large it is.
// RFC 6386 9.1
func KeyFrame(data []byte) (key bool, width, height int) {
	if len(data) < 10 || data[0]&1 != 0 || data[3] != 0x9D || data[4] != 0x01 || data[5] != 0x2A {
		return false, 0, 0
	}
	width = int(binary.LittleEndian.Uint16(data[6:]) & 0x3FFF)
	height = int(binary.LittleEndian.Uint16(data[8:]) & 0x3FFF)
	return width > 0 && height > 0, width, height
}
