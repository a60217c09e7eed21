package contract

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"atrio/base/qrcode/qrtest"
)

// program runs one of poppler-utils or qpdf: `tools/setup test` installs them.
func program(t *testing.T, input []byte, name string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v: install it with `tools/setup test`", err)
	}
	var out, complaints bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 {
		t.Fatalf("%s: %v: %s%s", name, err, &complaints, &out)
	}
	return out.Bytes()
}

// paper is the text that a reader finds in the file, without blanks.
func paper(t *testing.T, z Frozen) string {
	t.Helper()
	return squeeze(string(program(t, z.PDF, "pdftotext", "-raw", "-enc", "UTF-8", "-", "-")))
}

// squeeze takes out blanks, and the ends of lines with them.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// pageless takes out what stands at the margins of pages, which parts a text that goes on.
func pageless(text string, e *edition, f Form, pages int) string {
	text = strings.ReplaceAll(text, squeeze(f.Provider.Organisation+e.label("page.number", "number", f.Number)), "")
	text = strings.ReplaceAll(text, squeeze(e.label("page.version", "version", e.version)), "")
	for n := range pages {
		text = strings.ReplaceAll(text, squeeze(e.label("page.of", "page", string(rune('1'+n)), "pages", string(rune('0'+pages)))), "")
	}
	return text
}

func TestEveryDatumAndClauseStandsOnPaper(t *testing.T) {
	p := press(t)
	for lang, pages := range map[string]int{"it": 4, "en": 8} {
		f := form()
		f.Language, f.Terms = lang, Terms{Price: 990, PointFee: 500, Years: 2}
		z := frozen(t, f)
		e, _, err := p.document(f, z.Version, "it")
		if err != nil {
			t.Fatal(err)
		}
		text := pageless(paper(t, z), e, f, pages)
		for _, l := range languages {
			if l != "it" && l != lang {
				continue
			}
			_, blocks, err := p.document(f, z.Version, l)
			if err != nil {
				t.Fatal(err)
			}
			at, found := 0, 0
			for _, b := range blocks {
				for _, want := range append([]item{{value: b.text}}, b.items...) {
					for _, s := range []string{squeeze(want.term), squeeze(want.value)} {
						next := strings.Index(text[at:], s)
						if next < 0 {
							t.Fatalf("%s: %q is missing, or not where it belongs", l, s)
						}
						at += next + len(s)
						found++
					}
				}
			}
			if found < 150 {
				t.Errorf("%s: only %d texts", l, found)
			}
		}
		for n := range (&Form{}).strings() {
			field := f.strings()[n]
			if field.name == "language" || field.name == "method" || field.name == "sex" || field.name == "document kind" || field.name == "consent" {
				continue // said in words
			}
			if !strings.Contains(text, squeeze(*field.value)) {
				t.Errorf("%s: %s %q is missing", lang, field.name, *field.value)
			}
		}
	}
}

func TestEveryPageNamesTheRequestAndItsNumber(t *testing.T) {
	z := frozen(t, form())
	pages := strings.Split(strings.TrimSuffix(string(program(t, z.PDF, "pdftotext", "-raw", "-", "-")), "\f"), "\f")
	for n, page := range pages {
		for _, want := range []string{"Richiesta 7KQ2-MX9A", "Ente Fittizio di Prova", "Pagina " + string(rune('1'+n)) + " di " + string(rune('0'+len(pages))), "testo 1"} {
			if !strings.Contains(page, want) {
				t.Errorf("page %d lacks %q", n+1, want)
			}
		}
	}
}

func TestTheCodeOnPaperIsTheNumber(t *testing.T) {
	z := frozen(t, form())
	img, err := png.Decode(bytes.NewReader(program(t, z.PDF, "pdftoppm", "-r", "150", "-f", "1", "-l", "1", "-png", "-gray", "-")))
	if err != nil {
		t.Fatal(err)
	}
	width := img.Bounds().Dx()
	got, err := qrtest.Picture(img, image.Rect(width*78/100, 105, width*92/100, 270))
	if err != nil || got != form().Number {
		t.Errorf("the code says %q: %v", got, err)
	}
}

// The original of a name that this paper cannot draw is in the file, and readers are told.
func TestNamesInOtherLettersAreNeverEmptyBoxes(t *testing.T) {
	f := form()
	f.Person.FamilyName, f.Person.GivenName = "Δοκιμή Проба Փորձ", "王 Ada"
	text := paper(t, frozen(t, f))
	for _, want := range []string{"ΔοκιμήПробаՓորձ", "王Ada", "Alcunelettere"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(paper(t, frozen(t, form())), "Alcunelettere") {
		t.Error("the note stands where it says nothing")
	}
}

func TestOtherProgramsFindNoMistake(t *testing.T) {
	f := form()
	f.Language, f.Person.GivenName = "en", "王"
	z := frozen(t, f)
	file := filepath.Join(t.TempDir(), "contract.pdf")
	if err := os.WriteFile(file, z.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := string(program(t, nil, "qpdf", "--check", file)); !strings.Contains(out, "No syntax or stream encoding errors found") {
		t.Error(out)
	}
	out := string(program(t, z.PDF, "pdfinfo", "-"))
	for _, want := range []string{"Tagged:          yes", "Form:            none", "JavaScript:      no", "Encrypted:       no", "Pages:           8"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %s", want, out)
		}
	}
	structure := string(program(t, z.PDF, "pdfinfo", "-struct-text", "-"))
	for _, want := range []string{"H1 (block)", "H2 (block)", "Table", "TH", "Figure", "Sect"} {
		if !strings.Contains(structure, want) {
			t.Errorf("%q is missing in the structure", want)
		}
	}
}

func TestTheLongestNamesStayOnThePaper(t *testing.T) {
	f := form()
	for _, field := range f.strings() {
		switch field.name {
		case "number", "language", "method", "sex":
		default:
			*field.value = strings.Repeat("W", longest)
		}
	}
	z := frozen(t, f)
	box := string(program(t, z.PDF, "pdftotext", "-bbox", "-", "-"))
	for _, line := range strings.Split(box, "\n") {
		if _, rest, ok := strings.Cut(line, `xMax="`); ok {
			number, _, _ := strings.Cut(rest, ".")
			if len(number) > 3 || (len(number) == 3 && number > "539") {
				t.Fatalf("a word leaves the paper: %s", line)
			}
		}
	}
}
