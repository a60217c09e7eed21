package evidence

import (
	"context"
	"errors"
	"io/fs"

	"atrio/base/keys/archivekey"
)

// Playback gives the segments of a recording. One line in the audit log stands for it.
type Playback struct {
	Recording Recording
	Segments  []Item

	v       *Vault
	rows    []Row
	key     dataKey
	access  Access
	archive bool
}

// OpenRecording opens a recording that people work on.
func (v *Vault) OpenRecording(ctx context.Context, id string, a Access) (*Playback, error) {
	return v.openRecording(ctx, id, a, nil)
}

// OpenRecordingArchived opens a recording out of the archive, as OpenArchived does an
// item. // I14
func (v *Vault) OpenRecordingArchived(ctx context.Context, id string, a Access, keys *archivekey.Identities) (*Playback, error) {
	if keys == nil {
		return nil, errInput("the archive opens with its private keys")
	}
	return v.openRecording(ctx, id, a, keys)
}

func (v *Vault) openRecording(ctx context.Context, id string, a Access, archive *archivekey.Identities) (*Playback, error) {
	rec, rows, err := v.Store.Recording(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &Playback{Recording: rec, v: v, rows: rows, access: a, archive: archive != nil}
	if err := v.admit(ctx, a, p.item(), rec.Wraps, p.archive); err != nil {
		return nil, err
	}
	for i, row := range rows {
		if row.Segment != i+1 {
			return nil, p.failed(ctx, ErrDamaged.Because(errors.New("evidence: a segment is missing")))
		}
		p.Segments = append(p.Segments, row.Item)
	}
	if p.key, err = v.unwrap(id, rec.Wraps, archive); err != nil {
		return nil, p.failed(ctx, err)
	}
	return p, nil
}

func (p *Playback) item() Item {
	return Item{Request: p.Recording.Request, Kind: p.Recording.Kind, Recording: p.Recording.ID}
}

func (p *Playback) failed(ctx context.Context, cause error) error {
	return p.v.failed(ctx, p.access, p.item(), p.archive, cause)
}

// Segment opens the segment of that number, from 1 on: it is what was recorded, at its
// place, after exactly those before it.
func (p *Playback) Segment(ctx context.Context, number int) ([]byte, error) {
	if number < 1 || number > len(p.rows) {
		return nil, ErrUnknown
	}
	before := firstLink(p.Recording)
	if number > 1 {
		before = p.rows[number-2].Chain
	}
	file, err := p.v.readSegment(p.Recording.ID, number)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, p.failed(ctx, ErrDamaged.Because(err))
	}
	if err != nil {
		return nil, err
	}
	row, content, err := openSegment(p.Recording, number, before, p.key, file)
	if err == nil {
		err = same(row, p.rows[number-1])
	}
	if err != nil {
		return nil, p.failed(ctx, err)
	}
	return content, nil
}

// Summary is what the rows say; a manifest must say the same.
func (p *Playback) Summary() Summary {
	s := Summary{Recording: p.Recording.ID, Segments: len(p.rows)}
	last := firstLink(p.Recording)
	for _, row := range p.rows {
		s.Size, last = s.Size+row.Size, row.Chain
	}
	copy(s.Chain[:], last)
	return s
}
