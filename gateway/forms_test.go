package gateway_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"atrio/web/webtest"
)

// place is a page with a form, in a world that can be made again.
type place struct {
	world world
	page  string // path and query as the crawler found them; secrets in it differ in the next world
	n     int    // which form of the page
	key   string // method, action and fields
}

// notForms are addresses that take messages of programs, each with tests of its own.
var notForms = []string{
	"/spid/acs", "/spid/slo", "/cie/acs", "/cie/slo", // test/faults, test/corpus
	"/oidc/token", "/oidc/userinfo", "/oidc/authorize", "/oidc/logout", // gateway/oidcop
}

// lenient are fields that name where a person goes on, or which of their own numbers they
// mean, where what is unknown stands for none, as in an old bookmark; and those that
// nobody reads.
func lenient(form, field string) bool {
	switch {
	case field == "flow", field == "to", field == "number" && strings.HasPrefix(form, "/second-factor"):
		return true
	case field == "username", field == "code": // beside a new password, for the browser that keeps it
		return strings.HasPrefix(form, "/password ") || strings.HasPrefix(form, "/account/password ") || strings.HasPrefix(form, "/recover/password ") || strings.HasPrefix(form, "/register/review ")
	}
	return false
}

// Every form of the gateway refuses what no browser sends and what is wrong in a field,
// with a page, and shows nothing of it unescaped. Forms are found on the pages; an
// address that takes one and stands on none of them fails the test.
func TestEveryFormRefusesNonsenseWithAPage(t *testing.T) {
	var mu sync.Mutex
	seen, addresses := map[string]bool{}, map[string]bool{}
	var known []string
	t.Run("worlds", func(t *testing.T) {
		for _, w := range worlds {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				v := w.open(t)
				places := v.crawl(w)
				mu.Lock()
				known = v.posts
				places = slices.DeleteFunc(places, func(p place) bool {
					double := seen[p.key]
					seen[p.key] = true
					return double
				})
				mu.Unlock()
				for _, p := range places {
					v = v.attack(p)
				}
				mu.Lock()
				defer mu.Unlock()
				for path := range v.addresses {
					addresses[path] = true
				}
				v.escapedInMail()
			})
		}
	})
	for _, path := range known {
		if !addresses[path] && !slices.Contains(notForms, path) {
			t.Errorf("no page was found with the form of %s: add a world that shows it", path)
		}
	}
}

// visitor is somebody in a world, with the addresses of forms that were attacked.
type visitor struct {
	*stage
	b         *webtest.Client
	starts    []string // where the pages of this world begin
	addresses map[string]bool
}

// skipped are links that begin a login elsewhere, or end what the world is made of.
func skipped(path string) bool {
	for _, beginning := range []string{"/spid/", "/cie/", "/eidas/login", "/test/", "/static/", "/oidc/", "/account/export"} {
		if strings.HasPrefix(path, beginning) {
			return true
		}
	}
	return false
}

// crawl follows the links of a world and lists the forms.
func (v *visitor) crawl(w world) (places []place) {
	v.t.Helper()
	queue, met := slices.Clone(v.starts), map[string]bool{}
	for n := 0; n < len(queue) && n < 60; n++ {
		p := v.b.Get(v.url + queue[n])
		if p.Doc == nil {
			continue
		}
		for i, f := range p.Forms() {
			u, err := url.Parse(f.Action)
			if err != nil || f.Method != http.MethodPost || u.Scheme+"://"+u.Host != v.url {
				continue
			}
			key := keyOfForm(u, f)
			if !slices.ContainsFunc(places, func(other place) bool { return other.key == key }) {
				places = append(places, place{w, p.URL.RequestURI(), i, key})
			}
		}
		if w.alone {
			continue
		}
		for _, a := range p.FindAll("a[href]") {
			u, err := p.URL.Parse(webtest.Attr(a, "href"))
			if err != nil || u.Scheme+"://"+u.Host != v.url || skipped(u.Path) || met[u.Path] {
				continue
			}
			met[u.Path] = true
			queue = append(queue, u.RequestURI())
		}
	}
	return places
}

// keyOfForm tells forms apart.
func keyOfForm(to *url.URL, f *webtest.Form) string { return to.Path + " " + fmt.Sprint(f.Fields()) }

// answers are what somebody types who has nothing to hide: what is attacked is one field.
var answers = map[string]string{
	"reason": "Ha chiamato", "words": "La carta è in viaggio", "label": "telefono", "key": string(noor), "ticket": "T-1", "email": "nessuno@posta.example.it",
	"chosen_name": "Adi",
}

// form is the form of a place as the page shows it now; nil when it does not any more.
func (v *visitor) form(p place) *webtest.Form {
	v.b.NoRedirect = true // it may lead to a service by now
	got := v.b.Get(v.url + p.page)
	v.b.NoRedirect = false
	v.escaped(p.page, got)
	if got.Doc == nil || p.n >= len(got.Forms()) {
		return nil
	}
	f := got.Forms()[p.n]
	u, err := url.Parse(f.Action)
	if err != nil || keyOfForm(u, f) != p.key {
		return nil
	}
	v.addresses[u.Path] = true
	return f.Complete(answers)
}

