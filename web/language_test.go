package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"atrio/web"
	"atrio/web/webtest"
)

func TestTheLanguageFollowsTheBrowserAndThenTheChoice(t *testing.T) {
	b := start(t, nil, nil)
	for accept, want := range map[string]string{
		"": "it", "en-GB,it;q=0.5": "en", "it-IT,en": "it", "de,fr": "it", "de, en;q=0.1": "en", "en;q=0, it;q=0.1": "it",
		"en;q=0.4, it;q=0.9": "it", "en;q=x": "it", strings.Repeat("x,", 30) + "en": "it",
	} {
		res := b.get(t, http.MethodGet, "/", "", http.Header{"Accept-Language": {accept}})
		if got := res.Header.Get("Content-Language"); got != want {
			t.Errorf("%q gives %s, want %s", accept, got, want)
		}
	}
	c := webtest.New(t)
	c.Get(b.URL+"/").Expect(200, "Ciao")
	p := c.Get(b.URL + "/?a=1&lang=en&b=%2F2")
	if p.Expect(200, "Hello").URL.RawQuery != "a=1&b=%2F2" {
		t.Errorf("the rest of the query must stay: %s", p.URL)
	}
	c.Get(b.URL+"/").Expect(200, "Hello")
	c.Follow(c.Get(b.URL+"/"), "ITA").Expect(200, "Ciao")
	c.Get(b.URL+"/?ui_locales=de+en-US").Expect(200, "Hello")
	c.Get(b.URL+"/").Expect(200, "Hello")
	c.Get(b.URL+"/?lang=de").Expect(200, "Hello")
	// The page about a wrong address follows its links too.
	wrong := c.Get(b.URL + "/nowhere")
	if lang := c.Follow(wrong, "ITA").Header.Get("Content-Language"); lang != "it" {
		t.Errorf("the page about a wrong address stays in %s", lang)
	}
}

func TestTheLanguageSwitchCannotLeadAway(t *testing.T) {
	b := start(t, func(m *web.Mux) {
		m.Get("/{path...}", func(w http.ResponseWriter, _ *http.Request) error { return answer(w) })
	}, nil)
	for _, path := range []string{"//evil.example/?lang=en", "/%5Cevil.example?lang=en", "/%2Fevil.example?lang=en"} {
		res := b.get(t, http.MethodGet, path, "", nil)
		to := res.Header.Get("Location")
		if strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) || !strings.HasPrefix(to, "/") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
}

func TestAPageAfterAPostLinksToAnAddressThatExists(t *testing.T) {
	var b *bench
	show := func(w http.ResponseWriter, r *http.Request) error { return b.Page(w, r, 422, "test/hello", nil) }
	b = start(t, func(m *web.Mux) {
		m.Get("/both", show)
		m.Post("/both", show)
		m.Post("/only", show)
	}, nil)
	c := webtest.New(t)
	if got := c.Post(b.URL+"/both", nil).Link("ENG"); got != b.URL+"/both?lang=en" {
		t.Errorf("got %s", got)
	}
	if got := c.Post(b.URL+"/only", nil).Link("ENG"); got != b.URL+"/?lang=en" {
		t.Errorf("got %s", got)
	}
}

func TestANoticeShowsOnceAndOnlyOurOwnMessages(t *testing.T) {
	var b *bench
	b = start(t, func(m *web.Mux) {
		m.Post("/save", func(w http.ResponseWriter, r *http.Request) error {
			b.Notice(w, "test.notice.saved")
			return web.Redirect(w, r, "/")
		})
	}, nil)
	c := webtest.New(t)
	c.Post(b.URL+"/save", nil).Expect(200, "Dati salvati")
	if c.Get(b.URL + "/").Has("Dati salvati") {
		t.Error("a notice shows once")
	}
	for _, forged := range []string{"test.secret", "test.notice.none", "<script>"} {
		c.Header.Set("Cookie", "atrio_gateway_notice="+forged)
		if p := c.Get(b.URL + "/"); p.Find(".atrio-callout") != nil {
			t.Errorf("%s must not be shown", forged)
		}
	}
}

func TestCookiesCarryTheRoleAndTheSafeAttributes(t *testing.T) {
	for base, want := range map[string][2]string{
		"http://localhost:8080": {
			"atrio_gateway_flow_x=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax",
			"atrio_gateway_flow_x=v; Path=/; HttpOnly; SameSite=Lax",
		},
		"https://login.example.it": {
			"__Host-atrio_gateway_flow_x=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax",
			"__Host-atrio_gateway_flow_x=v; Path=/; HttpOnly; Secure; SameSite=None",
		},
	} {
		s := webtest.NewSite(t, "gateway", base, time.Now)
		w := httptest.NewRecorder()
		s.SetCookie(w, "flow_x", "v", web.CookieOptions{MaxAge: 60})
		s.SetCookie(w, "flow_x", "v", web.CookieOptions{CrossSite: true})
		got := w.Header().Values("Set-Cookie")
		if got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: %v", base, got)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, line := range got {
			name, _, _ := strings.Cut(line, ";")
			r.Header.Set("Cookie", name+"; atrio_idp_flow_y=z; other=1")
		}
		if v, ok := s.Cookie(r, "flow_x"); !ok || v != "v" {
			t.Errorf("%s: cookie %q", base, v)
		}
		if all := s.Cookies(r, "flow_"); len(all) != 1 || all["flow_x"] != "v" {
			t.Errorf("%s: cookies %v", base, all)
		}
		w = httptest.NewRecorder()
		s.ClearCookie(w, "flow_x", web.CookieOptions{})
		if !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
			t.Errorf("%s: not cleared", base)
		}
	}
}

func TestHTTPSSitesAskForHTTPSOnly(t *testing.T) {
	s := webtest.NewSite(t, "gateway", "https://login.example.it", time.Now)
	h := s.Handler()
	for host, want := range map[string]int{"login.example.it": 404, "LOGIN.example.it:443": 404, "login.example.it:8443": 400, "login.example.it.": 400} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want || !strings.HasPrefix(w.Header().Get("Strict-Transport-Security"), "max-age=63072000") {
			t.Errorf("%s: %d %s", host, w.Code, w.Header().Get("Strict-Transport-Security"))
		}
	}
}

func TestAServerHasLimitsForEverything(t *testing.T) {
	var server http.Server
	web.ServerTimeouts(&server)
	if server.ReadHeaderTimeout == 0 || server.ReadTimeout == 0 || server.WriteTimeout == 0 || server.IdleTimeout == 0 || server.MaxHeaderBytes > 64<<10 {
		t.Errorf("%+v", &server)
	}
}
