package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"atrio/web"
	"atrio/web/webtest"
)

// readsForm is a POST handler that reads its form.
func readsForm(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	_, err = w.Write([]byte(f.Value("x")))
	return err
}

func postFrom(t *testing.T, b *bench, path, body string, header http.Header) *http.Response {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", urlencoded)
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestAPostFromAnotherSiteIsRefusedExceptWhereItIsExpected(t *testing.T) {
	b := start(t, func(m *web.Mux) {
		m.Post("/account", readsForm)
		m.Post("/spid/acs", readsForm)
		m.Post("/spid/acs/more", readsForm)
	}, func(b *bench) { b.CrossOriginPOST = []string{"/spid/acs"} })
	foreign := http.Header{"Origin": {"https://idp.example"}, "Sec-Fetch-Site": {"cross-site"}}
	for _, x := range []struct {
		path   string
		header http.Header
		want   int
	}{
		{"/account", foreign, 403},
		{"/account", http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		{"/account", http.Header{"Origin": {"null"}}, 403},
		{"/account", http.Header{"Origin": {"https://idp.example"}}, 403},
		{"/account", http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {b.URL}}, 200},
		{"/account", http.Header{"Sec-Fetch-Site": {"none"}}, 200},
		{"/account", nil, 200}, // no browser: no cookie of a browser either
		{"/spid/acs", foreign, 200},
		{"/spid/acs/more", foreign, 403},
		{"/spid/acs/", foreign, 403},
		{"//spid/acs", foreign, 403},
	} {
		if res := postFrom(t, b, x.path, "x=1", x.header); res.StatusCode != x.want {
			t.Errorf("%s %v: %d, want %d", x.path, x.header, res.StatusCode, x.want)
		}
	}
	c := webtest.New(t)
	c.Header.Set("Sec-Fetch-Site", "cross-site")
	c.Post(b.URL+"/account", nil).Expect(403, "partito da un altro sito", "Codice di riferimento")
	if got := b.reasons(); got[0] != "refused cross_origin" {
		t.Errorf("audit %v", got)
	}
}

func TestBodiesAreLimitedAndAnAddressMayHaveItsOwnLimit(t *testing.T) {
	b := start(t, func(m *web.Mux) {
		m.Post("/small", readsForm)
		m.Post("/large", readsForm, web.MaxBody(200<<10))
	}, nil)
	body := "x=" + strings.Repeat("a", 100<<10)
	for path, want := range map[string]int{"/small": 413, "/large": 200} {
		if res := postFrom(t, b, path, body, nil); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
	if res := postFrom(t, b, "/large", body+body, nil); res.StatusCode != 413 {
		t.Errorf("its own limit holds too: %d", res.StatusCode)
	}
	c := webtest.New(t)
	c.Post(b.URL+"/small", url.Values{"x": {strings.Repeat("a", 100<<10)}}).Expect(413, "Invio troppo grande")
	c.Header.Set("Content-Type", "text/plain")
	c.Post(b.URL+"/small", nil).Expect(415, "Formato non accettato")
	if got := strings.Join(b.reasons(), ","); !strings.Contains(got, "body_size") || !strings.HasSuffix(got, "refused content_type") {
		t.Errorf("audit %s", got)
	}
}

func TestReturnAddressesStayOnThisSite(t *testing.T) {
	for address, ok := range map[string]bool{
		"/": true, "/account?x=1#y": true, "//evil.example": false, `/\evil.example`: false, "https://evil.example": false,
		"": false, "account": false, "/a\nb": false, "/a b": false, "/\t/evil.example": false, "javascript:alert(1)": false,
	} {
		if got := web.LocalPath(address, "F"); (got == address) != ok || (!ok && got != "F") {
			t.Errorf("%q gives %q", address, got)
		}
	}
}
