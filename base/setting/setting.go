// Package setting has the value types of configuration that TOML lacks:
// durations with days, and secrets that never print themselves.
//
// Each product declares its own Config with these types; reading the file and
// the environment is app/config's matter.
package setting

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time written as text: "30m", "12h", "90d".
type Duration time.Duration

// Day is the longest unit of a Duration; calendar months do not exist here.
const Day = 24 * time.Hour

// ParseDuration reads Go's form ("1h30m") or a whole number of days ("90d").
func ParseDuration(text string) (Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return 0, fmt.Errorf("%q is not a number of days", text)
		}
		return Duration(time.Duration(n) * Day), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a duration; write for example \"30m\", \"12h\" or \"90d\"", text)
	}
	return Duration(d), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil {
		*d = v
	}
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String writes the shortest form that ParseDuration reads back.
func (d Duration) String() string {
	v := time.Duration(d)
	if v > 0 && v%Day == 0 {
		return strconv.Itoa(int(v/Day)) + "d"
	}
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Std is the duration in the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Or is d, or the default when d is zero.
func (d Duration) Or(def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return time.Duration(d)
}

// Secret is a text that shows itself only through Reveal.
type Secret string

// Reveal gives the secret to the code that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret in every format verb.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[hidden]"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// MarshalText hides the secret in JSON and TOML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
