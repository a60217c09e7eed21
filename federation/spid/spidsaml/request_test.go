package spidsaml

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

const (
	areq = "AuthnRequest"
	rctx = "AuthnRequest/RequestedAuthnContext"
)

// redirected sends a request text by redirect, signed by s.
func (w *world) redirected(t *testing.T, request []byte, s xmlsec.Signer) Incoming {
	t.Helper()
	address, err := binding.RedirectURL(w.idp.SSOURL, binding.Request, request, "opaque", s)
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(address, "?")
	return Incoming{Method: "GET", RawQuery: query, Now: w.now}
}

func TestARequestArrivesByBothBindings(t *testing.T) {
	w := newWorld(t)
	r := w.request(t, Want{Level: spid.L2, AttributeIndex: 0})
	address, err := r.RedirectURL("opaque")
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(address, "?")
	p := w.request(t, Want{Level: spid.L2, Binding: saml.BindingPost})
	action, field, err := p.Post()
	if err != nil || action != w.idp.SSOURL {
		t.Fatal(action, err)
	}
	for name, in := range map[string]Incoming{
		"redirect": {Method: "GET", RawQuery: query, Now: w.now},
		"post":     {Method: "POST", Form: url.Values{"SAMLRequest": {field}, "RelayState": {"opaque"}}, Now: w.now},
	} {
		t.Run(name, func(t *testing.T) {
			a, found := w.idp.ReadRequest(in, w.lookup)
			if found != nil {
				t.Fatal(found)
			}
			if a.RequestID != "_request" || a.Service != w.sp.EntityID || a.ACSURL != w.sp.ACSURL || a.RelayState != "opaque" ||
				a.Level != spid.L2 || a.Comparison != spid.Minimum || !a.ForceAuthn || len(a.Attributes) != 6 || a.DisplayNames.In("en") != "Example" {
				t.Errorf("read %+v", a)
			}
			w.answered(t, r.Pending, a)
		})
	}
}

// answered lets the provider answer and the service check.
func (w *world) answered(t *testing.T, pending Pending, a *Authn) {
	t.Helper()
	document, err := w.idp.Success(a, w.answer())
	if err != nil {
		t.Fatal(err)
	}
	login, err := CheckResponse(w.input(pending, document))
	if err != nil {
		t.Fatal(err)
	}
	if login.Attributes["fiscalNumber"] == "" || login.Attributes["gender"] != "" || login.Attributes["mobilePhone"] != "" {
		t.Errorf("attributes %v: only those asked for and known may travel", login.Attributes)
	}
}

func TestTheWrongBindingIsRefusedBeforeAnythingIsSent(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.request(t, Want{Level: spid.L2}).Post(); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	if _, err := w.request(t, Want{Level: spid.L2, Binding: saml.BindingPost}).RedirectURL("x"); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	w.provider.SignOn = nil
	if _, err := w.sp.Request("_r", w.now, w.provider, Want{Level: spid.L2}); err == nil {
		t.Error("a provider without address")
	}
	w.meet(t)
	if _, err := w.sp.Request("_r", w.now, w.provider, Want{Level: 4}); err == nil {
		t.Error("a level that does not exist")
	}
	if _, err := w.sp.Request("_r", w.now, w.provider, Want{Level: spid.L2, AttributeIndex: 9}); err == nil {
		t.Error("a set that is not published")
	}
	w.provider.ValidUntil = w.now
	if _, err := w.sp.Request("_r", w.now, w.provider, Want{Level: spid.L2}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("metadata past its end: %v", err)
	}
}

func TestLevelOneLeavesForceAuthnOut(t *testing.T) {
	w := newWorld(t)
	if text := string(w.request(t, Want{Level: spid.L1}).XML); strings.Contains(text, "ForceAuthn") || strings.Contains(text, "IsPassive") {
		t.Error(text)
	}
	if text := string(w.request(t, Want{Level: spid.L3}).XML); !strings.Contains(text, `ForceAuthn="true"`) || strings.Contains(text, "AllowCreate") {
		t.Error(text)
	}
}

func TestTheProviderNeverAnswersBelowTheLevelAskedFor(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	answer := w.answer()
	answer.Level = spid.L1
	if _, err := w.idp.Success(w.asked(t, pending), answer); err == nil {
		t.Error("level 1 for level 2")
	}
	one := w.asked(t, w.request(t, Want{Level: spid.L1}).Pending)
	document, err := w.idp.Success(one, answer)
	if err != nil || !strings.Contains(string(document), `SessionIndex="_session"`) {
		t.Errorf("level 1 has a session index: %v", err)
	}
	answer.Level = spid.L3
	if document, _ = w.idp.Success(one, answer); strings.Contains(string(document), "SessionIndex") {
		t.Error("a session index above level 1")
	}
}

func TestMetadataOfStrangersIsRefused(t *testing.T) {
	w := newWorld(t)
	service, err := w.sp.Metadata("_sp", w.now)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := w.idp.Metadata("_idp", w.now)
	if err != nil {
		t.Fatal(err)
	}
	drop := func(document []byte, path string) []byte { return samltest.Apply(t, document, samltest.Drop(path)) }
	if _, err := ReadProvider(service, w.now); err == nil {
		t.Error("a service as provider")
	}
	if _, err := ReadService(provider, w.now); err == nil {
		t.Error("a provider as service")
	}
	if _, err := ReadProvider(drop(provider, "EntityDescriptor/IDPSSODescriptor/KeyDescriptor"), w.now); err == nil {
		t.Error("a provider without key")
	}
	if _, err := ReadService(drop(service, "EntityDescriptor/SPSSODescriptor/KeyDescriptor"), w.now); err == nil {
		t.Error("a service without key")
	}
	if _, err := ReadSignedProvider(provider, samltest.Public(w.stranger), w.now); err == nil {
		t.Error("signed by another")
	}
	p, err := ReadSignedProvider(provider, samltest.Public(w.idp.Signer), w.now.Add(time.Hour))
	if err != nil || p.Name != "Identità Esempio" || len(p.Logout) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}

// Avviso SPID 18: the purpose stands in the Extensions, behind the Issuer, and only
// when it is asked for.
func TestAPurposeStandsInTheExtensions(t *testing.T) {
	w := newWorld(t)
	if r := w.request(t, Want{Level: spid.L2}); strings.Contains(string(r.XML), "Extensions") {
		t.Errorf("%s", r.XML)
	}
	for _, p := range spid.Purposes() {
		r := w.request(t, Want{Level: spid.L2, Purpose: p, Binding: saml.BindingPost})
		want := `</saml:Issuer><samlp:Extensions><spid:Purpose xmlns:spid="https://spid.gov.it/saml-extensions">` + string(p) + `</spid:Purpose></samlp:Extensions>`
		if !strings.Contains(string(r.XML), want) {
			t.Errorf("%s", r.XML)
		}
		_, field, err := r.Post()
		if err != nil {
			t.Fatal(err)
		}
		in := Incoming{Method: "POST", Form: url.Values{"SAMLRequest": {field}, "RelayState": {"opaque"}}, Now: w.now}
		if _, found := w.idp.ReadRequest(in, w.lookup); found != nil {
			t.Errorf("%s: a provider refuses it: %v", p, found)
		}
	}
	for _, p := range []spid.Purpose{"X", "p", "P "} {
		if _, err := w.sp.Request("_r", w.now, w.provider, Want{Level: spid.L2, Purpose: p}); err == nil {
			t.Errorf("%q was asked for", p)
		}
	}
}
