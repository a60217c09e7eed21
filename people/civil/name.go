package civil

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxName is the longest name, in characters: the longest that passports print have
// fewer, and the draft has to fit a cookie.
const MaxName = 80

// CleanName writes a name in one way: composed letters, single spaces, the typographic
// apostrophe of telephones as the plain one of registers.
func CleanName(s string) string {
	s = strings.NewReplacer("’", "'", "ʼ", "'", "`", "'").Replace(norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// WrongName tells what is wrong with a name, "" when nothing is. People have names of one
// letter, with apostrophes, dots and numbers; what has no letter is none, and invisible
// characters could show one name and be another. // G3.2
func WrongName(s string) Wrong {
	switch {
	case utf8.RuneCountInString(s) > MaxName:
		return TooLong
	case strings.ContainsFunc(s, hidden), strings.ContainsAny(s, "<>"):
		return Characters
	case !strings.ContainsFunc(s, unicode.IsLetter):
		return NoLetters
	}
	return ""
}

// hidden tells characters that do not show: controls and formats, of which scripts need
// the two joiners.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

// Latin tells whether every letter is of the Latin alphabet, as registers and the codice
// fiscale want it.
func Latin(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) })
}
