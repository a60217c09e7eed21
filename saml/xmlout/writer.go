// Package xmlout writes XML, element by element, for messages that we make
// ourselves: deterministic bytes in UTF-8, no indentation, every value escaped so
// that canonicalization gives the same text back.
//
// It knows nothing of SAML (that is package saml) and never reads (package
// xmlsec does).
package xmlout

import (
	"fmt"
	"unicode/utf8"
)

// Writer builds one document. The zero value is ready. The first mistake (a
// character that XML cannot hold, an unclosed element) is kept and returned by
// Bytes, so that callers check once.
type Writer struct {
	buf  []byte
	open []string
	err  error
}

// Open starts an element. The attributes are name, value pairs in the order of
// the output; a pair with an empty value is left out, which is how optional
// attributes are written.
func (w *Writer) Open(name string, attributes ...string) {
	w.tag(name, attributes)
	w.buf = append(w.buf, '>')
	w.open = append(w.open, name)
}

// Close ends the element that Open started last.
func (w *Writer) Close() {
	if len(w.open) == 0 {
		w.fail("close without open")
		return
	}
	last := len(w.open) - 1
	w.buf = append(w.buf, '<', '/')
	w.buf = append(w.buf, w.open[last]...)
	w.buf = append(w.buf, '>')
	w.open = w.open[:last]
}

// Empty writes an element without content.
func (w *Writer) Empty(name string, attributes ...string) {
	w.tag(name, attributes)
	w.buf = append(w.buf, '/', '>')
}

// Leaf writes an element whose content is text.
func (w *Writer) Leaf(name, text string, attributes ...string) {
	w.Open(name, attributes...)
	w.escape(text, false)
	w.Close()
}

// Bytes returns the document, or the first mistake made while writing it.
func (w *Writer) Bytes() ([]byte, error) {
	if w.err == nil && len(w.open) > 0 {
		w.fail("element %s is not closed", w.open[len(w.open)-1])
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.buf, nil
}

func (w *Writer) tag(name string, attributes []string) {
	if len(attributes)%2 != 0 {
		w.fail("odd number of attribute names and values in %s", name)
		return
	}
	w.buf = append(w.buf, '<')
	w.buf = append(w.buf, name...)
	for i := 0; i < len(attributes); i += 2 {
		if attributes[i+1] == "" {
			continue
		}
		w.buf = append(w.buf, ' ')
		w.buf = append(w.buf, attributes[i]...)
		w.buf = append(w.buf, '=', '"')
		w.escape(attributes[i+1], true)
		w.buf = append(w.buf, '"')
	}
}

// escape writes text the way canonical XML would, so that signing does not
// change it (Canonical XML 1.0, 2.3).
func (w *Writer) escape(text string, attribute bool) {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !allowed(r, size) {
			w.fail("character U+%04X cannot stand in XML", r)
			return
		}
		w.buf = append(w.buf, replacement(r, attribute, text[i:i+size])...)
		i += size
	}
}

func replacement(r rune, attribute bool, plain string) string {
	switch {
	case r == '&':
		return "&amp;"
	case r == '<':
		return "&lt;"
	case r == '>' && !attribute:
		return "&gt;"
	case r == '\r':
		return "&#xD;"
	case attribute && r == '"':
		return "&quot;"
	case attribute && r == '\t':
		return "&#x9;"
	case attribute && r == '\n':
		return "&#xA;"
	}
	return plain
}

// allowed is the Char production (XML 1.0, 2.2).
func allowed(r rune, size int) bool {
	switch {
	case r == utf8.RuneError && size <= 1:
		return false
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < 0x20, r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return true
}

func (w *Writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("xmlout: "+format, args...)
	}
}
