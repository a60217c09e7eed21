package cieprovider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
	"atrio/web/webtest"
)

// Every row of CIE-SAML codiciErrore of which the service learns.
func TestAWrongRequestIsAnsweredWithItsCode(t *testing.T) {
	w := newWorld(t)
	class := func(comparison string, classes ...string) func(*saml.AuthnRequest) {
		return func(r *saml.AuthnRequest) {
			r.RequestedAuthnContext = &saml.RequestedAuthnContext{Comparison: comparison, ClassRefs: classes}
		}
	}
	for _, c := range []struct {
		name string
		code string
		edit func(*saml.AuthnRequest)
		text [2]string
	}{
		{name: "another Format of the Issuer", code: "08", edit: func(r *saml.AuthnRequest) { r.Issuer.Format = saml.FormatTransient }},
		{name: "no ForceAuthn", code: "08", edit: func(r *saml.AuthnRequest) { r.ForceAuthn = "" }},
		{name: "ForceAuthn false", code: "08", edit: func(r *saml.AuthnRequest) { r.ForceAuthn = "false" }},
		{name: "Scoping", code: "08", text: [2]string{"</samlp:AuthnRequest>", `<samlp:Scoping ProxyCount="0"/></samlp:AuthnRequest>`}},
		{name: "an unknown child", code: "08", text: [2]string{"</samlp:AuthnRequest>", `<samlp:Other/></samlp:AuthnRequest>`}},
		{name: "another Version", code: "09", edit: func(r *saml.AuthnRequest) { r.Version = "1.1" }},
		{name: "no ID", code: "11", edit: func(r *saml.AuthnRequest) { r.ID = "" }},
		{name: "an ID that is no name", code: "11", edit: func(r *saml.AuthnRequest) { r.ID = "1" }},
		{name: "no level", code: "12", edit: func(r *saml.AuthnRequest) { r.RequestedAuthnContext = nil }},
		{name: "an unknown level", code: "12", edit: class("minimum", "https://www.spid.gov.it/SpidL4")},
		{name: "two levels", code: "12", edit: class("minimum", spid.L2.URI(), spid.L3.URI())},
		{name: "exact at level 2", code: "12", edit: class("exact", spid.L2.URI())},
		{name: "exact by default at level 1", code: "12", edit: class("", spid.L1.URI())},
		{name: "better", code: "12", edit: class("better", spid.L2.URI())},
		{name: "maximum", code: "12", edit: class("maximum", spid.L3.URI())},
		{name: "old", code: "13", edit: func(r *saml.AuthnRequest) { r.IssueInstant = saml.At(w.clock.Now().Add(-7 * time.Minute)) }},
		{name: "of the future", code: "13", edit: func(r *saml.AuthnRequest) { r.IssueInstant = saml.At(w.clock.Now().Add(2 * time.Minute)) }},
		{name: "no instant", code: "13", edit: func(r *saml.AuthnRequest) { r.IssueInstant = "" }},
		{name: "the entityID as Destination", code: "14", edit: func(r *saml.AuthnRequest) { r.Destination = w.base + "/cie/idp" }},
		{name: "the address of the other binding", code: "14", edit: func(r *saml.AuthnRequest) { r.Destination = w.base + "/cie/idp/sso/post" }},
		{name: "passive", code: "15", edit: func(r *saml.AuthnRequest) { r.IsPassive = "true" }},
		{name: "IsPassive though false", code: "15", edit: func(r *saml.AuthnRequest) { r.IsPassive = "false" }},
		{name: "an unknown address", code: "16", edit: func(r *saml.AuthnRequest) { r.AssertionConsumerServiceIndex = "7" }},
		{name: "index beside URL", code: "16", edit: func(r *saml.AuthnRequest) { r.AssertionConsumerServiceURL = acs }},
		{name: "no address", code: "16", edit: func(r *saml.AuthnRequest) { r.AssertionConsumerServiceIndex = "" }},
		{name: "URL without binding", code: "16", edit: func(r *saml.AuthnRequest) { r.AssertionConsumerServiceIndex, r.AssertionConsumerServiceURL = "", acs }},
		{name: "no NameIDPolicy", code: "17", edit: func(r *saml.AuthnRequest) { r.NameIDPolicy = nil }},
		{name: "not transient", code: "17", edit: func(r *saml.AuthnRequest) { r.NameIDPolicy.Format = saml.FormatUnspecified }},
		{name: "AllowCreate", code: "17", text: [2]string{"<samlp:NameIDPolicy ", `<samlp:NameIDPolicy AllowCreate="true" `}},
		{name: "no set", code: "18", edit: func(r *saml.AuthnRequest) { r.AttributeConsumingServiceIndex = "" }},
		{name: "an unknown set", code: "18", edit: func(r *saml.AuthnRequest) { r.AttributeConsumingServiceIndex = "99" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &login{world: w, browser: webtest.New(t), request: w.request()}
			if c.edit != nil {
				c.edit(l.request)
			}
			document := w.xml(l.request)
			if c.text[0] != "" {
				document = []byte(strings.Replace(string(document), c.text[0], c.text[1], 1))
			}
			l.page = w.byRedirect(l.browser, document, w.service)
			if answer := l.answer(); !contains(answer, "ErrorCode nr"+c.code) || contains(answer, "Assertion ") {
				t.Errorf("answered with %s", answer)
			}
		})
	}
}

