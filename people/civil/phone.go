package civil

import (
	"regexp"
	"strings"
)

// e164 is a number with the prefix of its country. ITU-T E.164 6
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// italianMobile are mobile numbers of Italy, as most people write them.
var italianMobile = regexp.MustCompile(`^\+393[0-9]{8,9}$`)

// Phone writes a number in E.164 form: without a prefix it is of Italy.
func Phone(typed string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \u00a0-./()", r) {
			return -1
		}
		return r
	}, typed)
	switch {
	case strings.HasPrefix(digits, "00"):
		digits = "+" + digits[2:]
	case !strings.HasPrefix(digits, "+"):
		digits = "+39" + digits
	}
	if strings.HasPrefix(digits, "+393") {
		return digits, italianMobile.MatchString(digits)
	}
	return digits, e164.MatchString(digits)
}
