package services

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
)

// NewSecret draws the secret of a service: 256 random bits in characters that
// need no encoding in a header or a form.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// HashSecret is what the register keeps of a secret. One round of SHA-256 is
// enough because NewSecret draws 256 bits: there is nothing to guess, and a slow
// hash would only slow down the token endpoint.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// SecretMatches compares a presented secret with a hash in constant time.
func SecretMatches(hash, presented string) bool {
	return subtle.ConstantTimeCompare([]byte(hash), []byte(HashSecret(presented))) == 1
}
