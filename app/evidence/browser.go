package evidence

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of what the gateway may make us do.
const (
	maxBody     = 4 << 20
	maxHops     = 10
	maxWaits    = 4
	longestWait = 65 * time.Second
	patience    = 30 * time.Second
)

// browser is one browser: a cookie jar of its own, no JavaScript, and it speaks to the
// gateway alone.
type browser struct {
	run  *run
	http *http.Client
	lang string
}

func newBrowser(r *run) *browser {
	jar, _ := cookiejar.New(nil) // without options it cannot fail
	return &browser{run: r, lang: "it", http: &http.Client{
		Jar: jar, Timeout: patience,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: r.plan.Roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what came.
type answer struct {
	status  int
	address *url.URL
	header  http.Header
	body    []byte
}

// location is where the answer leads, "" when it leads nowhere.
func (a answer) location() string {
	if a.status < 300 || a.status > 399 || a.header.Get("Location") == "" {
		return ""
	}
	next, err := a.address.Parse(a.header.Get("Location"))
	if err != nil {
		return ""
	}
	return next.String()
}

func (b *browser) get(ctx context.Context, path string) (answer, error) {
	return b.ask(ctx, http.MethodGet, b.run.base.String()+path, "", nil)
}

// post sends a form as a browser does that comes from another site.
func (b *browser) post(ctx context.Context, address, from string, form url.Values) (answer, error) {
	return b.ask(ctx, http.MethodPost, address, from, form)
}

// ask sends one request; when the gateway says that there were too many it waits as long
// as the gateway wants, a few times.
func (b *browser) ask(ctx context.Context, method, address, from string, form url.Values) (answer, error) {
	if !b.run.sameOrigin(address) {
		return answer{}, fmt.Errorf("%s is not at the gateway %s", address, b.run.base)
	}
	for waits := 0; ; waits++ {
		a, err := b.once(ctx, method, address, from, form)
		if err != nil || a.status != http.StatusTooManyRequests || waits == maxWaits {
			return a, err
		}
		seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
		if err := wait(ctx, min(max(time.Duration(seconds)*time.Second, time.Second), longestWait)); err != nil {
			return answer{}, err
		}
	}
}

func (b *browser) once(ctx context.Context, method, address, from string, form url.Values) (answer, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.5")
	request.Header.Set("Accept-Language", b.lang)
	request.Header.Set("User-Agent", "atrio-check")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", from)
		request.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	got, err := b.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	data, err := io.ReadAll(io.LimitReader(got.Body, maxBody+1))
	if err == nil && len(data) > maxBody {
		err = fmt.Errorf("%s answers more than %d bytes", address, maxBody)
	}
	return answer{status: got.StatusCode, address: request.URL, header: got.Header, body: data}, err
}

// follow goes where an answer leads, as long as it is at the gateway.
func (b *browser) follow(ctx context.Context, a answer) (answer, error) {
	for range maxHops {
		next := a.location()
		if next == "" || !b.run.sameOrigin(next) {
			return a, nil
		}
		var err error
		if a, err = b.ask(ctx, http.MethodGet, next, "", nil); err != nil {
			return a, err
		}
	}
	return a, fmt.Errorf("no end after %d redirects", maxHops)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
