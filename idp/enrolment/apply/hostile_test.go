package apply_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Whatever is sent, the answer is a page of ours below 500, and nothing is stored.
func TestHostileFormsAreRefusedAtEveryAddress(t *testing.T) {
	w := newWorld(t)
	p := w.person()
	p.phoned(ada)
	before := w.request(ada)
	for _, path := range []string{
		"/enrol", "/enrol/needs", "/enrol/method", "/enrol/account", "/enrol/account/existing", "/enrol/account/password", "/enrol/account/created",
		"/enrol/confirm", "/enrol/security", "/enrol/phone", "/enrol/phone/again", "/useful",
	} {
		for name, body := range map[string]string{
			"twice": "area=private&area=company", "nul": "area=%00", "bytes": "area=%ff%fe", "many": strings.Repeat("a=1&", 300), "syntax": "a=%zz",
			"long": "area=" + strings.Repeat("a", 70<<10), "name": strings.Repeat("n", 100) + "=1",
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			u, _ := url.Parse(w.base)
			for _, c := range p.browser.HTTP.Jar.Cookies(u) {
				r.AddCookie(c)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusBadRequest && res.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s, %s: %d", path, name, res.StatusCode)
			}
		}
		if page, err := p.browser.Do(http.MethodPost, w.base+path, url.Values{"token": {strings.Repeat("<", 43)}, "code": {"<script>"}, "area": {"<b>"}}, nil); err != nil || page.Status >= 500 || strings.Contains(page.Body, "<script>") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if after := w.request(ada); after.Version != before.Version || w.count(`SELECT count(*) FROM request`) != 1 {
		t.Errorf("%+v", after)
	}
}

// The cookie of the choices opens only as it was sealed; anything else is a new beginning.
func TestATamperedCookieIsANewBeginning(t *testing.T) {
	w := newWorld(t)
	u, err := url.Parse(w.base)
	if err != nil {
		t.Fatal(err)
	}
	for name, tamper := range map[string]func(sealed string) string{
		"gone": func(string) string { return "" }, "other": func(string) string { return "x" }, "long": func(s string) string { return s + strings.Repeat("A", 3000) },
		"cut": func(s string) string { return s[:len(s)-1] }, "turned": func(s string) string { return s[1:] + s[:1] }, "clear": func(string) string { return "eyJhIjoicHJpdmF0ZSJ9" },
	} {
		p := w.person()
		p.toAccount()
		cookies, found := p.browser.HTTP.Jar.Cookies(u), false
		for _, c := range cookies {
			if strings.HasSuffix(c.Name, "_enrol") {
				c.Value, c.Path, found = tamper(c.Value), "/", true
			}
		}
		p.browser.HTTP.Jar.SetCookies(u, cookies)
		if p.get("/enrol/account"); !found || p.page.Status != http.StatusOK || !p.page.Has("Specifica il tuo ambito") {
			t.Errorf("%s: %d, the cookie was there: %v", name, p.page.Status, found)
		}
	}
}
