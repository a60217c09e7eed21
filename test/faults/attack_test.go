package faults

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"

	"atrio/test/faults/rig"
)

// markup is a value that must never stand on a page as it is; trace is its part
// that must not stand in a log either.
const (
	trace  = "traccia-7f3a"
	markup = `"'><script>` + trace + `</script>`
)

// fields are the names that some page or endpoint reads, together.
func fields() []string {
	return []string{
		"flow", "idp", "return", "lang", "tab", "with", "before", "session", "email", "notice", "no", "code", "resend", "password", "stay", "remember",
		"username", "method", "consent", "gender", "education", "occupation", "other_names", "interests", "city", "birth_day", "birth_month", "birth_year",
		"privacy", "terms", "SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "client_id", "client_secret", "client_assertion",
		"client_assertion_type", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "acr_values", "claims", "request",
		"request_uri", "code_challenge", "code_challenge_method", "code_verifier", "grant_type", "refresh_token", "access_token", "id_token_hint",
		"post_logout_redirect_uri", "logout_hint", "ui_locales", "error", "error_description", "iss",
	}
}

// attack makes a hostile request for a route; address has no query.
type attack struct {
	name string
	make func(method, address string) *http.Request
	// status is what must come back, 0 for anything below 500.
	status func(status int) bool
}

func refused(status int) bool { return status >= 400 && status < 500 }

// attacks on every route, with a method that the route has. flow is the login that
// they belong to, "" for none.
func attacks(flow string) []attack {
	each := func(value string) url.Values {
		v := each(value)
		if flow != "" {
			v.Set("flow", flow)
		}
		return v
	}
	return []attack{
		{"nothing", values(belongs(flow)), nil},
		{"empty values", values(each("")), nil},
		{"markup in every field", values(each(markup)), nil},
		{"very long values", values(some(strings.Repeat("x", 3000))), nil},
		{"one endless value", text("code=" + strings.Repeat("9", 20_000)), nil},
		{"duplicate fields", text(twice()), nil},
		{"malformed UTF-8", text("flow=%ff%fe&code=%c3%28&username=%ed%a0%80&state=%80"), nil},
		{"NUL", text("flow=%00&code=1%0023456&username=a%00b&state=%00&RelayState=%00"), nil},
		{"control characters", text("flow=%0d%0aSet-Cookie:+a=b&return=%0d%0aX:+y&RelayState=%0d%0a&state=%0d%0a%0d%0a&redirect_uri=%09"), nil},
		{"broken escapes", text("flow=%zz&code=%&username=%e"), nil},
		{"a thousand fields", text(strings.Repeat("a=1&", 1000)), nil},
		{"semicolons", text("flow=1;code=2;x"), nil},
		{"SQL", values(each("' OR 1=1; DROP TABLE account; --")), nil},
		{"addresses elsewhere", values(each("https://evil.example/")), nil},
		{"addresses without scheme", values(each("//evil.example/")), nil},
		{"addresses with backslash", values(each(`/\evil.example/`)), nil},
		{"template braces", values(each("{{.}}${7*7}%{x}")), nil},
		{"foreign cookies", cookies("a=b; gateway_session=" + strings.Repeat("z", 3000) + "; atrio_gateway_session=" + markup), nil},
		{"many cookies", cookies(strings.Repeat("atrio_gateway_flow_x=y; ", 200)), nil},
		{"another host", host("evil.example"), refused},
		{"another host with our name", host("evil.example#localhost"), refused},
		{"forwarded host", header("X-Forwarded-Host", "evil.example"), nil},
		{"method override", header("X-HTTP-Method-Override", "DELETE"), nil},
		{"a strange language", header("Accept-Language", strings.Repeat("x-,;q=9,", 500)), nil},
		{"only JSON wanted", header("Accept", "application/json"), nil},
		{"a broken authorization", header("Authorization", "Basic ///"), nil},
		{"a bearer of nothing", header("Authorization", "Bearer "+markup), nil},
		{"a method that nobody has", verb("BREW"), refused},
		{"DELETE", verb(http.MethodDelete), refused},
		{"TRACE", verb(http.MethodTrace), refused},
		{"OPTIONS", verb(http.MethodOptions), refused},
	}
}

