package contract

import (
	"strconv"

	"atrio/base/pdf"
	"atrio/base/qrcode"
)

// Measures, in points: 20 mm of margin, text of nine and a half.
const (
	left    = 56.7
	right   = pdf.Width - 56.7
	top     = pdf.Height - 62
	bottom  = 62
	small   = 7.5
	body    = 9.5
	leading = 1.38
	terms   = 150 // how wide the names of data are
	codeAt  = 76  // side of the QR code, with its margin
	signing = 52  // height of a line to sign on
)

// sizes of headings, by level.
var sizes = []float64{0, 17, 12, 10}

// tags of headings, by level.
var tags = []pdf.Tag{"", pdf.Heading1, pdf.Heading2, pdf.Heading3}

// sheet writes blocks from the top of a page to its bottom, and goes on on the next.
type sheet struct {
	doc           *pdf.Document
	regular, bold *pdf.Face
	under         *pdf.Element
	page          *pdf.Page
	y             float64
	// figure is what hangs under the title: the code stands beside it.
	figure func()
	// beside is where the code ends: lines above it are shorter.
	beside float64
}

func newSheet(doc *pdf.Document, f faces, under *pdf.Element) *sheet {
	s := &sheet{doc: doc, regular: doc.Face(f.regular, "DejaVuSans"), bold: doc.Face(f.bold, "DejaVuSans-Bold"), under: under, beside: pdf.Height}
	s.turn()
	return s
}

// turn begins a page.
func (s *sheet) turn() {
	s.page, s.y, s.beside = s.doc.Page(), top, pdf.Height
}

// room makes sure that so much fits on the page.
func (s *sheet) room(height float64) {
	if s.y-height < bottom {
		s.turn()
	}
}

// edge is where lines end.
func (s *sheet) edge() float64 {
	if s.y > s.beside {
		return right - codeAt - 8
	}
	return right
}

// code puts the QR code of the number into the corner: the desk reads it.
func (s *sheet) code(c qrcode.Code, alt string) {
	page, x, y := s.page, right-codeAt, s.y-codeAt+10
	s.beside = y
	s.figure = func() {
		figure := s.under.Figure(alt, x, y, codeAt, codeAt)
		page.Squares(figure, x, y, codeAt, c.Size(), c.Black)
	}
}

// section begins a part in another language, on a page of its own.
func (s *sheet) section(lang string) {
	s.under = s.doc.Root().Add(pdf.Section).In(lang)
	s.turn()
}

func (s *sheet) blocks(e *edition, blocks []block) {
	for n, b := range blocks {
		switch b.kind {
		case heading:
			s.heading(b)
		case paragraph:
			s.paragraph(b.text)
		case list:
			s.list(b.items)
		case data:
			s.data(b.items)
		case signatures:
			s.signatures(b.items)
		}
		if n == 0 {
			if s.figure != nil {
				s.figure()
				s.figure = nil
			}
			if s.substitutes(blocks) {
				s.paragraph(e.label("page.substitute"))
			}
		}
	}
}

// substitutes reports whether a sign is printed as its number; readers are told.
func (s *sheet) substitutes(blocks []block) bool {
	for _, b := range blocks {
		all := b.text
		for _, i := range b.items {
			all += i.term + i.value
		}
		for _, r := range all {
			if !s.regular.Draws(r) || !s.bold.Draws(r) {
				return true
			}
		}
	}
	return false
}

func (s *sheet) heading(b block) {
	size := sizes[b.level]
	if s.y < top {
		s.y -= size * 0.7
	}
	lines := s.bold.Wrap(b.text, size, s.edge()-left)
	s.room(size*leading*float64(len(lines)) + 3*body*leading) // never alone at the foot of a page
	e := s.under.Add(tags[b.level])
	for _, line := range lines {
		s.y -= size * 1.15
		s.page.Text(e, s.bold, size, left, s.y, line)
	}
	s.y -= size * 0.35
}

func (s *sheet) paragraph(text string) {
	s.flow(s.under.Add(pdf.Paragraph), text, left)
	s.y -= body * 0.55
}

// flow writes lines from an indentation to the edge.
func (s *sheet) flow(e *pdf.Element, text string, from float64) {
	lines := s.regular.Wrap(text, body, s.edge()-from)
	for n, line := range lines {
		// Neither the first line nor the last one stands alone on a page.
		if rest := len(lines) - n; n == 0 || rest == 2 {
			s.room(body * leading * float64(min(rest, 2)))
		}
		s.room(body * leading)
		s.y -= body * leading
		s.page.Text(e, s.regular, body, from, s.y, line)
	}
}

func (s *sheet) list(items []item) {
	l := s.under.Add(pdf.List)
	for _, i := range items {
		li := l.Add(pdf.Item)
		s.room(body * leading)
		s.page.Text(li.Add(pdf.Label), s.regular, body, left+4, s.y-body*leading, "•")
		s.flow(li.Add(pdf.Body), i.value, left+16)
		s.y -= body * 0.25
	}
	s.y -= body * 0.4
}

// data writes terms at the left and their values beside them.
func (s *sheet) data(items []item) {
	if len(items) == 0 {
		return
	}
	table := s.under.Add(pdf.Table)
	for _, i := range items {
		names := s.regular.Wrap(i.term, body, terms-8)
		values := s.bold.Wrap(i.value, body, s.edge()-left-terms)
		row := table.Add(pdf.Row)
		// A row stays together, unless it is longer than half a page.
		s.room(float64(min(max(len(names), len(values)), 25)) * body * leading)
		page, ends := s.page, s.y-float64(len(names))*body*leading
		head, cell := row.Add(pdf.Header), row.Add(pdf.Cell)
		for n, name := range names {
			page.Text(head, s.regular, body, left, s.y-float64(n+1)*body*leading, name)
		}
		for _, value := range values {
			s.room(body * leading)
			s.y -= body * leading
			s.page.Text(cell, s.bold, body, left+terms, s.y, value)
		}
		if s.page == page {
			s.y = min(s.y, ends)
		}
		s.y -= 2
	}
	s.y -= body * 0.55
}

// signatures leaves space to sign, all on one page, on paper or by a visible signature.
func (s *sheet) signatures(items []item) {
	s.room(float64(len(items)) * signing)
	for _, i := range items {
		s.y -= signing
		s.page.Text(s.under.Add(pdf.Paragraph), s.regular, body, left, s.y+signing-body*leading, i.term)
		s.page.Rule(left, s.y+6, left+280, s.y+6, 0.6)
	}
}

// margins writes head and foot of every page: whose it is, of which request, which page.
func (s *sheet) margins(e *edition, f Form, version string) {
	pages := s.doc.Pages()
	number := e.label("page.number", "number", f.Number)
	for n, p := range pages {
		name := s.regular.Wrap(f.Provider.Organisation, small, 330)[0]
		p.Text(nil, s.regular, small, left, pdf.Height-38, name)
		p.Text(nil, s.bold, small, right-s.bold.Width(number, small), pdf.Height-38, number)
		p.Rule(left, pdf.Height-44, right, pdf.Height-44, 0.4)
		p.Rule(left, 48, right, 48, 0.4)
		p.Text(nil, s.regular, small, left, 38, e.label("page.version", "version", version))
		foot := e.label("page.of", "page", strconv.Itoa(n+1), "pages", strconv.Itoa(len(pages)))
		p.Text(nil, s.regular, small, right-s.regular.Width(foot, small), 38, foot)
	}
}
