package plant

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"atrio/web"
)

// drain is how long running requests may take to finish after the signal.
const drain = 15 * time.Second

// Endpoint is one listening address and what answers there.
type Endpoint struct {
	Name    string
	Address string // "127.0.0.1:8080"
	Handler http.Handler
	tls     *tls.Config // nil: plain http, for loopback or behind a proxy
	// door admits connections in its own way; nil for the others.
	door door
}

// door is a listener with its own handshake and its own limits.
type door interface {
	Around(net.Listener) net.Listener
	Tune(*http.Server)
}

// Asks tells that nobody comes in without a certificate: readiness cannot be asked there.
func (e Endpoint) Asks() bool { return e.door != nil }

// listening is an endpoint whose port is taken.
type listening struct {
	Endpoint
	net.Listener
}

// Listen takes all ports or none, so that a node never serves half.
func Listen(endpoints []Endpoint) ([]listening, error) {
	var open []listening
	for _, e := range endpoints {
		l, err := net.Listen("tcp", e.Address)
		if err != nil {
			for _, o := range open {
				o.Close()
			}
			return nil, fmt.Errorf("%s cannot listen on %s: %w", e.Name, e.Address, err)
		}
		switch {
		case e.door != nil:
			l = e.door.Around(l)
		case e.tls != nil:
			l = tls.NewListener(l, e.tls)
		}
		open = append(open, listening{e, l})
	}
	return open, nil
}

// ServeAll serves until ctx ends, then lets running requests finish.
func ServeAll(ctx context.Context, open []listening, log *slog.Logger) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	servers := make([]*http.Server, len(open))
	for i, o := range open {
		server := &http.Server{Handler: o.Handler, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
		web.ServerTimeouts(server)
		if o.door != nil {
			o.door.Tune(server)
		}
		servers[i] = server
		running.Go(func() {
			if err := server.Serve(o.Listener); !errors.Is(err, http.ErrServerClosed) {
				cancel(fmt.Errorf("%s stopped serving: %w", o.Name, err))
			}
		})
	}
	<-ctx.Done()
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer stop()
	for _, server := range servers {
		running.Go(func() {
			if err := server.Shutdown(grace); err != nil {
				server.Close()
			}
		})
	}
	running.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// LoadTLS reads a certificate for an endpoint; empty paths mean plain http.
func LoadTLS(certificate, key string) (*tls.Config, error) {
	if certificate == "" && key == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	// SPID-RT trasmissione: TLS 1.2 or newer.
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}, nil
}
