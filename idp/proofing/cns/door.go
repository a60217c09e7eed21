package cns

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"atrio/web"
)

// Limits bound what strangers may hold open.
type Limits struct {
	// All connections, and those of one network: a campus shares one address.
	Connections, PerAddress int
	// Hello is how long the first message may take, Key how long choosing a certificate
	// and typing the PIN of a card: browsers do both inside the handshake.
	Hello, Key time.Duration
}

// DefaultLimits are those of a running program.
func DefaultLimits() Limits {
	return Limits{Connections: 512, PerAddress: 64, Hello: 10 * time.Second, Key: 2 * time.Minute}
}

// Door admits connections that prove the key of a certificate. Handshakes are made here
// and not by the server, whose time for a request is shorter than that for a PIN.
type Door struct {
	Certificate tls.Certificate
	Limits      Limits
	Now         func() time.Time
}

// config of a connection. A certificate is wanted in each handshake: no ticket and no
// session stands for one that was proved before. // A24
//
// No authorities are named: a browser would then hide the wrong cards, and people would
// read of a broken connection instead of what is wrong with theirs. Who is trusted is
// Judge's to say.
func (d *Door) config(hello func()) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{d.Certificate}, Time: d.Now,
		MinVersion: tls.VersionTLS12, // SPID-RT trasmissione
		ClientAuth: tls.RequireAnyClientCert, SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			hello()
			return nil, nil
		},
	}
}

// Tune sets the limits of a server behind the door: one request, then the end.
func (d *Door) Tune(server *http.Server) {
	server.ReadHeaderTimeout = 10 * time.Second
	server.ReadTimeout = 10 * time.Second
	server.WriteTimeout = Asking + 20*time.Second
	server.MaxHeaderBytes = 8 << 10
	server.SetKeepAlivesEnabled(false)
}

// Around gives the listener behind the door.
func (d *Door) Around(l net.Listener) net.Listener {
	ctx, cancel := context.WithCancel(context.Background())
	return &doorway{Listener: l, door: d, ctx: ctx, cancel: cancel, in: make(chan arrival), by: map[string]int{}}
}

// doorway is a listener whose connections have made their handshake.
type doorway struct {
	net.Listener
	door   *Door
	ctx    context.Context
	cancel context.CancelFunc
	once   sync.Once
	in     chan arrival

	mu  sync.Mutex
	all int
	by  map[string]int
}

type arrival struct {
	conn net.Conn
	err  error
}

// Accept implements net.Listener.
func (w *doorway) Accept() (net.Conn, error) {
	w.once.Do(func() { go w.admit() })
	select {
	case a := <-w.in:
		return a.conn, a.err
	case <-w.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close ends handshakes too.
func (w *doorway) Close() error {
	w.cancel()
	return w.Listener.Close()
}

// admit takes connections until the listener is closed.
func (w *doorway) admit() {
	for {
		conn, err := w.Listener.Accept()
		if err != nil {
			if !w.give(arrival{err: err}) { // the server waits before it tries again
				return
			}
			continue
		}
		from := network(conn.RemoteAddr())
		if !w.enter(from) {
			conn.Close()
			continue
		}
		go w.shake(&counted{Conn: conn, leave: func() { w.leave(from) }})
	}
}

func (w *doorway) give(a arrival) bool {
	select {
	case w.in <- a:
		return true
	case <-w.ctx.Done():
		return false
	}
}

// shake makes the handshake of a connection in its time.
func (w *doorway) shake(conn net.Conn) {
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	patience := time.AfterFunc(w.door.Limits.Hello, cancel)
	secure := tls.Server(conn, w.door.config(func() { patience.Reset(w.door.Limits.Key) }))
	err := secure.HandshakeContext(ctx)
	if !patience.Stop() || err != nil || !w.give(arrival{conn: secure}) {
		secure.Close()
	}
}

func (w *doorway) enter(from string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all >= w.door.Limits.Connections || w.by[from] >= w.door.Limits.PerAddress {
		return false
	}
	w.all++
	w.by[from]++
	return true
}

func (w *doorway) leave(from string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all--
	if w.by[from]--; w.by[from] == 0 {
		delete(w.by, from)
	}
}

// network is that of a connection, as limits count it.
func network(a net.Addr) string {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return ""
	}
	return web.ClientNetwork(p.Addr().Unmap())
}

// counted tells once when it is closed.
type counted struct {
	net.Conn
	leave func()
	once  sync.Once
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.once.Do(c.leave)
	return c.Conn.Close()
}
