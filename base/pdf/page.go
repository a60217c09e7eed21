package pdf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Page takes marks. Places are in points from the lower left corner.
type Page struct {
	doc  *Document
	body bytes.Buffer
	// open is what the marks under way belong to; began tells whether anything is open.
	open  *Element
	began bool
	// marked are the elements by the number that their marks have on this page.
	marked []*Element
}

// begin opens the marks of an element, or of what is decoration for nil. ISO 32000-1 14.6, 14.8.2.2
func (p *Page) begin(e *Element) {
	if p.began && p.open == e {
		return
	}
	p.end()
	p.open, p.began = e, true
	if e == nil {
		p.body.WriteString("/Artifact<</Type/Pagination>>BDC\n")
		return
	}
	fmt.Fprintf(&p.body, "/%s<</MCID %d>>BDC\n", e.tag, len(p.marked))
	e.kids = append(e.kids, kid{page: p, mark: len(p.marked)})
	p.marked = append(p.marked, e)
}

func (p *Page) end() {
	if p.began {
		p.body.WriteString("EMC\n")
	}
	p.began = false
}

// Text writes one line that begins at x, y. It belongs to an element, or is a header or
// footer for nil.
func (p *Page) Text(e *Element, face *Face, size, x, y float64, s string) {
	p.begin(e)
	fmt.Fprintf(&p.body, "BT\n/F%d %s Tf\n%s %s Td\n", face.index, coordinate(size), coordinate(x), coordinate(y))
	for _, run := range face.shape(s) {
		if run.actual != "" {
			fmt.Fprintf(&p.body, "/Span<</ActualText%s>>BDC\n", textString(run.actual))
		}
		p.body.WriteByte('<')
		for _, g := range run.glyphs {
			fmt.Fprintf(&p.body, "%04X", g)
		}
		p.body.WriteString(">Tj\n")
		if run.actual != "" {
			p.body.WriteString("EMC\n")
		}
	}
	p.body.WriteString("ET\n")
}

// Rule draws a line. It says nothing.
func (p *Page) Rule(x1, y1, x2, y2, width float64) {
	p.begin(nil)
	fmt.Fprintf(&p.body, "%s w %s %s m %s %s l S\n", coordinate(width), coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2))
}

// Squares draws those of n times n squares that are black, row by row from the top, in a square of
// the given side whose lower left corner is x, y. It belongs to a figure.
func (p *Page) Squares(e *Element, x, y, side float64, n int, black func(column, row int) bool) {
	p.begin(e)
	step := side / float64(n)
	for row := range n {
		for column := 0; column < n; column++ {
			from := column
			for column < n && black(column, row) {
				column++
			}
			if column > from {
				fmt.Fprintf(&p.body, "%s %s %s %s re\n", precise(x+float64(from)*step), precise(y+side-float64(row+1)*step),
					precise(float64(column-from)*step), precise(step))
			}
		}
	}
	p.body.WriteString("f\n")
}

// finished is the content of the page, black on white.
func (p *Page) finished() []byte {
	p.end()
	return append([]byte("/G cs 0 sc /G CS 0 SC\n"), p.body.Bytes()...)
}

// coordinate writes a number as PDF does: no exponent, no needless zeros.
func coordinate(v float64) string { return shortest(v, 2) }

func precise(v float64) string { return shortest(v, 4) }

func shortest(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}
