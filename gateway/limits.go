package gateway

import (
	"context"
	"net/http"
	"time"

	"atrio/base/ratelimit"
	"atrio/web"
)

// searchLimit bounds how many people one clerk looks at, on all nodes: more than a busy
// day at the telephone, fewer than somebody who copies the register.
func searchLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "desk.search", Burst: 60, Per: time.Hour}
}

// limits are the guards of the gateway.
type limits struct {
	starts, posts web.Guard
	// answers counts the answer of a provider that a browser brings.
	answers func(r *http.Request) error
	code    func(ctx context.Context, address string) error
	search  func(ctx context.Context, clerk string) error
}

// newLimits makes the guards. Starts, answers and posts are counted in the memory of the
// node: they protect the node, and a row for each would cost every login a commit.
// Codes are counted in the database: they protect somebody's mailbox.
func newLimits(c LimitsConfig, d Deps) limits {
	node := &ratelimit.Limiter{Store: ratelimit.NewMemory(), Keyring: d.Site.Keyring, Now: d.Now}
	codes, answers := c.Code(), c.Answer()
	return limits{
		starts: web.PerAddress(node, c.Start()), posts: web.PerAddress(node, c.Post()),
		answers: func(r *http.Request) error {
			return node.Allow(r.Context(), answers, web.ClientNetwork(web.ClientAddr(r)))
		},
		search: func(ctx context.Context, clerk string) error { return d.Limiter.Allow(ctx, searchLimit(), clerk) },
		code:   func(ctx context.Context, address string) error { return d.Limiter.Allow(ctx, codes, address) },
	}
}
