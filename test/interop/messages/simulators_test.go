package messages_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"atrio/app/demo/cieprovider"
	"atrio/app/demo/eidasnode"
	"atrio/saml"
)

// withCIE enters by each way, and ends with each error of the scheme.
func withCIE(t *testing.T, begin func(*testing.T) *visit) {
	enter := func(t *testing.T) *visit {
		v := begin(t)
		v.browser.AutoPost = true
		v.page = v.browser.Get(v.rec.gateway+"/cie/login").Expect(http.StatusOK, "Chi sei?")
		return v
	}
	for _, way := range []string{"2", "3"} {
		t.Run("level "+way, func(t *testing.T) {
			v := enter(t)
			v.page = v.browser.Submit(v.page.FormWith("person"), "person", "nora.fittizia", "way", way)
			v.page = v.browser.Submit(v.page.Form("")).Expect(http.StatusOK, "Dati da inviare")
			v.consent("yes").page.Expect(http.StatusOK, "Stai entrando come Nora Fittizia")
		})
	}
	t.Run("with the Format of the Issuers", func(t *testing.T) {
		v := enter(t)
		before := len(v.rec.sent)
		at := v.page.URL.String()
		v.browser.Post(at+"/manner", url.Values{"issuer_format": {"on"}, "highest_class": {"on"}})
		v.page = v.browser.Get(at)
		v.page = v.browser.Submit(v.page.FormWith("person"), "person", "bianca.esempio", "way", "2")
		v.page = v.browser.Submit(v.page.Form("")).Expect(http.StatusOK, "Dati da inviare")
		v.consent("yes").page.Expect(http.StatusOK)
		if sent := v.rec.sent[before:]; len(sent) != 1 || !contains(sent[0].xml, saml.FormatEntity) || !contains(sent[0].xml, "SpidL3") {
			t.Errorf("another answer: %s", sent)
		}
	})
	for _, code := range cieprovider.Codes() {
		t.Run(fmt.Sprint(code), func(t *testing.T) { enter(t).fail(code) })
	}
}

// withEIDAS enters with every person of the demonstration, and ends with each anomaly.
func withEIDAS(t *testing.T, begin func(*testing.T) *visit) {
	enter := func(t *testing.T) *visit {
		v := begin(t)
		v.browser.AutoPost = true
		v.browser.Header.Set("Accept-Language", "it")
		v.page = v.browser.Get(v.rec.gateway+"/eidas/login?country=ES").Expect(http.StatusOK, "Scegli il paese")
		return v
	}
	for login, level := range map[string]string{"joerg": "high", "oksana": "substantial", "mariajose": "high"} {
		t.Run(login, func(t *testing.T) {
			v := enter(t)
			for _, h := range eidasnode.People() {
				if h.Login != login {
					continue
				}
				v.page = v.browser.Get(v.page.URL.String() + "/person?country=" + h.Country)
				v.page = v.browser.Submit(v.page.FormWith("person"), "person", login, "level", level)
				v.consent("yes").page.Expect(http.StatusOK, "Stai entrando come "+h.Written())
			}
		})
	}
	for _, code := range eidasnode.Codes() {
		t.Run(fmt.Sprint(code), func(t *testing.T) { enter(t).fail(code) })
	}
}

// fail ends a login at a simulated provider; the gateway answers with a page that says no.
func (v *visit) fail(code int) {
	v.t.Helper()
	before := len(v.rec.sent)
	v.page = v.browser.Post(v.page.URL.String()+"/end", url.Values{"code": {fmt.Sprint(code)}})
	if v.page.Status < 400 || v.page.Status >= 500 {
		v.t.Errorf("%d: status %d", code, v.page.Status)
	}
	if sent := v.rec.sent[before:]; len(sent) != 1 || sent[0].anomaly() != code {
		v.t.Errorf("%d: another answer: %s", code, sent)
	}
}