// fresh gives the form of a place, in a new world when this one is spent.
func (v *visitor) fresh(p place) (*visitor, *webtest.Form) {
	v.t.Helper()
	if f := v.form(p); f != nil {
		return v, f
	}
	next := p.world.open(v.t)
	for path := range v.addresses {
		next.addresses[path] = true
	}
	f := next.form(p)
	if f == nil { // a page whose address has a secret of the world
		for _, again := range next.crawl(p.world) {
			if again.key == p.key {
				p.page, p.n = again.page, again.n
				f = next.form(p)
			}
		}
	}
	if f == nil {
		v.t.Fatalf("the form %s is not there a second time", p.key)
	}
	return next, f
}

const (
	urlencoded = "application/x-www-form-urlencoded"
	// token and marked are what an attacker sends; token alone harms nobody.
	token  = "zq7traccia"
	marked = token + `"'><b>&fine`
)

// raw are beginnings of marked that must not stand on a page.
var raw = []string{token + `"`, token + `'`, token + `<`, token + `>`}

func (v *visitor) escaped(name string, p *page) {
	v.t.Helper()
	for _, text := range raw {
		if at := strings.Index(p.Body, text); at >= 0 {
			v.t.Errorf("%s: the page holds what was sent, unescaped: …%s…", name, p.Body[max(0, at-80):min(len(p.Body), at+60)])
		}
	}
}

// escapedInMail looks at what is on its way to people's mail programs.
func (v *visitor) escapedInMail() {
	v.t.Helper()
	for _, text := range raw {
		if n := v.count(`SELECT count(*) FROM outbox WHERE html LIKE $1`, "%"+text+"%"); n > 0 {
			v.t.Errorf("%d mails hold %s", n, text)
		}
	}
}

// attack sends everything to one form, and gives the world in which it goes on.
func (v *visitor) attack(p place) *visitor {
	v.t.Helper()
	v, f := v.fresh(p)
	for _, hidden := range []bool{false, true} {
		form := maps.Clone(f.Values)
		for _, name := range f.Fields() {
			if hidden || !f.Hidden(name) {
				form.Set(name, marked)
			}
		}
		v.clear(p.key+": markup", v.send(f.Action, urlencoded, form.Encode()), false)
		v, f = v.fresh(p) // looks at what was kept
	}
	for _, name := range f.Fields() {
		for _, a := range []struct {
			what   string
			values []string
			wrong  bool // in a field that a person fills in or a page hides
		}{
			{"a long value", []string{token + strings.Repeat("x", 20_000)}, true}, {"control marks", []string{"a\x01\r\n\u202e\x1b[0m"}, true}, {"missing", nil, false},
		} {
			form := maps.Clone(f.Values)
			form[name] = a.values
			got := v.send(f.Action, urlencoded, form.Encode())
			v.clear(fmt.Sprintf("%s, %s: %s", p.key, name, a.what), got, a.wrong && !f.Button(name) && !lenient(p.key, name))
			if got.Status < 400 || got.Status == http.StatusTooManyRequests {
				v, f = v.fresh(p) // it did something
			}
		}
	}
	if fields := f.Fields(); len(fields) > 0 {
		v.clear(p.key+": twice", v.send(f.Action, urlencoded, url.Values{fields[0]: {"1", "2"}}.Encode()), true)
	}
	v, f = v.fresh(p)
	reads := len(f.Fields()) > 0 // a form without fields reads nothing
	for _, whole := range []struct{ what, kind, body string }{
		{"broken escapes", urlencoded, "flow=%zz&code=%"}, {"no UTF-8", urlencoded, "code=%c3%28&flow=%ff"},
		{"NUL", urlencoded, "code=1%002"}, {"a name of bytes", urlencoded, "%ff=1"},
		{"semicolons", urlencoded, "a=1;b=2"}, {"many fields", urlencoded, strings.Repeat("a=1&", 1000)},
		{"a body over the limit", urlencoded, "code=" + strings.Repeat("A", 1<<20)}, {"JSON", "application/json", `{"code":"1"}`},
		{"multipart", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\n1\r\n--x--\r\n"},
		{"another charset", "application/x-www-form-application/x-www-form-urlencoded; charset=utf-16", "code=1"}, {"no type", "", "code=1"},
	} {
		v.clear(p.key+": "+whole.what, v.send(f.Action, whole.kind, whole.body), reads)
	}
	v.clear(p.key+": nothing", v.send(f.Action, urlencoded, ""), false)
	return v
}

// clear says what holds for every answer; must is set when nothing but a refusal will do.
func (v *visitor) clear(name string, p *page, must bool) {
	v.t.Helper()
	switch {
	case p.Status >= 500 || p.Status == 0:
		v.t.Errorf("%s: %d\n%.300s", name, p.Status, p.Body)
	case must && (p.Status < 400 || p.Text("h1") == ""):
		v.t.Errorf("%s: %d, no refusal\n%.300s", name, p.Status, p.Text("main"))
	case p.Status >= 400 && p.Text("h1") == "":
		v.t.Errorf("%s: %d without a page\n%.300s", name, p.Status, p.Body)
	}
	v.escaped(name, p)
}

// send posts a body as it is, from our own page, and follows nothing.
func (v *visitor) send(address, kind, body string) *page {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept", "text/html")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := v.b.HTTP.Do(req)
	if err != nil {
		v.t.Fatalf("%s: %v", address, err)
	}
	defer res.Body.Close()
	if res.StatusCode < 400 && res.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, res.Body)
		return &page{Status: res.StatusCode, Header: res.Header, URL: req.URL}
	}
	return webtest.Read(v.t, res)
}
