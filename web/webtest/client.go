// Package webtest is a small browser for tests: it keeps cookies, follows
// redirects over hosts and ports, fills in forms by the names of their fields
// and finds elements by simple selectors. It sends Origin and Sec-Fetch-Site as
// a browser does, so that the checks against foreign origins are exercised.
//
// It runs no JavaScript: it is the visitor without it. Journeys in a real
// browser are in test/journeys.
package webtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Client is one browser. It is not safe for concurrent use.
type Client struct {
	T    testing.TB
	HTTP *http.Client
	// Header is added to every request, for example Accept-Language.
	Header http.Header
	// AutoPost submits pages that a browser with JavaScript would submit.
	AutoPost bool
	// NoRedirect stops at the first answer.
	NoRedirect bool
}

// New makes a browser with an empty cookie jar.
func New(t testing.TB) *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{T: t, Header: http.Header{}, HTTP: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// maxHops is more than any login needs and less than a loop.
const maxHops = 25

// Get opens an address and fails the test when nothing answers.
func (c *Client) Get(address string) *Page {
	c.T.Helper()
	p, err := c.Do(http.MethodGet, address, nil, nil)
	if err != nil {
		c.T.Fatal(err)
	}
	return p
}

// Post sends a form that no page offered; it carries no Origin, as a program.
func (c *Client) Post(address string, values url.Values) *Page {
	c.T.Helper()
	p, err := c.Do(http.MethodPost, address, values, nil)
	if err != nil {
		c.T.Fatal(err)
	}
	return p
}

// Submit sends a form of a page after filling in name, value pairs.
func (c *Client) Submit(f *Form, pairs ...string) *Page {
	c.T.Helper()
	f.Fill(pairs...)
	p, err := c.Do(f.Method, f.Action, f.Values, f.page)
	if err != nil {
		c.T.Fatal(err)
	}
	return p
}

// Follow opens the link with the given text on a page.
func (c *Client) Follow(p *Page, text string) *Page {
	c.T.Helper()
	return c.Get(p.Link(text))
}

// Do sends a request and follows where it leads; from is the page it starts
// from, or nil. Unlike the others it may be used outside the test's goroutine.
func (c *Client) Do(method, address string, values url.Values, from *Page) (*Page, error) {
	var history []string
	for range maxHops {
		p, err := c.once(method, address, values, from)
		if err != nil {
			return nil, err
		}
		history = append(history, method+" "+address)
		p.History = history
		switch {
		case c.NoRedirect:
			return p, nil
		case p.Header.Get("Location") != "" && p.Status >= 300 && p.Status < 400:
			next, err := p.URL.Parse(p.Header.Get("Location"))
			if err != nil {
				return nil, err
			}
			address = next.String()
			if p.Status != http.StatusTemporaryRedirect && p.Status != http.StatusPermanentRedirect {
				method, values = http.MethodGet, nil
			}
		case c.AutoPost && p.Find("form[data-autopost]") != nil:
			f := p.Form("form[data-autopost]")
			method, address, values, from = f.Method, f.Action, f.Values, p
		default:
			return p, nil
		}
	}
	return nil, fmt.Errorf("webtest: no end after %d hops: %s", maxHops, strings.Join(history, " → "))
}

// once sends one request as a browser would.
func (c *Client) once(method, address string, values url.Values, from *Page) (*Page, error) {
	if method == http.MethodPost {
		return c.send(method, address, strings.NewReader(values.Encode()), "application/x-www-form-urlencoded", from)
	}
	if values != nil {
		before, _, _ := strings.Cut(address, "?")
		address = before + "?" + values.Encode()
	}
	return c.send(method, address, nil, "", from)
}

// send sends a body of a kind, nil for none.
func (c *Client) send(method, address string, body io.Reader, kind string, from *Page) (*Page, error) {
	req, err := http.NewRequest(method, address, body) //nolint:noctx // the test's deadline is the limit
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/html")
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if from != nil {
		req.Header.Set("Sec-Fetch-Site", fetchSite(from.URL, req.URL))
		if method == http.MethodPost {
			req.Header.Set("Origin", from.URL.Scheme+"://"+from.URL.Host)
		}
	}
	for name, list := range c.Header {
		req.Header[name] = list
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return readPage(c.T, res)
}

// fetchSite is what a browser writes about the way from one page to another.
func fetchSite(from, to *url.URL) string {
	switch {
	case from.Scheme == to.Scheme && from.Host == to.Host:
		return "same-origin"
	case from.Scheme == to.Scheme && from.Hostname() == to.Hostname():
		return "same-site"
	}
	return "cross-site"
}
