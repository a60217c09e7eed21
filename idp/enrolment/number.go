package enrolment

import (
	"crypto/rand"
	"regexp"
	"strings"
)

// Number names a request among people: eight letters and digits in two groups. It opens
// nothing: whoever types it at a desk has the applicant in front of them.
type Number string

// numberAlphabet has 32 signs; I, L, O and U are left out: numbers are read aloud.
const numberAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var numberForm = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)

// NewNumber draws a number: 40 random bits, the store draws again when it is taken.
func NewNumber() Number {
	var raw [8]byte
	rand.Read(raw[:]) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	for n, b := range raw {
		raw[n] = numberAlphabet[b&31]
	}
	return Number(raw[:4]) + "-" + Number(raw[4:])
}

// ParseNumber reads what somebody typed: letter case, spaces and the hyphen do not
// matter, and letters that are read for digits are those digits.
func ParseNumber(typed string) (Number, bool) {
	if len(typed) > 32 {
		return "", false
	}
	clean := strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1", "U", "V").Replace(strings.ToUpper(typed))
	if len(clean) != 8 {
		return "", false
	}
	n := Number(clean[:4] + "-" + clean[4:])
	return n, numberForm.MatchString(string(n))
}
