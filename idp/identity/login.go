package identity

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// MaxUserID is the longest User ID in bytes (RFC 5321 4.5.3.1.3, path without
// its angle brackets).
const MaxUserID = 254

// Login gives the form in which a typed User ID is stored and looked up: NFKC,
// without spaces around it, lower case. Two people cannot hold addresses that
// differ in case only.
func Login(typed string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(typed)))
}

// Answer is the form in which answers to security questions are hashed and compared: NFKC,
// small letters, one blank between words. // E23
func Answer(typed string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(typed))), " ")
}
