package xmlsec

import (
	"strings"
	"unicode/utf8"
)

// characterData reads text up to the next tag, with references resolved and
// line ends normalized (XML 1.0 2.11, 4.4).
func (t *tokenizer) characterData() error {
	start, from := t.pos, t.pos
	literal := true
	buf := t.buf[:0]
	var err error
scan:
	for t.pos < len(t.src) {
		c := t.src[t.pos]
		switch {
		case class[c]&plainText != 0:
			t.pos++
		case c == '<':
			break scan
		case c == '&':
			buf = append(buf, t.src[from:t.pos]...)
			if buf, err = t.reference(buf); err != nil {
				return err
			}
			literal, from = false, t.pos
		case c == '\r':
			buf = append(append(buf, t.src[from:t.pos]...), '\n')
			t.lineEnd()
			from = t.pos
		case c == ']':
			if strings.HasPrefix(t.src[t.pos:], "]]>") {
				return fail(CodeSyntax, t.pos, "the end of a CDATA section without its beginning") // XML 1.0 2.4
			}
			t.pos++
		default:
			return fail(CodeCharacter, t.pos, "a control character") // XML 1.0 2.2
		}
	}
	t.textToken(start, from, t.pos, buf)
	t.tok.literal = literal
	return nil
}

// cdata reads a CDATA section as text.
func (t *tokenizer) cdata() error {
	start := t.pos
	from := start + len("<![CDATA[")
	length := strings.Index(t.src[from:], "]]>")
	if length < 0 {
		return fail(CodeSyntax, start, "a CDATA section without an end")
	}
	end := from + length
	if bad := control(t.src[from:end]); bad >= 0 {
		return fail(CodeCharacter, from+bad, "a control character") // XML 1.0 2.2
	}
	buf := t.buf[:0]
	for t.pos = from; t.pos < end; {
		cr := strings.IndexByte(t.src[t.pos:end], '\r')
		if cr < 0 {
			break
		}
		t.pos += cr
		buf = append(append(buf, t.src[from:t.pos]...), '\n')
		t.lineEnd()
		from = t.pos
	}
	t.textToken(start, from, end, buf)
	t.pos = end + len("]]>")
	t.tok.end = t.pos
	return nil
}

// textToken makes the token from buf followed by the source from..end, without
// copying when buf is empty.
func (t *tokenizer) textToken(start, from, end int, buf []byte) {
	t.tok = token{kind: text, start: start, end: end, attrs: t.tok.attrs[:0]}
	if len(buf) == 0 {
		t.tok.text = t.src[from:end]
		return
	}
	buf = append(buf, t.src[from:end]...)
	t.tok.text, t.buf = string(buf), buf
}

// attributeValue reads a quoted value; white space characters become spaces
// unless written as references (XML 1.0 3.3.3).
func (t *tokenizer) attributeValue() (string, error) {
	if t.pos == len(t.src) || t.src[t.pos] != '"' && t.src[t.pos] != '\'' {
		return "", fail(CodeSyntax, t.pos, "an attribute value without quotes")
	}
	quote := t.src[t.pos]
	t.pos++
	start, from := t.pos, t.pos
	buf := t.buf[:0]
	var err error
	for t.pos < len(t.src) {
		c := t.src[t.pos]
		switch {
		case class[c]&plainValue != 0:
			t.pos++
		case c == quote:
			end := t.pos
			t.pos++
			if from == start {
				return t.src[start:end], nil
			}
			buf = append(buf, t.src[from:end]...)
			t.buf = buf
			return string(buf), nil
		case c == '"' || c == '\'':
			t.pos++
		case c == '&':
			buf = append(buf, t.src[from:t.pos]...)
			if buf, err = t.reference(buf); err != nil {
				return "", err
			}
			from = t.pos
		case class[c]&space != 0:
			buf = append(append(buf, t.src[from:t.pos]...), ' ')
			t.lineEnd()
			from = t.pos
		case c == '<':
			return "", fail(CodeSyntax, t.pos, "a less-than sign in an attribute value") // XML 1.0 3.1
		default:
			return "", fail(CodeCharacter, t.pos, "a control character") // XML 1.0 2.2
		}
	}
	return "", fail(CodeSyntax, start, "an attribute value without an end")
}

// lineEnd steps over one white space character, CR LF counting as one.
func (t *tokenizer) lineEnd() {
	if strings.HasPrefix(t.src[t.pos:], "\r\n") {
		t.pos++
	}
	t.pos++
}

// reference resolves the reference at t.pos into buf: one of the five
// predefined entities or a character.
func (t *tokenizer) reference(buf []byte) ([]byte, error) {
	// The longest one that makes sense is &#x10FFFF;, zeros in front apart.
	window := t.src[t.pos:min(len(t.src), t.pos+16)]
	semicolon := strings.IndexByte(window, ';')
	if semicolon < 0 {
		return nil, fail(CodeEntity, t.pos, "a malformed reference")
	}
	name := window[1:semicolon]
	switch name {
	case "amp":
		buf = append(buf, '&')
	case "lt":
		buf = append(buf, '<')
	case "gt":
		buf = append(buf, '>')
	case "quot":
		buf = append(buf, '"')
	case "apos":
		buf = append(buf, '\'')
	default:
		r, ok := characterReference(name)
		if !ok {
			return nil, fail(CodeEntity, t.pos, "an unknown entity or an impossible character")
		}
		buf = utf8.AppendRune(buf, r)
	}
	t.pos += semicolon + 1
	return buf, nil
}

// characterReference reads "#38" or "#x26" (XML 1.0 4.1).
func characterReference(s string) (rune, bool) {
	base, digits := rune(10), strings.TrimPrefix(s, "#")
	if len(digits) == len(s) {
		return 0, false
	}
	if strings.HasPrefix(digits, "x") {
		base, digits = 16, digits[1:]
	}
	if digits == "" {
		return 0, false
	}
	var r rune
	for i := 0; i < len(digits); i++ {
		c := rune(digits[i])
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case base == 16 && isHex(digits[i]):
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		if r = r*base + c; r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, isChar(r)
}
