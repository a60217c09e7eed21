package account

import (
	"crypto/rand"
	"fmt"
	"math/big"

	"atrio/base/fault"
)

// Code is a Codice Persona: 8 to 10 decimal digits of which the last is a check
// digit by the algorithm of H. Michael Damm (2004).
//
// Damm was chosen because it finds every single wrong digit and every exchange of
// two neighbours, the two errors that people make when they copy a number, and
// needs only the ten digits. Luhn misses 09 for 90, and ISO/IEC 7064 MOD 11,10
// some exchanges too (a test of this package found 09 and 90 after 23).
// The first digit is never 0: a spreadsheet would eat it.
type Code string

// The lengths a Codice Persona may have, and the default. // G3.5
const (
	MinDigits     = 8
	MaxDigits     = 10
	DefaultDigits = 9
)

// ParseCode reads a Codice Persona as a person types it: spaces are dropped. The check
// digit has to fit.
func ParseCode(s string) (Code, error) {
	code, err := ReadCode(s)
	if err != nil || !code.Checks() {
		return "", errCode
	}
	return code, nil
}

var errCode = fault.New(fault.Invalid, "error.person_code")

// Checks tells whether the last digit is the check digit. That of a code which was given
// before this program came need not be one. // G3.5
func (c Code) Checks() bool {
	n := len(c)
	return n > 0 && c[n-1] == checkDigit([]byte(c[:n-1]))
}

// ReadCode reads what may be a Codice Persona of this program, or one that was imported:
// the digits are not checked against each other.
func ReadCode(s string) (Code, error) {
	digits := make([]byte, 0, MaxDigits)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
		case c >= '0' && c <= '9' && len(digits) < MaxDigits:
			digits = append(digits, c)
		default:
			return "", errCode
		}
	}
	if len(digits) < MinDigits || digits[0] == '0' {
		return "", errCode
	}
	return Code(digits), nil
}

// NewCode draws a random code of the given length from the system's source of
// randomness, every code with the same probability. Whether it is free is
// decided by the store, where a code once given stays for ever.
func NewCode(digits int) (Code, error) {
	if digits < MinDigits || digits > MaxDigits {
		return "", fmt.Errorf("codice persona of %d digits: want %d to %d", digits, MinDigits, MaxDigits)
	}
	n, err := rand.Int(rand.Reader, big.NewInt(Capacity(digits)))
	if err != nil {
		return "", fmt.Errorf("draw codice persona: %w", err)
	}
	// The lowest payload is 10…0, so that the first digit is 1 to 9.
	payload := []byte(n.Add(n, big.NewInt(Capacity(digits)/9)).String())
	return Code(append(payload, checkDigit(payload))), nil
}

// Capacity is how many codes of a length exist: the first digit has nine values,
// the check digit is not free.
func Capacity(digits int) int64 {
	c := int64(9)
	for range digits - 2 {
		c *= 10
	}
	return c
}

// Crowded is the share of given codes from which on a typing error that survives
// the check digit too often names another person; `atrio check` warns there. // G3.5
const Crowded = 0.10

// Occupancy is the share of codes of a length that are given away, 0 to 1.
func Occupancy(digits int, assigned int64) float64 {
	return float64(assigned) / float64(Capacity(digits))
}

// checkDigit computes the check digit: the interim digit after the last step
// through the table, which has zeros on its diagonal. The whole code then ends in
// the interim digit 0.
func checkDigit(payload []byte) byte {
	interim := byte(0)
	for _, c := range payload {
		interim = dammTable[interim][c-'0'] - '0'
	}
	return '0' + interim
}

// dammTable is the totally anti-symmetric quasigroup of order 10 of Damm's thesis.
var dammTable = [10]string{
	"0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
	"3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
}
