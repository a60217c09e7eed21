package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/web"
	"atrio/web/ui"
	"atrio/web/webtest"
)

// mount lets a function be a Mounter.
type mount func(m *web.Mux)

func (f mount) Mount(m *web.Mux) { f(m) }

// testPages is one page of the product under test.
func testPages() ui.Pages {
	return ui.Pages{Name: "test", FS: fstest.MapFS{
		"pages/hello.html": {Data: []byte(`{{define "title"}}{{t "test.hello"}}{{end}}{{define "main"}}<h1>{{t "test.hello"}}</h1>{{end}}`)},
		"texts/it.json":    {Data: []byte(`{"test.hello":"Ciao","test.notice.saved":"Dati salvati","test.secret":"Testo"}`)},
		"texts/en.json":    {Data: []byte(`{"test.hello":"Hello","test.notice.saved":"Details saved","test.secret":"Text"}`)},
	}}
}

// bench is a running site and what it wrote.
type bench struct {
	*web.Site
	URL    string
	mu     sync.Mutex
	events []audit.Event
	logs   strings.Builder
	now    time.Time
}

func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logs.Write(p)
}

func (b *bench) log() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logs.String()
}

// reasons lists the reasons of the audit lines.
func (b *bench) reasons() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, ev := range b.events {
		out = append(out, ev.Outcome+" "+ev.Reason)
	}
	return out
}

// start runs a site with the given routes; adjust may change it before.
func start(t *testing.T, routes mount, adjust func(b *bench)) *bench {
	t.Helper()
	b := &bench{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	webtest.Serve(t, func(base string) http.Handler {
		b.URL = base
		b.Site = webtest.NewSite(t, "gateway", base, func() time.Time { return b.now }, testPages())
		b.Log = slog.New(slog.NewJSONHandler(b, nil))
		b.Refused = func(_ context.Context, ev audit.Event) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.events = append(b.events, ev)
		}
		if adjust != nil {
			adjust(b)
		}
		return b.Handler(mount(func(m *web.Mux) {
			m.Get("/", func(w http.ResponseWriter, r *http.Request) error {
				return b.Page(w, r, http.StatusOK, "test/hello", nil)
			})
			if routes != nil {
				routes(m)
			}
		}))
	})
	return b
}

// get sends a request whose headers the test chooses.
func (b *bench) get(t *testing.T, method, path, host string, header http.Header) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, b.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	if host != "" {
		req.Host = host
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestEveryAnswerCarriesTheSafeHeaders(t *testing.T) {
	b := start(t, func(m *web.Mux) {
		m.Get("/broken", func(http.ResponseWriter, *http.Request) error { return errors.New("x") })
	}, nil)
	for _, path := range []string{"/", "/missing", "/broken", "/healthz"} {
		h := b.get(t, http.MethodGet, path, "", nil).Header
		want := map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
				"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Cache-Control": "no-store", "Strict-Transport-Security": "",
		}
		for name, value := range want {
			if h.Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), value)
			}
		}
		if h.Get("Permissions-Policy") == "" {
			t.Errorf("%s: no Permissions-Policy", path)
		}
	}
}

func TestAPageWhoseFormLeavesTheSiteSendsNoFormAction(t *testing.T) {
	var b *bench
	b = start(t, func(m *web.Mux) {
		m.Get("/go", func(w http.ResponseWriter, r *http.Request) error {
			return b.AutoPost(w, r, web.AutoPost{Action: "https://idp.example/sso", Fields: []web.Field{{Name: "SAMLRequest", Value: "x\"y"}}})
		})
	}, nil)
	p := webtest.New(t).Get(b.URL+"/go").Expect(200, "Prosegui")
	if csp := p.Header.Get("Content-Security-Policy"); strings.Contains(csp, "form-action") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
	f := p.Form("form[data-autopost]")
	if f.Action != "https://idp.example/sso" || f.Values.Get("SAMLRequest") != `x"y` || f.Method != http.MethodPost {
		t.Errorf("form %+v", f)
	}
}

func TestUnknownPathsAndMethodsGetOurPage(t *testing.T) {
	b := start(t, func(m *web.Mux) {
		m.Post("/send", func(http.ResponseWriter, *http.Request) error { return nil })
	}, nil)
	c := webtest.New(t)
	p := c.Get(b.URL+"/missing").Expect(404, "Pagina non trovata", "Codice di riferimento")
	if ref := p.Text(".atrio-reference code"); len(ref) != 14 || !strings.Contains(b.log(), ref) {
		t.Errorf("reference %q must be in the log", ref)
	}
	p = c.Get(b.URL+"/send").Expect(405, "Richiesta non prevista")
	if p.Header.Get("Allow") != "POST" {
		t.Errorf("Allow %q", p.Header.Get("Allow"))
	}
	if len(b.reasons()) != 0 {
		t.Errorf("strangers' addresses must not fill the audit log: %v", b.reasons())
	}
}

func TestAnotherHostIsRefused(t *testing.T) {
	b := start(t, nil, nil)
	if res := b.get(t, http.MethodGet, "/", "evil.example", nil); res.StatusCode != 400 {
		t.Errorf("status %d", res.StatusCode)
	}
	if res := b.get(t, http.MethodGet, "/healthz", "10.0.0.1:8080", nil); res.StatusCode != 200 {
		t.Errorf("a probe by address must be answered, got %d", res.StatusCode)
	}
	if got := b.reasons(); len(got) != 1 || got[0] != "refused host" {
		t.Errorf("audit %v", got)
	}
}

