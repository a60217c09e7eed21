package plant

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/base/ratelimit"
)

// What one address may leave in the audit log by being refused: anonymous
// requests must not be able to fill the disk. Beyond it refusals are counted in
// the metrics only, and one line in ten minutes says that this happened.
func refusalLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "audit.refusals", Burst: 3000, Per: 10 * time.Minute}
}

func refusalNotice() ratelimit.Limit {
	return ratelimit.Limit{Name: "audit.flood", Burst: 1, Per: 10 * time.Minute}
}

// refusals writes what web.Site refuses to the audit log, within the limits.
func (g *Ground) refusals(limit ratelimit.Limit) func(ctx context.Context, ev audit.Event) {
	limiter := &ratelimit.Limiter{Store: ratelimit.NewMemory(), Keyring: g.ring, Now: g.Now}
	return func(ctx context.Context, ev audit.Event) {
		g.Metrics.refusal(ev)
		g.tally.refusal(ev)
		if limiter.Allow(ctx, limit, ev.Address) == nil {
			g.refused.Refuse(ev)
			return
		}
		g.Metrics.suppressed.WithLabelValues(g.Role).Inc()
		if limiter.Allow(ctx, refusalNotice(), ev.Address) == nil {
			g.refused.Refuse(audit.Event{
				At: ev.At, Role: ev.Role, Action: audit.RequestFailed, Outcome: audit.Refused, Reason: "refusals_suppressed",
				Reference: ev.Reference, Address: ev.Address,
			})
		}
	}
}
