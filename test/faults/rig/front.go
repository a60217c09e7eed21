package rig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync/atomic"
	"testing"
)

// Front is the proxy in front of several nodes: each request goes to the next one,
// and to another one when that does not listen.
type Front struct {
	// URL is what people see.
	URL string

	nodes []*Node
	turn  atomic.Uint64
}

// NewFront listens on a free port; nodes are added before the first request.
func NewFront(t testing.TB) *Front {
	f := &Front{}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Transport: f,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetXForwarded()
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", r.In.Host, r.In.Host
		},
	})
	t.Cleanup(server.Close)
	f.URL = fmt.Sprintf("http://localhost:%d", server.Listener.Addr().(*net.TCPAddr).Port)
	return f
}

// RoundTrip sends a request to the node whose turn it is.
func (f *Front) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, 1<<20)); err != nil {
			return nil, err
		}
	}
	first := f.turn.Add(1)
	for i := range uint64(len(f.nodes)) {
		n := f.nodes[(first+i)%uint64(len(f.nodes))]
		out := r.Clone(r.Context())
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		out.Body, _ = out.GetBody() //nolint:errcheck // it reads memory
		out.ContentLength = int64(len(body))
		res, err := n.Transport.RoundTrip(out)
		var broken *net.OpError
		if errors.As(err, &broken) && broken.Op == "dial" {
			continue // nobody listens: the request has not been sent
		}
		n.served.Add(1)
		return res, err
	}
	return nil, errors.New("no node listens")
}

// Served is how many requests each node had.
func (f *Front) Served() []int64 {
	var out []int64
	for _, n := range f.nodes {
		out = append(out, n.served.Load())
	}
	return out
}