// What CIE allows and SPID does not, and both bindings.
func TestARightRequestBeginsALogin(t *testing.T) {
	w := newWorld(t)
	for name, edit := range map[string]func(*saml.AuthnRequest){
		"bare Issuer": nil,
		"Issuer as in SPID": func(r *saml.AuthnRequest) {
			r.Issuer = &saml.NameID{Format: saml.FormatEntity, NameQualifier: entity, Value: entity}
		},
		"exact at level 3": func(r *saml.AuthnRequest) {
			r.RequestedAuthnContext = &saml.RequestedAuthnContext{Comparison: "exact", ClassRefs: []string{spid.L3.URI()}}
		},
		"answer by URL": func(r *saml.AuthnRequest) {
			r.AssertionConsumerServiceIndex, r.AssertionConsumerServiceURL, r.ProtocolBinding = "", acs, saml.BindingPost
		},
	} {
		t.Run(name, func(*testing.T) { w.start(edit) })
	}
	r := w.request()
	r.Destination = w.base + "/cie/idp/sso/post"
	signed, err := xmlsec.Sign(w.xml(r), r.ID, saml.NameIssuer, w.service)
	if err != nil {
		t.Fatal(err)
	}
	webtest.New(t).Post(w.base+"/cie/idp/sso/post", map[string][]string{binding.Request: {binding.EncodePost(signed)}}).
		Expect(http.StatusOK, "Ente di Esempio")
}

// Nobody is known to have asked: the person gets the page, with status 403, and no
// answer leaves.
func TestARequestOfNobodyGetsThePage(t *testing.T) {
	w := newWorld(t)
	stranger := samltest.ECDSA(t)
	redirect := w.base + "/cie/idp/sso/redirect"
	address := func(r *saml.AuthnRequest, signer xmlsec.Signer) string {
		a, err := binding.RedirectURL(redirect, binding.Request, w.xml(r), "", signer)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	hostile := func(document string) string {
		a, err := binding.RedirectURL(redirect, binding.Request, []byte(document), "", w.service)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	unknown := w.request()
	unknown.Issuer.Value = "https://altro.esempio.it"
	nameless := w.request()
	nameless.Issuer = nil
	right := address(w.request(), w.service)
	for name, c := range map[string]struct{ address, text string }{
		"nothing at all":           {redirect, "Formato richiesta non corretto"},
		"no signature":             {strings.Split(right, "&SigAlg=")[0], "Formato richiesta non corretto"},
		"not deflated":             {redirect + "?SAMLRequest=AAAA&SigAlg=x&Signature=x", "Formato richiesta non corretto"},
		"no message":               {redirect + "?SAMLRequest=&SigAlg=x&Signature=x", "Formato richiesta non corretto"},
		"another key":              {address(w.request(), stranger), "Impossibile stabilire"},
		"an unknown service":       {address(unknown, w.service), "Formato richiesta non corretto"},
		"a document type":          {hostile("<!DOCTYPE x>" + string(w.xml(w.request()))), "Formato richiesta non corretto"},
		"an entity":                {hostile("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>"), "Formato richiesta non corretto"},
		"an answer":                {strings.Replace(right, "SAMLRequest=", "SAMLResponse=", 1), "Formato richiesta non corretto"},
		"twice":                    {right + "&SAMLRequest=x", "Formato richiesta non corretto"},
		"nobody":                   {address(nameless, w.service), "Formato richiesta non corretto"},
		"a redirect to POST":       {w.base + "/cie/idp/sso/post" + strings.TrimPrefix(right, redirect), "Formato richiesta non ricevibile"},
		"a signature that changed": {right + "A", "Formato richiesta non corretto"},
	} {
		t.Run(name, func(t *testing.T) {
			p := webtest.New(t).Get(c.address).Expect(http.StatusForbidden, c.text)
			if p.Find("form[data-autopost]") != nil {
				t.Error("an answer left")
			}
		})
	}
	r := w.request()
	r.Destination = w.base + "/cie/idp/sso/post"
	unsigned := map[string][]string{binding.Request: {binding.EncodePost(w.xml(r))}}
	webtest.New(t).Post(r.Destination, unsigned).Expect(http.StatusForbidden, "Formato richiesta non corretto")
	webtest.New(t).Post(redirect, unsigned).Expect(http.StatusForbidden, "Formato richiesta non ricevibile")
	large := map[string][]string{binding.Request: {strings.Repeat("A", 70<<10)}}
	webtest.New(t).Post(r.Destination, large).Expect(http.StatusRequestEntityTooLarge)
	p, err := webtest.New(t).Do(http.MethodPut, redirect, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Expect(http.StatusForbidden, "Formato richiesta non ricevibile")
}
