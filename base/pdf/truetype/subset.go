package truetype

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// Flags of a part of a glyph made of others. OpenType 1.9.1, glyf, composite glyph description
const (
	wordArguments  = 0x0001
	scaled         = 0x0008
	moreComponents = 0x0020
	scaledTwoWays  = 0x0040
	matrix         = 0x0080
)

// depth of glyphs made of glyphs; fonts say at most a few in maxp.
const deepest = 8

// Subset gives a font with some glyphs, those that they are made of, and glyph 0. Glyphs keep
// their numbers, others are empty; it is for embedding in a document: it has no names and
// no table of signs. The same glyphs give the same bytes.
func (f *Font) Subset(glyphs []uint16) ([]byte, error) {
	used := map[uint16]bool{}
	for _, g := range append([]uint16{0}, glyphs...) {
		if err := f.collect(g, used, 0); err != nil {
			return nil, err
		}
	}
	count := int(slices.Max(slices.Collect(maps.Keys(used)))) + 1
	glyf, loca := []byte{}, make([]byte, 0, 4*(count+1))
	hmtx := make([]byte, 4*count)
	for n := range count {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if g := uint16(n); used[g] {
			glyf = append(glyf, f.outline(g)...)
			for len(glyf)%4 != 0 {
				glyf = append(glyf, 0)
			}
			f.metric(g, hmtx[4*n:])
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(f.tables["head"][:54]), slices.Clone(f.hhea[:36]), slices.Clone(f.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)  // the checksum, set at the end
	binary.BigEndian.PutUint16(head[50:], 1) // long offsets
	binary.BigEndian.PutUint16(hhea[34:], uint16(count))
	binary.BigEndian.PutUint16(maxp[4:], uint16(count))
	return assemble(map[string][]byte{
		"cvt ": f.tables["cvt "], "fpgm": f.tables["fpgm"], "glyf": glyf, "head": head, "hhea": hhea, "hmtx": hmtx,
		"loca": loca, "maxp": maxp, "prep": f.tables["prep"],
	}), nil
}

func (f *Font) outline(g uint16) []byte { return f.tables["glyf"][f.offsets[g]:f.offsets[g+1]] }

// metric writes width and left bearing of a glyph.
func (f *Font) metric(g uint16, to []byte) {
	n := int(g)
	if n < f.metrics {
		copy(to[:4], f.hmtx[4*n:])
		return
	}
	copy(to[:2], f.hmtx[4*(f.metrics-1):])
	copy(to[2:4], f.hmtx[4*f.metrics+2*(n-f.metrics):])
}

// collect marks a glyph and those that it is made of.
func (f *Font) collect(g uint16, used map[uint16]bool, depth int) error {
	if int(g) >= len(f.offsets)-1 || depth > deepest {
		return fmt.Errorf("%w: glyph %d", ErrFont, g)
	}
	if used[g] {
		return nil
	}
	used[g] = true
	outline := f.outline(g)
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	for rest := outline[10:]; ; {
		if len(rest) < 4 {
			return fmt.Errorf("%w: glyph %d is cut off", ErrFont, g)
		}
		flags := binary.BigEndian.Uint16(rest)
		if err := f.collect(binary.BigEndian.Uint16(rest[2:]), used, depth+1); err != nil {
			return err
		}
		size := 6
		if flags&wordArguments != 0 {
			size = 8
		}
		switch {
		case flags&scaled != 0:
			size += 2
		case flags&scaledTwoWays != 0:
			size += 4
		case flags&matrix != 0:
			size += 8
		}
		if flags&moreComponents == 0 {
			return nil
		}
		if len(rest) < size {
			return fmt.Errorf("%w: glyph %d is cut off", ErrFont, g)
		}
		rest = rest[size:]
	}
}

// assemble writes the file: directory, tables in the order of their names, checksums.
func assemble(tables map[string][]byte) []byte {
	names := slices.Sorted(maps.Keys(tables))
	names = slices.DeleteFunc(names, func(n string) bool { return len(tables[n]) == 0 && n != "glyf" })
	power, log := 1, 0
	for power*2 <= len(names) {
		power, log = power*2, log+1
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{len(names), 16 * power, log, 16 * (len(names) - power)} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	offset, headAt := 12+16*len(names), 0
	for _, name := range names {
		if name == "head" {
			headAt = offset
		}
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, checksum(tables[name]))
		out = binary.BigEndian.AppendUint32(out, uint32(offset))
		out = binary.BigEndian.AppendUint32(out, uint32(len(tables[name])))
		offset += (len(tables[name]) + 3) &^ 3
	}
	for _, name := range names {
		out = append(out, tables[name]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	binary.BigEndian.PutUint32(out[headAt+8:], 0xb1b0afba-checksum(out))
	return out
}

func checksum(data []byte) (sum uint32) {
	for len(data) >= 4 {
		sum += binary.BigEndian.Uint32(data)
		data = data[4:]
	}
	var rest [4]byte
	copy(rest[:], data)
	return sum + binary.BigEndian.Uint32(rest[:])
}