func TestErrorsKeepTheirCauseToTheLog(t *testing.T) {
	b := start(t, func(m *web.Mux) {
		m.Get("/denied", func(http.ResponseWriter, *http.Request) error {
			return fault.New(fault.Denied, "error.denied").For("replay").Because(errors.New("secret cause")).Offer("action.again", "/login").Offer("action.home", "//evil.example")
		})
		m.Get("/panic", func(http.ResponseWriter, *http.Request) error { panic("secret panic") })
		m.Get("/wait", func(http.ResponseWriter, *http.Request) error {
			return fault.New(fault.TooMany, "error.too_many").Retry(90 * time.Second)
		})
		m.Get("/strange", func(http.ResponseWriter, *http.Request) error { return fault.New(fault.Gone, "no.such.key") })
	}, nil)
	c := webtest.New(t)
	p := c.Get(b.URL+"/denied").Expect(403, "Operazione non consentita", "Riprova")
	if p.Has("secret") || p.Find("a[href=//evil.example]") != nil {
		t.Error("neither the cause nor a foreign address may be on the page")
	}
	p = c.Get(b.URL+"/panic").Expect(500, "Si è verificato un problema")
	if p.Has("secret") || !strings.Contains(b.log(), "secret panic") || !strings.Contains(b.log(), "secret cause") {
		t.Error("causes belong to the log")
	}
	p = c.Get(b.URL+"/wait").Expect(429, "Troppi tentativi", "90 secondi")
	if p.Header.Get("Retry-After") != "90" {
		t.Errorf("Retry-After %q", p.Header.Get("Retry-After"))
	}
	c.Get(b.URL+"/strange").Expect(410, "Non più disponibile")
	if got := strings.Join(b.reasons(), ", "); got != "refused replay, failed panic, refused error.too_many, refused no.such.key" {
		t.Errorf("audit %s", got)
	}
}

func TestAClientThatAsksForJSONGetsJSON(t *testing.T) {
	b := start(t, nil, nil)
	c := webtest.New(t)
	c.Header.Set("Accept", "application/json")
	p := c.Get(b.URL + "/missing").Expect(404)
	if p.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(p.Body, `{"error":"not_found","message":"La pagina`) || !strings.Contains(p.Body, `"reference":"`) {
		t.Errorf("%s", p.Body)
	}
}

func TestTheAccessLogTellsNothingAboutThePerson(t *testing.T) {
	b := start(t, func(m *web.Mux) {
		m.Get("/people/{id}", func(w http.ResponseWriter, _ *http.Request) error { return answer(w) })
	}, nil)
	b.get(t, http.MethodGet, "/people/RSSMRA80A01F205X?token=abc", "", http.Header{"User-Agent": {"Firefox of Ada"}})
	log := b.log()
	for _, secret := range []string{"RSSMRA80A01F205X", "token", "abc", "127.0.0.1", "Ada"} {
		if strings.Contains(log, secret) {
			t.Errorf("%s must not be in the log: %s", secret, log)
		}
	}
	if !strings.Contains(log, `"pattern":"GET /people/{id}"`) || !strings.Contains(log, `"status":200`) {
		t.Errorf("pattern and status belong to the log: %s", log)
	}
}

func answer(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusOK)
	return nil
}

func TestTheClientAddressIsTakenFromTrustedProxiesOnly(t *testing.T) {
	routes := func(m *web.Mux) {
		m.Get("/address", func(w http.ResponseWriter, r *http.Request) error {
			_, err := w.Write([]byte(web.ClientAddr(r).String()))
			return err
		})
	}
	alone := start(t, routes, nil)
	behind := start(t, routes, func(b *bench) {
		b.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	})
	for _, x := range []struct {
		b         *bench
		forwarded []string
		want      string
	}{
		{alone, []string{"203.0.113.9"}, "127.0.0.1"},
		{behind, []string{"203.0.113.9"}, "203.0.113.9"},
		{behind, []string{"1.2.3.4, 203.0.113.9, 10.1.1.1"}, "203.0.113.9"},
		{behind, []string{"1.2.3.4", "203.0.113.9"}, "203.0.113.9"},
		{behind, []string{"1.2.3.4, rubbish, 10.1.1.1"}, "10.1.1.1"},
		{behind, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{behind, nil, "127.0.0.1"},
	} {
		c := webtest.New(t)
		c.Header["X-Forwarded-For"] = x.forwarded
		if got := c.Get(x.b.URL + "/address").Body; got != x.want {
			t.Errorf("%v: %s, want %s", x.forwarded, got, x.want)
		}
	}
}

func TestASiteThatCannotWorkIsNotStarted(t *testing.T) {
	good := func() *web.Site { return webtest.NewSite(t, "gateway", "https://login.example.it", time.Now) }
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(s *web.Site){
		"a path in the base URL":      func(s *web.Site) { s.BaseURL = "https://login.example.it/app" },
		"no scheme":                   func(s *web.Site) { s.BaseURL = "login.example.it" },
		"no role":                     func(s *web.Site) { s.Role = "" },
		"no pages":                    func(s *web.Site) { s.Pages = nil },
		"a pattern for an exact path": func(s *web.Site) { s.CrossOriginPOST = []string{"/spid/{x}"} },
		"half a session":              func(s *web.Site) { s.Sessions = &web.Sessions{} },
	} {
		s := good()
		spoil(s)
		if s.Validate() == nil {
			t.Errorf("%s must be refused", name)
		}
	}
}
