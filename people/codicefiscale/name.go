package codicefiscale

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// absent are the letters of a name that somebody does not have. They are seen in
// the national register (ANPR) for people with a single name.
const absent = "XXX"

// longestName bounds the work on a name that comes from a form.
const longestName = 400

// special are the letters that Unicode does not take apart. The second spelling
// is the other one that registers use: passports write Ü as UE (ICAO 9303).
var special = map[rune][2]string{
	'Æ': {"AE", "AE"}, 'Œ': {"OE", "OE"}, 'Ø': {"O", "OE"}, 'ẞ': {"SS", "S"}, 'Þ': {"TH", "TH"}, 'Ð': {"D", "D"},
	'Đ': {"D", "D"}, 'Ł': {"L", "L"}, 'Ħ': {"H", "H"}, 'Ŧ': {"T", "T"}, 'Ŋ': {"N", "N"}, 'Ĳ': {"IJ", "IJ"},
	'Ə': {"E", "A"}, 'ĸ': {"Q", "K"}, 'Ä': {"A", "AE"}, 'Ö': {"O", "OE"}, 'Ü': {"U", "UE"}, 'Å': {"A", "AA"},
}

// words gives the words of a name in capital letters from A to Z, in one of two
// spellings. ok is false for a letter of another alphabet: who transcribes it
// decides the code, and that is not us.
func words(name string, spelling int) (words []string, ok bool) {
	if len(name) > longestName {
		return nil, false
	}
	ok = true
	var b strings.Builder
	for _, r := range norm.NFKC.String(name) {
		switch r {
		case 'ß':
			r = 'ẞ'
		case 'ı':
			r = 'I'
		default:
			r = unicode.ToUpper(r)
		}
		letters, good := latin(r, spelling)
		ok = ok && good
		b.WriteString(letters)
	}
	return strings.Fields(b.String()), ok
}

// latin gives the letters for one: none for a mark that stands inside a word, a
// space for what parts words.
func latin(r rune, spelling int) (letters string, ok bool) {
	if s, is := special[r]; is {
		return s[spelling], true
	}
	base := []rune(norm.NFD.String(string(r)))[0]
	if s, is := special[base]; is {
		return s[spelling], true
	}
	switch {
	case 'A' <= base && base <= 'Z':
		return string(base), true
	case unicode.Is(unicode.Mn, r):
		return "", true
	case unicode.Is(unicode.Lm, r): // apostrophes of other languages, as the okina
		return " ", true
	case unicode.IsLetter(r):
		return "", false
	}
	return " ", true
}

func isVowel(c byte) bool { return strings.IndexByte("AEIOU", c) >= 0 }

// surnameLetters are the first three consonants, then vowels, then X. What is
// written in several words counts as one.
func surnameLetters(name string) string {
	consonants, vowels := parted(name)
	return (consonants + vowels + absent)[:3]
}

// givenNameLetters are the same, but of four or more consonants the first, the
// third and the fourth.
func givenNameLetters(name string) string {
	consonants, vowels := parted(name)
	if len(consonants) > 3 {
		return consonants[:1] + consonants[2:4]
	}
	return (consonants + vowels + absent)[:3]
}

func parted(name string) (consonants, vowels string) {
	var c, v []byte
	for i := range len(name) {
		if isVowel(name[i]) {
			v = append(v, name[i])
		} else {
			c = append(c, name[i])
		}
	}
	return string(c), string(v)
}
