package rig

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"atrio/web/webtest"
)

// Request is what a browser sends, kept so that a reload can send it again.
type Request struct {
	Method, Address string
	Values          url.Values
	From            *Page
	// Files are sent with the values, by the names of their fields; nil for a form without.
	Files map[string][]byte
}

// Page is an answer as web/webtest reads it.
type Page = webtest.Page

// Get is a request of an address.
func Get(address string) Request { return Request{Method: http.MethodGet, Address: address} }

// Send is the request of a form after filling in name, value pairs.
func Send(f *webtest.Form, from *Page, pairs ...string) Request {
	f.Fill(pairs...)
	return Request{Method: f.Method, Address: f.Action, Values: f.Values, From: from}
}

// With adds files to the request of a form.
func (r Request) With(files map[string][]byte) Request {
	r.Files = files
	return r
}

// Browser is a visitor who sees every answer on the way, also those of redirects,
// and can repeat the request that got none.
type Browser struct {
	Client *webtest.Client
	// Seen is told every complete answer; optional.
	Seen func(r Request, p *Page)
	// Sends is told every request before it leaves; optional.
	Sends func(r Request)

	wire *wire
}

// NewBrowser makes a browser with an empty cookie jar.
func NewBrowser(t testing.TB) *Browser {
	b := &Browser{Client: webtest.New(t), wire: &wire{next: http.DefaultTransport.(*http.Transport).Clone()}}
	b.wire.next.TLSClientConfig = &tls.Config{
		InsecureSkipVerify:   true, //nolint:gosec // of the demonstration, whose keys are as old as its start
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return b.card(), nil },
	}
	b.Client.NoRedirect = true
	b.Client.HTTP.Transport = b.wire
	t.Cleanup(b.wire.next.CloseIdleConnections)
	return b
}

// maxHops is more than any login needs and less than a loop.
const maxHops = 25

// Go sends a request and follows where it leads. With an error, pending is the
// request that got no answer: what a reload repeats.
func (b *Browser) Go(r Request) (p *Page, pending Request, err error) {
	for range maxHops {
		if b.Sends != nil {
			b.Sends(r)
		}
		p, err := b.ask(r)
		if err != nil {
			return nil, r, err
		}
		if b.Seen != nil {
			b.Seen(r, p)
		}
		next, goes := Next(r, p)
		if !goes {
			return p, r, nil
		}
		r = next
	}
	b.Client.T.Fatalf("no end after %d hops: %s", maxHops, r.Address)
	return nil, r, nil
}

// ask sends a request and gives its answer.
func (b *Browser) ask(r Request) (*Page, error) {
	if r.Files != nil {
		return b.Client.DoUpload(r.Address, r.Values, r.Files, r.From)
	}
	return b.Client.Do(r.Method, r.Address, r.Values, r.From)
}

// Next is the request that an answer leads to by itself: a redirect, or a form
// that scripts submit.
func Next(r Request, p *Page) (Request, bool) {
	switch to := p.Header.Get("Location"); {
	case to != "" && p.Status >= 300 && p.Status < 400:
		u, err := p.URL.Parse(to)
		if err != nil {
			return r, false
		}
		if p.Status == http.StatusTemporaryRedirect || p.Status == http.StatusPermanentRedirect {
			return Request{r.Method, u.String(), r.Values, r.From, r.Files}, true
		}
		return Get(u.String()), true
	case p.Find("form[data-autopost]") != nil:
		return Send(p.Form("form[data-autopost]"), p), true
	}
	return r, false
}

// Through leads all later requests to a site directly to one of its nodes; nil ends it.
func (b *Browser) Through(site string, n *Node) {
	b.wire.site, b.wire.direct = "", nil
	if n != nil {
		b.wire.site, b.wire.direct = site, n.Transport
	}
}

// Forget drops the cookies of a site whose name ends so.
func (b *Browser) Forget(site, suffix string) {
	b.Client.T.Helper()
	u, err := url.Parse(site)
	if err != nil {
		b.Client.T.Fatal(err)
	}
	for _, c := range b.Client.HTTP.Jar.Cookies(u) {
		// All roles of a demonstration are one host: the role is in the name.
		if strings.HasSuffix(c.Name, suffix) {
			b.Client.HTTP.Jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Path: "/", MaxAge: -1}})
		}
	}
}

// Insert puts a card into the reader: its key is proved wherever one is asked for.
func (b *Browser) Insert(card tls.Certificate) { b.wire.card.Store(&card) }

// card is the one in the reader, or one without anything.
func (b *Browser) card() *tls.Certificate {
	if card := b.wire.card.Load(); card != nil {
		return card
	}
	return &tls.Certificate{}
}

// AtRequest calls do when the n-th request from now on, from 0, has left the
// browser and before its answer is there.
func (b *Browser) AtRequest(n int, do func()) { b.wire.arm(n, do, false) }

// AfterRequest calls do when the n-th request from now on, from 0, was answered, and loses the
// answer: the browser learns as much as if there had been none.
func (b *Browser) AfterRequest(n int, do func()) { b.wire.arm(n, do, true) }

// wire is a transport that can say when a request was written.
type wire struct {
	next  *http.Transport
	count atomic.Int64
	armed atomic.Pointer[func()]
	loses atomic.Bool
	card  atomic.Pointer[tls.Certificate]

	site   string // requests to this origin go
	direct http.RoundTripper
}

func (w *wire) arm(n int, do func(), loses bool) {
	w.loses.Store(loses)
	w.armed.Store(&do)
	w.count.Store(int64(n))
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if do := w.armed.Load(); do != nil && w.count.Add(-1) < 0 {
		w.armed.Store(nil)
		if w.loses.Load() {
			return nil, w.lose(r, *do)
		}
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { (*do)() },
		}))
	}
	if w.direct != nil && w.site == r.URL.Scheme+"://"+r.URL.Host {
		return w.direct.RoundTrip(r)
	}
	return w.next.RoundTrip(r)
}

// errLostAnswer is what the browser gets in place of an answer.
var errLostAnswer = errors.New("the answer was lost")

// lose lets a request be answered and tells nobody.
func (w *wire) lose(r *http.Request, do func()) error {
	res, err := w.next.RoundTrip(r)
	if err != nil {
		return err
	}
	res.Body.Close()
	do()
	return errLostAnswer
}
