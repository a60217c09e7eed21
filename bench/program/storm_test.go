package program

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"atrio/web/webtest"
)

// atOnce is the number of passwords in a storm.
const atOnce = 200

// BenchmarkStorm sends two hundred right passwords to the identity provider at
// once, while somebody uses the gateway's session; all roles run in one process,
// which is harder than DESIGN asks for. // DESIGN section 6
func BenchmarkStorm(b *testing.B) {
	dir := b.TempDir()
	p := demo(b, dir, "--config", wide(b, dir))
	c := p.anyone()
	p.measureStorms(b, c, func(s *storm) { s.atProvider(c) })
}

// BenchmarkMemberStorm does the same at the gateway: two hundred members with Codice
// Persona, password and app enter at once, each from an address of their own; who is let
// through with the password goes on to the code of the app.
func BenchmarkMemberStorm(b *testing.B) {
	p, members := withMembers(b, atOnce)
	p.measureStorms(b, p.anyone(), func(s *storm) { s.atGateway(members, p.advance("31s")) })
}

// measureStorms lets a citizen use the gateway's session, calmly and in each storm.
func (p *process) measureStorms(b *testing.B, c citizen, prepare func(*storm)) {
	p.firstEntry(c)
	visitor := browser(b)
	p.enterPortal(visitor, c, p.advance("31s"))
	authorize := p.authorizeURL(visitor)
	for b.Loop() {
		s := &storm{process: p}
		prepare(s)
		calm := p.hits(visitor, authorize, after(3*time.Second))
		done := make(chan struct{})
		began := time.Now()
		go func() { defer close(done); s.release() }()
		hits := p.hits(visitor, authorize, done)
		took := time.Since(began)
		b.ReportMetric(float64(s.entered), "entered")
		b.ReportMetric(float64(s.refused), "refused")
		b.ReportMetric(float64(s.other), "other-answers")
		b.ReportMetric(s.longest.Seconds(), "longest-s")
		b.ReportMetric(s.retryAfter.Seconds(), "retry-after-s")
		b.ReportMetric(float64(s.entered)/took.Seconds(), "entered/s")
		b.ReportMetric(p.status("VmHWM")-p.status("RssFile"), "peak-MB")
		b.ReportMetric(percentile(hits, 99), "sso-p99-ms")
		b.ReportMetric(percentile(hits, 50), "sso-p50-ms")
		b.ReportMetric(percentile(calm, 99), "calm-p99-ms")
		b.ReportMetric(float64(len(hits)), "sso-hits")
	}
}

// wide raises the bound on posts: all come from one address here.
func wide(b testing.TB, dir string) string {
	path := filepath.Join(dir, "overrides.toml")
	if err := os.WriteFile(path, []byte("[gateway.limits]\nposts_per_minute = 100000\nspid_starts_per_minute = 100000\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// authorizeURL is where the portal sends a visitor who is signed in at the gateway.
func (p *process) authorizeURL(visitor *webtest.Client) string {
	visitor.NoRedirect = true
	defer func() { visitor.NoRedirect = false }()
	return visitor.Get(p.at(2, "/login/start")).Expect(http.StatusSeeOther).Header.Get("Location")
}

// hits asks the gateway for codes from an open session, one after the other and
// every ten milliseconds, until done; it gives the times in ms.
func (p *process) hits(visitor *webtest.Client, address string, done <-chan struct{}) (took []float64) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	client := &http.Client{Jar: visitor.HTTP.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for {
		select {
		case <-done:
			return took
		case <-tick.C:
		}
		began := time.Now()
		res, err := client.Get(address)
		if err != nil {
			p.b.Fatal(err)
		}
		res.Body.Close()
		to, err := url.Parse(res.Header.Get("Location"))
		if err != nil || to.Query().Get("code") == "" {
			p.b.Fatal("no code: ", res.Status)
		}
		took = append(took, ms(time.Since(began)))
	}
}

func after(d time.Duration) <-chan struct{} {
	done := make(chan struct{})
	time.AfterFunc(d, func() { close(done) })
	return done
}

func percentile(list []float64, p int) float64 {
	if len(list) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(list))
	return s[min(len(s)-1, len(s)*p/100)]
}

// storm is everybody at once on the password page.
type storm struct {
	*process
	clients [atOnce]*http.Client
	forms   [atOnce]*webtest.Form
	// onward takes who was let through with the password to the end of the login; nil where
	// the password is all.
	onward func(i int, to string) error

	mu                      sync.Mutex
	entered, refused, other int
	longest, retryAfter     time.Duration
}

// atProvider opens the page of the identity provider in every browser, one after the other.
func (s *storm) atProvider(c citizen) {
	for i := range s.clients {
		b := webtest.New(s.b)
		s.clients[i] = b.HTTP
		s.clients[i].Transport = &http.Transport{}
		s.forms[i] = b.Get(s.at(1, "/account/login")).Expect(http.StatusOK).FormWith("password").
			Fill("username", c.Login, "password", c.Password)
	}
}

// atGateway opens the login page of the gateway in the browsers of members; now is the
// time there.
func (s *storm) atGateway(members []member, now time.Time) {
	browsers, began := [atOnce]*webtest.Client{}, time.Now()
	for i, m := range members {
		browsers[i] = browserFrom(s.b, i)
		s.clients[i] = browsers[i].HTTP
		s.forms[i] = browsers[i].Get(s.at(0, "/login")).Expect(http.StatusOK).FormWith("password").
			Fill("code", string(m.code), "password", chosen)
	}
	s.onward = func(i int, to string) error {
		page, err := browsers[i].Do(http.MethodGet, s.at(0, to), nil, nil)
		if err != nil {
			return err
		}
		for _, f := range page.Forms() {
			if f.Values.Has("code") {
				f.Values.Set("code", members[i].codeAt(now.Add(time.Since(began))))
				page, err = browsers[i].Do(f.Method, f.Action, f.Values, page)
				break
			}
		}
		if err == nil && (page.Status != http.StatusOK || page.URL.Path != "/account") {
			err = fmt.Errorf("the login led to %d at %s", page.Status, page.URL.Path)
		}
		return err
	}
}

// release posts all forms at once and waits for the last answer.
func (s *storm) release() {
	var all sync.WaitGroup
	for i := range s.clients {
		all.Go(func() { s.post(i) })
	}
	all.Wait()
	for _, c := range s.clients {
		c.CloseIdleConnections()
	}
}

func (s *storm) post(i int) {
	began := time.Now()
	res, err := s.clients[i].PostForm(s.forms[i].Action, s.forms[i].Values)
	took := time.Since(began)
	if err != nil {
		s.count(0, took, 0)
		return
	}
	res.Body.Close()
	retry, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	if res.StatusCode == http.StatusSeeOther && s.onward != nil {
		if err := s.onward(i, res.Header.Get("Location")); err != nil {
			s.b.Log(err)
			res.StatusCode = 0
		}
	}
	s.count(res.StatusCode, took, time.Duration(retry)*time.Second)
}

// count notes how one login ended.
func (s *storm) count(status int, took, retry time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.longest = max(s.longest, took)
	switch {
	case status == http.StatusSeeOther:
		s.entered++
	case status == http.StatusTooManyRequests && retry > 0:
		s.refused++
		s.retryAfter = max(s.retryAfter, retry)
	default:
		s.other++
	}
}
