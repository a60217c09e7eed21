package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"atrio/gateway/account"
	"atrio/web/webtest"
)

// A password that is too long is refused with its limit, on every form and for everybody
// alike: what is cut without a word never fits again. // SP 800-63B-4 3.1.1.2
func TestNoFormCutsAPassword(t *testing.T) {
	s := newStage(t)
	long := strings.Repeat("lunga ", 50)
	const told = "La password può avere al massimo 256 caratteri"
	fits := func(p *webtest.Page) {
		t.Helper()
		for _, field := range p.FindAll("input[type=password]") {
			if webtest.Attr(field, "maxlength") != "" {
				t.Errorf("%s: the browser cuts %s", p.URL.Path, webtest.Attr(field, "name"))
			}
		}
	}
	s.plant()
	var answers []string
	for _, code := range []account.Code{noor, nobody} {
		b := s.browser()
		fits(b.Get(s.url + "/login"))
		p := s.typeIn(b, code, long).Expect(http.StatusUnprocessableEntity, told)
		answers = append(answers, strings.ReplaceAll(p.Body, string(code), ""))
	}
	if answers[0] != answers[1] {
		t.Error("the answer tells who has an account")
	}

	ada := s.browser()
	s.enter(ada)
	s.app(ada)
	for path, fields := range map[string][]string{
		"/account/password":    {"password", "again"},
		factorsPage + "/reset": {"password"},
	} {
		p := ada.Get(s.url + path).Expect(http.StatusOK)
		fits(p)
		var typed []string
		for _, name := range fields {
			typed = append(typed, name, long)
		}
		ada.Submit(p.FormWith("password"), typed...).Expect(http.StatusUnprocessableEntity, told)
	}
	b := s.browser()
	s.lost(b, "noor@posta.example.it")
	p := b.Get(linkIn.FindString(s.mail("noor@posta.example.it"))).Expect(http.StatusOK)
	fits(p)
	b.Submit(p.FormWith("again"), "password", long, "again", long).Expect(http.StatusUnprocessableEntity, told)

	b = s.browser()
	p = s.toReview(b, s.register(b, ""), prova())
	fits(p)
	b.Submit(p.FormWith("password"), "password", long, "repeat", long).Expect(http.StatusUnprocessableEntity, told)
}
