package xmlsec

import "unicode/utf8"

// What a byte may be, as bits of class.
const (
	nameStart  = 1 << iota // may begin an NCName (ASCII)
	namePart               // may continue an NCName (ASCII)
	plainText              // stands for itself in character data
	plainValue             // stands for itself in an attribute value
	space                  // white space, XML 1.0 2.3
)

// class describes every byte. Bytes of multi-byte characters are plain: the
// whole input is checked to be UTF-8 before anything else looks at it.
var class = func() (t [256]uint8) {
	for c := 0; c < 256; c++ {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if letter {
			t[c] |= nameStart | namePart
		}
		if c >= '0' && c <= '9' || c == '-' || c == '.' {
			t[c] |= namePart
		}
		if c >= ' ' && c != '<' && c != '&' {
			if c != ']' {
				t[c] |= plainText
			}
			if c != '"' && c != '\'' {
				t[c] |= plainValue
			}
		}
	}
	t['\t'] |= plainText | space
	t['\n'] |= plainText | space
	t['\r'] |= space
	t[' '] |= space
	return t
}()

// isChar is Char of XML 1.0 2.2.
func isChar(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r <= 0xD7FF:
		return true
	case r <= 0xFFFD:
		return r >= 0xE000
	}
	return r >= 0x10000 && r <= utf8.MaxRune
}

// isNameStart is NameStartChar of XML 1.0 2.3 (fifth edition) beyond ASCII.
func isNameStart(r rune) bool {
	switch {
	case r >= 0xC0 && r <= 0x2FF:
		return r != 0xD7 && r != 0xF7
	case r >= 0x370 && r <= 0x1FFF:
		return r != 0x37E
	case r >= 0x200C && r <= 0x200D, r >= 0x2070 && r <= 0x218F, r >= 0x2C00 && r <= 0x2FEF,
		r >= 0x3001 && r <= 0xD7FF, r >= 0xF900 && r <= 0xFDCF, r >= 0xFDF0 && r <= 0xFFFD,
		r >= 0x10000 && r <= 0xEFFFF:
		return true
	}
	return false
}

// isNamePart is NameChar of XML 1.0 2.3 (fifth edition) beyond ASCII.
func isNamePart(r rune) bool {
	return isNameStart(r) || r == 0xB7 || r >= 0x300 && r <= 0x36F || r >= 0x203F && r <= 0x2040
}

// ncName gives the end of the NCName that begins at i, or i if none does.
func ncName(s string, i int) int {
	start := i
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if class[c]&namePart == 0 || i == start && class[c]&nameStart == 0 {
				break
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isNamePart(r) || i == start && !isNameStart(r) {
			break
		}
		i += n
	}
	return i
}

// isNCName reports whether the whole of s is one NCName.
func isNCName(s string) bool { return s != "" && ncName(s, 0) == len(s) }

// isSpace reports whether s is white space or empty.
func isSpace(s string) bool {
	for i := 0; i < len(s); i++ {
		if class[s[i]]&space == 0 {
			return false
		}
	}
	return true
}

// control finds the first byte of s that XML does not allow, or -1.
func control(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' && class[s[i]]&space == 0 {
			return i
		}
	}
	return -1
}
