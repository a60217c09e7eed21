package frames_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"atrio/idp/proofing/video/studio/frames"

	"github.com/pion/rtp"
)

// picture is a frame of VP8 in packets; a key frame says 320×240.
func picture(seq uint16, timestamp uint32, key bool, size int) []*rtp.Packet {
	data := bytes.Repeat([]byte{byte(timestamp)}, size)
	data[0] |= 1
	if key {
		copy(data, []byte{0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 1, 0xF0, 0})
	}
	var out []*rtp.Packet
	for start := true; len(data) > 0; start = false {
		n := min(len(data), 1000)
		head := byte(0)
		if start {
			head = 0x10
		}
		out = append(out, &rtp.Packet{Header: rtp.Header{SequenceNumber: seq, Timestamp: timestamp, Marker: n == len(data)}, Payload: append([]byte{head}, data[:n]...)})
		data, seq = data[n:], seq+1
	}
	return out
}

// film is a key frame and n pictures of three packets each after it.
func film(from uint16, n int) (all []*rtp.Packet) {
	for i := range n {
		all = append(all, picture(from+uint16(3*i), uint32(3600*i), i == 0, 2500)...)
	}
	return all
}

func push(a *frames.Assembler, packets ...*rtp.Packet) (out []frames.Frame) {
	for i, p := range packets {
		out = append(out, a.Push(p, time.Duration(i)*time.Millisecond)...)
	}
	return out
}

func TestPicturesArePutTogetherInOrder(t *testing.T) {
	for _, from := range []uint16{0, 65_530} {
		a := frames.Video()
		out := push(a, film(from, 10)...)
		if len(out) != 10 || !out[0].Key || out[0].Width != 320 || out[0].Height != 240 || out[1].Key || len(out[9].Data) != 2500 || out[9].Timestamp != 9*3600 {
			t.Errorf("%d frames from %d", len(out), from)
		}
		if a.Lost+a.Late+a.Dropped != 0 || a.Packets != 30 || a.Frames != 10 || a.Keys != 1 {
			t.Errorf("%+v", a.Counts)
		}
	}
}

func TestPacketsInAnotherOrderMakeTheSameFilm(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // a network
	for range 50 {
		all := film(65_000, 300)
		for i := range all {
			if i == 0 {
				continue // what comes before the first packet came too late
			}
			if j := i + dice.IntN(20); j < len(all) {
				all[i], all[j] = all[j], all[i]
			}
		}
		a := frames.Video()
		out := push(a, all...)
		out = append(out, a.Flush()...)
		if len(out) != 300 || a.Lost != 0 || a.Dropped != 0 {
			t.Fatalf("%d frames, %+v", len(out), a.Counts)
		}
	}
}

func TestAfterALossThePictureWaitsForAKeyFrame(t *testing.T) {
	all := film(0, 40)
	again := picture(120, 40*3600, true, 2500)
	a := frames.Video()
	lost := append(append([]*rtp.Packet(nil), all[:31]...), all[32:]...) // of picture 10
	var out []frames.Frame
	for i, p := range append(lost, again...) {
		out = append(out, a.Push(p, time.Duration(i)*20*time.Millisecond)...)
	}
	if len(out) != 11 || out[9].Timestamp != 9*3600 || !out[10].Key {
		t.Errorf("%d frames", len(out))
	}
	if a.Lost != 1 || a.Dropped != 30 || a.Broken() {
		t.Errorf("%+v", a.Counts)
	}
}

func TestAPacketThatIsSentAgainInTimeCostsNothing(t *testing.T) {
	all := film(0, 40)
	late := all[31]
	order := append(append(append([]*rtp.Packet(nil), all[:31]...), all[32:50]...), late, late)
	order = append(order, all[50:]...)
	a := frames.Video()
	out := push(a, order...)
	if len(out) != 40 || a.Lost != 0 || a.Late != 1 {
		t.Errorf("%d frames, %+v", len(out), a.Counts)
	}
}

func TestNothingIsShownBeforeAKeyFrame(t *testing.T) {
	a := frames.Video()
	if out := push(a, film(0, 10)[3:]...); len(out) != 0 || a.Dropped != 9 || !a.Broken() {
		t.Errorf("%d frames, %+v", len(out), a.Counts)
	}
}

// A packet of sound is some 100 bytes in a buffer of 1,500: what is kept is the sound.
func TestSoundKeepsNoMoreMemoryThanItIs(t *testing.T) {
	a := frames.Audio()
	whole := make([]byte, 1500)
	out := a.Push(&rtp.Packet{Header: rtp.Header{SequenceNumber: 1}, Payload: whole[12:100]}, 0)
	if len(out) != 1 || len(out[0].Data) != 88 || cap(out[0].Data) > 200 {
		t.Errorf("%d frames, %d bytes of %d", len(out), len(out[0].Data), cap(out[0].Data))
	}
}

func TestSoundGoesOnAfterALoss(t *testing.T) {
	a := frames.Audio()
	n := 0
	for i := range 500 {
		if i == 100 {
			continue
		}
		p := &rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(i), Timestamp: uint32(960 * i)}, Payload: []byte{0xFC, byte(i)}}
		n += len(a.Push(p, time.Duration(i)*20*time.Millisecond))
	}
	if n += len(a.Flush()); n != 499 || a.Lost != 1 {
		t.Errorf("%d, %+v", n, a.Counts)
	}
}

func TestANumberFarAwayBeginsAnew(t *testing.T) {
	a := frames.Video()
	out := push(a, append(film(0, 5), film(30_000, 5)...)...)
	if len(out) != 10 || a.Lost != 0 {
		t.Errorf("%d frames, %+v", len(out), a.Counts)
	}
}

func TestAFrameWithoutEndIsNotHeld(t *testing.T) {
	a := frames.Video()
	held := 0
	for i := range 5000 {
		p := &rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(i), Timestamp: 1}, Payload: append([]byte{0x10 * byte(min(1, 1-min(i, 1)))}, bytes.Repeat([]byte{1}, 1200)...)}
		for _, f := range a.Push(p, time.Duration(i)*time.Millisecond) {
			held = max(held, len(f.Data))
		}
	}
	if held != 0 || a.Dropped == 0 {
		t.Errorf("a frame of %d bytes, %+v", held, a.Counts)
	}
}

// FuzzPush takes packets of any numbers, times and contents.
func FuzzPush(f *testing.F) {
	for _, p := range film(65_533, 3) {
		f.Add(p.SequenceNumber, p.Timestamp, p.Marker, p.Payload[:60], uint16(1))
	}
	f.Add(uint16(0), uint32(0), true, []byte{}, uint16(600))
	f.Fuzz(func(t *testing.T, seq uint16, timestamp uint32, marker bool, payload []byte, step uint16) {
		for _, a := range []*frames.Assembler{frames.Video(), frames.Audio()} {
			in, out := 0, 0
			for n := range 1200 {
				p := &rtp.Packet{Header: rtp.Header{SequenceNumber: seq + uint16(n)*step, Timestamp: timestamp + uint32(n/3), Marker: marker}, Payload: payload}
				in += len(payload)
				for _, frame := range a.Push(p, time.Duration(n)*time.Millisecond) {
					out += len(frame.Data)
				}
			}
			for _, frame := range a.Flush() {
				out += len(frame.Data)
			}
			if out > in || a.Packets+a.Late > 1200 {
				t.Errorf("%d bytes out of %d, %+v", out, in, a.Counts)
			}
		}
	})
}
