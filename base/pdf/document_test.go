package pdf_test

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"atrio/assets"
	"atrio/base/pdf"
	"atrio/base/pdf/pdftest"
	"atrio/base/pdf/truetype"
)

func font(t testing.TB) *truetype.Font {
	t.Helper()
	data, err := fs.ReadFile(assets.FS(), "dejavu-sans.ttf")
	if err != nil {
		t.Fatalf("run `make assets`: %v", err)
	}
	f, err := truetype.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var info = pdf.Info{Title: "Prova (1) \\ <>", Author: "Ente & Prova", Language: "it", Created: time.Date(2026, time.November, 28, 9, 0, 0, 0, time.UTC)}

// write makes a document of one page with a line of text.
func write(t testing.TB, info pdf.Info, text string) []byte {
	t.Helper()
	d := pdf.New(info)
	face := d.Face(font(t), "DejaVuSans")
	p := d.Page()
	p.Text(d.Root().Add(pdf.Paragraph), face, 10, 50, 700, text)
	p.Rule(50, 690, 100, 690, 0.5)
	data, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheSameCallsGiveTheSameBytes(t *testing.T) {
	a, b := write(t, info, "Ada"), write(t, info, "Ada")
	if !bytes.Equal(a, b) {
		t.Error("two files differ")
	}
	rome := info
	rome.Created = rome.Created.In(time.FixedZone("CET", 3600))
	if !bytes.Equal(a, write(t, rome, "Ada")) {
		t.Error("the zone of the time made a difference")
	}
	if bytes.Equal(a, write(t, info, "Ida")) {
		t.Error("other text gave the same file")
	}
}

func TestEveryByteIsWhereTheTableSays(t *testing.T) {
	data := write(t, info, "Parentesi (, ), \\, «» e 𝒳")
	f, err := pdftest.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	if f.Pages != 1 {
		t.Errorf("%d pages", f.Pages)
	}
	for _, broken := range [][]byte{data[:len(data)-1], append(bytes.Clone(data), '\n'), bytes.Replace(data, []byte("0000000"), []byte("0000001"), 2),
		bytes.Replace(data, []byte("endobj\n"), []byte("endobj\n\n"), 1), bytes.Replace(data, []byte("EOF\n"), []byte("EOF\nstartxref\n0\n%%EOF\n"), 1),
		bytes.Replace(data, []byte("/Tabs/S"), []byte("/AA 1 0"), 1)} {
		if _, err := pdftest.Read(broken); err == nil {
			t.Error("a broken file was read")
		}
	}
}

// Names in the file are for people: nothing in them is code.
func TestTextCannotEndItsString(t *testing.T) {
	hostile := info
	hostile.Title = "x) /OpenAction 1 0 R >> endobj ]]> </rdf:li> \u202e"
	data := write(t, hostile, "> ] ) endstream endobj")
	f, err := pdftest.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("OpenAction 1 0 R >>")) || bytes.Contains(data, []byte("]]> </rdf:li>")) {
		t.Error("the title stands in the file as it is")
	}
	if len(f.Objects) < 10 {
		t.Errorf("%d objects", len(f.Objects))
	}
}

func TestLettersThatAreNotDrawnAreWrittenAsNumbers(t *testing.T) {
	d := pdf.New(info)
	face := d.Face(font(t), "DejaVuSans")
	for r, want := range map[rune]bool{'a': true, 'Đ': true, 'ώ': true, 'Я': true, 'Ա': true, 'ა': true, '\u0301': true, '\u00a0': true,
		'王': false, 'ع': false, 'א': false, 'क': false, '\u202e': false, '\ue000': false, '😀': true} {
		if got := face.Draws(r); got != want {
			t.Errorf("%q: drawn %v", r, got)
		}
	}
	if got, want := face.Width("王", 10), face.Width("‹U+738B›", 10); got != want {
		t.Errorf("the number is %g wide, want %g", got, want)
	}
	f, err := pdftest.Read(write(t, info, "a王"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, s := range f.Streams {
		found = found || bytes.Contains(s, []byte("/Span<</ActualText<FEFF738B>>>BDC"))
	}
	if !found {
		t.Error("the sign itself is not in the file")
	}
}

func TestLinesAreNoLongerThanTheyMay(t *testing.T) {
	d := pdf.New(info)
	face := d.Face(font(t), "DejaVuSans")
	for _, text := range []string{"", "Ada", "una frase che non sta su una riga sola", strings.Repeat("W", 90), strings.Repeat("王", 20), "a  b", "a " + strings.Repeat("e\u0301", 60) + " b"} {
		lines := face.Wrap(text, 10, 100)
		for _, line := range lines {
			if face.Width(line, 10) > 100 {
				t.Errorf("%q is %g wide", line, face.Width(line, 10))
			}
			if strings.HasPrefix(line, "\u0301") {
				t.Errorf("a mark lost its letter in %q", lines)
			}
		}
		plain := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := plain(strings.Join(lines, "")); got != plain(text) {
			t.Errorf("%q became %q", text, lines)
		}
	}
}

func TestMistakesOfTheCallerAreTold(t *testing.T) {
	if _, err := pdf.New(info).Bytes(); err == nil {
		t.Error("a document without pages")
	}
	d := pdf.New(pdf.Info{Title: "x"})
	d.Page()
	if _, err := d.Bytes(); err == nil {
		t.Error("a document without a language")
	}
	d = pdf.New(info)
	for range 501 {
		d.Page()
	}
	if _, err := d.Bytes(); !errors.Is(err, pdf.ErrTooLong) {
		t.Errorf("too many pages: %v", err)
	}
}
