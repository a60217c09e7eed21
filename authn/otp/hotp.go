// Package otp makes and checks one-time codes: the time-based ones of
// authenticator apps, and random ones that are sent.
//
// It owns the arithmetic. It does not remember anything: that a step or a code is
// used once, and how many tries there were, are rows of the products (a TOTP step
// is consumed per account with shareddb.Consume; SP 800-63B-4 3.1.4.2).
package otp

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash"
)

// code is HOTP with a hash of choice. RFC 4226 5.3, RFC 6238 1.2.
func code(newHash func() hash.Hash, secret []byte, counter uint64, digits int) string {
	mac := hmac.New(newHash, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	// Dynamic truncation: RFC 4226 5.3 step 2.
	offset := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	modulus := uint32(1)
	for range digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", digits, number%modulus)
}

// HOTP is the six-digit code of a counter, with SHA-1. RFC 4226 5.3.
func HOTP(secret []byte, counter uint64) string { return code(sha1.New, secret, counter, Digits) }
