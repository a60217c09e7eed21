package studio

import (
	"testing"
	"time"
)

// A flood of packets goes through as fast as the limits say, however fast it comes.
func TestAFloodOfPacketsIsNotTakenIn(t *testing.T) {
	now := time.Second
	s := &Studio{Config: Config{BitRate: 1000}, Elapsed: func() time.Duration { return now }}
	rate := overRate * 1_000_000
	p := &peer{room: &room{studio: s}, bits: newBucket(rate, burstSecond*rate, now), packets: newBucket(maxPackets, burstSecond*maxPackets, now)}
	burst := func(size int) (taken int) {
		for range 100_000 {
			if p.admit(size, true) {
				taken++
			}
		}
		return taken
	}
	if n := burst(1); n != burstSecond*maxPackets {
		t.Errorf("%d small packets at once", n)
	}
	now += time.Second
	if n := burst(1); n != maxPackets {
		t.Errorf("%d small packets in a second", n)
	}
	now += time.Minute
	if n := burst(1250); n != int(burstSecond*rate)/10_000 {
		t.Errorf("%d large packets at once", n)
	}
	now -= time.Hour // a clock that goes back gives nothing
	if n := burst(1250); n != 0 {
		t.Errorf("%d packets for a clock that goes back", n)
	}
}
