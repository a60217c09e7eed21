package pdfsigned

import (
	"bytes"
	"errors"
	"strconv"
)

// The objects of PDF (ISO 32000-1 7.3): nil, bool, number, text, name, array, dict, ref.
type (
	number struct {
		value   float64
		integer bool
	}
	// text is a string. from and to are its offsets in the file, delimiters included.
	text struct {
		value    string
		hex      bool
		from, to int
	}
	name  string
	array []any
	dict  map[name]any
	ref   struct{ number, generation int }
)

var errSyntax = errors.New("pdfsigned: malformed object")

// Bounds of what is read.
const (
	maxDepth  = 32
	maxValues = 1 << 17 // a contract has some ten thousand, a signature a hundred
)

// lexer reads objects at pos. It is stricter than viewers: no comments inside objects,
// no key twice, no number written in another way than the standard has.
type lexer struct {
	data   []byte
	pos    int
	values int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (l *lexer) space() {
	for l.pos < len(l.data) && isSpace(l.data[l.pos]) {
		l.pos++
	}
}

// peek gives the next octet, 0 at the end.
func (l *lexer) peek() byte {
	if l.pos < len(l.data) {
		return l.data[l.pos]
	}
	return 0
}

// word reads up to the next space or delimiter.
func (l *lexer) word() string {
	from := l.pos
	for l.pos < len(l.data) && !isSpace(l.data[l.pos]) && !isDelimiter(l.data[l.pos]) {
		l.pos++
	}
	return string(l.data[from:l.pos])
}

// keyword steps over space and a word, which must be this one.
func (l *lexer) keyword(want string) bool {
	l.space()
	at := l.pos
	if l.word() == want {
		return true
	}
	l.pos = at
	return false
}

// count reads a number of digits alone.
func (l *lexer) count() (int, bool) {
	l.space()
	return digits(l.word())
}

func digits(w string) (int, bool) {
	if w == "" || len(w) > 10 {
		return 0, false
	}
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(w)
	return n, err == nil
}

// value reads an object.
func (l *lexer) value(depth int) (any, error) {
	if l.values++; depth > maxDepth || l.values > maxValues {
		return nil, errSyntax
	}
	l.space()
	switch c := l.peek(); {
	case c == '/':
		return l.name()
	case c == '(':
		return l.literal()
	case c == '[':
		return l.array(depth)
	case c == '<' && l.pos+1 < len(l.data) && l.data[l.pos+1] == '<':
		return l.dict(depth)
	case c == '<':
		return l.hex()
	case c >= '0' && c <= '9':
		if r, ok := l.reference(); ok {
			return r, nil
		}
	}
	switch w := l.word(); w {
	case "null":
		return nil, nil
	case "true", "false":
		return w == "true", nil
	default:
		return readNumber(w)
	}
}

func (l *lexer) reference() (ref, bool) {
	at := l.pos
	n, ok := digits(l.word())
	if ok && isSpace(l.peek()) {
		if g, ok := l.count(); ok && isSpace(l.peek()) && l.keyword("R") {
			return ref{n, g}, true
		}
	}
	l.pos = at
	return ref{}, false
}

func readNumber(w string) (number, error) {
	body := w
	if body != "" && (body[0] == '+' || body[0] == '-') {
		body = body[1:]
	}
	dots, figures := 0, 0
	for i := range len(body) {
		switch c := body[i]; {
		case c == '.':
			dots++
		case c >= '0' && c <= '9':
			figures++
		default:
			return number{}, errSyntax
		}
	}
	if figures == 0 || dots > 1 || len(w) > 64 {
		return number{}, errSyntax
	}
	v, err := strconv.ParseFloat(w, 64)
	if err != nil {
		return number{}, errSyntax
	}
	return number{v, dots == 0}, nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// name reads a name and its #-codes: two spellings of one name are one name.
func (l *lexer) name() (name, error) {
	l.pos++
	w := l.word()
	out := make([]byte, 0, len(w))
	for i := 0; i < len(w); i++ {
		if w[i] != '#' {
			out = append(out, w[i])
			continue
		}
		if i+2 >= len(w) {
			return "", errSyntax
		}
		hi, ok := hexDigit(w[i+1])
		lo, also := hexDigit(w[i+2])
		if !ok || !also || hi|lo == 0 {
			return "", errSyntax
		}
		out = append(out, hi<<4|lo)
		i += 2
	}
	if len(out) > 127 {
		return "", errSyntax
	}
	return name(out), nil
}

func (l *lexer) hex() (text, error) {
	t := text{hex: true, from: l.pos}
	l.pos++
	end := bytes.IndexByte(l.data[l.pos:], '>')
	if end < 0 {
		return t, errSyntax
	}
	out := make([]byte, 0, end/2+1)
	half, odd := byte(0), false
	for _, c := range l.data[l.pos : l.pos+end] {
		if isSpace(c) {
			continue
		}
		d, ok := hexDigit(c)
		if !ok {
			return t, errSyntax
		}
		if odd {
			out = append(out, half<<4|d)
		}
		half, odd = d, !odd
	}
	if odd {
		out = append(out, half<<4)
	}
	l.pos += end + 1
	t.value, t.to = string(out), l.pos
	return t, nil
}

// literal reads a string in parentheses.
func (l *lexer) literal() (text, error) {
	t := text{from: l.pos}
	var out []byte
	depth := 0
	for ; l.pos < len(l.data); l.pos++ {
		switch c := l.data[l.pos]; c {
		case '(':
			if depth++; depth == 1 {
				continue
			}
		case ')':
			if depth--; depth == 0 {
				l.pos++
				t.value, t.to = string(out), l.pos
				return t, nil
			}
		case '\\':
			out = l.escape(out)
			continue
		}
		out = append(out, l.data[l.pos])
	}
	return t, errSyntax
}

// escape reads what follows a backslash and leaves pos at its last octet.
func (l *lexer) escape(out []byte) []byte {
	l.pos++
	c := l.peek()
	if at := bytes.IndexByte([]byte("nrtbf"), c); at >= 0 && c != 0 {
		return append(out, "\n\r\t\b\f"[at])
	}
	switch {
	case c >= '0' && c <= '7':
		v := 0
		for i := 0; i < 3 && l.peek() >= '0' && l.peek() <= '7'; i++ {
			v = v<<3 | int(l.peek()-'0')
			l.pos++
		}
		l.pos--
		return append(out, byte(v))
	case c == '\r':
		if l.pos+1 < len(l.data) && l.data[l.pos+1] == '\n' {
			l.pos++
		}
		return out
	case c == '\n' || l.pos >= len(l.data):
		return out
	}
	return append(out, c)
}

func (l *lexer) array(depth int) (array, error) {
	l.pos++
	out := array{}
	for {
		l.space()
		if l.peek() == ']' {
			l.pos++
			return out, nil
		}
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

// dict reads a dictionary. A key that comes twice is refused: one reader takes the
// first value, the next the last.
func (l *lexer) dict(depth int) (dict, error) {
	l.pos += 2
	out := dict{}
	for {
		l.space()
		if l.peek() == '>' {
			if l.pos+1 >= len(l.data) || l.data[l.pos+1] != '>' {
				return nil, errSyntax
			}
			l.pos += 2
			return out, nil
		}
		if l.peek() != '/' {
			return nil, errSyntax
		}
		key, err := l.name()
		if err != nil {
			return nil, err
		}
		if _, twice := out[key]; twice {
			return nil, errSyntax
		}
		if out[key], err = l.value(depth + 1); err != nil {
			return nil, err
		}
	}
}
