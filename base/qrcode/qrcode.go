// Package qrcode draws QR codes: as squares, as a path of SVG and as a picture.
//
// The encoder is another's; it is asked here alone. What is drawn may be a secret, so
// that nothing is kept and no address of a picture is made of it.
package qrcode

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"rsc.io/qr"
)

// Quiet is the white margin that readers need, in squares. ISO/IEC 18004 6.3.8
const Quiet = 4

// longest text that is tried: the largest code holds 2331 bytes. ISO/IEC 18004 table 7
const longest = 2331

// Code is a QR code.
type Code struct{ code *qr.Code }

// New makes a code that can still be read when a seventh of it cannot. ISO/IEC 18004 7.5.1, level M
func New(text string) (Code, error) {
	if len(text) == 0 || len(text) > longest {
		return Code{}, fmt.Errorf("qrcode: %d bytes", len(text))
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return Code{}, fmt.Errorf("qrcode: %w", err)
	}
	return Code{code}, nil
}

// Size is how many squares a side has, with the margin.
func (c Code) Size() int { return c.code.Size + 2*Quiet }

// Black reports whether a square is black; column and row count from the upper left, in the margin.
func (c Code) Black(column, row int) bool { return c.code.Black(column-Quiet, row-Quiet) }

// Path is the d of an SVG path in a view box of Size times Size: digits, letters and minus signs.
func (c Code) Path() string {
	var b strings.Builder
	for y := range c.Size() {
		for x := 0; x < c.Size(); x++ {
			from := x
			for x < c.Size() && c.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return b.String()
}

// PNG is a picture, for messages: their readers show no SVG. Scale is how many dots a square has, 1 to 16.
func (c Code) PNG(scale int) ([]byte, error) {
	scale = min(max(scale, 1), 16)
	side := c.Size() * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if c.Black(x/scale, y/scale) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("qrcode: %w", err)
	}
	return b.Bytes(), nil
}
