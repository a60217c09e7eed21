package gateway

import (
	"context"
	"time"

	"atrio/base/ratelimit"
	"atrio/web"
)

// startLimit bounds, per client address and node, a flood of signed requests towards
// providers; wide, since whole campuses share an address.
func startLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "spid.start", Burst: 600, Per: time.Minute}
}

// postLimit bounds, per client address and node, a flood of form posts.
func postLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "form.post", Burst: 300, Per: time.Minute}
}

// codeLimit bounds, per mail address and per asserted person, on all nodes, mail
// bombing and the guessing of contact codes, five tries for each.
func codeLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "contact.code", Burst: 5, Per: time.Hour}
}

// limits are the guards of the gateway.
type limits struct {
	starts, posts web.Guard
	code          func(ctx context.Context, address string) error
}

// newLimits makes the guards. Starts and posts are counted in the memory of the
// node: they protect the node, and a row for each would cost every login a commit.
// Codes are counted in the database: they protect somebody's mailbox.
func newLimits(c LimitsConfig, d Deps) limits {
	node := &ratelimit.Limiter{Store: ratelimit.NewMemory(), Keyring: d.Site.Keyring, Now: d.Now}
	codes := c.code()
	return limits{
		starts: web.PerAddress(node, c.start()), posts: web.PerAddress(node, c.post()),
		code: func(ctx context.Context, address string) error { return d.Limiter.Allow(ctx, codes, address) },
	}
}
