package gateway_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/web"
	"atrio/web/webtest"
)

// house is a gateway of one or more nodes, whose people's requests go to each in turn.
type house struct {
	*stage
	nodes []string // base URLs
}

// eachHouse runs fn with one node on SQLite and with two nodes, which share the keys and
// the clock and nothing else in memory, on PostgreSQL.
func eachHouse(t *testing.T, change func(*stage, *gateway.Deps), fn func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		var deps gateway.Deps
		h := &house{stage: newStageWith(t, d, func(s *stage, d *gateway.Deps) {
			s.config.Limits.PostsPerMinute = 100_000 // everybody here has one address
			if change != nil {
				change(s, d)
			}
			deps = *d
		})}
		h.nodes = []string{h.url}
		if d.Dialect() == db.Postgres {
			h.nodes = append(h.nodes, h.second(dbtest.Open(t, rawURL), deps))
		}
		fn(t, h)
	}, modules()...)
}

// second starts another node on a database handle of its own.
func (h *house) second(d *db.DB, deps gateway.Deps) string {
	h.t.Helper()
	return webtest.Serve(h.t, func(base string) http.Handler {
		site := webtest.NewSite(h.t, "gateway", base, h.clock.Now, gateway.Pages()...)
		shared := &shareddb.Store{DB: d}
		site.Keyring, site.Layout, site.CrossOriginPOST, site.Refused = deps.Site.Keyring, gateway.Layout, gateway.CrossOriginPOST(), h.refused
		site.Sessions = &web.Sessions{Store: shared, Role: "gateway", Now: h.clock.Now, Idle: 30 * time.Minute, Absolute: 12 * time.Hour}
		deps.Site, deps.Store, deps.History = site, gatewaydb.NewStore(d, site.Keyring), shared
		deps.Limiter = &ratelimit.Limiter{Store: shared, Keyring: site.Keyring, Now: h.clock.Now}
		g, err := gateway.New(h.config, deps)
		if err != nil {
			h.t.Fatal(err)
		}
		return site.Handler(g.Mounts()...)
	})
}

// copyOf is another browser with the cookies that b has now.
func (h *house) copyOf(b *webtest.Client) *webtest.Client {
	h.t.Helper()
	u, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	c := webtest.New(h.t)
	c.NoRedirect = true
	c.Header.Set("Accept-Language", "it")
	c.HTTP.Jar.SetCookies(u, b.HTTP.Jar.Cookies(u)) // of every port of this machine
	return c
}

// together posts a form to a path from every browser at the same instant.
func (h *house) together(path string, forms []url.Values, from ...*webtest.Client) []*page {
	h.t.Helper()
	got := make([]*page, len(from))
	errs := make([]error, len(from))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, c := range from {
		all.Go(func() {
			<-start
			got[i], errs[i] = c.Do(http.MethodPost, h.nodes[i%len(h.nodes)]+path, forms[i%len(forms)], nil)
		})
	}
	close(start)
	all.Wait()
	for _, err := range errs {
		if err != nil {
			h.t.Fatal(err)
		}
	}
	return got
}

// copies are n browsers with the cookies that b has now.
func (h *house) copies(b *webtest.Client, n int) (list []*webtest.Client) {
	for range n {
		list = append(list, h.copyOf(b))
	}
	return list
}
