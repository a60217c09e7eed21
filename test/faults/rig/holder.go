package rig

import (
	"net/http"
	"net/url"
	"testing"
)

// Holder is a person with a CIE or with an identity of another country, in front of a
// browser, as the simulated providers of the demonstration know them.
type Holder struct {
	Demo *Demo
	// Login is the user name there; the pages hold the secrets ready.
	Login string
	// Country is the code of the country of the identity, "" for a CIE.
	Country string
	// Service is the one of the desk that they want to enter, "" for none.
	Service string

	t       testing.TB
	browser *Browser
}

// NewHolder puts a holder of a card in front of a browser.
func NewHolder(t testing.TB, d *Demo, login string) *Holder {
	return &Holder{Demo: d, Login: login, t: t, browser: NewBrowser(t)}
}

// NewForeigner puts somebody from another country in front of a browser.
func NewForeigner(t testing.TB, d *Demo, country, login string) *Holder {
	h := NewHolder(t, d, login)
	h.Country = country
	return h
}

// Answer signs in at the provider, agrees, and stops with its answer in the hand: the
// request that brings it to the gateway.
func (h *Holder) Answer() Request {
	h.t.Helper()
	consent := h.signedIn()
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

// signedIn is the page that asks for consent, reached at level 2.
func (h *Holder) signedIn() *Page {
	h.t.Helper()
	if h.Country == "" {
		choice := h.page(Get(h.Demo.Gateway() + "/cie/login"))
		credentials := h.page(Send(choice.FormWith("person"), choice, "person", h.Login, "way", "2"))
		return h.page(Send(credentials.FormWith("username"), credentials))
	}
	country := url.Values{"country": {h.Country}}.Encode()
	door := h.Demo.Gateway() + "/eidas/login?" + country
	if h.Service != "" {
		choice := h.page(Get(h.Demo.Desk() + "/service/start?client=" + h.Service))
		door += "&flow=" + choice.URL.Query().Get("flow")
	}
	countries := h.page(Get(door))
	people := h.page(Get(countries.URL.String() + "/person?" + country))
	return h.page(Send(people.FormWith("person"), people, "person", h.Login))
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
