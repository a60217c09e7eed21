package studio

import (
	"atrio/idp/proofing/video/studio/frames"
	"atrio/idp/proofing/video/studio/manifest"
)

// part says how a connection was, after its end.
func (p *peer) part() manifest.Part {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := manifest.Part{Joined: p.joined.Milliseconds(), Left: p.left.Milliseconds(), Theirs: p.theirs, Ours: p.ours, Flood: p.flood}
	for i, s := range p.streams {
		if s == nil {
			continue
		}
		c := counted(s.frames.Counts)
		c.Codec, c.Over, c.Jumps = s.track.Codec().MimeType, s.over.Load(), s.clock.Jumps()
		if i == 0 {
			out.Audio = &c
			continue
		}
		c.Width, c.Height = p.width, p.height
		out.Video = &c
	}
	return out
}

func counted(c frames.Counts) manifest.Counts {
	return manifest.Counts{Packets: c.Packets, Lost: c.Lost, Late: c.Late, Frames: c.Frames, Keys: c.Keys, Dropped: c.Dropped}
}
