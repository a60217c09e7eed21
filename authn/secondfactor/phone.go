package secondfactor

import (
	"errors"
	"slices"
	"strings"
)

// Why a number gets no codes. None of the errors repeats the number.
var (
	// ErrNumber: it is no telephone number.
	ErrNumber = errors.New("secondfactor: not a telephone number")
	// ErrPrefix: codes are not sent there; premium and foreign numbers are a business
	// of fraudsters (SMS pumping) until the operator allows them.
	ErrPrefix = errors.New("secondfactor: not a number that codes are sent to")
)

// ItalianMobile is the prefix of mobile numbers in Italy.
const ItalianMobile = "+393"

// Lengths of a number in international form, digits without "+". E.164 6.2.1
const (
	minNumber = 8
	maxNumber = 15
)

// ParseNumber reads a mobile number as people write it and gives its international
// form, "+393331234567". A number without an international prefix is Italian. Allowed
// are the beginnings of numbers that codes are sent to; none means Italian mobiles.
func ParseNumber(typed string, allowed []string) (string, error) {
	if len(typed) > 40 {
		return "", ErrNumber
	}
	n := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -./()\u00a0", r) {
			return -1
		}
		return r
	}, typed)
	switch {
	case strings.HasPrefix(n, "00"):
		n = "+" + n[2:]
	case n != "" && n[0] != '+':
		n = "+39" + n
	}
	digits := strings.TrimPrefix(n, "+")
	if len(digits) < minNumber || len(digits) > maxNumber || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
		return "", ErrNumber
	}
	if len(allowed) == 0 {
		allowed = []string{ItalianMobile}
	}
	if !slices.ContainsFunc(allowed, func(p string) bool { return strings.HasPrefix(n, p) }) {
		return "", ErrPrefix
	}
	// Italian mobiles have nine or ten digits after +39.
	if strings.HasPrefix(n, ItalianMobile) && (len(digits) < 11 || len(digits) > 12) {
		return "", ErrNumber
	}
	return n, nil
}

// Masked shows enough of a number for its owner to recognise it.
func Masked(number string) string {
	if len(number) < 6 {
		return ""
	}
	return strings.Repeat("•", 6) + " " + number[len(number)-3:]
}
