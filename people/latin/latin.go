// Package latin writes names in the capital letters from A to Z, as codes, search
// and registers compare them: without accents, apostrophes and hyphens.
//
// It does not transcribe other alphabets: whoever did it for the register decided
// how, and a guess would be taken for a fact.
package latin

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Spelling is how a letter that is not plain is written.
type Spelling int

// The spellings.
const (
	Plain    Spelling = iota // the letter without its mark: Ü is U
	Passport                 // as in the lines for machines of passports: Ü is UE
)

// Longest is how many bytes of a name are looked at; nobody has a longer one.
const Longest = 400

// special are the letters that Unicode does not take apart, and those that
// passports write otherwise (ICAO 9303-3 6 A).
var special = map[rune][2]string{
	'Æ': {"AE", "AE"}, 'Œ': {"OE", "OE"}, 'Ø': {"O", "OE"}, 'ẞ': {"SS", "S"}, 'Þ': {"TH", "TH"}, 'Ð': {"D", "D"},
	'Đ': {"D", "D"}, 'Ł': {"L", "L"}, 'Ħ': {"H", "H"}, 'Ŧ': {"T", "T"}, 'Ŋ': {"N", "N"}, 'Ə': {"E", "A"}, 'ĸ': {"Q", "K"},
	'Ä': {"A", "AE"}, 'Ö': {"O", "OE"}, 'Ü': {"U", "UE"}, 'Å': {"A", "AA"},
}

// Words gives the words of a name. ok is false when something was left out: a
// letter of another alphabet, or what goes beyond Longest.
func Words(name string, spelling Spelling) (words []string, ok bool) {
	if len(name) > Longest {
		return nil, false
	}
	ok = true
	var b strings.Builder
	b.Grow(len(name))
	for _, r := range norm.NFKC.String(name) {
		if r < 0x80 {
			b.WriteByte(ascii(byte(r)))
			continue
		}
		letters, good := letter(r, spelling)
		ok = ok && good
		b.WriteString(letters)
	}
	return strings.Fields(b.String()), ok
}

func ascii(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c
	case 'a' <= c && c <= 'z':
		return c - 'a' + 'A'
	}
	return ' '
}

// letter gives the letters for one that is not in ASCII: none for a mark that stands inside a word, a
// space for what parts words.
func letter(r rune, spelling Spelling) (letters string, ok bool) {
	switch r {
	case 'ß':
		r = 'ẞ'
	case 'ı':
		r = 'I'
	default:
		r = unicode.ToUpper(r)
	}
	base := []rune(norm.NFD.String(string(r)))[0]
	for _, known := range []rune{r, base} { // Ǿ is an Ø with an accent
		if s, is := special[known]; is {
			return s[spelling], true
		}
	}
	switch {
	case 'A' <= base && base <= 'Z':
		return string(base), true
	case unicode.Is(unicode.Mn, r):
		return "", true
	case unicode.Is(unicode.Lm, r): // apostrophes of other languages, as the okina
		return " ", true
	}
	return " ", !unicode.IsLetter(r)
}
