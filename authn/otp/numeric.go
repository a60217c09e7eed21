package otp

import (
	"crypto/rand"
	"crypto/subtle"
)

// NumericCode is a random code of n digits for a message; each code is equally
// likely. Six digits are enough, and only where the tries are limited to a few:
// ASVS 5.0 6.5.4.
func NumericCode(n int) string {
	digits := make([]byte, 0, n)
	var buffer [64]byte
	for {
		rand.Read(buffer[:])
		for _, b := range buffer {
			if len(digits) == n {
				return string(digits)
			}
			if b < 250 { // 250 = 25 × 10: the rest would favour 0 to 5
				digits = append(digits, '0'+b%10)
			}
		}
	}
}

// Equal compares two codes in a time that does not depend on their contents.
func Equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
