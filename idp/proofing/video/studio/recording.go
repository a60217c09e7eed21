package studio

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"atrio/idp/evidence"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/idp/proofing/video/studio/webm"
)

// Limits of a segment under way, which is in memory.
const (
	maxSegment = 12 << 20 // bytes
	backlog    = 3        // segments that wait for the disk
)

// errBehind: the disk takes segments more slowly than they come.
var errBehind = errors.New("studio: the store of evidence is too slow")

// recording is what is kept of a side, over all its joins.
type recording struct {
	side Side
	fail func() // the session ends

	mu            sync.Mutex
	blocks        []webm.Block
	size          int
	from          time.Duration // of the first block
	asked         bool
	header        []byte // once it is made
	width, height int
	begun         time.Time
	ended, behind bool
	queue         chan piece
	done          chan struct{}
	err           error
	recorder      *evidence.Recorder
	kept          []manifest.Segment
	chain         [sha256.Size]byte
	summary       evidence.Summary
}

// piece is a finished segment on its way to the disk.
type piece struct {
	content  []byte
	from, to time.Duration
}

// record starts what keeps the segments of a side.
func (r *room) record(side Side) *recording {
	rec := &recording{side: side, begun: r.begun, chain: manifest.FirstLink(r.Session, side), queue: make(chan piece, backlog), done: make(chan struct{})}
	rec.fail = func() { go r.loseSoon(reasonStorage) }
	go rec.keep(r)
	return rec
}

// add takes a frame. A key frame ends a segment that is long enough; true asks the side
// for one.
func (c *recording) add(b webm.Block, segment time.Duration) (want bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	if len(c.blocks) > 0 {
		age := b.At - c.from
		switch {
		case b.Track == webm.Video && b.Key && age >= segment-segment/10, c.size+len(b.Data) > maxSegment, age >= 2*segment:
			c.cut()
		case age >= segment && !c.asked:
			c.asked, want = true, true
		}
	}
	if len(c.blocks) == 0 {
		c.from, c.asked = b.At, false
	}
	c.blocks = append(c.blocks, b)
	c.size += len(b.Data) + webm.Overhead
	return want
}

// picture notes the size of a key frame.
func (c *recording) picture(width, height int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.width, c.height = width, height
}

// age lets a segment end although nothing comes: a crash loses no more than that.
func (c *recording) age(now, segment time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && len(c.blocks) > 0 && now-c.from >= 2*segment {
		c.cut()
	}
}

// cut finishes the segment under way. The caller holds c.mu.
func (c *recording) cut() {
	if len(c.blocks) == 0 {
		return
	}
	p := piece{from: c.from, to: c.from}
	if c.header == nil {
		c.header = webm.Header(webm.Info{Begun: c.begun, Width: or(c.width, 1280), Height: or(c.height, 720), Channels: 2})
		p.content = append(make([]byte, 0, len(c.header)+c.size+1024), c.header...)
	}
	p.content = webm.Clusters(p.content, c.blocks)
	for _, b := range c.blocks {
		p.to = max(p.to, b.At)
	}
	c.blocks, c.size = nil, 0
	select {
	case c.queue <- p:
	default: // what is lost now would be a hole: it ends here
		c.ended, c.behind = true, true
		close(c.queue)
		c.fail()
	}
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// stop finishes the last segment and waits until all are kept.
func (c *recording) stop(ctx context.Context) error {
	c.mu.Lock()
	if !c.ended {
		c.cut()
	}
	if !c.ended {
		c.ended = true
		close(c.queue)
	}
	c.mu.Unlock()
	select {
	case <-c.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// keep puts segments into evidence, in their order, until there are no more.
func (c *recording) keep(r *room) {
	defer close(c.done)
	ctx := context.Background() // segments are kept whatever becomes of the request that joined
	for p := range c.queue {
		if c.err != nil {
			continue
		}
		if err := c.append(ctx, r, p); err != nil {
			c.mu.Lock()
			c.err = err
			c.mu.Unlock()
			c.fail()
		}
	}
	if c.recorder == nil {
		return
	}
	sum, err := c.recorder.Close(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.summary = sum
	if c.behind {
		err = errors.Join(err, errBehind)
	}
	c.err = errors.Join(c.err, err)
}

func (c *recording) append(ctx context.Context, r *room, p piece) (err error) {
	if c.recorder == nil {
		c.recorder, err = r.studio.Vault.Record(ctx, evidence.NewRecording{Request: r.Request, Kind: evidence.VideoSegment, MediaType: "video/webm", Author: manifest.AuthorOf(r.Session, c.side)})
		if err != nil {
			return err
		}
	}
	item, err := c.recorder.Append(ctx, p.content)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(p.content)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chain = manifest.NextLink(c.chain, sum)
	c.kept = append(c.kept, manifest.Segment{Number: item.Segment, From: p.from.Milliseconds(), To: p.to.Milliseconds(), Size: item.Size, SHA256: manifest.Hexed(sum)})
	return nil
}
