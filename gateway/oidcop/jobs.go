package oidcop

import (
	"context"
	"time"

	"atrio/base/jobs"
)

// Jobs deletes grants whose last token has expired. Tokens live by the wall
// clock, so the calendar's now is not asked.
func (p *Provider) Jobs() []jobs.Job {
	return []jobs.Job{{
		Name: "gateway.oidc.purge", Every: 10 * time.Minute,
		Run: func(ctx context.Context, _ time.Time) error {
			now := p.Clock()
			_, err := p.Store.PurgeGrants(ctx, now.Add(-leeway), now)
			return err
		},
	}}
}
