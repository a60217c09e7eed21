package idp_test

import (
	"strings"
	"testing"

	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/idp"
	"atrio/saml/samltest"
	"atrio/saml/sp"
	"atrio/saml/xmlsec"
)

func TestAnAnswerCarriesBothSignatures(t *testing.T) {
	s := samltest.ECDSA(t)
	r := &saml.Response{ID: "_r", Issuer: saml.Entity("i"), Status: &saml.Status{Code: saml.StatusSuccess},
		Assertion: &saml.Assertion{ID: "_a", Issuer: saml.Entity("i")}}
	document, err := idp.Sign(r, s)
	if err != nil {
		t.Fatal(err)
	}
	e, err := sp.Open(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.VerifyEnvelope(samltest.Public(s)); err != nil || !e.Signed {
		t.Error("envelope", err)
	}
	if a, err := e.VerifyAssertion(samltest.Public(s)); err != nil || a.ID != "_a" {
		t.Error("assertion", err)
	}
	r.Assertion = nil
	if document, err = idp.Sign(r, s); err != nil || strings.Count(string(document), "<ds:Signature ") != 1 {
		t.Error("an error is signed once", err)
	}
}

func TestARequestIsBelievedByTheSignatureOfItsBinding(t *testing.T) {
	s, stranger := samltest.ECDSA(t), samltest.ECDSA(t)
	text, err := (&saml.AuthnRequest{ID: "_q", Issuer: saml.Entity("sp")}).XML()
	if err != nil {
		t.Fatal(err)
	}
	enveloped, err := xmlsec.Sign(text, "_q", saml.NameIssuer, s)
	if err != nil {
		t.Fatal(err)
	}
	address, err := binding.RedirectURL("https://idp", binding.Request, text, "", s)
	if err != nil {
		t.Fatal(err)
	}
	detached, err := binding.FromQuery(address[strings.IndexByte(address, '?')+1:])
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		message *binding.Message
		post    bool
		signer  xmlsec.Signer
		ok      bool
	}{
		"post":                          {&binding.Message{XML: enveloped}, true, s, true},
		"post, another key":             {&binding.Message{XML: enveloped}, true, stranger, false},
		"post, unsigned":                {&binding.Message{XML: text}, true, s, false},
		"redirect":                      {detached, false, s, true},
		"redirect, another key":         {detached, false, stranger, false},
		"redirect, enveloped signature": {&binding.Message{XML: enveloped}, false, s, false},
	} {
		r, err := idp.Open(c.message, c.post)
		if err != nil || r.Issuer.Value != "sp" {
			t.Fatal(name, err)
		}
		e, err := r.Verify(samltest.Public(c.signer))
		if (err == nil) != c.ok || c.ok && e.Name != saml.NameAuthnRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := idp.Open(&binding.Message{XML: []byte("<a/>")}, true); err == nil {
		t.Error("not a request")
	}
}
