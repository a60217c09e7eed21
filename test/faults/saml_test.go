package faults

import (
	"bytes"
	"compress/flate"
	"crypto"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"atrio/base/keys"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
	"atrio/test/faults/rig"
)

// door is a door of the gateway with one person before it, who holds a genuine answer.
type door struct {
	*siege
	name    string // of the world
	given   string // of the person
	answer  rig.Request
	cookies []*http.Cookie
	genuine []byte // the answer as XML
	bare    []byte // without its signatures
	signer  xmlsec.Signer
}

// worlds are the doors under attack, with the person who comes to each.
var worlds = map[string]string{"spid": "Amira", "cie": "Nora", "eidas": "María José"}

func newDoor(t *testing.T, s *siege, world string) *door {
	t.Helper()
	d := &door{siege: s, name: world, given: worlds[world]}
	d.answer, d.cookies = s.answered(t, world)
	var err error
	if d.genuine, err = base64.StdEncoding.DecodeString(d.answer.Values.Get("SAMLResponse")); err != nil {
		t.Fatal(err)
	}
	d.bare = samltest.Apply(t, d.genuine, samltest.Drop("Response/Signature"), samltest.Drop("Response/Assertion/Signature"))
	d.signer = s.signer(t, world)
	return d
}

// answered is an answer of the provider of a world, with the cookies that wait for it.
func (s *siege) answered(t *testing.T, world string) (rig.Request, []*http.Cookie) {
	t.Helper()
	if world == "spid" {
		c := rig.NewCitizen(t, s.Demo, worlds[world])
		answer := c.Answer()
		return answer, c.Cookies()
	}
	holder := rig.NewHolder(t, s.Demo, "nora.fittizia")
	if world == "eidas" {
		holder = rig.NewForeigner(t, s.Demo, "ES", "mariajose")
	}
	return holder.Answer(), holder.Cookies()
}

