package ratelimit

import "time"

// Interval is the time that one event uses up: Per / Burst, in whole
// microseconds (the precision of the store), at least one.
func (l Limit) Interval() time.Duration {
	if l.Burst < 1 {
		return l.Per
	}
	return max((l.Per / time.Duration(l.Burst)).Truncate(time.Microsecond), time.Microsecond)
}

// Next is the algorithm: given the stored TAT (zero for a new key) and the time,
// it returns the new TAT and 0, or the old one and how long to wait.
//
//	start = clamp(tat, now, now+Per)    // now+Per is passed only if the clock went back
//	next  = start + Interval
//	allow if next <= now + Per
//
// A limit without burst or period allows nothing, and says to wait Per.
func (l Limit) Next(tat, now time.Time) (next time.Time, retryAfter time.Duration) {
	if l.Burst < 1 || l.Per <= 0 {
		return tat, max(l.Per, time.Second)
	}
	start := tat
	if start.Before(now) {
		start = now
	}
	if end := now.Add(l.Per); start.After(end) {
		start = end
	}
	next = start.Add(l.Interval())
	if wait := next.Sub(now.Add(l.Per)); wait > 0 {
		return tat, wait
	}
	return next, 0
}
