package evidence

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"sync"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
)

// NewRecording is a recording about to begin.
type NewRecording struct {
	Request   string
	Kind      Kind // of its segments
	MediaType string
	Author    string
}

// Recorder appends segments to a recording, one after the other. Safe for concurrent
// use; segments are numbered in the order of the calls.
type Recorder struct {
	v   *Vault
	rec Recording
	key dataKey

	mu    sync.Mutex
	count int
	chain []byte
	size  int64
	ended bool
}

// Summary is what a manifest has to say, so that a segment that was taken away at the
// end is missed too.
type Summary struct {
	Recording string
	Segments  int
	Size      int64
	Chain     [sha256.Size]byte // the last link
}

// Record begins a recording: its keys are in the database before the first segment.
func (v *Vault) Record(ctx context.Context, n NewRecording) (*Recorder, error) {
	if err := (New{Request: n.Request, Kind: n.Kind, MediaType: n.MediaType, Author: n.Author, Content: []byte{0}}).check(); err != nil {
		return nil, err
	}
	if v.Dir == "" {
		return nil, errInput("no directory for recordings is configured")
	}
	r := &Recorder{v: v, key: newDataKey(), rec: Recording{
		ID: rand.Text(), Request: n.Request, Kind: n.Kind, MediaType: n.MediaType, Author: n.Author, At: v.Now().UTC().Truncate(time.Microsecond),
	}}
	var err error
	if r.rec.Wraps, err = v.wrap(r.rec.ID, r.key); err != nil {
		return nil, err
	}
	r.chain = firstLink(r.rec)
	if err := v.makeDir(r.rec.ID); err != nil {
		return nil, err
	}
	line := v.line(audit.EvidenceKept, n.Author, Item{Request: n.Request, Kind: n.Kind, Recording: r.rec.ID})
	line.Detail["media"] = n.MediaType
	if err := v.Store.BeginRecording(ctx, r.rec, line); err != nil {
		return nil, err
	}
	return r, nil
}

// ID names the recording.
func (r *Recorder) ID() string { return r.rec.ID }

// errEnded: after Close, or after a segment that could not be kept.
var errEnded = errors.New("evidence: the recording has ended")

// Append keeps a segment: encrypted, written, synced, and its row committed. After an
// error the recording has ended: what was acknowledged stays, and a later segment would
// hide the gap.
func (r *Recorder) Append(ctx context.Context, content []byte) (Item, error) {
	if len(content) == 0 || len(content) > MaxSegment {
		return Item{}, errInput("a segment has from 1 byte to 32 MB")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return Item{}, errEnded
	}
	if r.count == MaxSegments {
		return Item{}, ErrFull
	}
	row, file := r.seal(content)
	if err := r.keep(ctx, row, file); err != nil {
		r.ended = true
		return Item{}, err
	}
	r.count, r.chain, r.size = row.Segment, row.Chain, r.size+row.Size
	return row.Item, nil
}

func (r *Recorder) seal(content []byte) (Row, []byte) {
	row := r.rec.row(r.count + 1)
	row.Size, row.At = int64(len(content)), r.v.Now().UTC().Truncate(time.Microsecond)
	key := r.key.segment(row.Segment)
	row.Digest = key.digest(content)
	row.Chain = link(r.chain, row)
	return row, key.row(row.ID).Seal(boundSegment(r.rec, row.Segment, r.chain), binary.BigEndian.AppendUint64(nil, uint64(row.At.UnixMicro())), content)
}

func (r *Recorder) keep(ctx context.Context, row Row, file []byte) error {
	if err := r.v.writeSegment(row, file); err != nil {
		return err
	}
	if err := r.v.at("segment written"); err != nil {
		return err
	}
	err := r.v.Store.KeepEvidence(ctx, row, nil)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	// Recover found the file on another node, and kept it before us.
	_, rows, failed := r.v.Store.Recording(ctx, r.rec.ID)
	if failed == nil && len(rows) == row.Segment && same(row, rows[row.Segment-1]) == nil {
		return nil
	}
	return errors.Join(err, failed)
}

// Close ends the recording and writes down how many segments it has. A recording that
// nobody closes has all the same what was acknowledged.
func (r *Recorder) Close(ctx context.Context) (Summary, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	s := Summary{Recording: r.rec.ID, Segments: r.count, Size: r.size, Chain: [sha256.Size]byte(r.chain)}
	line := r.v.line(audit.EvidenceKept, r.rec.Author, Item{Request: r.rec.Request, Kind: r.rec.Kind, Recording: r.rec.ID})
	line.Detail["segments"], line.Detail["size"] = strconv.Itoa(s.Segments), strconv.FormatInt(s.Size, 10)
	line.Detail["chain"] = hex.EncodeToString(s.Chain[:])
	return s, r.v.Store.NoteEvidence(ctx, line)
}

// row begins the row of a segment.
func (r Recording) row(number int) Row {
	return Row{Item: Item{
		ID: segmentID(r.ID, number), Request: r.Request, Kind: r.Kind, MediaType: r.MediaType, Author: r.Author,
		Recording: r.ID, Segment: number, Readable: r.Working != "",
	}}
}

// segmentID is the id of an item that is a segment.
func segmentID(recording string, number int) string {
	return recording + "-" + strconv.Itoa(number)
}

// boundSegment is what a file belongs to: its recording, its place, all before it.
func boundSegment(r Recording, number int, chain []byte) []string {
	return []string{r.ID, r.Request, string(r.Kind), r.MediaType, r.Author, strconv.FormatInt(r.At.UnixMicro(), 10), strconv.Itoa(number), string(chain)}
}

// firstLink begins the chain of a recording.
func firstLink(r Recording) []byte {
	h := sha256.New()
	for _, part := range append([]string{"atrio evidence chain v1"}, boundSegment(r, 0, nil)...) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// link is the next of the chain: over the one before, number, time, size and digest.
func link(before []byte, row Row) []byte {
	h := sha256.New()
	h.Write(before)
	for _, n := range []int64{int64(row.Segment), row.At.UnixMicro(), row.Size} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	h.Write(row.Digest[:])
	return h.Sum(nil)
}

// openSegment opens a file and gives the row that it must have.
func openSegment(r Recording, number int, chain []byte, key dataKey, file []byte) (Row, []byte, error) {
	row := r.row(number)
	own := key.segment(number)
	parts, err := own.row(row.ID).Open(boundSegment(r, number, chain), file)
	if err != nil {
		return Row{}, nil, ErrDamaged.Because(err)
	}
	if len(parts) != 2 || len(parts[0]) != 8 {
		return Row{}, nil, ErrDamaged.Because(errors.New("evidence: the file has other parts"))
	}
	row.At = time.UnixMicro(int64(binary.BigEndian.Uint64(parts[0]))).UTC()
	row.Size, row.Digest = int64(len(parts[1])), own.digest(parts[1])
	row.Chain = link(chain, row)
	return row, parts[1], nil
}

// same compares what a file says with its row.
func same(file, row Row) error {
	if !file.At.Equal(row.At) || file.Size != row.Size || file.Digest != row.Digest || subtle.ConstantTimeCompare(file.Chain, row.Chain) != 1 {
		return ErrDamaged.Because(errors.New("evidence: a segment is not what its row says"))
	}
	return nil
}
