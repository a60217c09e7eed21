package spidsaml

import (
	"net/url"
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

func set(path, name, value string) []samltest.Edit {
	return []samltest.Edit{samltest.SetAttribute(path, name, value)}
}

func without(path, name string) []samltest.Edit {
	return []samltest.Edit{samltest.DropAttribute(path, name)}
}

func drop(path string) []samltest.Edit { return []samltest.Edit{samltest.Drop(path)} }

func content(path, text string) []samltest.Edit {
	return []samltest.Edit{samltest.SetContent(path, text)}
}

// spoiledRequest is a genuine request with a change, and the anomaly that it must give; 0
// means none.
type spoiledRequest struct {
	edits []samltest.Edit
	code  int
}

func (w *world) spoiledRequests() map[string]spoiledRequest {
	acs := func(name, value string) []samltest.Edit { return set(areq, name, value) }
	byURL := []samltest.Edit{samltest.DropAttribute(areq, "AssertionConsumerServiceIndex"),
		samltest.SetAttribute(areq, "ProtocolBinding", saml.BindingPost)}
	return map[string]spoiledRequest{
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
	}
}

// Each change to a genuine, signed request must give the anomaly of the table.
func TestRequestAnomaliesForTheService(t *testing.T) {
	w := newWorld(t)
	genuine := w.request(t, Want{Level: spid.L2}).XML
	for name, c := range w.spoiledRequests() {
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

// incomingCase is a request that gives an anomaly for the person.
type incomingCase struct {
	in   Incoming
	code int
}

// unansweredRequests are requests of which nobody can say who sent them, beside a genuine
// one for each binding.
func (w *world) unansweredRequests(t *testing.T) (all map[string]incomingCase, good, goodPost Incoming) {
	t.Helper()
	genuine := w.request(t, Want{Level: spid.L2}).XML
	good = w.redirected(t, genuine, w.sp.Signer)
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
	all = map[string]incomingCase{
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
	}
	return all, good, post(signed)
}

func TestRequestAnomaliesForThePerson(t *testing.T) {
	w := newWorld(t)
	all, good, goodPost := w.unansweredRequests(t)
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			a, found := w.idp.ReadRequest(c.in, w.lookup)
			if found == nil || found.Code != c.code || found.To != spid.ToPerson || found.HTTP != 403 || a != nil {
				t.Errorf("want nr%02d on a page: %v", c.code, found)
			}
		})
	}
	if _, found := w.idp.ReadRequest(goodPost, w.lookup); found != nil {
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
