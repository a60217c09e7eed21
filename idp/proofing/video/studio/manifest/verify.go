package manifest

import (
	"context"
	"crypto/sha256"
	"fmt"

	"atrio/base/seal"
	"atrio/idp/evidence"
)

// Opener gives evidence out: to people who work on the request, or out of the archive.
type Opener struct {
	Item      func(ctx context.Context, id string) (evidence.Opened, error)
	Recording func(ctx context.Context, id string) (*evidence.Playback, error)
}

// Working opens what people work on.
func Working(v *evidence.Vault, a evidence.Access) Opener {
	return Opener{
		Item:      func(ctx context.Context, id string) (evidence.Opened, error) { return v.Open(ctx, id, a) },
		Recording: func(ctx context.Context, id string) (*evidence.Playback, error) { return v.OpenRecording(ctx, id, a) },
	}
}

// Verify says whether a session is as it was: the manifest is what the studio wrote, and
// each recording has exactly the segments it names. Anything else is evidence.ErrDamaged.
// A33
func Verify(ctx context.Context, ring *seal.Keyring, open Opener, manifest string) (Document, error) {
	item, err := open.Item(ctx, manifest)
	if err != nil {
		return Document{}, err
	}
	if item.Kind != evidence.VideoManifest {
		return Document{}, damaged("%s is no manifest", manifest)
	}
	d, err := read(item.Content, ring)
	if err != nil {
		return Document{}, err
	}
	if d.Request != item.Request {
		return Document{}, damaged("the manifest is of another request")
	}
	for _, t := range d.Sides {
		if t.Recording == "" {
			continue
		}
		if err := t.verify(ctx, d, open); err != nil {
			return Document{}, err
		}
	}
	return d, nil
}

func (t Track) verify(ctx context.Context, d Document, open Opener) error {
	p, err := open.Recording(ctx, t.Recording)
	if err != nil {
		return err
	}
	sum := p.Summary()
	switch {
	case p.Recording.Request != d.Request:
		return damaged("recording %s is of another request", t.Recording)
	case sum.Segments != len(t.Segments):
		return damaged("recording %s has %d segments, the manifest names %d", t.Recording, sum.Segments, len(t.Segments))
	case Hexed(sum.Chain) != t.Chain:
		return damaged("recording %s has another chain", t.Recording)
	}
	chain := FirstLink(d.Session, t.Side)
	for i, s := range t.Segments {
		content, err := p.Segment(ctx, i+1)
		if err != nil {
			return err
		}
		own := sha256.Sum256(content)
		if Hexed(own) != s.SHA256 || int64(len(content)) != s.Size || s.Number != i+1 {
			return damaged("segment %d of recording %s is another", i+1, t.Recording)
		}
		chain = NextLink(chain, own)
	}
	if Hexed(chain) != t.SHA256 {
		return damaged("recording %s: its segments are not the chain of the manifest", t.Recording)
	}
	return nil
}

func damaged(format string, args ...any) error {
	return evidence.ErrDamaged.Because(fmt.Errorf("studio: "+format, args...))
}
