package xmlsec

import (
	"strings"
	"unicode/utf8"
)

// kind says what a token is.
type kind uint8

const (
	endOfInput kind = iota
	startTag
	endTag
	text
)

// rawAttr is an attribute or a namespace declaration as written, its value
// normalized (XML 1.0 3.3.3).
type rawAttr struct {
	prefix, local, value string
	at                   int
}

// token is one piece of the document. Strings are slices of the source
// wherever nothing had to be resolved.
type token struct {
	kind          kind
	start, end    int
	prefix, local string // of a tag
	empty         bool   // start tag that is its own end
	text          string // character data, references resolved
	literal       bool   // text written without references or CDATA
	attrs         []rawAttr
}

// tokenizer cuts the source into tokens. It knows the syntax of XML, not its
// structure: matching tags and namespaces is the builder's work.
type tokenizer struct {
	src    string
	pos    int
	policy Policy
	tok    token
	buf    []byte // scratch for text and values that cannot be slices
	// instructions counts processing instructions dropped so far.
	instructions int
}

// newTokenizer checks the size and the encoding, and steps over the XML
// declaration.
func newTokenizer(src string, p Policy) (*tokenizer, error) {
	if len(src) > p.MaxBytes {
		return nil, fail(CodeTooLarge, 0, "the document is larger than allowed")
	}
	if !utf8.ValidString(src) {
		return nil, fail(CodeEncoding, 0, "the document is not UTF-8")
	}
	// The only characters valid in UTF-8, not in XML, and not below the space.
	if strings.Contains(src, "\uFFFE") || strings.Contains(src, "\uFFFF") {
		return nil, fail(CodeCharacter, 0, "a non-character") // XML 1.0 2.2
	}
	t := &tokenizer{src: src, policy: p}
	if p.DropComments && strings.HasPrefix(src, "\uFEFF") {
		t.pos = len("\uFEFF")
	}
	return t, t.declaration()
}

// next reads one token into t.tok.
func (t *tokenizer) next() error {
	for t.pos < len(t.src) {
		if t.src[t.pos] != '<' {
			return t.characterData()
		}
		rest := t.src[t.pos+1:]
		switch {
		case rest == "":
			return fail(CodeSyntax, t.pos, "a tag is cut off")
		case rest[0] == '/':
			return t.endTag()
		case rest[0] == '?':
			if err := t.instruction(); err != nil {
				return err
			}
		case rest[0] == '!':
			if strings.HasPrefix(rest, "![CDATA[") {
				return t.cdata()
			}
			if !strings.HasPrefix(rest, "!--") {
				return fail(CodeDoctype, t.pos, "document type declarations are refused")
			}
			if err := t.comment(); err != nil {
				return err
			}
		default:
			return t.startTag()
		}
	}
	t.tok = token{kind: endOfInput, start: t.pos, end: t.pos, attrs: t.tok.attrs[:0]}
	return nil
}

// startTag reads <name attributes> or <name attributes/>.
func (t *tokenizer) startTag() error {
	start := t.pos
	t.pos++
	prefix, local, err := t.qName()
	if err != nil {
		return err
	}
	t.tok = token{kind: startTag, start: start, prefix: prefix, local: local, attrs: t.tok.attrs[:0]}
	for {
		gap := t.spaces()
		if t.pos == len(t.src) {
			return fail(CodeSyntax, t.pos, "a tag is cut off")
		}
		switch t.src[t.pos] {
		case '>':
			t.pos++
			t.tok.end = t.pos
			return nil
		case '/':
			if !strings.HasPrefix(t.src[t.pos:], "/>") {
				return fail(CodeSyntax, t.pos, "a stray slash in a tag")
			}
			t.pos += 2
			t.tok.empty, t.tok.end = true, t.pos
			return nil
		}
		if !gap {
			return fail(CodeSyntax, t.pos, "attributes need white space between them")
		}
		if len(t.tok.attrs) >= t.policy.MaxAttributes+maxBindings {
			return fail(CodeAttributes, t.pos, "too many attributes on one element")
		}
		if err := t.attribute(); err != nil {
			return err
		}
	}
}

// attribute reads name="value" into the token.
func (t *tokenizer) attribute() error {
	at := t.pos
	prefix, local, err := t.qName()
	if err != nil {
		return err
	}
	t.spaces()
	if t.pos == len(t.src) || t.src[t.pos] != '=' {
		return fail(CodeSyntax, t.pos, "an attribute without a value")
	}
	t.pos++
	t.spaces()
	value, err := t.attributeValue()
	if err != nil {
		return err
	}
	t.tok.attrs = append(t.tok.attrs, rawAttr{prefix: prefix, local: local, value: value, at: at})
	return nil
}

// endTag reads </name>.
func (t *tokenizer) endTag() error {
	start := t.pos
	t.pos += 2
	prefix, local, err := t.qName()
	if err != nil {
		return err
	}
	t.spaces()
	if t.pos == len(t.src) || t.src[t.pos] != '>' {
		return fail(CodeSyntax, t.pos, "a malformed end tag")
	}
	t.pos++
	t.tok = token{kind: endTag, start: start, end: t.pos, prefix: prefix, local: local, attrs: t.tok.attrs[:0]}
	return nil
}

// qName reads prefix:local or local (XML-names 4).
func (t *tokenizer) qName() (prefix, local string, err error) {
	end := ncName(t.src, t.pos)
	if end == t.pos {
		return "", "", fail(CodeName, t.pos, "a malformed name")
	}
	local = t.src[t.pos:end]
	if end < len(t.src) && t.src[end] == ':' {
		prefix = local
		from := end + 1
		if end = ncName(t.src, from); end == from {
			return "", "", fail(CodeName, from, "a malformed name")
		}
		local = t.src[from:end]
	}
	t.pos = end
	return prefix, local, nil
}

// spaces steps over white space and reports whether there was any.
func (t *tokenizer) spaces() bool {
	start := t.pos
	for t.pos < len(t.src) && class[t.src[t.pos]]&space != 0 {
		t.pos++
	}
	return t.pos > start
}
