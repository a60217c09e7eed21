// Package codicefiscale knows the Italian tax code of natural persons: it reads
// and checks codes, tells what they say, works out the code that the rules give
// for a person, and compares the two field by field.
//
// Only the Agenzia delle Entrate issues codes. A computed code is good for
// finding a mistake, never to be offered to somebody as theirs: two people whose
// codes would be equal get different ones (omocodia), and nothing but the issued
// code tells which is whose. The rules are those of the decree of the Minister of
// Finance of 23 December 1976, with what registers are known to do beside them.
//
// The package has no data and asks for none: what it needs to know of places it
// asks through Places, which people/places offers.
package codicefiscale

import "strings"

// Code is a code of 16 characters: upper case, of the right form, with a day that
// exists and a right check character. Only Parse and Compute make one.
type Code string

// form of the code: L letter, D digit or the letter that stands for it, M month.
const form = "LLLLLLDDMDDLDDDL"

// months are the letters of the twelve months, January first.
const months = "ABCDEHLMPRST"

// omocodia are the letters that stand for the digits 0 to 9 when two people
// would get the same code. DM 23 December 1976 (GU 345/1976), art. 6.
const omocodia = "LMNPQRSTUV"

// longest is how much is looked at: a card shows 16 characters and some spaces.
const longest = 64

// Parse reads a code as people write it: with spaces, as on the card, or in lower
// case. The error is always an *Error. Whether the code fits a name is a matter of
// Compare, whether the place exists one of Places.
func Parse(s string) (Code, error) {
	s, err := written(s)
	if err != nil {
		return "", err
	}
	if len(s) == temporaryLength && onlyDigits(s) {
		if _, err := ParseTemporary(s); err != nil {
			return "", err
		}
		return "", &Error{Reason: Temporary}
	}
	if len(s) != len(form) {
		return "", &Error{Reason: Length}
	}
	plain, err := plainForm(s)
	if err != nil {
		return "", err
	}
	if err := checkDay(plain); err != nil {
		return "", err
	}
	if checkCharacter(s[:15]) != s[15] {
		return "", &Error{Reason: Check, At: 16}
	}
	return Code(s), nil
}

// written takes the spaces away and puts ASCII letters in upper case: letters
// that only look like them, or become them in upper case, are not made to fit.
func written(s string) (string, error) {
	if len(s) > longest {
		return "", &Error{Reason: Length}
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\u00a0':
			return -1
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
	if s == "" {
		return "", &Error{Reason: Missing}
	}
	for i, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return "", &Error{Reason: Form, At: i + 1}
		}
	}
	return s, nil
}

// plainForm gives the code with digits in place of the letters of omocodia.
func plainForm(s string) (string, error) {
	plain := []byte(s)
	for i, want := range []byte(form) {
		c := s[i]
		switch letter := c >= 'A'; {
		case want == 'D' && letter:
			d := strings.IndexByte(omocodia, c)
			if d < 0 {
				return "", &Error{Reason: Form, At: i + 1, Instead: lookalike(c)}
			}
			plain[i] = byte('0' + d)
		case want != 'D' && !letter:
			return "", &Error{Reason: Form, At: i + 1, Instead: lookalike(c)}
		case want == 'M' && strings.IndexByte(months, c) < 0:
			return "", &Error{Reason: Month, At: i + 1}
		}
	}
	return string(plain), nil
}

// lookalike is what was meant by a character in the wrong sort of place: O and I
// are no letters of omocodia, so nobody has them where digits stand.
func lookalike(c byte) string {
	const pairs = "O0I1"
	if i := strings.IndexByte(pairs, c); i >= 0 {
		return pairs[i^1 : i^1+1]
	}
	return ""
}

func onlyDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
