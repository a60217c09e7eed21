package rig

import (
	"net/http"
	"net/url"
	"testing"
)

// Holder is a person with a CIE in front of a browser, as the simulated provider of
// the demonstration knows them.
type Holder struct {
	Demo *Demo
	// Login is the user name there; its pages hold the secrets ready.
	Login string

	t       testing.TB
	browser *Browser
}

// NewHolder puts a holder of a card in front of a browser.
func NewHolder(t testing.TB, d *Demo, login string) *Holder {
	return &Holder{Demo: d, Login: login, t: t, browser: NewBrowser(t)}
}

// Answer enters by CIE at level 2, agrees, and stops with the provider's answer in the
// hand: the request that brings it to the gateway.
func (h *Holder) Answer() Request {
	h.t.Helper()
	choice := h.page(Get(h.Demo.Gateway() + "/cie/login"))
	credentials := h.page(Send(choice.FormWith("person"), choice, "person", h.Login, "way", "2"))
	consent := h.page(Send(credentials.FormWith("username"), credentials))
	r := Send(consent.FormWith("consent"), consent, "consent", "yes")
	p, err := h.browser.Client.Do(r.Method, r.Address, r.Values, r.From)
	if err != nil {
		h.t.Fatal(err)
	}
	answer, goes := Next(r, p)
	if !goes || answer.Values.Get("SAMLResponse") == "" {
		h.t.Fatalf("no answer at %s\n%s", p.URL, p.Text("main"))
	}
	return answer
}

// Cookies are those that the browser has for the gateway.
func (h *Holder) Cookies() []*http.Cookie {
	h.t.Helper()
	u, err := url.Parse(h.Demo.Gateway())
	if err != nil {
		h.t.Fatal(err)
	}
	return h.browser.Client.HTTP.Jar.Cookies(u)
}

func (h *Holder) page(r Request) *Page {
	h.t.Helper()
	p, _, err := h.browser.Go(r)
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Expect(http.StatusOK)
}
