package spidsaml_test

import (
	"net/http"
	"net/url"
	"testing"

	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/slo"
)

// carried is a message of logout as it arrives at the other side.
func carried(t *testing.T, d slo.Delivery) spidsaml.Incoming {
	t.Helper()
	value, err := d.Field()
	if err != nil {
		t.Fatal(err)
	}
	return spidsaml.Incoming{Method: http.MethodPost, Form: url.Values{d.Parameter: {value}, "RelayState": {"opaque"}}, Now: samltest.Start}
}

// The case "logout" of spid-saml-check: the service asks, the provider of the cases
// confirms, and the service takes the confirmation. And the other way round, which
// `atrio check spid` plays. Avviso SPID 3
func TestOfficialLogoutCase(t *testing.T) {
	o := newOfficial(t, samltest.RSA(t), samltest.RSA(t), samltest.ECDSA(t))
	service, provider := o.sp.Leaver(), o.provider.Leaver()
	toService := func(id string) (spidsaml.Peer, bool) { return o.service.Peer(samltest.Start), id == o.service.EntityID }
	toProvider := func(id string) (spidsaml.Peer, bool) { return o.known.Peer(), id == o.known.EntityID }
	for name, c := range map[string]struct {
		asks, confirms       spidsaml.Leaver
		peer                 spidsaml.Peer
		whoAsks, whoConfirms func(string) (spidsaml.Peer, bool)
	}{
		"the service asks":  {service, provider, o.known.Peer(), toService, toProvider},
		"the provider asks": {provider, service, o.service.Peer(samltest.Start), toProvider, toService},
	} {
		t.Run(name, func(t *testing.T) {
			request, pending, err := c.asks.Ask("_logout", samltest.Start, c.peer, "_name", "_session", saml.BindingPost)
			if err != nil {
				t.Fatal(err)
			}
			asked, err := c.confirms.Read(carried(t, request), c.whoAsks)
			if err != nil || !asked.Request || asked.NameID != "_name" || asked.SessionIndexes[0] != "_session" {
				t.Fatalf("%v, %+v", err, asked)
			}
			confirmation, err := c.confirms.Answer("_confirmed", samltest.Start, asked.Peer, asked.ID, saml.BindingPost, false)
			if err != nil || confirmation.Parameter != binding.Response {
				t.Fatal(err)
			}
			read, err := c.asks.Read(carried(t, confirmation), c.whoConfirms)
			if err != nil || read.InResponseTo != pending.RequestID || !read.Complete || read.RelayState != "opaque" {
				t.Errorf("%v, %+v", err, read)
			}
		})
	}
}
