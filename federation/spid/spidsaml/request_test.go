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

// Each change to a genuine, signed request must give the anomaly of the table.
func TestRequestAnomaliesForTheService(t *testing.T) {
	w := newWorld(t)
	genuine := w.request(t, Want{Level: spid.L2}).XML
	acs := func(name, value string) []samltest.Edit { return set(areq, name, value) }
	byURL := []samltest.Edit{samltest.DropAttribute(areq, "AssertionConsumerServiceIndex"),
		samltest.SetAttribute(areq, "ProtocolBinding", saml.BindingPost)}
	for name, c := range map[string]struct {
		edits []samltest.Edit
		code  int
	}{
		"genuine":                      {nil, 0},
		"an unknown child":             {[]samltest.Edit{samltest.Insert(rctx, "<saml:Advice/>")}, 8},
		"children in another order":    {[]samltest.Edit{samltest.Drop(areq + "/Issuer"), samltest.Insert(rctx, `<saml:Issuer Format="`+saml.FormatEntity+`" NameQualifier="x">`+w.sp.EntityID+`</saml:Issuer>`)}, 8},
		"issuer without format":        {without(areq+"/Issuer", "Format"), 8},
		"issuer without qualifier":     {without(areq+"/Issuer", "NameQualifier"), 8},
		"a boolean that is none":       {set(areq, "ForceAuthn", "yes"), 8},
		"version 1.0":                  {set(areq, "Version", "1.0"), 9},
		"no version":                   {without(areq, "Version"), 9},
		"no ID":                        {without(areq, "ID"), 11},
		"an ID that is no name":        {set(areq, "ID", "1234"), 11},
		"no context":                   {drop(rctx), 12},
		"an empty context":             {content(rctx, ""), 12},
		"an obsolete class":            {content(rctx+"/AuthnContextClassRef", "urn:oasis:names:tc:SAML:2.0:ac:classes:SpidL2"), 12},
		"an unknown comparison":        {set(rctx, "Comparison", "about"), 12},
		"better than level 3":          {append(set(rctx, "Comparison", "better"), content(rctx+"/AuthnContextClassRef", spid.L3.URI())...), 12},
		"no instant":                   {without(areq, "IssueInstant"), 13},
		"an instant that is none":      {set(areq, "IssueInstant", "2018-09-04"), 13},
		"an hour ago":                  {set(areq, "IssueInstant", "2026-03-10T08:30:00Z"), 13},
		"in an hour":                   {set(areq, "IssueInstant", "2026-03-10T10:30:00Z"), 13},
		"another destination":          {set(areq, "Destination", "https://other.esempio.it/sso"), 14},
		"no destination":               {without(areq, "Destination"), 14},
		"destination is the entity":    {set(areq, "Destination", w.idp.EntityID), 0},
		"passive":                      {set(areq, "IsPassive", "true"), 15},
		"passive as number":            {set(areq, "IsPassive", "1"), 15},
		"not passive":                  {set(areq, "IsPassive", "false"), 0},
		"an unknown index":             {acs("AssertionConsumerServiceIndex", "7"), 16},
		"index and address":            {acs("AssertionConsumerServiceURL", w.sp.ACSURL), 16},
		"index and binding":            {acs("ProtocolBinding", saml.BindingPost), 16},
		"neither":                      {without(areq, "AssertionConsumerServiceIndex"), 16},
		"the address of the metadata":  {append(byURL, acs("AssertionConsumerServiceURL", w.sp.ACSURL)...), 0},
		"an address with a tail":       {append(byURL, acs("AssertionConsumerServiceURL", w.sp.ACSURL+"/x")...), 16},
		"no policy":                    {drop(areq + "/NameIDPolicy"), 17},
		"a persistent name":            {set(areq+"/NameIDPolicy", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"), 17},
		"AllowCreate is not looked at": {set(areq+"/NameIDPolicy", "AllowCreate", "true"), 0},
		"an unknown set":               {set(areq, "AttributeConsumingServiceIndex", "9"), 18},
		"a set that is no number":      {set(areq, "AttributeConsumingServiceIndex", "a"), 18},
		"no set":                       {without(areq, "AttributeConsumingServiceIndex"), 0},
		"another set":                  {set(areq, "AttributeConsumingServiceIndex", "1"), 0},
		"comparison left out":          {without(rctx, "Comparison"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			request := samltest.Apply(t, genuine, c.edits...)
			a, found := w.idp.ReadRequest(w.redirected(t, request, w.sp.Signer), w.lookup)
			if c.code == 0 {
				if found != nil {
					t.Fatal(found)
				}
				return
			}
			if found == nil || found.Code != c.code || found.To != spid.ToService || a == nil {
				t.Fatalf("want nr%02d: %v", c.code, found)
			}
			w.reported(t, a, found)
		})
	}
}

// reported checks that an anomaly can be answered to the registered address.
func (w *world) reported(t *testing.T, a *Authn, found *Anomaly) {
	t.Helper()
	if a.ACSURL != w.sp.ACSURL || a.RelayState != "opaque" {
		t.Errorf("the answer goes to %q with %q", a.ACSURL, a.RelayState)
	}
	document, err := w.idp.Failure(a, found.Anomaly, "_response", w.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{found.Status, found.SubStatus, found.Message()} {
		if !strings.Contains(string(document), part) {
			t.Errorf("%q is not in the answer", part)
		}
	}
	if strings.Contains(string(document), "<saml:Assertion") {
		t.Error("an error with an assertion")
	}
}

func TestRequestAnomaliesForThePerson(t *testing.T) {
	w := newWorld(t)
	genuine := w.request(t, Want{Level: spid.L2}).XML
	good := w.redirected(t, genuine, w.sp.Signer)
	edited := func(edits ...samltest.Edit) Incoming {
		return w.redirected(t, samltest.Apply(t, genuine, edits...), w.sp.Signer)
	}
	query := func(change func(string) string) Incoming {
		return Incoming{Method: "GET", RawQuery: change(good.RawQuery), Now: w.now}
	}
	post := func(request []byte) Incoming {
		return Incoming{Method: "POST", Form: url.Values{"SAMLRequest": {binding.EncodePost(request)}}, Now: w.now}
	}
	signed, err := xmlsec.Sign(genuine, "_request", saml.NameIssuer, w.sp.Signer)
	if err != nil {
		t.Fatal(err)
	}
	late := good
	late.Now = w.now.AddDate(1, 0, 0)
	for name, c := range map[string]struct {
		in   Incoming
		code int
	}{
		"nothing":                     {Incoming{Method: "GET", Now: w.now}, 4},
		"no signature":                {query(func(q string) string { return q[:strings.Index(q, "&SigAlg")] }), 4},
		"no algorithm":                {query(func(q string) string { return strings.Replace(q, "SigAlg", "Other", 1) }), 4},
		"an answer instead":           {query(func(q string) string { return strings.Replace(q, "SAMLRequest", "SAMLResponse", 1) }), 4},
		"a repeated parameter":        {query(func(q string) string { return q + "&RelayState=x" }), 4},
		"no XML":                      {w.redirected(t, []byte("hello"), w.sp.Signer), 4},
		"another message":             {w.redirected(t, []byte(`<a xmlns="urn:x"/>`), w.sp.Signer), 4},
		"a changed RelayState":        {query(func(q string) string { return strings.Replace(q, "opaque", "0paque", 1) }), 5},
		"RelayState added":            {query(func(q string) string { return strings.Replace(q, "RelayState=opaque&", "", 1) }), 5},
		"signed by a stranger":        {w.redirected(t, genuine, w.stranger), 5},
		"a certificate past its date": {late, 5},
		"SHA-1": {query(func(q string) string {
			return strings.Replace(q, url.QueryEscape("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"), url.QueryEscape("http://www.w3.org/2000/09/xmldsig#rsa-sha1"), 1)
		}), 5},
		"another method":             {Incoming{Method: "PUT", Now: w.now}, 6},
		"unsigned POST":              {post(genuine), 7},
		"POST changed after signing": {post(samltest.Apply(t, signed, samltest.Replace("SpidL2", "SpidL1"))), 7},
		"no issuer":                  {edited(samltest.Drop(areq + "/Issuer")), 10},
		"an unknown issuer":          {edited(samltest.SetContent(areq+"/Issuer", "https://other.esempio.it")), 10},
	} {
		t.Run(name, func(t *testing.T) {
			a, found := w.idp.ReadRequest(c.in, w.lookup)
			if found == nil || found.Code != c.code || found.To != spid.ToPerson || found.HTTP != 403 || a != nil {
				t.Errorf("want nr%02d on a page: %v", c.code, found)
			}
		})
	}
	if _, found := w.idp.ReadRequest(post(signed), w.lookup); found != nil {
		t.Errorf("the genuine POST: %v", found)
	}
	w.service.ValidUntil = w.now
	if _, found := w.idp.ReadRequest(good, w.lookup); found == nil || found.Code != 10 {
		t.Errorf("a service whose metadata is past its end: %v", found)
	}
	row, _ := spid.LookupAnomaly(5)
	if _, err := w.idp.Failure(&Authn{}, row, "_x", w.now); err == nil {
		t.Error("an anomaly for the person was answered to the service")
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
