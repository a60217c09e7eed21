package web

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/netip"
	"time"
)

// visit is what the shell knows about a request; it travels in the context.
type visit struct {
	id      string
	address netip.Addr
	started time.Time
	lang    string
	session *Session
	body    io.ReadCloser // without the default limit, for the guard MaxBody
	mux     *Mux
	pattern string
}

type visitKey struct{}

// visitOf never returns nil, so that code under test works without the chain.
func visitOf(r *http.Request) *visit {
	if v, ok := r.Context().Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// begin starts the visit: reference number, client address, clock.
func (s *Site) begin(r *http.Request, m *Mux) (*http.Request, *visit) {
	v := &visit{
		id:      newReference(),
		address: clientAddr(r, s.TrustedProxies),
		started: time.Now(), // a duration, not a date: the demo's clock must not move it
		mux:     m,
	}
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, v)), v
}

// letters are those that are not mistaken for one another when read aloud.
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// newReference is 60 random bits in letters that can be read over the phone:
// "K3QT-7MZP-WX2A". The same word stands on the page, in the log and in the
// audit line.
func newReference() string {
	var b [14]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	for i, c := range b {
		b[i] = letters[c%32]
	}
	b[4], b[9] = '-', '-'
	return string(b[:])
}

// RequestID is the reference number of the request.
func RequestID(r *http.Request) string { return visitOf(r).id }

// ClientAddr is the address of the visitor, as told by trusted proxies only.
func ClientAddr(r *http.Request) netip.Addr { return visitOf(r).address }

// Lang is the language of the answer, "it" or "en".
func Lang(r *http.Request) string {
	if l := visitOf(r).lang; l != "" {
		return l
	}
	return "it"
}

// CurrentSession is the session of the visitor, nil when nobody is signed in.
func CurrentSession(r *http.Request) *Session { return visitOf(r).session }