// posts are attacks on bodies.
func posts() []attack {
	return []attack{
		{"a body over the limit", body("application/x-www-form-urlencoded", func() []byte { return []byte("code=" + strings.Repeat("A", 1<<20)) }), nil},
		{"JSON", body("application/json", func() []byte { return []byte(`{"flow":"x"}`) }), nil},
		{"multipart", body("multipart/form-data; boundary=x", func() []byte {
			return []byte("--x\r\nContent-Disposition: form-data; name=\"flow\"\r\n\r\n1\r\n--x--\r\n")
		}), nil},
		{"XML", body("application/xml", func() []byte {
			return []byte(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`)
		}), nil},
		{"no content type", body("", func() []byte { return []byte("flow=x") }), nil},
		{"a broken content type", body("application/x-www-form-urlencoded; charset=\x01", func() []byte { return []byte("flow=x") }), nil},
		{"another charset", body("application/x-www-form-urlencoded; charset=utf-16", func() []byte { return []byte("flow=x") }), nil},
		{"compressed", compressed(), nil},
	}
}

// body sends bytes with a content type, as from our own page.
func body(kind string, data func() []byte) func(string, string) *http.Request {
	return func(method, address string) *http.Request {
		r := request(method, address, bytes.NewReader(data()))
		r.Header.Del("Content-Type")
		if kind != "" {
			r.Header["Content-Type"] = []string{strings.Map(printable, kind)}
		}
		return r
	}
}

func printable(c rune) rune {
	if c < ' ' {
		return '?'
	}
	return c
}

// compressed sends a small body that would become 8 MB.
func compressed() func(string, string) *http.Request {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(bytes.Repeat([]byte("a=bbbbbb&"), 1<<20)) // memory does not fail
	z.Close()
	return func(method, address string) *http.Request {
		r := request(method, address, bytes.NewReader(b.Bytes()))
		r.Header.Set("Content-Encoding", "gzip")
		return r
	}
}

func request(method, address string, body io.Reader) *http.Request {
	r, err := http.NewRequest(method, address, body) //nolint:noctx // the transport's limits hold
	if err != nil {
		return nil // an address that a client cannot write
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// text puts raw text where the method takes it: in the body or in the query.
func text(raw string) func(string, string) *http.Request {
	return func(method, address string) *http.Request {
		if method == http.MethodPost {
			return request(method, address, strings.NewReader(raw))
		}
		r := request(method, address, nil)
		r.URL.RawQuery = raw
		return r
	}
}

func values(v url.Values) func(string, string) *http.Request { return text(v.Encode()) }

func each(value string) url.Values {
	v := url.Values{}
	for _, name := range fields() {
		v.Set(name, value)
	}
	return v
}

func belongs(flow string) url.Values {
	if flow == "" {
		return nil
	}
	return url.Values{"flow": {flow}}
}

// some fills a few fields: together they stay below the limit of a header.
func some(value string) url.Values {
	v := url.Values{}
	for _, name := range []string{"flow", "code", "username", "password", "state", "client_id", "redirect_uri", "RelayState"} {
		v.Set(name, value)
	}
	return v
}

func twice() string { return each("1").Encode() + "&" + each("2").Encode() }

func cookies(line string) func(string, string) *http.Request { return header("Cookie", line) }

func header(name, value string) func(string, string) *http.Request {
	return func(method, address string) *http.Request {
		r := values(nil)(method, address)
		r.Header[name] = []string{value}
		return r
	}
}

func host(name string) func(string, string) *http.Request {
	return func(method, address string) *http.Request {
		r := values(nil)(method, address)
		r.Host = name
		return r
	}
}

func verb(method string) func(string, string) *http.Request {
	return func(_, address string) *http.Request { return request(method, address, nil) }
}

// elsewhere is a POST from a page of somebody else.
func elsewhere() attack {
	return attack{"from another origin", func(method, address string) *http.Request {
		r := values(each("x"))(method, address)
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		return r
	}, refused}
}

// paths are tricks with the address itself, on every role.
func paths() []string {
	return []string{
		"/../../etc/passwd", "/static/../../etc/passwd", "/static/..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/", "/static/%00",
		"//evil.example/", "/%5cevil.example", "/%00", "/%ff%fe", "/login/../account", "/login/%2e%2e/account", "/login;jsessionid=1", "/login%20", "/LOGIN", "/login/",
		"/" + strings.Repeat("a", 8000), "/" + strings.Repeat("a/", 4000), "/.git/config", "/.env", "/metrics", "/debug/pprof/", "/clock", "/people.json",
		"/courses/..%2f..%2fx", "/courses/%00", "/courses/" + url.PathEscape(markup), "/login/" + url.PathEscape(markup), "/" + url.PathEscape(markup),
	}
}

// sample is an address of a route.
func sample(base string, r rig.Route, flow string) string {
	if flow == "" {
		flow = "AAAAAAAAAAAAAAAAAAAAAA"
	}
	return base + strings.NewReplacer("{flow}", flow, "{id}", "statica-per-tutti").Replace(r.Pattern)
}
