package xmlsec

import "strings"

// Parse reads one document under a policy and gives its root. It refuses with an
// *Error whatever is not well formed, not namespace-well-formed (XML-names), or
// listed in the package documentation. The tree does not refer to data.
//
// Nothing in the tree is authenticated: read messages only from Signed.
func Parse(data []byte, p Policy) (*Element, error) {
	if len(data) > p.MaxBytes {
		return nil, fail(CodeTooLarge, 0, "the document is larger than allowed")
	}
	return parse(string(data), p)
}

func parse(src string, p Policy) (*Element, error) {
	t, err := newTokenizer(src, p)
	if err != nil {
		return nil, err
	}
	b := newBuilder(t)
	for {
		if err := t.next(); err != nil {
			return nil, err
		}
		switch t.tok.kind {
		case startTag:
			err = b.start(&t.tok)
		case endTag:
			err = b.end(&t.tok)
		case text:
			err = b.characters(&t.tok)
		case endOfInput:
			return b.finish(t.pos)
		}
		if err != nil {
			return nil, err
		}
	}
}

// builder makes the tree from tokens and enforces everything that needs more
// than one token: structure, namespaces, identifiers, limits.
type builder struct {
	t     *tokenizer
	doc   *document
	root  *Element
	open  *Element // innermost open element
	depth int
	nodes int

	arena    []Element // never grows beyond its capacity: elements point into it
	attrs    []Attr
	bindings []binding // all declarations; elements hold slices of it
	scope    []binding // declarations in scope, innermost last
	ids      identifiers

	run     string // text since the last tag, if it came in one piece
	pieces  []byte // the same if it came in several
	dropped int    // instructions seen by the tokenizer before the root
}

func newBuilder(t *tokenizer) *builder {
	elements := strings.Count(t.src, "<") - strings.Count(t.src, "</")
	elements = max(1, min(elements, t.policy.MaxNodes))
	attrs := strings.Count(t.src, "=\"") + strings.Count(t.src, "='") // about: declarations and text have them too
	return &builder{
		t:     t,
		doc:   &document{policy: t.policy},
		arena: make([]Element, 0, elements),
		attrs: make([]Attr, 0, min(attrs, 1024)),
		scope: make([]binding, 0, 16),
	}
}

// start opens an element.
func (b *builder) start(tok *token) error {
	if b.open == nil && b.root != nil {
		return fail(CodeOutside, tok.start, "a second root element")
	}
	if b.depth++; b.depth > b.t.policy.MaxDepth {
		return fail(CodeDepth, tok.start, "elements are nested too deep")
	}
	if b.nodes += 1 + len(tok.attrs); b.nodes > b.t.policy.MaxNodes || len(b.arena) == cap(b.arena) {
		return fail(CodeNodes, tok.start, "too many elements and attributes")
	}
	b.flush()
	b.arena = append(b.arena, Element{Parent: b.open, Start: tok.start, prefix: tok.prefix, inner: tok.end, doc: b.doc})
	e := &b.arena[len(b.arena)-1]
	if err := b.declare(e, tok); err != nil {
		return err
	}
	if err := b.name(e, tok); err != nil {
		return err
	}
	if err := b.attributes(e, tok); err != nil {
		return err
	}
	b.attach(e)
	if tok.empty {
		e.inner = 0
		b.close(tok.end)
	}
	return nil
}

// attach makes e the last child of the open element, and the open element.
func (b *builder) attach(e *Element) {
	switch parent := b.open; {
	case parent == nil:
		b.root, b.dropped = e, b.t.instructions
	case parent.last == nil:
		parent.first, parent.last = e, e
	default:
		parent.last.next, parent.last = e, e
	}
	b.open = e
}

// end closes the open element if the tag names it as it was opened.
func (b *builder) end(tok *token) error {
	if b.open == nil || b.open.prefix != tok.prefix || b.open.Name.Local != tok.local {
		return fail(CodeEndTag, tok.start, "an end tag without its start tag")
	}
	b.flush()
	b.close(tok.end)
	return nil
}

func (b *builder) close(end int) {
	e := b.open
	e.End = end
	b.scope = b.scope[:len(b.scope)-len(e.declared)]
	b.open = e.Parent
	b.depth--
	if b.open == nil {
		b.doc.dropped = b.t.instructions > b.dropped
	}
}

// characters adds text to the run that the next tag ends.
func (b *builder) characters(tok *token) error {
	switch {
	case b.open == nil:
		if !tok.literal || !isSpace(tok.text) {
			return fail(CodeOutside, tok.start, "text outside the root element") // XML 1.0 2.1
		}
	case b.run == "" && len(b.pieces) == 0:
		b.run = tok.text
	default:
		b.pieces = append(append(b.pieces, b.run...), tok.text...)
		b.run = ""
	}
	return nil
}

// flush stores the run of text where it belongs.
func (b *builder) flush() {
	run := b.run
	if len(b.pieces) > 0 {
		run = string(append(b.pieces, b.run...))
		b.pieces = b.pieces[:0]
	}
	b.run = ""
	switch {
	case b.open == nil || run == "":
	case b.open.last == nil:
		b.open.lead = run
	default:
		b.open.last.tail = run
	}
}

func (b *builder) finish(at int) (*Element, error) {
	switch {
	case b.open != nil:
		return nil, fail(CodeEndTag, at, "the document ends inside an element")
	case b.root == nil:
		return nil, fail(CodeOutside, at, "no root element")
	}
	return b.root, nil
}
