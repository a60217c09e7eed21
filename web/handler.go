package web

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"atrio/assets"
	"atrio/base/fault"
)

// Handler puts the mounters behind the chain of checks. The order is the order
// of the calls in serve. It panics when the site cannot work (see Validate).
func (s *Site) Handler(mounts ...Mounter) http.Handler {
	if err := s.Validate(); err != nil {
		panic(err)
	}
	m := &Mux{site: s, mux: http.NewServeMux(), headers: s.safeHeaders()}
	s.mountOwn(m)
	for _, mount := range mounts {
		mount.Mount(m)
	}
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, v := s.begin(r, m)
		rec := &recorder{ResponseWriter: w}
		defer s.finish(rec, r, v)
		defer s.recoverPanic(rec, r)
		s.serve(rec, r, v, cross)
	})
}

// serve checks a request from the cheapest question to the dearest and then
// hands it to the routes.
func (s *Site) serve(w http.ResponseWriter, r *http.Request, v *visit, cross *http.CrossOriginProtection) {
	maps.Copy(w.Header(), v.mux.headers)
	if len(r.TransferEncoding) > 0 {
		// RFC 9112 6.1: after a request with chunks and a length the connection must be
		// closed, lest a proxy that believed the length sees another request in the
		// body. net/http drops the length unseen, so all chunks close: browsers send none.
		w.Header().Set("Connection", "close")
	}
	v.lang = s.language(r)
	_, v.pattern = v.mux.mux.Handler(r)
	if !s.ownHost(r) {
		s.Fail(w, r, fault.New(fault.Invalid, "error.host").For("host"))
		return
	}
	if !slices.Contains(s.CrossOriginPOST, r.URL.Path) {
		if err := cross.Check(r); err != nil {
			s.Fail(w, r, fault.New(fault.Denied, "error.cross_origin").For("cross_origin").Because(err))
			return
		}
	}
	v.body = r.Body
	r.Body = http.MaxBytesReader(w, r.Body, s.maxBody())
	v.mux.ServeHTTP(w, r)
}

// ownHost refuses requests for other hosts: what is built from the Host header
// elsewhere, and what a name server points at us, must not exist. The probes of
// an orchestrator come by address and are exempt.
func (s *Site) ownHost(r *http.Request) bool {
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		return true
	}
	return strings.EqualFold(withoutDefaultPort(r.Host, s.secure()), withoutDefaultPort(s.host(), s.secure()))
}

func withoutDefaultPort(host string, secure bool) string {
	if secure {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// MaxBody is the guard that gives one address another body limit, in bytes.
func MaxBody(n int64) Guard {
	return func(next HandlerFunc) HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			if v := visitOf(r); v.body != nil {
				r.Body = http.MaxBytesReader(w, v.body, n)
			}
			return next(w, r)
		}
	}
}

// recoverPanic turns a panic into the page of an internal error; when the
// answer has begun, the connection is broken off instead.
func (s *Site) recoverPanic(w *recorder, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.Log.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("request", RequestID(r)), slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	s.Fail(w, r, fault.New(fault.Internal, "error.internal").For("panic"))
}

// finish writes the access log: the pattern of the route and never the query,
// the address or anything else that tells who it was.
func (s *Site) finish(w *recorder, r *http.Request, v *visit) {
	took := time.Since(v.started)
	pattern := v.pattern
	if pattern == "" {
		pattern = "(none)"
	}
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	level := slog.LevelInfo
	if strings.HasPrefix(pattern, "GET "+assets.Prefix) || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		level = slog.LevelDebug // no person did that
	}
	s.Log.LogAttrs(r.Context(), level, "request",
		slog.String("request", v.id), slog.String("method", cut(r.Method, 16)), slog.String("pattern", pattern),
		slog.Int("status", status), slog.Int64("bytes", w.bytes), slog.Duration("took", took))
	if s.Observe != nil {
		s.Observe(pattern, status, took)
	}
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
