package web

import (
	"net/http"
	"slices"

	"atrio/base/fault"
)

// HandlerFunc is a handler that leaves its errors to Site.Fail.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Guard wraps a handler with a condition. Guards stand at the mount line, the
// outermost first, so that who may enter is read where the address is given.
type Guard func(HandlerFunc) HandlerFunc

// Mounter is a matter with addresses of its own.
type Mounter interface{ Mount(m *Mux) }

// Mux maps addresses to handlers by the patterns of net/http.ServeMux.
type Mux struct {
	site    *Site
	mux     *http.ServeMux
	headers http.Header
	posts   []string
}

// Posts are the patterns that take a form so far: for tests that no form may escape.
func (m *Mux) Posts() []string { return slices.Clone(m.posts) }

// Get serves GET and HEAD of a pattern. The pattern "/" is the root alone.
func (m *Mux) Get(pattern string, h HandlerFunc, guards ...Guard) {
	m.route(http.MethodGet, pattern, h, guards)
}

// Post serves POST of a pattern.
func (m *Mux) Post(pattern string, h HandlerFunc, guards ...Guard) {
	m.posts = append(m.posts, pattern)
	m.route(http.MethodPost, pattern, h, guards)
}

// Handle mounts a foreign handler, such as a protocol library, for a pattern
// that may name a method. It gets the body limit, the language and the session
// like every other, and writes its own errors.
func (m *Mux) Handle(pattern string, h http.Handler) {
	m.mux.Handle(pattern, m.site.enter(func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}))
}

func (m *Mux) route(method, pattern string, h HandlerFunc, guards []Guard) {
	if pattern == "/" {
		pattern = "/{$}"
	}
	for i := len(guards) - 1; i >= 0; i-- {
		h = guards[i](h)
	}
	m.mux.Handle(method+" "+pattern, m.site.enter(h))
}

// enter makes a handler of net/http of h: language, session, error page.
func (s *Site) enter(h HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.switchLanguage(w, r) {
			return
		}
		if err := s.findSession(r); err != nil {
			s.Fail(w, r, err)
			return
		}
		if err := h(w, r); err != nil {
			s.Fail(w, r, err)
		}
	})
}

// ServeHTTP dispatches to the handler, or shows our own page where ServeMux
// would answer 404 or 405 in plain text.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if visitOf(r).pattern != "" {
		m.mux.ServeHTTP(w, r)
		return
	}
	if m.site.switchLanguage(w, r) { // the page about a wrong address is in both languages too
		return
	}
	h, _ := m.mux.Handler(r)
	probe := answerProbe{header: http.Header{}}
	h.ServeHTTP(&probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		m.site.Fail(w, r, fault.New(fault.WrongMethod, "error.wrong_method").For("no_route"))
		return
	}
	m.site.Fail(w, r, fault.New(fault.NotFound, "error.not_found").For("no_route"))
}

// has reports whether a path can be asked for with GET.
func (m *Mux) has(r *http.Request, path string) bool {
	u := *r.URL
	u.Path, u.RawPath = path, ""
	_, pattern := m.mux.Handler(&http.Request{Method: http.MethodGet, Host: r.Host, URL: &u})
	return pattern != ""
}

// answerProbe hears what ServeMux would have answered.
type answerProbe struct {
	header http.Header
	status int
}

func (p *answerProbe) Header() http.Header         { return p.header }
func (p *answerProbe) WriteHeader(status int)      { p.status = status }
func (p *answerProbe) Write(b []byte) (int, error) { return len(b), nil }
