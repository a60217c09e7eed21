package apply

import (
	"context"
	"net/http"
	"strings"
	"time"

	"atrio/base/ratelimit"
	"atrio/web"
)

// Limits bound what one person may cost others. All are rows and hold on all nodes.
type Limits struct {
	// Mailbox is mails to one mailbox, Send mails that one network asks for; without the
	// work of a browser it is Idle. // E15
	Mailbox, Send, Idle ratelimit.Limit
	// LinkPassword is tries of a password at one link. // A04
	LinkPassword ratelimit.Limit
	// Shop is tries of the shop's passwords: of one customer, and of one network.
	ShopUser, ShopNetwork ratelimit.Limit
	// Request, Number, Network, Prefix and All bound codes by SMS: of a request, to a
	// number, from a network, to numbers that begin alike, and together. // A03, E26
	Request, Number, Network, Prefix, All ratelimit.Limit

	// Pause is the wait before another code, Valid how long one works, Tries how often
	// it may be tried. // E25, E26
	Pause, Valid time.Duration
	Tries        int
}

// DefaultLimits hold unless the configuration says others.
func DefaultLimits() Limits {
	const day = 24 * time.Hour
	return Limits{
		Mailbox:      ratelimit.Limit{Name: "enrol.mailbox", Burst: 5, Per: day},
		Send:         ratelimit.Limit{Name: "enrol.send", Burst: 100, Per: time.Hour},
		Idle:         ratelimit.Limit{Name: "enrol.send_idle", Burst: 10, Per: time.Hour},
		LinkPassword: ratelimit.Limit{Name: "enrol.link_password", Burst: 5, Per: day},
		ShopUser:     ratelimit.Limit{Name: "enrol.shop_user", Burst: 10, Per: time.Hour},
		ShopNetwork:  ratelimit.Limit{Name: "enrol.shop_network", Burst: 50, Per: time.Hour},
		Request:      ratelimit.Limit{Name: "enrol.sms.request", Burst: 5, Per: day},
		Number:       ratelimit.Limit{Name: "enrol.sms.number", Burst: 10, Per: day},
		Network:      ratelimit.Limit{Name: "enrol.sms.network", Burst: 30, Per: time.Hour},
		Prefix:       ratelimit.Limit{Name: "enrol.sms.prefix", Burst: 300, Per: 10 * time.Minute},
		All:          ratelimit.Limit{Name: "enrol.sms.all", Burst: 600, Per: 10 * time.Minute},
		Pause:        time.Minute, Valid: 5 * time.Minute, Tries: 5,
	}
}

// allowMail counts a mail that somebody asks for.
func (h *Handler) allowMail(ctx context.Context, r *http.Request, userID string, worked bool) error {
	limit := h.Limits.Idle
	if worked {
		limit = h.Limits.Send
	}
	if err := h.Limiter.Allow(ctx, limit, web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return err
	}
	return h.Limiter.Allow(ctx, h.Limits.Mailbox, mailbox(userID))
}

// mailbox is the form of an address by which mails are counted: what is behind a plus,
// and dots, reach the same mailbox at many providers. // A38
func mailbox(userID string) string {
	local, domain, _ := strings.Cut(userID, "@")
	bare, _, _ := strings.Cut(local, "+")
	return strings.ReplaceAll(bare, ".", "") + "@" + domain
}
