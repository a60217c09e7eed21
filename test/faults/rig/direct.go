package rig

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Answer is what came back to a request that was sent by hand.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	Took   time.Duration
	Err    error
}

// Raw sends a request as it is, with cookies, over a transport; nil is the usual
// one. It follows nothing, keeps nothing, and may be used from any goroutine.
func Raw(over http.RoundTripper, r *http.Request, cookies ...*http.Cookie) Answer {
	if over == nil {
		over = http.DefaultTransport
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	began := time.Now()
	res, err := over.RoundTrip(r)
	if err != nil {
		return Answer{Err: err, Took: time.Since(began)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	return Answer{Status: res.StatusCode, Header: res.Header, Body: string(body), Took: time.Since(began), Err: err}
}

// From is a transport whose connections come from the n-th address of this machine,
// from 0: one address may be refused only so often before the program writes less.
func From(t testing.TB, n int) *http.Transport {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+n/250), byte(1+n%250))}}
	over := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp4", address)
	}}
	t.Cleanup(over.CloseIdleConnections)
	return over
}

// HTTP is the request as net/http has it, without cookies; it may be sent once.
func (r Request) HTTP() *http.Request {
	var body io.Reader = http.NoBody
	if r.Method == http.MethodPost {
		body = bytes.NewReader([]byte(r.Values.Encode()))
	}
	out, err := http.NewRequest(r.Method, r.Address, body) //nolint:noctx // the transport's limits hold
	if err != nil {
		return &http.Request{Method: r.Method}
	}
	out.Header.Set("Accept", "text/html")
	if r.Method == http.MethodPost {
		out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.From != nil {
		origin := r.From.URL.Scheme + "://" + r.From.URL.Host
		out.Header.Set("Origin", origin)
		out.Header.Set("Sec-Fetch-Site", "same-site")
		if strings.HasPrefix(r.Address, origin+"/") {
			out.Header.Set("Sec-Fetch-Site", "same-origin")
		}
	}
	return out
}

// Cookie is a cookie that an answer sets, with a value; nil when it sets none whose
// name ends so.
func (a Answer) Cookie(suffix string) *http.Cookie {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if strings.HasSuffix(c.Name, suffix) && c.Value != "" && c.MaxAge >= 0 {
			return c
		}
	}
	return nil
}