// signer is the key of the provider of a world, taken from the directory of the
// demonstration.
func (s *siege) signer(t *testing.T, world string) xmlsec.Signer {
	t.Helper()
	at := map[string]struct{ role, name string }{"spid": {"idp", "saml"}, "cie": {"simulators", "cie"}, "eidas": {"simulators", "eidas"}}[world]
	store, err := keys.Open(filepath.Join(s.Dir, "keys-"+at.role), at.role)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := store.RSA(at.name, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return xmlsec.Signer{Key: pair.Signer, Hash: crypto.SHA256}
}

// edited is the answer changed by a provider that signs what it changed.
func (d *door) edited(t *testing.T, edits ...samltest.Edit) string {
	t.Helper()
	return encoded(samltest.Sign(t, samltest.Apply(t, d.bare, edits...), d.signer, true, true))
}

func encoded(document []byte) string { return base64.StdEncoding.EncodeToString(document) }

// post brings an answer to the gateway in the person's browser.
func (d *door) post(response, relayState string) *http.Request {
	return rig.Request{Method: http.MethodPost, Address: d.answer.Address, Values: url.Values{"SAMLResponse": {response}, "RelayState": {relayState}}}.HTTP()
}

// An answer that is not for this person, this browser, this moment and this
// gateway opens nothing: a page that says what happened and who can help, and a
// line in the audit log. The genuine answer still works after all of it, once.
func TestForgedStaleAndForeignAnswersOpenNothing(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	for world := range worlds {
		d := newDoor(t, s, world)
		t.Run(world, d.opensNothing)
	}
	t.Run("audit", s.audited)
	t.Run("log", func(t *testing.T) { s.discreet(t) })
}

func (d *door) opensNothing(t *testing.T) {
	flow := d.answer.Values.Get("RelayState")
	same := d.answer.Values.Get("SAMLResponse")
	for name, response := range d.answers(t) {
		d.turnedAway(t, name, d.post(response, flow), d.cookies, http.StatusBadRequest, 499)
	}
	for i, relay := range []string{
		"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "a\r\nSet-Cookie: x=y", "a\tb", markup, "", strings.Repeat("a", 100_000),
		strings.Repeat("a", 32), flow + "x", strings.ToUpper(flow), "../" + flow, flow + "\x00",
	} {
		d.turnedAway(t, fmt.Sprint("RelayState ", i), d.post(same, relay), d.cookies, http.StatusBadRequest, 499)
	}
	d.turnedAway(t, "another browser", d.post(same, flow), nil, http.StatusForbidden, http.StatusForbidden)
	raw := func(kind, body string) *http.Request {
		r := request(http.MethodPost, d.answer.Address, strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		return r
	}
	form := d.answer.Values.Encode()
	d.turnedAway(t, "as JSON", raw("application/json", form), d.cookies, http.StatusUnsupportedMediaType, http.StatusUnsupportedMediaType)
	d.turnedAway(t, "as XML", raw("text/xml", string(d.genuine)), d.cookies, http.StatusUnsupportedMediaType, http.StatusUnsupportedMediaType)
	const kind = "application/x-www-form-urlencoded"
	d.turnedAway(t, "two answers", raw(kind, form+"&SAMLResponse="+url.QueryEscape(same)), d.cookies, http.StatusBadRequest, http.StatusBadRequest)
	d.turnedAway(t, "two RelayStates", raw(kind, form+"&RelayState=x"), d.cookies, http.StatusBadRequest, http.StatusBadRequest)
	d.turnedAway(t, "no answer", raw(kind, "RelayState="+flow), d.cookies, http.StatusBadRequest, 499)
	d.turnedAway(t, "oversized", raw(kind, form+"&x="+strings.Repeat("A", 1<<20)), d.cookies, http.StatusRequestEntityTooLarge, http.StatusRequestEntityTooLarge)
	got := d.send(t, rig.Get(d.answer.Address+"?"+form).HTTP(), d.cookies...)
	if got.Status != http.StatusMethodNotAllowed {
		t.Errorf("an answer by GET: %d", got.Status)
	}
	first := d.send(t, d.post(same, flow), d.cookies...)
	if first.Status != http.StatusSeeOther {
		t.Fatalf("after all attacks the genuine answer gets %d\n%s", first.Status, first.Body)
	}
	d.turnedAway(t, "replayed", d.post(same, flow), d.cookies, http.StatusConflict, http.StatusConflict)
}

// answers are answers that must not be taken, in base64 by name.
func (d *door) answers(t *testing.T) map[string]string {
	t.Helper()
	rogue := samltest.RSA(t)
	sign := func(s xmlsec.Signer, document []byte) string {
		return encoded(samltest.Sign(t, document, s, true, true))
	}
	flipped := bytes.Clone(d.genuine)
	at := bytes.Index(flipped, []byte(d.given))
	flipped[at] = 'E'
	out := map[string]string{
		"tampered":             encoded(flipped),
		"unsigned":             encoded(d.bare),
		"signed by a stranger": sign(rogue, d.bare),
		"another provider": sign(rogue, samltest.Apply(t, d.bare,
			samltest.SetContent("Response/Issuer", "https://evil.example"), samltest.SetContent("Response/Assertion/Issuer", "https://evil.example"))),
		"our own name as provider": d.edited(t,
			samltest.SetContent("Response/Issuer", d.Gateway()), samltest.SetContent("Response/Assertion/Issuer", d.Gateway())),
		"another audience":                  d.edited(t, samltest.SetContent("Response/Assertion/Conditions/AudienceRestriction/Audience", "https://evil.example")),
		"an audience that begins like ours": d.edited(t, samltest.Replace("</saml:Audience>", "/altro</saml:Audience>")),
		"another restriction beside ours":   d.edited(t, samltest.Replace("</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>https://evil.example</saml:Audience></saml:AudienceRestriction>")),
		"no audience":                       d.edited(t, samltest.Drop("Response/Assertion/Conditions/AudienceRestriction")),
		"a destination with a tail":         d.edited(t, samltest.SetAttribute("Response", "Destination", d.answer.Address+".evil.example")),
		"no destination":                    d.edited(t, samltest.DropAttribute("Response", "Destination")),
		"two people":                        d.edited(t, samltest.Insert("Response/Assertion/Conditions", "<saml:Subject><saml:NameID>_altro</saml:NameID></saml:Subject>")),
		"another destination":               d.edited(t, samltest.SetAttribute("Response", "Destination", "https://evil.example/acs")),
		"another recipient": d.edited(t,
			samltest.SetAttribute("Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData", "Recipient", "https://evil.example/acs")),
		"another request": d.edited(t, samltest.SetAttribute("Response", "InResponseTo", "_other")),
		"unsolicited": d.edited(t, samltest.DropAttribute("Response", "InResponseTo"),
			samltest.DropAttribute("Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData", "InResponseTo")),
		"a lower level": d.edited(t, samltest.SetContent("Response/Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef", "https://www.spid.gov.it/SpidL1")),
		"expired":       d.edited(t, samltest.SetAttribute("Response/Assertion/Conditions", "NotOnOrAfter", "2020-01-01T00:00:00Z")),
		"not yet valid": d.edited(t, samltest.SetAttribute("Response/Assertion/Conditions", "NotBefore", "2099-01-01T00:00:00Z")),
		"old":           d.edited(t, samltest.SetAttribute("Response", "IssueInstant", "2020-01-01T00:00:00.000Z")),
		"an error that the provider signed": d.edited(t,
			samltest.SetAttribute("Response/Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")),
		"a document type":   encoded(append([]byte(`<!DOCTYPE x [<!ENTITY a "b">]>`), d.genuine...)),
		"a comment":         encoded(bytes.Replace(d.genuine, []byte(d.given), []byte(d.given[:2]+"<!-- -->"+d.given[2:]), 1)),
		"an instruction":    encoded(append([]byte(`<?xml-stylesheet href="https://evil.example"?>`), d.genuine...)),
		"two documents":     encoded(append(bytes.Clone(d.genuine), d.genuine...)),
		"deeply nested":     encoded([]byte(strings.Repeat("<a>", 20_000) + strings.Repeat("</a>", 20_000))),
		"not base64":        "<" + markup,
		"half":              d.answer.Values.Get("SAMLResponse")[:len(d.answer.Values.Get("SAMLResponse"))/2],
		"not XML":           encoded([]byte("hello")),
		"deflated":          encoded(deflated(t, d.genuine)),
		"empty":             "",
		"markup":            encoded([]byte(`<a href="` + trace + `">` + markup + `</a>`)),
		"another encoding":  encoded(append([]byte{0xff, 0xfe}, d.genuine...)),
		"a larger document": encoded(append(bytes.Clone(d.genuine), bytes.Repeat([]byte(" "), 270<<10)...)),
	}
	forge := func(assertion string) string { return strings.Replace(assertion, d.given, "Elena", 1) }
	for _, h := range samltest.Wrap(t, d.genuine, forge) {
		out["wrapped: "+h.Name] = encoded([]byte(h.XML))
	}
	return out
}

// turnedAway sends a request that must be refused with a page.
func (d *door) turnedAway(t *testing.T, name string, r *http.Request, cookies []*http.Cookie, low, high int) {
	t.Helper()
	a := d.send(t, r, cookies...)
	if a.Err != nil {
		t.Errorf("%s: %v", name, a.Err)
		return
	}
	d.judge(t, name, "gateway", a)
	if a.Status < low || a.Status > high {
		t.Errorf("%s: %d\n%.300s", name, a.Status, a.Body)
	}
	if a.Cookie("session") != nil {
		t.Errorf("%s opened a session", name)
	}
	if !reference.MatchString(a.Body) || !strings.Contains(a.Body, `href="/`) || strings.Count(a.Body, `href="/help"`) == 0 {
		t.Errorf("%s: the page does not say who can help", name)
	}
	if strings.Contains(a.Body, "evil.example") || strings.Contains(a.Body, trace) {
		t.Errorf("%s: the page repeats what was sent", name)
	}
}

// An answer that was good is not good for ever.
func TestAnAnswerThatWaitedTooLongIsRefused(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	var doors []*door
	for world := range worlds {
		doors = append(doors, newDoor(t, s, world))
	}
	for _, when := range []struct{ after, name string }{{"20m", "late"}, {"3h", "after the journey ended"}} {
		s.Advance(when.after)
		for _, d := range doors {
			d.turnedAway(t, d.name+", "+when.name, d.post(d.answer.Values.Get("SAMLResponse"), d.answer.Values.Get("RelayState")), d.cookies, http.StatusBadRequest, 499)
		}
	}
	s.audited(t)
}

func deflated(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is sent to the provider in a service's name is refused in the same way, and
// nobody is sent to an address that the service's metadata does not name.
func TestHostileRequestsToTheProviderAreRefused(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	c := rig.NewCitizen(t, s.Demo, "Amira")
	var genuine string
	c.Browser().Sends = func(r rig.Request) {
		if strings.HasPrefix(r.Address, s.IdP()+"/sso?") {
			genuine = r.Address
		}
	}
	c.Until(func() bool { return genuine != "" })
	query, err := url.Parse(genuine)
	if err != nil {
		t.Fatal(err)
	}
	before := s.Resident()
	for name, raw := range hostileQueries(t, query) {
		r := request(http.MethodGet, s.IdP()+"/sso", nil)
		r.URL.RawQuery = raw
		s.provider(t, name, rig.Raw(nil, r))
	}
	for name, form := range hostileForms(t, query.Query()) {
		s.provider(t, name, rig.Raw(nil, rig.Request{Method: http.MethodPost, Address: s.IdP() + "/sso", Values: form}.HTTP()))
	}
	if grown := s.Resident() - before; grown > 64<<20 {
		t.Errorf("the program grew by %d MB", grown>>20)
	}
	s.audited(t)
	s.discreet(t, c)
}

// bomb is a message that would have 12 MB.
func bomb(t *testing.T) string { return encoded(deflated(t, bytes.Repeat([]byte(" "), 12<<20))) }

// hostileQueries are made from the address of a genuine request.
func hostileQueries(t *testing.T, query *url.URL) map[string]string {
	t.Helper()
	parts := strings.Split(query.RawQuery, "&")
	return map[string]string{
		"nothing":             "",
		"not base64":          "SAMLRequest=%3Cx%3E&RelayState=x",
		"a bomb":              "SAMLRequest=" + url.QueryEscape(bomb(t)) + "&RelayState=x",
		"two requests":        query.RawQuery + "&SAMLRequest=x",
		"the request twice":   parts[0] + "&" + query.RawQuery,
		"RelayState twice":    query.RawQuery + "&" + parts[1],
		"SigAlg twice":        query.RawQuery + "&" + parts[2],
		"Signature twice":     parts[3] + "&" + query.RawQuery,
		"an escaped name":     "SAML%52equest=x&" + query.RawQuery,
		"octets changed":      strings.Replace(query.RawQuery, "%3A", "%3a", 1),
		"another RelayState":  strings.Replace(query.RawQuery, "RelayState=", "RelayState=x", 1),
		"no signature":        strings.Split(query.RawQuery, "&Signature=")[0],
		"another algorithm":   strings.Replace(query.RawQuery, "rsa-sha256", "rsa-sha1", 1),
		"a foreign service":   "SAMLRequest=" + url.QueryEscape(encoded(deflated(t, []byte(`<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://evil.example</Issuer></samlp:AuthnRequest>`)))),
		"markup":              "SAMLRequest=" + url.QueryEscape(encoded(deflated(t, []byte("<a>"+markup+"</a>")))) + "&RelayState=" + url.QueryEscape(markup),
		"an answer":           "SAMLResponse=" + url.QueryEscape(encoded([]byte("<x/>"))),
		"a broken deflation":  "SAMLRequest=" + url.QueryEscape(encoded([]byte{1, 2, 3, 4})),
		"a RelayState of 8KB": strings.Replace(query.RawQuery, "RelayState=", "RelayState="+strings.Repeat("a", 8000), 1),
	}
}

// hostileForms are posted where a request is expected.
func hostileForms(t *testing.T, genuine url.Values) map[string]url.Values {
	t.Helper()
	return map[string]url.Values{
		"a bomb by POST":        {"SAMLRequest": {bomb(t)}},
		"a redirect as POST":    {"SAMLRequest": {genuine.Get("SAMLRequest")}, "RelayState": {"x"}},
		"nothing by POST":       {},
		"oversized":             {"SAMLRequest": {strings.Repeat("QUFB", 300_000)}},
		"an entity":             {"SAMLRequest": {encoded([]byte(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`))}},
		"markup by POST":        {"SAMLRequest": {encoded([]byte("<a>" + markup + "</a>"))}, "RelayState": {markup}},
		"an address RelayState": {"SAMLRequest": {"x"}, "RelayState": {"https://evil.example/"}},
	}
}

// provider judges an answer of the identity provider: a page that says no, or an
// error that goes back to the service in its own form.
func (s *siege) provider(t *testing.T, name string, a rig.Answer) {
	t.Helper()
	s.judge(t, name, "idp", a)
	back := strings.Contains(a.Body, `action="`+s.Gateway()+`/spid/acs"`)
	if (a.Status < 400 || a.Status > 499) && !back {
		t.Errorf("%s: %d\n%.300s", name, a.Status, a.Body)
	}
	if strings.Contains(a.Body, `action="https://evil.example`) || a.Header.Get("Location") != "" {
		t.Errorf("%s leads away: %s", name, a.Header.Get("Location"))
	}
}
