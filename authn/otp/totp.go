package otp

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"strings"
	"time"
)

// The profile that every authenticator app understands: SHA-1, six digits, 30
// seconds. RFC 6238 5.2; ASVS 5.0 6.5.5.
const (
	Digits = 6
	Period = 30 * time.Second
)

// SecretLength is that of new secrets, in bytes: 160 bits, as RFC 4226 4 (R6)
// recommends.
const SecretLength = 20

// NewSecret makes the secret of an authenticator.
func NewSecret() []byte {
	secret := make([]byte, SecretLength)
	rand.Read(secret)
	return secret
}

// Step is the number of the time step of now. RFC 6238 4.2.
func Step(now time.Time) int64 {
	seconds := now.Unix()
	period := int64(Period / time.Second)
	if seconds < 0 {
		return -1 // before 1970 there are no codes
	}
	return seconds / period
}

// Generate is the code of the present step.
func Generate(secret []byte, now time.Time) string {
	return HOTP(secret, uint64(max(Step(now), 0)))
}

// Verify looks for the code in the steps around now, skew on each side (1 is
// usual: RFC 6238 5.2; at most 10). It returns the step that fits; the caller
// must accept each step of an account once only (RFC 6238 5.2) and refuse steps
// before the last one accepted. The time taken does not depend on code or secret.
func Verify(secret []byte, code string, now time.Time, skew int) (step int64, ok bool) {
	if len(secret) < 16 || len(code) != Digits { // 128 bits at least: RFC 4226 4 (R6)
		return 0, false
	}
	skew = min(max(skew, 0), 10)
	found := 0
	for s := Step(now) - int64(skew); s <= Step(now)+int64(skew); s++ {
		same := subtle.ConstantTimeCompare([]byte(HOTP(secret, uint64(max(s, 0)))), []byte(code))
		if s < 0 {
			same = 0
		}
		// The first that fits; no early end.
		first := same &^ found
		step += int64(first) * s
		found |= same
	}
	return step, found == 1
}

// EncodeSecret writes a secret as people type it: base32 without padding.
func EncodeSecret(secret []byte) string { return encoding().EncodeToString(secret) }

// ErrSecret is returned for texts that are no secret; it does not repeat them.
var ErrSecret = errors.New("otp: not a base32 secret of 16 to 64 bytes")

// DecodeSecret reads what EncodeSecret wrote, with lower case, spaces and padding
// as apps and people add them.
func DecodeSecret(text string) ([]byte, error) {
	if len(text) > 256 {
		return nil, ErrSecret
	}
	text = strings.TrimRight(strings.ToUpper(strings.ReplaceAll(text, " ", "")), "=")
	secret, err := encoding().DecodeString(text)
	if err != nil || len(secret) < 16 || len(secret) > 64 || EncodeSecret(secret) != text {
		return nil, ErrSecret
	}
	return secret, nil
}

func encoding() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }
