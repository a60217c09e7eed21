package pdf

import (
	"fmt"
	"strings"
)

// Element is a part of the structure: a heading, a paragraph, a list.
//
// ISO 32000-1 14.7.2
type Element struct {
	doc    *Document
	tag    Tag
	alt    string
	lang   string
	attrs  string
	kids   []kid
	object int
	parent int
}

// Tag is the kind of an element. ISO 32000-1 14.8.4
type Tag string

// The tags. What is known by its first column is a table whose first cells are headers.
const (
	Section   Tag = "Sect"
	Heading1  Tag = "H1"
	Heading2  Tag = "H2"
	Heading3  Tag = "H3"
	Heading4  Tag = "H4"
	Paragraph Tag = "P"
	List      Tag = "L"
	Item      Tag = "LI"
	Label     Tag = "Lbl"
	Body      Tag = "LBody"
	Table     Tag = "Table"
	Row       Tag = "TR"
	Header    Tag = "TH"
	Cell      Tag = "TD"
)

// kid is an element, or marks on a page.
type kid struct {
	element *Element
	page    *Page
	mark    int
}

// Add puts an element behind those that are there.
func (e *Element) Add(tag Tag) *Element {
	child := &Element{doc: e.doc, tag: tag}
	switch tag {
	case Header:
		child.attrs = "<</O/Table/Scope/Row>>" // PDF/UA-1 7.5
	case List:
		child.attrs = "<</O/List/ListNumbering/Disc>>" // PDF/UA-1 7.6
	}
	e.kids = append(e.kids, kid{element: child})
	return child
}

// In says that the element is in another language than the document.
func (e *Element) In(lang string) *Element {
	e.lang = lang
	return e
}

// Figure adds a picture with what it says in words, and where it is. PDF/UA-1 7.3
func (e *Element) Figure(alt string, x, y, width, height float64) *Element {
	child := e.Add("Figure")
	child.alt = alt
	child.attrs = fmt.Sprintf("<</O/Layout/Placement/Block/BBox[%s %s %s %s]>>", coordinate(x), coordinate(y), coordinate(x+width), coordinate(y+height))
	return child
}

func (e *Element) number(w *writer) {
	e.object = w.reserve()
	for _, k := range e.kids {
		if k.element != nil {
			k.element.number(w)
			k.element.parent = e.object
		}
	}
}

// writeStructure writes the tree, and the way back from marks to elements. ISO 32000-1 14.7.4.4
func (d *Document) writeStructure(w *writer, n numbers) {
	page := make(map[*Page]int, len(d.pages))
	var parents strings.Builder
	for i, p := range d.pages {
		page[p] = n.pages[i]
		fmt.Fprintf(&parents, "%d[", i)
		for _, e := range p.marked {
			fmt.Fprintf(&parents, "%d 0 R ", e.object)
		}
		parents.WriteString("]")
	}
	w.object(n.parents, "<</Nums["+parents.String()+"]>>")
	d.root.write(w, page)
}

func (e *Element) write(w *writer, page map[*Page]int) {
	var b strings.Builder
	fmt.Fprintf(&b, "<</Type/StructElem/S/%s/P %d 0 R", e.tag, e.parent)
	if e.lang != "" {
		b.WriteString("/Lang" + textString(e.lang))
	}
	if e.alt != "" {
		b.WriteString("/Alt" + textString(e.alt))
	}
	if e.attrs != "" {
		b.WriteString("/A" + e.attrs)
	}
	b.WriteString("/K[")
	for _, k := range e.kids {
		if k.element != nil {
			fmt.Fprintf(&b, "%d 0 R ", k.element.object)
		} else {
			fmt.Fprintf(&b, "<</Type/MCR/Pg %d 0 R/MCID %d>>", page[k.page], k.mark)
		}
	}
	b.WriteString("]>>")
	w.object(e.object, b.String())
	for _, k := range e.kids {
		if k.element != nil {
			k.element.write(w, page)
		}
	}
}
