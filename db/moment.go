package db

import "time"

// Micros is the stored form of a time: microseconds since 1970 in UTC. The zero
// time is 0, so that "not yet" needs no NULL where a column forbids it.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros reads a stored time, in UTC; 0 is the zero time.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
