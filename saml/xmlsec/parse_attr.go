package xmlsec

// declare takes the namespace declarations of a start tag into scope.
func (b *builder) declare(e *Element, tok *token) error {
	from, xmlDeclared := len(b.bindings), false
	for i := range tok.attrs {
		a := &tok.attrs[i]
		var d binding
		switch {
		case a.prefix == "xmlns":
			d = binding{a.local, a.value}
		case a.prefix == "" && a.local == "xmlns":
			d = binding{"", a.value}
		default:
			continue
		}
		// The prefix xml may be declared for what it is anyway (XML-names 3); no canonical
		// form has that declaration. People write it into metadata.
		if b.t.policy.DropComments && d == (binding{"xml", xmlSpace}) && !xmlDeclared {
			xmlDeclared = true
			continue
		}
		if err := checkBinding(d, a.at); err != nil {
			return err
		}
		for _, other := range b.bindings[from:] {
			if other.prefix == d.prefix {
				return fail(CodeDuplicateAttribute, a.at, "a prefix is declared twice") // XML 1.0 3.1
			}
		}
		if len(b.scope) == maxBindings {
			return fail(CodeAttributes, a.at, "too many namespace declarations in scope")
		}
		b.bindings = append(b.bindings, d)
		b.scope = append(b.scope, d)
	}
	if to := len(b.bindings); to > from {
		e.declared = b.bindings[from:to:to]
	}
	return nil
}

// resolve gives the namespace of a prefix in scope.
func (b *builder) resolve(prefix string, at int) (string, error) {
	for i := len(b.scope) - 1; i >= 0; i-- {
		if b.scope[i].prefix == prefix {
			return b.scope[i].uri, nil
		}
	}
	switch prefix {
	case "":
		return "", nil
	case "xml":
		return xmlSpace, nil // XML-names 3
	}
	return "", fail(CodePrefix, at, "an undeclared prefix") // XML-names 5
}

// name gives the element its expanded name.
func (b *builder) name(e *Element, tok *token) error {
	if tok.prefix == "xmlns" || tok.prefix == "xml" {
		return fail(CodePrefix, tok.start, "an element with a reserved prefix") // XML-names 3
	}
	space, err := b.resolve(tok.prefix, tok.start)
	if err != nil {
		return err
	}
	e.Name = Name{space, tok.local}
	return nil
}

// attributes gives the element its attributes, unique by expanded name
// (XML-names 6.3), at most one of them an identifier.
func (b *builder) attributes(e *Element, tok *token) error {
	from := len(b.attrs)
	for i := range tok.attrs {
		raw := &tok.attrs[i]
		if raw.prefix == "xmlns" || raw.prefix == "" && raw.local == "xmlns" {
			continue
		}
		a := Attr{Name: Name{"", raw.local}, Value: raw.value, prefix: raw.prefix}
		if raw.prefix != "" {
			var err error
			if a.Name.Space, err = b.resolve(raw.prefix, raw.at); err != nil {
				return err
			}
		}
		for j := from; j < len(b.attrs); j++ {
			if b.attrs[j].Name == a.Name {
				return fail(CodeDuplicateAttribute, raw.at, "an attribute is repeated")
			}
		}
		if len(b.attrs)-from == b.t.policy.MaxAttributes {
			return fail(CodeAttributes, raw.at, "too many attributes on one element")
		}
		b.attrs = append(b.attrs, a)
	}
	to := len(b.attrs)
	e.Attrs = b.attrs[from:to:to]
	return b.identify(e)
}

// identify records the identifier of an element. Only one attribute may look
// like one, in any spelling, so that two readers cannot disagree on which it is.
func (b *builder) identify(e *Element) error {
	found := false
	for i := range e.Attrs {
		a := &e.Attrs[i]
		switch {
		case !idLike(a.Name.Local):
			continue
		case a.Name.Space != "":
			return fail(CodeForeignID, e.Start, "an identifier attribute in a namespace")
		case found:
			return fail(CodeDuplicateID, e.Start, "two identifier attributes on one element")
		case !b.ids.add(a.Value):
			return fail(CodeDuplicateID, e.Start, "an identifier is used twice")
		}
		found = true
	}
	return nil
}

// identifiers is a set of strings that costs nothing while small.
type identifiers struct {
	few  [8]string
	n    int
	many map[string]struct{}
}

// add reports whether id is new.
func (s *identifiers) add(id string) bool {
	for _, known := range s.few[:s.n] {
		if known == id {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = id
		s.n++
		return true
	}
	if _, known := s.many[id]; known {
		return false
	}
	if s.many == nil {
		s.many = make(map[string]struct{})
	}
	s.many[id] = struct{}{}
	return true
}
