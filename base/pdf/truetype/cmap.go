package truetype

import (
	"encoding/binary"
	"fmt"
)

// mostSigns bounds what a table of signs may claim.
const mostSigns = 0x30000

// signs reads the widest table of Unicode that there is. OpenType 1.9.1, cmap
func (f *Font) signs([]byte) error {
	cmap, err := f.table("cmap", 4)
	if err != nil {
		return err
	}
	count := int(binary.BigEndian.Uint16(cmap[2:]))
	if len(cmap) < 4+8*count {
		return fmt.Errorf("%w: cmap cut off", ErrFont)
	}
	var best []byte
	rank := 0
	for n := range count {
		entry := cmap[4+8*n:]
		platform, encoding, offset := binary.BigEndian.Uint16(entry), binary.BigEndian.Uint16(entry[2:]), binary.BigEndian.Uint32(entry[4:])
		if uint64(offset)+16 > uint64(len(cmap)) {
			return fmt.Errorf("%w: cmap cut off", ErrFont)
		}
		format := binary.BigEndian.Uint16(cmap[offset:])
		unicode := platform == 0 || (platform == 3 && (encoding == 1 || encoding == 10))
		if r := map[uint16]int{4: 1, 12: 2}[format]; unicode && r > rank {
			best, rank = cmap[offset:], r
		}
	}
	f.glyphs = map[rune]uint16{}
	switch rank {
	case 1:
		return f.format4(best)
	case 2:
		return f.format12(best)
	}
	return fmt.Errorf("%w: no table of Unicode", ErrFont)
}

// format4 is for the signs below U+10000.
func (f *Font) format4(t []byte) error {
	segments := int(binary.BigEndian.Uint16(t[6:])) / 2
	if len(t) < 16+8*segments {
		return fmt.Errorf("%w: cmap cut off", ErrFont)
	}
	at := func(part, n int) int { // end codes, a gap of two bytes, start codes, deltas, offsets
		pos := 14 + 2*n + part*2*segments
		if part > 0 {
			pos += 2
		}
		return pos
	}
	for n := range segments {
		end, start := int(binary.BigEndian.Uint16(t[at(0, n):])), int(binary.BigEndian.Uint16(t[at(1, n):]))
		delta, offset := binary.BigEndian.Uint16(t[at(2, n):]), int(binary.BigEndian.Uint16(t[at(3, n):]))
		for c := start; c <= end && c < 0xffff; c++ {
			glyph := uint16(c) + delta
			if offset != 0 {
				pos := at(3, n) + offset + 2*(c-start)
				if pos+2 > len(t) {
					return fmt.Errorf("%w: cmap cut off", ErrFont)
				}
				if glyph = binary.BigEndian.Uint16(t[pos:]); glyph != 0 {
					glyph += delta
				}
			}
			f.sign(rune(c), glyph)
		}
	}
	return nil
}

// format12 is for all signs.
func (f *Font) format12(t []byte) error {
	groups := binary.BigEndian.Uint32(t[12:])
	if uint64(len(t)) < 16+12*uint64(groups) {
		return fmt.Errorf("%w: cmap cut off", ErrFont)
	}
	total := 0
	for n := range int(groups) {
		g := t[16+12*n:]
		start, end, glyph := binary.BigEndian.Uint32(g), binary.BigEndian.Uint32(g[4:]), binary.BigEndian.Uint32(g[8:])
		if end < start || end > 0x10ffff {
			return fmt.Errorf("%w: group %d", ErrFont, n)
		}
		if total += int(end-start) + 1; total > mostSigns {
			return fmt.Errorf("%w: too many signs", ErrFont)
		}
		for c := start; c <= end; c++ {
			if g := glyph + c - start; g < uint32(len(f.offsets)) {
				f.sign(rune(c), uint16(g))
			}
		}
	}
	return nil
}

// sign keeps what is a glyph of this font.
func (f *Font) sign(r rune, glyph uint16) {
	if glyph != 0 && int(glyph) < len(f.offsets)-1 {
		f.glyphs[r] = glyph
	}
}
