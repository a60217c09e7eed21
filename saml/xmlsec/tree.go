package xmlsec

// Element is one element of a document that Parse accepted. Trees are for
// reading: changing one changes nothing that Verify would vouch for.
//
// The methods may be called on nil, which is an element with nothing in it, so
// that a path of Child calls needs no checks on the way.
type Element struct {
	Name Name
	// Attrs are in document order, namespace declarations left out.
	Attrs []Attr
	// Parent is nil for the root.
	Parent *Element
	// Start and End are the byte offsets of the element in the input, from its
	// "<" to after its last ">".
	Start, End int

	prefix      string
	declared    []binding // namespace declarations, document order
	first, last *Element  // children
	next        *Element  // sibling
	lead        string    // text before the first child
	tail        string    // text after this element, before the next sibling
	inner       int       // offset after the start tag; End if the element is written <a/>
	doc         *document
}

// Attr is one attribute.
type Attr struct {
	Name   Name
	Value  string
	prefix string
}

// document is what all elements of one tree share.
type document struct {
	policy Policy
	// dropped says that an instruction inside the root was left out, so that the
	// canonical form cannot be made.
	dropped bool
}

// Attr gives the value of an attribute without namespace.
func (e *Element) Attr(local string) (string, bool) { return e.AttrNS("", local) }

// AttrNS gives the value of an attribute by its expanded name.
func (e *Element) AttrNS(space, local string) (string, bool) {
	if e == nil {
		return "", false
	}
	for i := range e.Attrs {
		if a := &e.Attrs[i]; a.Name.Local == local && a.Name.Space == space {
			return a.Value, true
		}
	}
	return "", false
}

// Child gives the first child element of that name, nil if there is none.
func (e *Element) Child(name Name) *Element {
	for c := e.child(); c != nil; c = c.next {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Elements gives the child elements in document order.
func (e *Element) Elements() []*Element {
	n := 0
	for c := e.child(); c != nil; c = c.next {
		n++
	}
	if n == 0 {
		return nil
	}
	all := make([]*Element, 0, n)
	for c := e.first; c != nil; c = c.next {
		all = append(all, c)
	}
	return all
}

// Named gives the child elements of that name in document order.
func (e *Element) Named(name Name) []*Element {
	var all []*Element
	for c := e.child(); c != nil; c = c.next {
		if c.Name == name {
			all = append(all, c)
		}
	}
	return all
}

// Text gives the character data of an element that has no child elements, ""
// for one that has: a value is never pieced together around markup.
func (e *Element) Text() string {
	if e == nil || e.first != nil {
		return ""
	}
	return e.lead
}

// child gives the first child element.
func (e *Element) child() *Element {
	if e == nil {
		return nil
	}
	return e.first
}

// onlySpaceBetween reports whether all text directly inside e is white space.
func (e *Element) onlySpaceBetween() bool {
	if !isSpace(e.lead) {
		return false
	}
	for c := e.first; c != nil; c = c.next {
		if !isSpace(c.tail) {
			return false
		}
	}
	return true
}

// namespace resolves a prefix in the scope of e; the default namespace is the
// prefix "" and always resolves, to "" if nothing was declared.
func (e *Element) namespace(prefix string) (string, bool) {
	for at := e; at != nil; at = at.Parent {
		for i := range at.declared {
			if at.declared[i].prefix == prefix {
				return at.declared[i].uri, true
			}
		}
	}
	return "", prefix == ""
}

// find gives the element of the subtree whose ID attribute is id, nil if none.
func (e *Element) find(id string) *Element {
	if got, ok := e.Attr("ID"); ok && got == id {
		return e
	}
	for c := e.first; c != nil; c = c.next {
		if found := c.find(id); found != nil {
			return found
		}
	}
	return nil
}
