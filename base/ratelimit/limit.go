// Package ratelimit bounds how often something may be done, with the generic
// cell rate algorithm: per key one number is stored, the theoretical arrival
// time of the next event (TAT). A limit refills evenly, has no window edges, and
// needs one statement per event.
//
// The package owns the arithmetic and the making of keys: what a key is made of
// (address, account, number) is MACed, so the table holds no address in clear.
// The products own their tables of limits; db/shareddb owns the rows.
package ratelimit

import (
	"context"
	"time"
)

// Limit allows Burst events at once and Burst events per Per in the long run.
type Limit struct {
	Name  string // stable name for configuration, audit and metrics, "login.address"
	Burst int
	Per   time.Duration
}

// Store keeps one TAT per key. db/shareddb implements it with Limit.Interval and
// Limit.Per in one statement; Next is the reference.
type Store interface {
	// Take counts one event. It returns 0 when the event is within the limit and
	// otherwise, leaving the row as it was, the time until one will be.
	Take(ctx context.Context, key string, l Limit, now time.Time) (retryAfter time.Duration, err error)
	// Look tells what Take would answer, and counts nothing.
	Look(ctx context.Context, key string, l Limit, now time.Time) (retryAfter time.Duration, err error)
}
