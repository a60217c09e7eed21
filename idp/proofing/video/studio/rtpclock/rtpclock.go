// Package rtpclock tells at which moment of a session a frame was made: from the RTP
// timestamps of a sender, its reports, and when packets arrive. Sound and picture of a
// sender come onto one clock, that of the session. RFC 3550 6.4.1
//
// Timestamps and reports are foreign: what they say is followed only near the arrival.
package rtpclock

import "time"

const (
	// window is how long an arrival without delay counts; the clocks of two machines
	// drift by some milliseconds in it.
	window = 10 * time.Second
	// jump is a distance from the arrival that no network explains: the sender began anew.
	jump = 3 * time.Second
	// trust is how far reports may lead away from the arrival.
	trust = time.Second
	// slew is how fast a track follows a better estimate: 2 ms in 100.
	slew = 50
)

// Clock belongs to one sender. It is not safe for concurrent use.
type Clock struct{ delay least }

// Track is one stream of the sender.
type Track struct {
	clock *Clock
	rate  int64 // ticks a second

	started bool
	newest  uint32
	ticks   int64 // newest, without wrapping
	arrived time.Duration
	delay   least         // of the arrival after the track's own time
	offset  time.Duration // of the session after the track's own time

	reported bool
	report   time.Duration // of the sender's clock after the track's own time
	given    time.Duration
	jumps    int
}

// Track adds a stream with that many ticks a second.
func (c *Clock) Track(rate int) *Track { return &Track{clock: c, rate: int64(rate)} }

// Arrived takes in a packet that arrived at that moment of the session.
func (t *Track) Arrived(timestamp uint32, at time.Duration) {
	if !t.started {
		t.begin(timestamp, at)
		return
	}
	own := t.own(timestamp)
	if far(at-own-t.offset, jump) {
		t.jumps++
		t.begin(timestamp, at)
		return
	}
	if step := int32(timestamp - t.newest); step > 0 {
		t.ticks, t.newest = t.ticks+int64(step), timestamp
	}
	t.delay.see(at-own, at)
	if t.reported {
		t.clock.delay.see(at-own-t.report, at)
	}
	// Never a step: a player would stumble over it.
	limit := max(0, at-t.arrived) / slew
	t.offset += min(limit, max(-limit, t.target()-t.offset))
	t.arrived = max(t.arrived, at)
}

func (t *Track) begin(timestamp uint32, at time.Duration) {
	t.started, t.reported, t.newest, t.arrived, t.delay = true, false, timestamp, at, least{}
	t.offset = at - t.own(timestamp)
	t.delay.see(t.offset, at)
}

// target is what the offset shall become.
func (t *Track) target() time.Duration {
	arrival := t.delay.value()
	if !t.reported {
		return arrival
	}
	if said := t.report + t.clock.delay.value(); !far(said-arrival, trust) {
		return said
	}
	return arrival
}

// Report takes in what the sender says: this moment of its clock, in the form of NTP, is
// that timestamp.
func (t *Track) Report(ntp uint64, timestamp uint32) {
	if !t.started {
		return
	}
	sender := time.Duration(ntp>>32)*time.Second + time.Duration((ntp&0xFFFFFFFF)*uint64(time.Second)>>32)
	t.report, t.reported = sender-t.own(timestamp), true
	t.clock.delay.see(t.delay.value()-t.report, t.arrived)
}

// At is the moment of the session that belongs to a timestamp near the newest. It never
// goes back.
func (t *Track) At(timestamp uint32) time.Duration {
	t.given = max(t.given, t.own(timestamp)+t.offset)
	return t.given
}

// Jumps is how often the stream began anew.
func (t *Track) Jumps() int { return t.jumps }

// own is the track's time of a timestamp near the newest; seconds apart, so that nothing
// overflows.
func (t *Track) own(timestamp uint32) time.Duration {
	ticks := t.ticks + int64(int32(timestamp-t.newest))
	return time.Duration(ticks/t.rate)*time.Second + time.Duration(ticks%t.rate)*time.Second/time.Duration(t.rate)
}

func far(d, limit time.Duration) bool { return d > limit || d < -limit }

// least is the smallest of the values of the last one to two windows.
type least struct {
	known, two  bool
	now, before time.Duration
	began       time.Duration
}

func (l *least) see(v, at time.Duration) {
	switch {
	case !l.known:
		*l = least{known: true, now: v, began: at}
	case at-l.began >= window:
		l.before, l.two, l.now, l.began = l.now, true, v, at
	default:
		l.now = min(l.now, v)
	}
}

func (l *least) value() time.Duration {
	if l.two {
		return min(l.now, l.before)
	}
	return l.now
}
