// Package pdf writes documents that are read, printed, signed and kept: text with its
// structure, rules and squares, nothing that moves.
//
// The same calls give the same bytes: no clock and no random number is asked, the
// identifier of the file is a hash of it. The file is one revision with a plain table
// of objects, so that a signature can be appended to it; fonts are inside, with their used
// glyphs alone; text carries its meaning for screen readers and its signs for searching. It is
// made by the rules of PDF/A-2a (for archives) and PDF/UA-1 (for everybody), and says so.
package pdf

import (
	"errors"
	"fmt"
	"time"
)

// Info is what the file says of itself.
type Info struct {
	Title    string
	Author   string
	Language string // "it"
	// Created is written to the second; the caller says it.
	Created time.Time
}

// Document is a file under way. It belongs to one goroutine; the first mistake is kept
// and told by Bytes.
type Document struct {
	info  Info
	pages []*Page
	faces []*Face
	root  *Element
	err   error
}

// ErrTooLong is a document of more pages than anybody reads.
var ErrTooLong = errors.New("pdf: too many pages")

// mostPages bounds a document whose data were not.
const mostPages = 500

// New begins a document.
func New(info Info) *Document {
	d := &Document{info: info}
	d.root = &Element{doc: d, tag: "Document"}
	return d
}

// Root is the structure under which everything hangs.
func (d *Document) Root() *Element { return d.root }

// Size of the pages: A4, in points. ISO 216
const (
	Width  = 595.28
	Height = 841.89
)

// Page begins a page.
func (d *Document) Page() *Page {
	if len(d.pages) == mostPages {
		d.fail(ErrTooLong)
		return &Page{doc: d}
	}
	p := &Page{doc: d}
	d.pages = append(d.pages, p)
	return p
}

// Pages are the pages so far, to write on all of them at the end.
func (d *Document) Pages() []*Page { return d.pages }

func (d *Document) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Bytes gives the file.
func (d *Document) Bytes() ([]byte, error) {
	switch {
	case d.err != nil:
		return nil, d.err
	case len(d.pages) == 0:
		return nil, errors.New("pdf: no page")
	case d.info.Title == "" || d.info.Language == "":
		return nil, errors.New("pdf: no title or no language") // PDF/UA-1 7.1, 7.2
	}
	w := &writer{}
	n := d.number(w)
	d.catalog(w, n)
	d.writePages(w, n)
	d.writeStructure(w, n)
	for i, face := range d.faces {
		if err := face.write(w, n.faces[i]); err != nil {
			return nil, fmt.Errorf("pdf: font %s: %w", face.name, err)
		}
	}
	return w.file(n.catalog, n.info)
}

// numbers are the objects of a file. ISO 32000-1 7.3.10
type numbers struct {
	catalog, info, metadata, tree, gray, parents int

	pages, contents, faces []int
}

func (d *Document) number(w *writer) numbers {
	n := numbers{catalog: w.reserve(), info: w.reserve(), metadata: w.reserve(), tree: w.reserve(), gray: w.reserve(), parents: w.reserve()}
	for range d.pages {
		n.pages = append(n.pages, w.reserve())
		n.contents = append(n.contents, w.reserve())
	}
	for range d.faces {
		first := w.reserve()
		for range faceObjects - 1 {
			w.reserve()
		}
		n.faces = append(n.faces, first)
	}
	return n
}

func (d *Document) catalog(w *writer, n numbers) {
	structure := w.reserve()
	d.root.number(w)
	w.object(n.catalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang%s/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R"+
		"/ViewerPreferences<</DisplayDocTitle true>>/Metadata %d 0 R>>", n.tree, textString(d.info.Language), structure, n.metadata))
	w.object(structure, fmt.Sprintf("<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>", d.root.object, n.parents, len(d.pages)))
	d.root.parent = structure
	created := d.info.Created.UTC().Format("20060102150405")
	w.object(n.info, fmt.Sprintf("<</Title%s/Author%s/Producer%s/CreationDate(D:%sZ)/ModDate(D:%sZ)>>",
		textString(d.info.Title), textString(d.info.Author), textString(producer), created, created))
	w.stream(n.metadata, "/Type/Metadata/Subtype/XML", d.metadata(), false)
	// A gray that means the same on every device needs no profile. ISO 32000-1 8.6.5.2
	w.object(n.gray, "[/CalGray<</WhitePoint[0.9505 1 1.089]/Gamma 2.2>>]")
}

func (d *Document) writePages(w *writer, n numbers) {
	fonts := ""
	for i := range d.faces {
		fonts += fmt.Sprintf("/F%d %d 0 R", i, n.faces[i])
	}
	kids := ""
	for i, p := range d.pages {
		kids += fmt.Sprintf("%d 0 R ", n.pages[i])
		w.object(n.pages[i], fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources<</Font<<%s>>/ColorSpace<</G %d 0 R>>>>"+
			"/Contents %d 0 R/StructParents %d/Tabs/S>>", n.tree, coordinate(Width), coordinate(Height), fonts, n.gray, n.contents[i], i))
		w.stream(n.contents[i], "", p.finished(), true)
	}
	w.object(n.tree, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(d.pages), kids))
}
