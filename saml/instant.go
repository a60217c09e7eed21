package saml

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

// Instant is a point in time as it stands in a message; "" when absent.
type Instant string

var errInstant = errors.New("saml: not a UTC instant")

// At writes an instant in UTC with milliseconds (SAML-core 1.3.3 asks not to rely
// on finer ones).
func At(t time.Time) Instant {
	return Instant(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// Time reads the instant. It wants the full form of xs:dateTime with seconds,
// optional fraction of at most nine digits, and a zone: "Z" as SAML-core 1.3.3
// demands, or a numeric offset, which some providers send and which is no less clear.
func (i Instant) Time() (time.Time, error) {
	s := string(i)
	if len(s) < len("2006-01-02T15:04:05Z") || len(s) > len("2006-01-02T15:04:05.000000000+00:00") {
		return time.Time{}, errInstant
	}
	const shape = "0000-00-00T00:00:00"
	for at := range len(shape) {
		if digit := s[at] >= '0' && s[at] <= '9'; digit != (shape[at] == '0') || !digit && s[at] != shape[at] {
			return time.Time{}, errInstant
		}
	}
	if s[len(shape)] == ',' || fractionDigits(s[len(shape):]) > 9 {
		return time.Time{}, errInstant
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, errInstant
	}
	return t.UTC(), nil
}

// fractionDigits counts the digits behind the point with which rest may begin.
func fractionDigits(rest string) int {
	if rest[0] != '.' {
		return 0
	}
	digits := strings.TrimLeft(rest[1:], "0123456789")
	return len(rest) - 1 - len(digits)
}

// NewID makes an identifier of 160 random bits that is also an XML name
// (SAML-core 1.3.4: at least 128 bits).
func NewID() string {
	var raw [20]byte
	_, _ = rand.Read(raw[:]) // never fails: the program dies instead
	return "_" + hex.EncodeToString(raw[:])
}

// Bool is an xs:boolean as it stands in a message; "" when absent.
type Bool string

// True is the form in which we write a true value.
const True Bool = "true"

// IsTrue reports whether the value says true.
func (b Bool) IsTrue() bool { return b == "true" || b == "1" }

// Valid reports whether the value is absent or one of the four forms.
func (b Bool) Valid() bool {
	return b == "" || b == "true" || b == "false" || b == "1" || b == "0"
}
