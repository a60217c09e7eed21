package ledgerkey

import (
	"context"
	"time"
)

// DestroyOld is the last deletion of Purge, so that a test can end it before the scrub.
func (k *Keys) DestroyOld(ctx context.Context, until, now time.Time) error {
	return k.destroyOld(ctx, until, now)
}

// ScrubFor scrubs for one request.
func (k *Keys) ScrubFor(ctx context.Context, table, token string) error {
	return k.scrub(ctx, scrub{table, token})
}
