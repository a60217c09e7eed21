package manifest

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"atrio/base/seal"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video/studio/webm"
)

// Crash is why a session ended whose node stopped without a word.
const Crash = "crash"

// Kept is what is there of a session: a recording for each side, "" for one of which nothing
// was kept.
type Kept struct {
	Manifest   string
	Recordings []string
	Begun      time.Time
	// Recovered: the manifest was written afterwards.
	Recovered bool
}

// Recover finds what is left of a session whose node stopped, and ties it together: the
// manifest that the node still wrote, or one of what its recordings consist of. Nobody may
// record any more. It gives no recordings when nothing was kept; where recordings are damaged
// or archived it gives them without a manifest.
func Recover(ctx context.Context, v *evidence.Vault, ring *seal.Keyring, request, session string, sides []Side, said Said) (Kept, error) {
	if err := v.RecoverOf(ctx, request); err != nil && !errors.Is(err, evidence.ErrDamaged) {
		return Kept{}, err
	}
	items, err := v.List(ctx, request)
	if err != nil {
		return Kept{}, err
	}
	open := Working(v, evidence.Access{By: Author, Purpose: "recovery of session " + session})
	for _, item := range items {
		if item.Kind != evidence.VideoManifest || !item.Readable {
			continue
		}
		o, err := open.Item(ctx, item.ID)
		if err != nil {
			return Kept{}, err
		}
		if d, err := read(o.Content, ring); err == nil && d.Session == session {
			return d.kept(item.ID), nil
		}
	}
	d := Document{Version: Version, Request: request, Session: session, Operator: said.Operator, Script: said.Script, Steps: said.Steps, Aborted: Crash, Recovered: true}
	for _, side := range sides {
		d.Sides = append(d.Sides, Track{Side: side, Recording: recordingOf(items, session, side)})
	}
	kept := d.kept("")
	if !slices.ContainsFunc(kept.Recordings, func(id string) bool { return id != "" }) {
		return Kept{}, nil
	}
	if err := d.tie(ctx, open); errors.Is(err, evidence.ErrDamaged) || errors.Is(err, evidence.ErrArchived) {
		return kept, nil // who plays it is told
	} else if err != nil {
		return Kept{}, err
	}
	id, err := d.Store(ctx, v, ring)
	return d.kept(id), err
}

// recordingOf finds the recording of a side.
func recordingOf(items []evidence.Item, session string, side Side) string {
	i := slices.IndexFunc(items, func(i evidence.Item) bool { return i.Segment == 1 && i.Author == AuthorOf(session, side) })
	if i < 0 {
		return ""
	}
	return items[i].Recording
}

func (d Document) kept(id string) Kept {
	k := Kept{Manifest: id, Begun: d.Begun, Recovered: d.Recovered}
	for _, t := range d.Sides {
		k.Recordings = append(k.Recordings, t.Recording)
	}
	return k
}

// tie reads the recordings to their end and says what they consist of.
func (d *Document) tie(ctx context.Context, open Opener) error {
	recordings := make([]*evidence.Playback, len(d.Sides))
	for i, t := range d.Sides {
		if t.Recording == "" {
			continue
		}
		p, err := open.Recording(ctx, t.Recording)
		if err != nil {
			return err
		}
		recordings[i] = p
		for _, s := range p.Segments {
			if s.At.After(d.Ended) {
				d.Ended = s.At
			}
		}
		head, err := p.Segment(ctx, 1)
		if err != nil {
			return err
		}
		// Both count from the same moment.
		if begun, ok := webm.Begun(head); ok && (d.Begun.IsZero() || begun.Before(d.Begun)) {
			d.Begun = begun
		}
	}
	d.Length = max(0, d.Ended.Sub(d.Begun).Milliseconds())
	for i, p := range recordings {
		if p == nil {
			continue
		}
		if err := d.Sides[i].consists(ctx, *d, p); err != nil {
			return err
		}
	}
	return nil
}

// consists notes the segments of a recording and both chains.
func (t *Track) consists(ctx context.Context, d Document, p *evidence.Playback) error {
	chain, from := FirstLink(d.Session, t.Side), int64(0)
	for _, s := range p.Segments {
		content, err := p.Segment(ctx, s.Segment)
		if err != nil {
			return err
		}
		own := sha256.Sum256(content)
		to := max(from, s.At.Sub(d.Begun).Milliseconds())
		t.Segments = append(t.Segments, Segment{Number: s.Segment, From: from, To: to, Size: int64(len(content)), SHA256: Hexed(own)})
		chain, from = NextLink(chain, own), to
	}
	t.SHA256, t.Chain = Hexed(chain), Hexed(p.Summary().Chain)
	return nil
}
