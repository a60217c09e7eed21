package secondfactor

import (
	"crypto/rand"
	"strings"
)

// RecoveryCodes is how many codes a list has.
const RecoveryCodes = 10

// recoveryAlphabet has 32 characters that nobody confuses: no I, L, O, U.
const recoveryAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// recoveryLength is that of a code in characters: 60 bits, of which nothing can be
// guessed within the tries that are allowed. ASVS 6.5.4
const recoveryLength = 12

// NewRecoveryCodes draws a list, each "ABCD-2345-WXYZ".
func NewRecoveryCodes() []string {
	list := make([]string, RecoveryCodes)
	for i := range list {
		var b [recoveryLength]byte
		rand.Read(b[:])
		for n := range b {
			b[n] = recoveryAlphabet[b[n]&31] // 256 is a multiple of 32: each is as likely
		}
		list[i] = string(b[0:4]) + "-" + string(b[4:8]) + "-" + string(b[8:12])
	}
	return list
}

// ReadRecoveryCode gives the plain form of a typed code, "" for what is none. Lower
// case, spaces and hyphens do not matter, nor letters that look like a digit.
func ReadRecoveryCode(typed string) string {
	if len(typed) > 64 {
		return ""
	}
	plain := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	if len(plain) != recoveryLength {
		return ""
	}
	for _, c := range plain {
		if !strings.ContainsRune(recoveryAlphabet, c) {
			return ""
		}
	}
	return plain
}
