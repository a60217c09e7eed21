package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"atrio/base/ratelimit"
	"atrio/web"
)

// Limits lists what the gateway bounds, per what, and why.
func Limits() ratelimit.Table {
	return ratelimit.Table{
		{Limit: startLimit(), Of: "client address, per node", Why: "a flood of signed requests towards providers; wide, since whole campuses share an address"},
		{Limit: postLimit(), Of: "client address, per node", Why: "a flood of form posts"},
		{Limit: codeLimit(), Of: "mail address, and asserted person, on all nodes", Why: "mail bombing; guessing of contact codes, five tries for each"},
	}
}

func startLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "spid.start", Burst: 600, Per: time.Minute}
}

func postLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "form.post", Burst: 300, Per: time.Minute}
}

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
	node := &ratelimit.Limiter{Store: newMemory(), Keyring: d.Site.Keyring, Now: d.Now}
	codes := c.code()
	return limits{
		starts: perAddress(node, c.start()), posts: perAddress(node, c.post()),
		code: func(ctx context.Context, address string) error { return d.Limiter.Allow(ctx, codes, address) },
	}
}

// perAddress is the guard that counts requests of one client address; of IPv6 the
// network that one customer has.
func perAddress(l *ratelimit.Limiter, limit ratelimit.Limit) web.Guard {
	return func(next web.HandlerFunc) web.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			if err := l.Allow(r.Context(), limit, network(web.ClientAddr(r))); err != nil {
				return err
			}
			return next(w, r)
		}
	}
}

func network(a netip.Addr) string {
	if !a.Is6() || a.Is4In6() {
		return a.Unmap().String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}

// memory keeps counts in the node. When it is full it forgets what is over; if
// nothing is, it forgets everything rather than turn people away.
type memory struct {
	mu  sync.Mutex
	tat map[string]time.Time
}

const memoryKeys = 100_000

func newMemory() *memory { return &memory{tat: map[string]time.Time{}} }

// Take counts one event. // ratelimit.Store
func (m *memory) Take(_ context.Context, key string, l ratelimit.Limit, now time.Time) (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.tat[key]; !known && len(m.tat) >= memoryKeys {
		m.sweep(now)
	}
	next, wait := l.Next(m.tat[key], now)
	m.tat[key] = next
	return wait, nil
}

func (m *memory) sweep(now time.Time) {
	for k, t := range m.tat {
		if t.Before(now) {
			delete(m.tat, k)
		}
	}
	if len(m.tat) >= memoryKeys {
		clear(m.tat)
	}
}
