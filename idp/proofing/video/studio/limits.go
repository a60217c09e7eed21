package studio

import "time"

// bucket lets a rate through, with bursts.
type bucket struct {
	rate, size float64 // a second; at once
	level      float64
	at         time.Duration
}

func newBucket(rate, size float64, now time.Duration) bucket {
	return bucket{rate: rate, size: size, level: size, at: now}
}

// take says whether n more may pass.
func (b *bucket) take(n float64, now time.Duration) bool {
	b.level = min(b.size, b.level+max(0, now-b.at).Seconds()*b.rate)
	b.at = max(b.at, now)
	if b.level < n {
		return false
	}
	b.level -= n
	return true
}

// meter counts what came in the last whole seconds.
type meter struct {
	frames, bits, audio, video int // of the second under way
	past                       [meterSeconds]struct{ frames, bits, audio, video int }
}

const meterSeconds = 3

// roll ends a second.
func (m *meter) roll() {
	copy(m.past[1:], m.past[:])
	m.past[0].frames, m.past[0].bits, m.past[0].audio, m.past[0].video = m.frames, m.bits, m.audio, m.video
	m.frames, m.bits, m.audio, m.video = 0, 0, 0, 0
}

// fill writes the rates.
func (m *meter) fill(s *SideStats) {
	frames, bits, audio, video := 0, 0, m.audio, m.video
	for _, p := range m.past {
		frames, bits, audio, video = frames+p.frames, bits+p.bits, audio+p.audio, video+p.video
	}
	s.FPS, s.BitRate = float64(frames)/meterSeconds, bits/meterSeconds
	s.Audio, s.Video = audio > 0, video > 0
}
