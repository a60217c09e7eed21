package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

// convert decodes, turns, scales and encodes. Decoders of Go are safe from wrong memory
// accesses; what they may cost is bounded by the header, by maxScans and by ctx.
func convert(ctx context.Context, file []byte, h header, l Limits) (p Picture, err error) {
	defer func() { // a mistake in a decoder costs one picture, not the process
		if cause := recover(); cause != nil {
			p, err = Picture{}, ErrDamaged.Because(fmt.Errorf("picture: panic: %v", cause))
		}
	}()
	img, err := decode(ctx, file, h)
	if err != nil {
		return Picture{}, err
	}
	small, err := scale(ctx, img, l.Size)
	if err != nil {
		return Picture{}, slow(ctx, err)
	}
	if blank(small) {
		return Picture{}, ErrBlank
	}
	small = turned(small, h.orientation)
	data, err := encode(small, maxOutput)
	if err != nil {
		return Picture{}, err
	}
	return Picture{JPEG: data, Width: small.Rect.Dx(), Height: small.Rect.Dy(), From: h.format}, nil
}

func decode(ctx context.Context, file []byte, h header) (image.Image, error) {
	read, configOf := jpeg.Decode, jpeg.DecodeConfig
	if h.format == "png" {
		read, configOf = png.Decode, png.DecodeConfig
	}
	// The decoder must see the picture that was judged, or the judgment is of another.
	config, err := configOf(bytes.NewReader(file))
	if err != nil {
		return nil, ErrDamaged.Because(err)
	}
	if config.Width != h.width || config.Height != h.height {
		return nil, ErrDamaged.Because(errors.New("picture: two headers"))
	}
	img, err := read(&patient{ctx: ctx, r: bytes.NewReader(file)})
	if err != nil {
		return nil, slow(ctx, ErrDamaged.Because(err))
	}
	if b := img.Bounds(); b.Dx() != h.width || b.Dy() != h.height {
		return nil, ErrDamaged.Because(errors.New("picture: another size than its header says"))
	}
	return img, nil
}

// slow tells whose fault an error is. What one picture may cost is bounded, so time runs
// out when the machine has too much to do; somebody who left is nobody's fault.
func slow(ctx context.Context, err error) error {
	switch ctxErr := ctx.Err(); {
	case ctxErr == nil:
		return err
	case errors.Is(ctxErr, context.DeadlineExceeded):
		return ErrBusy.For("picture_slow").Because(ctxErr)
	default:
		return ctxErr
	}
}

// patient ends a decoder at its next read when the time is over.
type patient struct {
	ctx context.Context
	r   io.Reader
}

// step is the most that a decoder gets at once, so that it asks often.
const step = 512

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b[:min(len(b), step)])
}

const (
	// quality keeps small letters legible.
	quality = 90
	// maxOutput is what an item of evidence may have, and some room.
	maxOutput = 3 << 20
)

// encode lowers the quality of the rare picture, mostly noise, that would be too large.
func encode(img image.Image, most int) ([]byte, error) {
	var b bytes.Buffer
	for q := quality; ; q -= 10 {
		b.Reset()
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: q}); err != nil {
			return nil, fmt.Errorf("picture: %w", err)
		}
		if b.Len() <= most || q <= quality/2 {
			return b.Bytes(), nil
		}
	}
}
