// Package authorities reaches the authorities of signatures over the network: responders
// (OCSP) and lists of revoked certificates (CRL). It is the revocation.Fetcher of a
// running program.
//
// The addresses stand in certificates, which a listed authority issued and somebody
// uploaded: nothing inside is reached through them. Addresses of the machine and of
// private networks are refused when the connection is made, after names are resolved,
// unless Options name them; no redirect is followed, no cookie used, time and size are
// bounded. A proxy is used only where Options name one: it resolves the names then, and
// has to refuse the networks inside itself.
package authorities

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrRefused says that an address is one of those that are never reached.
var ErrRefused = errors.New("authorities: an address that is not public")

// Bounds of what is fetched, and how long a list is used without asking again.
const (
	timeout = 10 * time.Second
	maxOCSP = 64 << 10
	maxCRL  = 32 << 20
	keep    = 10 * time.Minute
	lists   = 8
)

// Client fetches. Make one with New.
type Client struct {
	http    *http.Client
	options Options
	now     func() time.Time
	mu      sync.Mutex
	cache   map[string]kept
}

// kept is a list that was fetched a short while ago; it is verified at each use.
type kept struct {
	data []byte
	at   time.Time
}

// Options say what installations differ in.
type Options struct {
	// Networks may be reached although they are not public: of the demonstration and of
	// tests, or where an authority stands inside.
	Networks []netip.Prefix
	// Proxy is asked instead of the authorities; nil for none.
	Proxy *url.URL
	// Timeout bounds one question; ten seconds when zero.
	Timeout time.Duration
}

// admits says whether an address may be reached.
func (o Options) admits(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return public(a) || slices.ContainsFunc(o.Networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// New makes a client.
func New(o Options, now func() time.Time) *Client {
	o.Timeout = cmp.Or(o.Timeout, timeout)
	dialer := &net.Dialer{Timeout: o.Timeout}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10, TLSHandshakeTimeout: o.Timeout}
	if o.Proxy != nil {
		transport.Proxy = http.ProxyURL(o.Proxy)
	} else {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			if a, err := netip.ParseAddrPort(address); err != nil || !o.admits(a.Addr()) {
				return ErrRefused
			}
			return nil
		}
	}
	return &Client{
		http: &http.Client{
			Timeout: o.Timeout, Transport: transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		options: o, now: now, cache: map[string]kept{},
	}
}

// shared are networks that are neither private by name nor anybody's in public:
// carriers' own, documentation, benchmarks, sites of old, and the ways from IPv6 into IPv4.
var shared = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20", "fec0::/10",
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// public says whether an address is one of the open network.
func public(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range shared {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// OCSP implements revocation.Fetcher (RFC 6960 A.1).
func (c *Client) OCSP(ctx context.Context, address string, request []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(request))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/ocsp-request")
	return c.do(r, maxOCSP)
}

// CRL implements revocation.Fetcher.
func (c *Client) CRL(ctx context.Context, address string) ([]byte, error) {
	if data := c.recent(address); data != nil {
		return data, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	data, err := c.do(r, maxCRL)
	if err != nil {
		return nil, err
	}
	c.keep(address, data)
	return data, nil
}

// asks tells whether a host may be asked for. With a proxy no connection of ours says where
// it leads: what is written as an address, or names the machine, is looked at here. A last
// label that begins with a digit is an address in a form of old ("127.1", "0x7f.0.0.1"),
// which some resolvers read.
func (c *Client) asks(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return c.options.admits(a)
	}
	if c.options.Proxy == nil {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last != host && last != "" && last != "localhost" && (last[0] < '0' || last[0] > '9')
}

func (c *Client) do(r *http.Request, limit int64) ([]byte, error) {
	if !c.asks(r.URL.Hostname()) {
		return nil, ErrRefused
	}
	r.Header.Set("User-Agent", "atrio")
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("authorities: status %d", answer.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, errors.New("authorities: an answer longer than allowed")
	}
	return data, nil
}

// recent gives a list that was fetched a short while ago, nil if there is none.
func (c *Client) recent(address string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.cache[address]
	if age := c.now().Sub(k.at); !ok || age < 0 || age > keep {
		delete(c.cache, address)
		return nil
	}
	return k.data
}

// keep keeps a list; the oldest makes room.
func (c *Client) keep(address string, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cache) >= lists {
		oldest := ""
		for a, k := range c.cache {
			if oldest == "" || k.at.Before(c.cache[oldest].at) {
				oldest = a
			}
		}
		delete(c.cache, oldest)
	}
	c.cache[address] = kept{data, c.now()}
}
