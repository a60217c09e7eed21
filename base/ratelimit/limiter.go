package ratelimit

import (
	"context"
	"encoding/base64"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
)

// Limiter answers whether something may be done once more.
type Limiter struct {
	Store   Store
	Keyring *seal.Keyring
	Now     func() time.Time
}

// ErrTooMany is what Allow answers beyond a limit, with RetryAfter and with the
// limit's name in the audit reason.
var ErrTooMany = fault.New(fault.TooMany, "error.too_many")

// Allow counts one event under the limit, for the key given by its parts (an
// address, an account id). Beyond the limit it returns ErrTooMany; any other
// error means that nothing could be counted, and the caller must refuse as well.
func (l *Limiter) Allow(ctx context.Context, limit Limit, key ...string) error {
	wait, err := l.Store.Take(ctx, l.key(limit, key), limit, l.Now())
	return refuse(limit, wait, err)
}

// Admits is Allow without counting: for what is counted only when it fails.
func (l *Limiter) Admits(ctx context.Context, limit Limit, key ...string) error {
	wait, err := l.Store.Look(ctx, l.key(limit, key), limit, l.Now())
	return refuse(limit, wait, err)
}

func refuse(limit Limit, wait time.Duration, err error) error {
	if err != nil {
		return err
	}
	if wait > 0 {
		return ErrTooMany.Retry(roundUp(wait)).For("limit." + limit.Name)
	}
	return nil
}

// key hides what is counted; the name stays readable for operators. 128 bits are
// ample: a collision would only share a limit.
func (l *Limiter) key(limit Limit, parts []string) string {
	mac := l.Keyring.MAC("ratelimit."+limit.Name, parts...)
	return limit.Name + ":" + base64.RawURLEncoding.EncodeToString(mac[:16])
}

// roundUp gives whole seconds, as Retry-After has them. RFC 9110 10.2.3.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}
