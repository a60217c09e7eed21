package person

import (
	"errors"
	"strings"
)

// FiscalCode is the Italian tax code of a natural person: 16 characters, upper
// case, with a right check character. Only ParseFiscalCode makes one.
type FiscalCode string

// Why a fiscal code is refused. None of the errors repeats the code.
var (
	ErrFiscalCodeForm  = errors.New("fiscal code: not 16 characters of the prescribed form")
	ErrFiscalCodeCheck = errors.New("fiscal code: check character does not match")
)

// form of the code: L letter, D digit or its omocodia letter, M month letter.
const form = "LLLLLLDDMDDLDDDL"

// months are the letters of the twelve months, January first.
const months = "ABCDEHLMPRST"

// omocodia are the letters that stand for the digits 0 to 9 when two people
// would get the same code. DM 23 December 1976 (GU 345/1976), art. 6.
const omocodia = "LMNPQRSTUV"

// ParseFiscalCode checks form, omocodia letters, month, day and check character.
// Spaces, as printed on the card, and lower case are accepted. Whether the date
// exists, and whether the code fits a name or a municipality, is not looked at.
func ParseFiscalCode(s string) (FiscalCode, error) {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if len(s) != len(form) {
		return "", ErrFiscalCodeForm
	}
	var plain [len(form)]byte // with digits in place of omocodia letters
	for i := range len(form) {
		c, ok := normal(s[i], form[i])
		if !ok {
			return "", ErrFiscalCodeForm
		}
		plain[i] = c
	}
	day := int(plain[9]-'0')*10 + int(plain[10]-'0')
	if day > 40 { // women: day + 40
		day -= 40
	}
	if day < 1 || day > 31 {
		return "", ErrFiscalCodeForm
	}
	if checkCharacter(s[:15]) != s[15] {
		return "", ErrFiscalCodeCheck
	}
	return FiscalCode(s), nil
}

// normal returns the character c as the form wants it at its place.
func normal(c, want byte) (byte, bool) {
	switch want {
	case 'L':
		return c, 'A' <= c && c <= 'Z'
	case 'M':
		return c, strings.IndexByte(months, c) >= 0
	}
	if '0' <= c && c <= '9' {
		return c, true
	}
	d := strings.IndexByte(omocodia, c)
	return byte('0' + d), d >= 0
}

// odd are the values of the characters in odd places (first, third, ...), for
// '0' to '9' and for 'A' to 'Z'; in even places a character counts as its order.
// DM 23 December 1976, art. 7.
var odd = struct{ digits, letters [26]int }{
	digits:  [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21},
	letters: [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23},
}

// checkCharacter of the first fifteen characters, as written: the check is made
// over the omocodia letters, not over the digits that they stand for.
func checkCharacter(s string) byte {
	sum := 0
	for i := range len(s) {
		digit := s[i] <= '9'
		switch {
		case i%2 == 0 && digit:
			sum += odd.digits[s[i]-'0']
		case i%2 == 0:
			sum += odd.letters[s[i]-'A']
		case digit:
			sum += int(s[i] - '0')
		default:
			sum += int(s[i] - 'A')
		}
	}
	return byte('A' + sum%26)
}
