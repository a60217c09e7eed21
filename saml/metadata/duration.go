package metadata

import (
	"strconv"
	"strings"
	"time"
)

// maxDuration is the longest cacheDuration that means anything here; longer ones are cut.
const maxDuration = 366 * 24 * time.Hour

// cacheDuration reads how long a description may be kept without looking for a newer
// one (SAML-metadata 2.3.1, 2.3.2); zero when the element does not say.
func cacheDuration(present bool, text string) (time.Duration, error) {
	if !present {
		return 0, nil
	}
	d, ok := parseDuration(strings.TrimSpace(text))
	if !ok {
		return 0, fail("metadata_cache_duration", "cacheDuration is not a duration")
	}
	return d, nil
}

// parseDuration reads an xs:duration that is not negative: P1DT12H, PT90M. A year counts
// 365 days and a month 30: the value says when to look again, not when something ends.
func parseDuration(s string) (time.Duration, bool) {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" || len(s) > 64 {
		return 0, false
	}
	days, clock, hasClock := strings.Cut(rest, "T")
	if hasClock && clock == "" {
		return 0, false
	}
	const day = 24 * time.Hour
	first, ok := sumUnits(days, "YMD", []time.Duration{365 * day, 30 * day, day})
	if !ok {
		return 0, false
	}
	second, ok := sumUnits(clock, "HMS", []time.Duration{time.Hour, time.Minute, time.Second})
	if !ok {
		return 0, false
	}
	return min(first+second, maxDuration), true
}

// sumUnits adds up numbers with their unit, each unit at most once and in order. A
// fraction is allowed before S alone and is dropped.
func sumUnits(s, units string, worth []time.Duration) (time.Duration, bool) {
	var sum time.Duration
	for s != "" {
		end := strings.IndexAny(s, units)
		if end < 1 {
			return 0, false
		}
		number, unit := s[:end], strings.IndexByte(units, s[end])
		if whole, fraction, has := strings.Cut(number, "."); has && s[end] == 'S' && digits(fraction) {
			number = whole
		}
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil || !digits(number) {
			return 0, false
		}
		sum += min(time.Duration(n), maxDuration/worth[unit]+1) * worth[unit]
		s, units, worth = s[end+1:], units[unit+1:], worth[unit+1:]
	}
	return min(sum, maxDuration), true
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
