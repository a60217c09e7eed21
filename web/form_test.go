package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"atrio/base/fault"
	"atrio/web"
)

func post(body, contentType string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

const urlencoded = "application/x-www-form-urlencoded"

func TestWhatNoBrowserSendsIsRefused(t *testing.T) {
	for name, x := range map[string]struct {
		body, kind string
		want       fault.Kind
		reason     string
	}{
		"JSON":                 {`{}`, "application/json", fault.Unsupported, "content_type"},
		"no content type":      {"a=b", "", fault.Unsupported, "content_type"},
		"multipart":            {"a=b", "multipart/form-data; boundary=x", fault.Unsupported, "content_type"},
		"another charset":      {"a=b", urlencoded + "; charset=iso-8859-1", fault.Unsupported, "content_type"},
		"a field twice":        {"a=1&a=2", urlencoded, fault.Invalid, "duplicate_field"},
		"bytes not UTF-8":      {"a=%ff", urlencoded, fault.Invalid, "field_bytes"},
		"NUL":                  {"a=x%00y", urlencoded, fault.Invalid, "field_bytes"},
		"NUL in a name":        {"a%00=x", urlencoded, fault.Invalid, "field_name"},
		"a broken escape":      {"a=%zz", urlencoded, fault.Invalid, "form_syntax"},
		"a semicolon":          {"a=1;b=2", urlencoded, fault.Invalid, "form_syntax"},
		"a very long name":     {strings.Repeat("n", 65) + "=1", urlencoded, fault.Invalid, "field_name"},
		"two hundred and more": {strings.Repeat("&", 200), urlencoded, fault.Invalid, "too_many_fields"},
	} {
		_, err := web.ReadForm(post(x.body, x.kind))
		f := fault.From(err)
		if err == nil || f.Kind != x.want || f.AuditReason() != x.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := web.ReadForm(post("a=1&b=%C3%A8", urlencoded+"; charset=UTF-8")); err != nil {
		t.Errorf("a form in UTF-8 must be read: %v", err)
	}
	f, err := web.ReadForm(post("a=1&a=2", urlencoded), web.Repeated("a"))
	if err != nil || strings.Join(f.List("a"), ",") != "1,2" {
		t.Errorf("a repeated field must be read where it is expected: %v", err)
	}
	r := httptest.NewRequest(http.MethodGet, "/?a=1&a=2", nil)
	if _, err := web.ReadQuery(r); !fault.Is(err, fault.Invalid) {
		t.Errorf("the query follows the same rules: %v", err)
	}
}

// read parses a form that must be sound.
func read(t *testing.T, pairs ...string) *web.Form {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	f, err := web.ReadForm(post(v.Encode(), urlencoded))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTypedReadersCleanAndCheckWhatWasTyped(t *testing.T) {
	for name, x := range map[string]struct {
		typed string
		read  func(f *web.Form) any
		want  any
		err   string
	}{
		"text is trimmed":           {"  Ada ", func(f *web.Form) any { return f.Text("x") }, "Ada", ""},
		"an empty optional text":    {" ", func(f *web.Form) any { return f.Text("x") }, "", ""},
		"an empty required text":    {" ", func(f *web.Form) any { return f.Text("x", web.Required) }, "", "form.required"},
		"a text over the limit":     {"èèè", func(f *web.Form) any { return f.Text("x", web.Max(2)) }, "èèè", "form.too_long"},
		"a text at the limit":       {"èè", func(f *web.Form) any { return f.Text("x", web.Max(2)) }, "èè", ""},
		"a line break":              {"a\r\nb", func(f *web.Form) any { return f.Text("x") }, "a\nb", "form.characters"},
		"a line break where it may": {"a\r\nb", func(f *web.Form) any { return f.Text("x", web.Multiline) }, "a\nb", ""},
		"an escape character":       {"a\x1bb", func(f *web.Form) any { return f.Text("x", web.Multiline) }, "a\x1bb", "form.characters"},
		"a password keeps spaces":   {" pass word ", func(f *web.Form) any { return f.Secret("x") }, " pass word ", ""},
		"a password too long":       {strings.Repeat("è", 257), func(f *web.Form) any { return f.Secret("x") }, "", "form.secret.too_long"},
		"the longest password":      {strings.Repeat("🔑", 256), func(f *web.Form) any { return f.Secret("x") }, strings.Repeat("🔑", 256), ""},
		"an empty password":         {"", func(f *web.Form) any { return f.Secret("x") }, "", "form.required"},
		"a code with spaces":        {"123 456", func(f *web.Form) any { return f.Digits("x", 6) }, "123456", ""},
		"a code too short":          {"12345", func(f *web.Form) any { return f.Digits("x", 6) }, "12345", "form.digits"},
		"a code in other digits":    {"١٢٣٤٥٦", func(f *web.Form) any { return f.Digits("x", 6) }, "١٢٣٤٥٦", "form.digits"},
		"an address":                {" ada@example.it ", func(f *web.Form) any { return f.Email("x") }, "ada@example.it", ""},
		"an address without a dot":  {"ada@host", func(f *web.Form) any { return f.Email("x") }, "ada@host", "form.email"},
		"two addresses":             {"a@b.it,c@d.it", func(f *web.Form) any { return f.Email("x") }, "a@b.it,c@d.it", "form.email"},
		"an address with a header":  {"a@b.it\nBcc: c", func(f *web.Form) any { return f.Email("x") }, "a@b.it\nBcc: c", "form.characters"},
		"a ticked box":              {"on", func(f *web.Form) any { return f.Bool("x") }, true, ""},
		"a box ticked with false":   {"false", func(f *web.Form) any { return f.Bool("x") }, false, ""},
		"a known choice":            {"b", func(f *web.Form) any { return f.Choice("x", "a", "b") }, "b", ""},
		"an unknown choice":         {"c", func(f *web.Form) any { return f.Choice("x", "a", "b") }, "", "form.choice"},
		"a number":                  {" 7 ", func(f *web.Form) any { return f.Int("x", 1, 9) }, 7, ""},
		"a number too large":        {"10", func(f *web.Form) any { return f.Int("x", 1, 9) }, 10, "form.range"},
		"a number in words":         {"seven", func(f *web.Form) any { return f.Int("x", 1, 9) }, 0, "form.range"},
	} {
		f := read(t, "x", x.typed)
		got := x.read(f)
		key := ""
		if e := f.Errors.Err("x"); e != nil {
			key = e.Key
		}
		if got != x.want || key != x.err || f.OK() != (x.err == "") {
			t.Errorf("%s: %q %q, want %q %q", name, got, key, x.want, x.err)
		}
		if f.Value("x") != x.typed {
			t.Errorf("%s: the value must stay as typed", name)
		}
	}
}

func TestErrorsKeepTheOrderOfTheFields(t *testing.T) {
	f := read(t, "a", "", "b", "x")
	f.Text("a", web.Required)
	f.Digits("b", 6)
	f.Fail("", "form.characters")
	if len(f.Errors) != 3 || f.Errors[0].Field != "a" || f.Errors[1].Args[1] != 6 || !f.Has("a") || f.Has("c") {
		t.Errorf("%+v", f.Errors)
	}
}

func FuzzReadFormNeverAcceptsADoubleFieldOrBrokenText(f *testing.F) {
	f.Add("a=1&b=2")
	f.Add("a=%00&a=1")
	f.Add("a=%ff;&&=")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := web.ReadForm(post(body, urlencoded))
		if err != nil {
			if k := fault.From(err).Kind; k != fault.Invalid {
				t.Errorf("kind %v", k)
			}
			return
		}
		v, _ := url.ParseQuery(body)
		for name, list := range v {
			if len(list) > 1 || strings.Contains(form.Value(name), "\x00") {
				t.Errorf("accepted %q", body)
			}
		}
	})
}
