package pdf

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"atrio/base/pdf/truetype"
)

// Face is a font in a document.
type Face struct {
	font  *truetype.Font
	name  string
	index int
	used  map[uint16]rune
	known map[rune]sign
}

// sign is what was found out about one: its glyph and width, or that it is not drawn.
type sign struct {
	glyph uint16
	drawn bool
	width int
}

// Face takes a font into the document. The name is that of its family and style, in ASCII letters.
func (d *Document) Face(font *truetype.Font, name string) *Face {
	for _, r := range "‹U+0123456789ABCDEF› " {
		if _, ok := font.Glyph(r); !ok {
			d.fail(fmt.Errorf("pdf: font %s lacks %q, with which the numbers of signs are written", name, r))
		}
	}
	f := &Face{font: font, name: name, index: len(d.faces), used: map[uint16]rune{}, known: map[rune]sign{}}
	d.faces = append(d.faces, f)
	return f
}

// run are glyphs; actual is what they say where that cannot be told from them.
type run struct {
	glyphs []uint16
	actual string
}

// drawn are the scripts whose signs stand one after the other, from left to right, each with a
// shape of its own. The letters of others are written as their numbers, ‹U+0639›: unjoined, or in the
// wrong order, they would look like writing and say something else.
var drawn = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Common, unicode.Inherited,
}

// Draws reports whether the face shows a sign by its shape, and not by its number.
func (f *Face) Draws(r rune) bool { return f.sign(r).drawn }

func (f *Face) sign(r rune) sign {
	s, ok := f.known[r]
	if !ok {
		s = f.find(r)
		f.known[r] = s
	}
	return s
}

func (f *Face) find(r rune) (s sign) {
	if r == '\u00a0' {
		r = ' '
	}
	if unicode.In(r, drawn...) && !unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) {
		s.glyph, s.drawn = f.font.Glyph(r)
		s.width = f.font.Width(s.glyph)
	}
	if !s.drawn {
		s.width = 0
		for _, c := range substitute(r) {
			g, _ := f.font.Glyph(c)
			s.width += f.font.Width(g)
		}
	}
	return s
}

// substitute is what stands for a sign that is not drawn.
func substitute(r rune) string { return fmt.Sprintf("‹U+%04X›", r) }

// shape turns text into glyphs.
func (f *Face) shape(s string) (runs []run) {
	for _, r := range s {
		known := f.sign(r)
		if !known.drawn {
			other := run{actual: string(r)}
			for _, c := range substitute(r) {
				g, _ := f.font.Glyph(c)
				f.use(g, c)
				other.glyphs = append(other.glyphs, g)
			}
			runs = append(runs, other)
			continue
		}
		actual := ""
		if !f.use(known.glyph, r) {
			actual = string(r) // two signs share this glyph
		}
		if last := len(runs) - 1; last >= 0 && runs[last].actual == "" && actual == "" {
			runs[last].glyphs = append(runs[last].glyphs, known.glyph)
		} else {
			runs = append(runs, run{glyphs: []uint16{known.glyph}, actual: actual})
		}
	}
	return runs
}

// use notes a glyph, and reports whether it says this sign in this document.
func (f *Face) use(glyph uint16, r rune) bool {
	if r == '\u00a0' {
		r = ' '
	}
	if first, ok := f.used[glyph]; ok {
		return first == r
	}
	f.used[glyph] = r
	return true
}

// Width is how long a text is at a size.
func (f *Face) Width(s string, size float64) float64 {
	sum := 0
	for _, r := range s {
		sum += f.sign(r).width
	}
	return float64(sum) * size / 1000
}

// Wrap breaks a text into lines no longer than width: between words, and inside a word
// that is longer than a line.
func (f *Face) Wrap(s string, size, width float64) (lines []string) {
	space := f.Width(" ", size)
	line, length := "", 0.0
	for _, word := range strings.Split(s, " ") {
		w := f.Width(word, size)
		if line != "" && length+space+w <= width {
			line, length = line+" "+word, length+space+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		if line, length = word, w; w > width {
			var cut []string
			cut, line = f.cut(word, size, width)
			lines, length = append(lines, cut...), f.Width(line, size)
		}
	}
	return append(lines, line)
}

// cut breaks a word: full lines, and what is left. Marks stay with their letter.
func (f *Face) cut(word string, size, width float64) (lines []string, rest string) {
	from, length := 0, 0.0
	for at, r := range word {
		w := f.Width(string(r), size)
		if at > from && length+w > width && !unicode.Is(unicode.M, r) {
			lines, from, length = append(lines, word[from:at]), at, 0
		}
		length += w
	}
	return lines, word[from:]
}

// faceObjects: the font, its descendant, its description, its file, and what its glyphs say.
const faceObjects = 5

// write embeds the used glyphs. ISO 32000-1 9.7
func (f *Face) write(w *writer, first int) error {
	glyphs := slices.Sorted(maps.Keys(f.used))
	data, err := f.font.Subset(glyphs)
	if err != nil {
		return err
	}
	name := subsetTag(glyphs) + "+" + f.name
	w.object(first, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, first+1, first+4))
	w.object(first+1, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
		"/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 0/W[%s]>>", name, first+2, f.widths(glyphs)))
	box := f.font.Box()
	w.object(first+2, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>",
		name, box[0], box[1], box[2], box[3], f.font.Ascent(), f.font.Descent(), f.font.CapHeight(), first+3))
	w.stream(first+3, fmt.Sprintf("/Length1 %d", len(data)), data, true)
	w.stream(first+4, "", f.toUnicode(glyphs), true)
	return nil
}

// subsetTag names a part of a font: six letters. ISO 32000-1 9.6.4
func subsetTag(glyphs []uint16) string {
	h := sha256.New()
	for _, g := range glyphs {
		h.Write([]byte{byte(g >> 8), byte(g)})
	}
	tag := h.Sum(nil)[:6]
	for i := range tag {
		tag[i] = 'A' + tag[i]%26
	}
	return string(tag)
}

func (f *Face) widths(glyphs []uint16) string {
	var b strings.Builder
	for i, g := range glyphs {
		if i == 0 || glyphs[i-1]+1 != g {
			if i > 0 {
				b.WriteByte(']')
			}
			fmt.Fprintf(&b, "%d[", g)
		} else {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d", f.font.Width(g))
	}
	if len(glyphs) > 0 {
		b.WriteByte(']')
	}
	return b.String()
}

// toUnicode says which sign each glyph is, for searching and reading aloud. ISO 32000-1 9.10.3
func (f *Face) toUnicode(glyphs []uint16) []byte {
	var b strings.Builder
	b.WriteString("/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	for part := range slices.Chunk(glyphs, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, g := range part {
			fmt.Fprintf(&b, "<%04X><%X>\n", g, utf16Bytes(string(f.used[g])))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}
