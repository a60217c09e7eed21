package xmlsec

import (
	"slices"
	"strings"
	"sync"
)

// Canonical gives the exclusive canonical form, without comments, of the subtree
// of e (Exclusive XML Canonicalization 1.0). The prefixes, "#default" for the
// default namespace, are its InclusiveNamespaces PrefixList.
func Canonical(e *Element, prefixes ...string) ([]byte, error) {
	if e == nil {
		return nil, fail(CodeOutside, 0, "there is no element")
	}
	if len(prefixes) > maxPrefixList {
		return nil, fail(CodePrefixList, e.Start, "too many inclusive prefixes")
	}
	w := newWriter(e)
	return w.canonical(e, nil, prefixes)
}

// writer makes canonical forms.
type writer struct {
	out      []byte
	limit    int
	skip     *Element
	prefixes []string  // InclusiveNamespaces
	rendered []binding // declarations written by open elements, innermost last
	order    []*Attr   // scratch
}

// newWriter makes a writer with room for the canonical form of e.
func newWriter(e *Element) *writer {
	w := &writer{rendered: make([]binding, 0, 16), order: make([]*Attr, 0, 8)}
	w.open(e)
	return w
}

// open prepares the writer for the document of e.
func (w *writer) open(e *Element) {
	w.out = slices.Grow(w.out[:0], e.End-e.Start+512)
	w.limit = e.doc.policy.canonical().MaxBytes
}

// writers wait for the next verification, which keeps nothing that they wrote.
var writers = sync.Pool{New: func() any { return new(writer) }}

// maxWaiting bounds what a waiting writer holds; messages are far shorter.
const maxWaiting = 64 << 10

func borrowWriter(e *Element) *writer {
	w := writers.Get().(*writer)
	w.open(e)
	return w
}

// giveBack ends the use of a borrowed writer; it lets go of the document.
func (w *writer) giveBack() {
	if cap(w.out) > maxWaiting {
		return
	}
	clear(w.rendered[:cap(w.rendered)])
	clear(w.order[:cap(w.order)])
	*w = writer{out: w.out[:0], rendered: w.rendered[:0], order: w.order[:0]}
	writers.Put(w)
}

// canonical writes the subtree of e without the subtree of skip, which may be
// nil. The result is valid until the next call.
func (w *writer) canonical(e, skip *Element, prefixes []string) ([]byte, error) {
	if e.doc.dropped {
		return nil, fail(CodeDropped, e.Start, "a processing instruction inside the document was dropped")
	}
	w.out, w.rendered = w.out[:0], w.rendered[:0]
	w.skip, w.prefixes = skip, prefixes
	if err := w.element(e); err != nil {
		return nil, err
	}
	return w.out, nil
}

func (w *writer) element(e *Element) error {
	base := len(w.rendered)
	w.out = append(w.out, '<')
	w.tagName(e)
	w.namespaces(e, base)
	w.attributes(e)
	w.out = append(w.out, '>')
	w.out = AppendText(w.out, e.lead)
	for c := e.first; c != nil; c = c.next {
		if c != w.skip {
			if err := w.element(c); err != nil {
				return err
			}
		}
		w.out = AppendText(w.out, c.tail)
	}
	w.out = append(w.out, '<', '/')
	w.tagName(e)
	w.out = append(w.out, '>')
	w.rendered = w.rendered[:base]
	if len(w.out) > w.limit {
		return fail(CodeTooLarge, e.Start, "the canonical form is larger than allowed")
	}
	return nil
}

func (w *writer) tagName(e *Element) {
	if e.prefix != "" {
		w.out = append(append(w.out, e.prefix...), ':')
	}
	w.out = append(w.out, e.Name.Local...)
}

// namespaces writes the declarations that e visibly uses, or that are on the
// inclusive list, and that no open element wrote with the same value (exc-c14n 3).
func (w *writer) namespaces(e *Element, base int) {
	w.need(e.prefix, e.Name.Space, base)
	for i := range e.Attrs {
		if a := &e.Attrs[i]; a.prefix != "" && a.prefix != "xml" {
			w.need(a.prefix, a.Name.Space, base)
		}
	}
	for _, p := range w.prefixes {
		if p == "#default" {
			p = ""
		}
		if uri, ok := e.namespace(p); ok {
			w.need(p, uri, base)
		}
	}
	for _, b := range w.rendered[base:] {
		w.out = append(w.out, " xmlns"...)
		if b.prefix != "" {
			w.out = append(append(w.out, ':'), b.prefix...)
		}
		w.out = append(w.out, '=', '"')
		w.out = append(AppendValue(w.out, b.uri), '"')
	}
}

// need puts a declaration among those of the current element, which begin at
// base and are kept in the order of their prefixes, unless it is in force.
func (w *writer) need(prefix, uri string, base int) {
	if w.inForce(prefix, uri) {
		return
	}
	at := len(w.rendered)
	for at > base && w.rendered[at-1].prefix > prefix {
		at--
	}
	w.rendered = slices.Insert(w.rendered, at, binding{prefix, uri})
}

// inForce reports whether the innermost written declaration of prefix says uri.
// No default namespace is in force before one is written.
func (w *writer) inForce(prefix, uri string) bool {
	for i := len(w.rendered) - 1; i >= 0; i-- {
		if w.rendered[i].prefix == prefix {
			return w.rendered[i].uri == uri
		}
	}
	return prefix == "" && uri == ""
}

// attributes writes the attributes ordered by namespace URI, then local name (c14n 2.2).
func (w *writer) attributes(e *Element) {
	w.order = w.order[:0]
	for i := range e.Attrs {
		a := &e.Attrs[i]
		at := len(w.order)
		for at > 0 && compareNames(w.order[at-1].Name, a.Name) > 0 {
			at--
		}
		w.order = slices.Insert(w.order, at, a)
	}
	for _, a := range w.order {
		w.out = append(w.out, ' ')
		if a.prefix != "" {
			w.out = append(append(w.out, a.prefix...), ':')
		}
		w.out = append(append(w.out, a.Name.Local...), '=', '"')
		w.out = append(AppendValue(w.out, a.Value), '"')
	}
}

func compareNames(a, b Name) int {
	if c := strings.Compare(a.Space, b.Space); c != 0 {
		return c
	}
	return strings.Compare(a.Local, b.Local)
}
