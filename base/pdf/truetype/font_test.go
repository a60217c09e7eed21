package truetype_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"atrio/assets"
	"atrio/base/pdf/truetype"
)

// raw is the font that `make assets` builds.
func raw(t testing.TB) []byte {
	t.Helper()
	data, err := fs.ReadFile(assets.FS(), "dejavu-sans.ttf")
	if err != nil {
		t.Fatalf("run `make assets`: %v", err)
	}
	return data
}

func parsed(t testing.TB) *truetype.Font {
	t.Helper()
	f, err := truetype.Parse(raw(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheFontDrawsTheAlphabetsOfEurope(t *testing.T) {
	f := parsed(t)
	ranges := [][2]rune{
		{0x20, 0x7e}, {0xa1, 0x17f}, {0x1e00, 0x1ef9}, // Latin, also of Vietnamese
		{0x386, 0x38a}, {0x391, 0x3a1}, {0x3b1, 0x3ce}, {0x400, 0x45f}, {0x490, 0x4ff}, // Greek, Cyrillic
		{0x531, 0x556}, {0x561, 0x587}, {0x10d0, 0x10f6}, {0x2018, 0x201e}, // Armenian, Georgian, quotation marks
	}
	for _, r := range ranges {
		for c := r[0]; c <= r[1]; c++ {
			if _, ok := f.Glyph(c); !ok {
				t.Errorf("no glyph for %q", c)
			}
		}
	}
	if _, ok := f.Glyph('王'); ok {
		t.Error("a glyph for a sign that the font has not")
	}
	if len(f.Signs()) < 5000 {
		t.Errorf("%d signs", len(f.Signs()))
	}
}

func TestMeasuresAreThoseOfTheFont(t *testing.T) {
	f := parsed(t)
	for r, want := range map[rune]int{' ': 317, 'i': 277, 'W': 988, '\u0301': 0} {
		g, ok := f.Glyph(r)
		if got := f.Width(g); !ok || got != want {
			t.Errorf("%q is %d wide, want %d", r, got, want)
		}
	}
	if f.Ascent() <= f.CapHeight() || f.CapHeight() < 600 || f.Descent() >= 0 || f.Box()[2] <= f.Box()[0] {
		t.Errorf("ascent %d, capitals %d, descent %d, box %v", f.Ascent(), f.CapHeight(), f.Descent(), f.Box())
	}
}

func TestASubsetIsAFontWithItsGlyphsAlone(t *testing.T) {
	f := parsed(t)
	var glyphs []uint16
	for _, r := range "Aé Ǿя" { // é and Ǿ are made of parts
		g, _ := f.Glyph(r)
		glyphs = append(glyphs, g)
	}
	small, err := f.Subset(glyphs)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Subset(glyphs)
	if err != nil || !slices.Equal(small, again) {
		t.Error("the same glyphs gave other bytes")
	}
	if len(small) > len(raw(t))/10 {
		t.Errorf("%d bytes", len(small))
	}
	sum := uint32(0)
	for n := 0; n+4 <= len(small); n += 4 {
		sum += binary.BigEndian.Uint32(small[n:])
	}
	if sum != 0xb1b0afba { // OpenType 1.9.1, head
		t.Errorf("checksum %x", sum)
	}
	kept := outlines(t, small)
	full := outlines(t, raw(t))
	for _, g := range glyphs[:2] {
		if len(kept[g]) == 0 || !slices.Equal(kept[g][:10], full[g][:10]) {
			t.Errorf("glyph %d has another outline", g)
		}
	}
	filled := 0
	for _, o := range kept {
		if len(o) > 0 {
			filled++
		}
	}
	if filled < 5 || filled > 12 {
		t.Errorf("%d glyphs have an outline", filled)
	}
	if _, err := f.Subset([]uint16{0xffff}); !errors.Is(err, truetype.ErrFont) {
		t.Errorf("a glyph that is not there: %v", err)
	}
}

// outlines reads a font without the package.
func outlines(t *testing.T, font []byte) [][]byte {
	t.Helper()
	tables := map[string][]byte{}
	for n := range int(binary.BigEndian.Uint16(font[4:])) {
		e := font[12+16*n:]
		offset, length := binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
		tables[string(e[:4])] = font[offset : offset+length]
	}
	count := int(binary.BigEndian.Uint16(tables["maxp"][4:]))
	at := func(n int) int { return int(binary.BigEndian.Uint32(tables["loca"][4*n:])) }
	if tables["head"][51] == 0 {
		at = func(n int) int { return 2 * int(binary.BigEndian.Uint16(tables["loca"][2*n:])) }
	}
	out := make([][]byte, count)
	for n := range out {
		out[n] = tables["glyf"][at(n):at(n+1)]
	}
	return out
}

func TestWhatIsNoFontIsRefused(t *testing.T) {
	font := raw(t)
	for _, data := range [][]byte{nil, []byte("OTTO"), make([]byte, 400), []byte("%PDF-1.7 and so on, and so on")} {
		if _, err := truetype.Parse(data); !errors.Is(err, truetype.ErrFont) {
			t.Errorf("%.8q: %v", data, err)
		}
	}
	for n := 1; n < 40; n++ {
		if _, err := truetype.Parse(font[:len(font)*n/40]); !errors.Is(err, truetype.ErrFont) {
			t.Errorf("cut off after %d fortieths: %v", n, err)
		}
	}
}

// FuzzParse changes single bytes of the font: it is refused, or everything asked of it is answered.
func FuzzParse(f *testing.F) {
	font := raw(f)
	f.Add(uint32(4), byte(0xff), uint16(40))
	f.Add(uint32(200), byte(1), uint16(1000))
	f.Fuzz(func(t *testing.T, at uint32, to byte, glyph uint16) {
		data := slices.Clone(font)
		data[int(at)%len(data)] ^= to
		font, err := truetype.Parse(data)
		if err != nil {
			if !errors.Is(err, truetype.ErrFont) {
				t.Fatal(err)
			}
			return
		}
		font.Width(glyph)
		if _, err := font.Subset([]uint16{glyph, glyph / 2}); err != nil && !errors.Is(err, truetype.ErrFont) {
			t.Fatal(err)
		}
	})
}
