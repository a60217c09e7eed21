// Package truetype reads TrueType fonts as far as a printed document needs them: which
// glyph a sign has, how wide it is, and a smaller font with some of the glyphs.
//
// It shapes nothing: signs that change with their neighbours or run from right to left are
// for a caller to leave out. Fonts come from the build, yet every offset is checked.
package truetype

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrFont is what is wrong with bytes that are no font that this package reads.
var ErrFont = errors.New("truetype: not a font with outlines of TrueType")

// Font is a font. It is never changed, so that many may read it.
type Font struct {
	tables map[string][]byte
	glyphs map[rune]uint16
	// offsets are where glyphs begin in glyf, one more than there are glyphs.
	offsets []uint32
	metrics int // how many glyphs have a width of their own
	units   int
	hhea    []byte
	hmtx    []byte
	box     [4]int
}

// Parse reads a font. The bytes are kept and must not change.
func Parse(data []byte) (*Font, error) {
	f := &Font{}
	for _, step := range []func([]byte) error{f.directory, f.header, f.widths, f.locations, f.signs} {
		if err := step(data); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// directory finds the tables. OpenType 1.9.1, table directory
func (f *Font) directory(data []byte) error {
	if len(data) < 12 || binary.BigEndian.Uint32(data) != 0x00010000 {
		return fmt.Errorf("%w: another kind of file", ErrFont)
	}
	count := int(binary.BigEndian.Uint16(data[4:]))
	if len(data) < 12+16*count {
		return fmt.Errorf("%w: cut off", ErrFont)
	}
	f.tables = make(map[string][]byte, count)
	for n := range count {
		entry := data[12+16*n:]
		offset, length := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		if uint64(offset)+uint64(length) > uint64(len(data)) {
			return fmt.Errorf("%w: table %q ends after the file", ErrFont, entry[:4])
		}
		f.tables[string(entry[:4])] = data[offset : offset+length]
	}
	return nil
}

// table gives a table that has at least so many bytes.
func (f *Font) table(name string, least int) ([]byte, error) {
	t, ok := f.tables[name]
	if !ok || len(t) < least {
		return nil, fmt.Errorf("%w: no table %q", ErrFont, name)
	}
	return t, nil
}

func (f *Font) header([]byte) error {
	head, err := f.table("head", 54)
	if err != nil {
		return err
	}
	f.units = int(binary.BigEndian.Uint16(head[18:]))
	if f.units < 16 || f.units > 16384 {
		return fmt.Errorf("%w: %d units", ErrFont, f.units)
	}
	for n := range f.box {
		f.box[n] = f.scaled(int(int16(binary.BigEndian.Uint16(head[36+2*n:]))))
	}
	return nil
}

func (f *Font) widths([]byte) error {
	var err error
	if f.hhea, err = f.table("hhea", 36); err != nil {
		return err
	}
	f.metrics = int(binary.BigEndian.Uint16(f.hhea[34:]))
	if f.metrics == 0 {
		return fmt.Errorf("%w: no widths", ErrFont)
	}
	f.hmtx, err = f.table("hmtx", 4*f.metrics)
	return err
}

// locations reads where glyphs are; each lies inside glyf. OpenType 1.9.1, loca
func (f *Font) locations([]byte) error {
	maxp, err := f.table("maxp", 32)
	if err != nil {
		return err
	}
	count := int(binary.BigEndian.Uint16(maxp[4:]))
	size, long := 2, f.tables["head"][51] == 1
	if long {
		size = 4
	}
	loca, err := f.table("loca", (count+1)*size)
	if err != nil {
		return err
	}
	if count == 0 || f.metrics > count || len(f.hmtx) < 4*f.metrics+2*(count-f.metrics) {
		return fmt.Errorf("%w: %d glyphs, %d widths", ErrFont, count, f.metrics)
	}
	f.offsets = make([]uint32, count+1)
	for n := range f.offsets {
		if long {
			f.offsets[n] = binary.BigEndian.Uint32(loca[4*n:])
		} else {
			f.offsets[n] = 2 * uint32(binary.BigEndian.Uint16(loca[2*n:]))
		}
		if f.offsets[n] > uint32(len(f.tables["glyf"])) || (n > 0 && f.offsets[n] < f.offsets[n-1]) {
			return fmt.Errorf("%w: glyph %d lies outside", ErrFont, n)
		}
	}
	return nil
}

func (f *Font) scaled(v int) int { return v * 1000 / f.units }

// Glyph is the glyph of a sign, and whether there is one.
func (f *Font) Glyph(r rune) (uint16, bool) {
	g, ok := f.glyphs[r]
	return g, ok && g != 0
}

// Width is how far a glyph moves on, in thousandths of the size of the text.
func (f *Font) Width(glyph uint16) int {
	n := min(int(glyph), f.metrics-1)
	return f.scaled(int(binary.BigEndian.Uint16(f.hmtx[4*n:])))
}

// Ascent and Descent are how far letters reach above and below the line (negative), in thousandths.
func (f *Font) Ascent() int  { return f.scaled(int(int16(binary.BigEndian.Uint16(f.hhea[4:])))) }
func (f *Font) Descent() int { return f.scaled(int(int16(binary.BigEndian.Uint16(f.hhea[6:])))) }

// Box is the box around all glyphs: left, bottom, right, top, in thousandths.
func (f *Font) Box() [4]int { return f.box }

// CapHeight is how high an H reaches, in thousandths; old fonts do not say it in a table.
func (f *Font) CapHeight() int {
	g, ok := f.Glyph('H')
	if outline := f.outline(g); ok && len(outline) >= 10 {
		return f.scaled(int(int16(binary.BigEndian.Uint16(outline[8:]))))
	}
	return f.Ascent()
}

// Signs lists the signs that have a glyph, in order.
func (f *Font) Signs() []rune { return slices.Sorted(maps.Keys(f.glyphs)) }
