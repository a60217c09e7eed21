package rtpclock_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"atrio/idp/proofing/video/studio/rtpclock"
)

const (
	videoRate = 90_000
	audioRate = 48_000
)

// ntp is a moment of a sender's clock in the form of its reports.
func ntp(d time.Duration) uint64 {
	d += 3_900_000_000 * time.Second
	return uint64(d/time.Second)<<32 | uint64(d%time.Second)<<32/uint64(time.Second)
}

func stamp(rate int, from uint32, d time.Duration) uint32 {
	return from + uint32(int64(d/time.Millisecond)*int64(rate)/1000)
}

func near(t *testing.T, what string, got, want, within time.Duration) {
	t.Helper()
	if d := got - want; d > within || d < -within {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestSoundAndPictureComeOntoOneClock(t *testing.T) {
	// The picture takes 120 ms longer to make than the sound; both say when it was.
	var c rtpclock.Clock
	video, audio := c.Track(videoRate), c.Track(audioRate)
	dice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a network
	var lastV, lastA time.Duration
	for at := time.Duration(0); at < 20*time.Second; at += 20 * time.Millisecond {
		jitter := time.Duration(dice.IntN(15)) * time.Millisecond
		audio.Arrived(stamp(audioRate, 7, at), at+30*time.Millisecond+jitter)
		lastA = audio.At(stamp(audioRate, 7, at))
		if at%(40*time.Millisecond) == 0 {
			video.Arrived(stamp(videoRate, 4_294_000_000, at), at+150*time.Millisecond+jitter)
			lastV = video.At(stamp(videoRate, 4_294_000_000, at))
		}
		if at == time.Second {
			audio.Report(ntp(at), stamp(audioRate, 7, at))
			video.Report(ntp(at), stamp(videoRate, 4_294_000_000, at))
		}
	}
	near(t, "picture after sound", lastV-lastA, -20*time.Millisecond+0, 3*time.Millisecond) // its newest is 20 ms older
	near(t, "sound", lastA, 19_980*time.Millisecond+30*time.Millisecond, 5*time.Millisecond)
}

func TestWithoutReportsTheArrivalCounts(t *testing.T) {
	var c rtpclock.Clock
	v := c.Track(videoRate)
	for at := time.Duration(0); at < 5*time.Second; at += 40 * time.Millisecond {
		v.Arrived(stamp(videoRate, 9, at), at+50*time.Millisecond)
	}
	near(t, "picture", v.At(stamp(videoRate, 9, 4960*time.Millisecond)), 5010*time.Millisecond, time.Millisecond)
}

func TestAGapStaysAGap(t *testing.T) {
	var c rtpclock.Clock
	v := c.Track(videoRate)
	v.Arrived(0, 0)
	first := v.At(0)
	v.Arrived(stamp(videoRate, 0, 2*time.Minute), 2*time.Minute)
	near(t, "gap", v.At(stamp(videoRate, 0, 2*time.Minute))-first, 2*time.Minute, time.Millisecond)
}

func TestAStreamThatBeginsAnewIsPlacedWhereItArrives(t *testing.T) {
	var c rtpclock.Clock
	v := c.Track(videoRate)
	for at := time.Duration(0); at < time.Second; at += 40 * time.Millisecond {
		v.Arrived(stamp(videoRate, 0, at), at)
	}
	before := v.At(stamp(videoRate, 0, 960*time.Millisecond))
	v.Arrived(2_000_000_000, 1500*time.Millisecond) // hours away
	near(t, "after", v.At(2_000_000_000), 1500*time.Millisecond, time.Millisecond)
	if v.Jumps() != 1 || before > 1500*time.Millisecond {
		t.Errorf("%d jumps", v.Jumps())
	}
	v.Arrived(50, 1600*time.Millisecond) // and back
	near(t, "back", v.At(50), 1600*time.Millisecond, time.Millisecond)
}

func TestReportsThatLieLeadNowhere(t *testing.T) {
	for _, lie := range []time.Duration{-time.Hour, -5 * time.Second, 5 * time.Second, 1000 * time.Hour} {
		var c rtpclock.Clock
		video, audio := c.Track(videoRate), c.Track(audioRate)
		for at := time.Duration(0); at < 30*time.Second; at += 20 * time.Millisecond {
			audio.Arrived(stamp(audioRate, 0, at), at)
			video.Arrived(stamp(videoRate, 0, at), at)
			if at%time.Second == 0 {
				audio.Report(ntp(at), stamp(audioRate, 0, at))
				video.Report(ntp(at+lie), stamp(videoRate, 0, at))
			}
			near(t, "picture", video.At(stamp(videoRate, 0, at)), at, 1100*time.Millisecond)
			near(t, "sound", audio.At(stamp(audioRate, 0, at)), at, 1100*time.Millisecond)
		}
	}
}

func TestTimesNeverGoBackWhateverArrives(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // hostile numbers
	for range 200 {
		var c rtpclock.Clock
		v := c.Track(videoRate)
		var last, at time.Duration
		for range 300 {
			at += time.Duration(dice.IntN(100)) * time.Millisecond
			ts := dice.Uint32()
			v.Arrived(ts, at)
			if dice.IntN(5) == 0 {
				v.Report(dice.Uint64(), dice.Uint32())
			}
			got := v.At(ts)
			if got < last || got > at+4*time.Second {
				t.Fatalf("%v after %v, at %v", got, last, at)
			}
			last = got
		}
	}
}

func TestClocksThatDriftAreFollowed(t *testing.T) {
	// A sender whose second is 200 µs too short: 0.7 s in an hour.
	var c rtpclock.Clock
	v := c.Track(videoRate)
	var at, own time.Duration
	for ; at < time.Hour; at += 40 * time.Millisecond {
		own = at + at/5000
		v.Arrived(stamp(videoRate, 0, own), at)
	}
	near(t, "after an hour", v.At(stamp(videoRate, 0, own)), at, 60*time.Millisecond)
}
