// Package portrait turns a file that somebody sent into the small picture of a
// profile: square, 256 pixels wide, a JPEG of our own making. P2
//
// The file is hostile until it is drawn anew: nothing of its bytes is kept, so no
// hidden script, no second file behind the first, and no place and time at which a
// phone took it. What a file costs is known before it is unpacked, and one file is
// unpacked at a time. Who may send one, and where it is kept, is portal/profile's
// and portal/portaldb's matter.
package portrait

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"time"
)

const (
	// Side is the width and the height of a portrait in pixels.
	Side = 256
	// MaxFile is the largest file that is read, in bytes.
	MaxFile = 2 << 20
	// maxPixels is what the cameras of phones make by default, 4032 × 3024, and a
	// little more. Unpacked it takes at most 190 MB, for a progressive JPEG without
	// subsampling; a common one takes 20.
	maxPixels = 12_500_000
	// maxSide bounds each side: a strip of 1 × 12,500,000 is no portrait.
	maxSide = 10_000
	// minSide is the smallest picture in which somebody can be recognised.
	minSide = 16
	quality = 85
	// patience is how long a file waits for those before it.
	patience = 3 * time.Second
)

// What can be wrong with a file. None of them says more about it.
var (
	ErrType    = errors.New("portrait: neither JPEG nor PNG")
	ErrFile    = errors.New("portrait: the file is too long")
	ErrPixels  = errors.New("portrait: too many pixels, or too few")
	ErrBroken  = errors.New("portrait: the file cannot be read")
	ErrWaiting = errors.New("portrait: too many pictures at once")
)

// Studio draws one portrait at a time: memory is bounded whoever sends what.
type Studio struct{ turn chan struct{} }

// NewStudio opens a studio.
func NewStudio() *Studio { return &Studio{turn: make(chan struct{}, 1)} }

// Draw makes the portrait of a file; the errors are those above.
func (s *Studio) Draw(ctx context.Context, file []byte) ([]byte, error) {
	read, err := inspect(file)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ErrWaiting
	}
	picture, err := read(bytes.NewReader(file))
	if err != nil {
		return nil, ErrBroken
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, draw(picture, orientation(file)), &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// draw cuts the square out of the middle, turns it upright and makes it small.
func draw(picture image.Image, turn int) image.Image {
	b := picture.Bounds()
	side := min(b.Dx(), b.Dy())
	corner := b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2))
	at := pixels(picture)
	out := image.NewRGBA(image.Rect(0, 0, Side, Side))
	for y := range Side {
		for x := range Side {
			out.SetRGBA(x, y, average(at, corner, side, turn, x, y))
		}
	}
	return out
}

// pixels reads a picture point by point without making garbage of each.
func pixels(picture image.Image) func(x, y int) color.RGBA64 {
	if fast, ok := picture.(image.RGBA64Image); ok {
		return fast.RGBA64At
	}
	return func(x, y int) color.RGBA64 {
		r, g, b, a := picture.At(x, y).RGBA()
		return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
	}
}

// samples is how many points in each direction make one point of the portrait, at
// most: the work does not grow with the picture.
const samples = 8

// average is the mean of the part of the square that becomes the point x, y, on
// white where the picture is transparent.
func average(at func(x, y int) color.RGBA64, corner image.Point, side, turn, x, y int) color.RGBA {
	n := min(samples, max(1, side/Side))
	var r, g, b uint64
	for j := range n {
		for i := range n {
			p := upright(turn, side, (x*n+i)*side/(Side*n), (y*n+j)*side/(Side*n))
			c := at(corner.X+p.X, corner.Y+p.Y)
			paper := uint64(0xffff - c.A)
			r, g, b = r+uint64(c.R)+paper, g+uint64(c.G)+paper, b+uint64(c.B)+paper
		}
	}
	mean := func(sum uint64) uint8 { return uint8(sum / uint64(n*n) >> 8) }
	return color.RGBA{R: mean(r), G: mean(g), B: mean(b), A: 0xff}
}

// inspect tells how to read a file, or why not to, from its first bytes alone.
func inspect(file []byte) (func(r *bytes.Reader) (image.Image, error), error) {
	if len(file) > MaxFile {
		return nil, ErrFile
	}
	var c image.Config
	var err error
	var read func(r *bytes.Reader) (image.Image, error)
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		c, err = jpeg.DecodeConfig(bytes.NewReader(file))
		read = func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		c, err = png.DecodeConfig(bytes.NewReader(file))
		read = func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }
	default:
		return nil, ErrType
	}
	if err != nil {
		return nil, ErrBroken
	}
	most := maxPixels
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model, color.CMYKModel:
		most /= 2 // nearly twice the memory, for what a screen does not show
	}
	if min(c.Width, c.Height) < minSide || max(c.Width, c.Height) > maxSide || c.Width*c.Height > most {
		return nil, ErrPixels
	}
	return read, nil
}
