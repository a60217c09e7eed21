package ratelimit

import "time"

// Bucket is one limit applied to one key, for a product that counts in a transaction
// of its own. Keys are MACed: no address, account or number stands in the table.
type Bucket struct {
	Key   string
	Limit Limit
}

// Bucket makes the bucket of a limit from what it is counted by. It is the one that
// Allow takes from.
func (l *Limiter) Bucket(limit Limit, parts ...string) Bucket {
	return Bucket{Key: l.key(limit, parts), Limit: limit}
}

// Left is how many events the limit still tolerates at now, given its stored arrival
// time.
func (l Limit) Left(tat, now time.Time) int {
	for n := range l.Burst {
		next, wait := l.Next(tat, now)
		if wait > 0 {
			return n
		}
		tat = next
	}
	return l.Burst
}
