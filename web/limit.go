package web

import (
	"net/http"
	"net/netip"

	"atrio/base/ratelimit"
)

// PerAddress is the guard that counts requests of one client address; of IPv6
// the network that one customer has. Beyond the limit the visitor gets the page
// of error.too_many with the time to wait.
func PerAddress(l *ratelimit.Limiter, limit ratelimit.Limit) Guard {
	return func(next HandlerFunc) HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			if err := l.Allow(r.Context(), limit, ClientNetwork(ClientAddr(r))); err != nil {
				return err
			}
			return next(w, r)
		}
	}
}

// ClientNetwork is what limits count by: the address, of IPv6 its /64, which is
// what one customer has at the least.
func ClientNetwork(a netip.Addr) string {
	if !a.Is6() || a.Is4In6() {
		return a.Unmap().String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
