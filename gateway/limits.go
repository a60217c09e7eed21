package gateway

import (
	"context"
	"net/http"
	"time"

	"atrio/base/ratelimit"
	"atrio/web"
)

// startLimit bounds, per client address and node, a flood of signed requests towards
// providers; wide, since whole campuses share an address.
func startLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "spid.start", Burst: 600, Per: time.Minute}
}

// answerLimit bounds, per client address and node, a flood of answers of providers: each
// may cost the check of a signature, about a millisecond, and one that nobody waits for
// a line in the audit log. A whole university may stand behind one address. In a minute
// no more people leave from there than startLimit lets go; they stay at a provider for up
// to about five minutes; and when one that hung goes on, they all come back in the same
// minute. So an address has five times its departures, 3,000: a tenth of a core at most.
func answerLimit(starts ratelimit.Limit) ratelimit.Limit {
	return ratelimit.Limit{Name: "door.answer", Burst: 5 * starts.Burst, Per: time.Minute}
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
	codes, answers := c.code(), c.answer()
	return limits{
		starts: web.PerAddress(node, c.start()), posts: web.PerAddress(node, c.post()),
		answers: func(r *http.Request) error {
			return node.Allow(r.Context(), answers, web.ClientNetwork(web.ClientAddr(r)))
		},
		search: func(ctx context.Context, clerk string) error { return d.Limiter.Allow(ctx, searchLimit(), clerk) },
		code:   func(ctx context.Context, address string) error { return d.Limiter.Allow(ctx, codes, address) },
	}
}
