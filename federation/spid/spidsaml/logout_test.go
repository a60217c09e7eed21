package spidsaml

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/slo"
	"atrio/saml/xmlsec"
)

// leave is what one side sends and the other reads: from a service to a provider, or back.
type leave struct {
	from, to Leaver
	peer     Peer // from, as the other side sees it
	asked    Peer // to, as the sending side sees it
}

func (w *world) leaves() map[string]leave {
	return map[string]leave{
		"service to provider": {w.sp.Leaver(), w.idp.Leaver(), w.service.Peer(w.now), w.provider.Peer()},
		"provider to service": {w.idp.Leaver(), w.sp.Leaver(), w.provider.Peer(), w.service.Peer(w.now)},
	}
}

func incoming(t testing.TB, d slo.Delivery, now time.Time) Incoming {
	t.Helper()
	if d.Binding == saml.BindingPost {
		field, err := d.Field()
		if err != nil {
			t.Fatal(err)
		}
		return Incoming{Method: "POST", Form: url.Values{d.Parameter: {field}, "RelayState": {"opaco"}}, Now: now}
	}
	address, err := d.RedirectURL("opaco")
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(address, "?")
	return Incoming{Method: "GET", RawQuery: query, Now: now}
}

func (v leave) read(in Incoming) (*Farewell, error) {
	return v.to.Read(in, func(id string) (Peer, bool) { return v.peer, id == v.peer.EntityID })
}

func (v leave) ask(t testing.TB, now time.Time, way string) slo.Delivery {
	t.Helper()
	d, pending, err := v.from.Ask("_q", now, v.asked, "_name", "_session", way)
	if err != nil {
		t.Fatal(err)
	}
	if pending.RequestID != "_q" || pending.Peer != v.asked.EntityID || !pending.IssuedAt.Equal(now) || d.Binding != way {
		t.Fatalf("%+v, %+v", pending, d)
	}
	return d
}

func TestALogoutGoesThereAndBackByEitherBinding(t *testing.T) {
	w := newWorld(t)
	for name, v := range w.leaves() {
		for _, way := range []string{saml.BindingRedirect, saml.BindingPost} {
			t.Run(name+" "+way[len(way)-8:], func(t *testing.T) {
				got, err := v.read(incoming(t, v.ask(t, w.now, way), w.now))
				if err != nil {
					t.Fatal(err)
				}
				if !got.Request || got.ID != "_q" || got.NameID != "_name" || got.SessionIndexes[0] != "_session" || got.RelayState != "opaco" || got.Binding != way {
					t.Errorf("%+v", got)
				}
				for _, partial := range []bool{false, true} {
					d, err := v.to.Answer("_r", w.now, v.peer, got.ID, got.Binding, partial)
					if err != nil {
						t.Fatal(err)
					}
					back := leave{v.to, v.from, v.asked, v.peer}
					answer, err := back.read(incoming(t, d, w.now))
					if err != nil {
						t.Fatal(err)
					}
					if answer.Request || answer.InResponseTo != "_q" || answer.Complete == partial || answer.Partial != partial || answer.Binding != way {
						t.Errorf("%+v", answer)
					}
				}
			})
		}
	}
}

// Avviso SPID 3: what the messages hold, as its validators look at them.
func TestTheMessagesOfLogoutHoldWhatTheNoticeWants(t *testing.T) {
	w := newWorld(t)
	for name, v := range w.leaves() {
		r, err := saml.ReadLogoutRequest(samltest.Find(t, v.ask(t, w.now, saml.BindingPost).XML, "LogoutRequest"))
		if err != nil {
			t.Fatal(err)
		}
		if r.NameID.NameQualifier != w.idp.EntityID || r.NameID.SPNameQualifier != "" || r.NameID.Format != saml.FormatTransient {
			t.Errorf("%s: name %+v", name, r.NameID)
		}
		if r.Issuer.Format != saml.FormatEntity || r.Issuer.NameQualifier != v.from.EntityID || r.Issuer.Value != v.from.EntityID || r.Destination != v.to.SLOURL {
			t.Errorf("%s: %+v, issuer %+v", name, r, r.Issuer)
		}
	}
	d, err := w.idp.Leaver().Answer("_r", w.now, w.service.Peer(w.now), "_q", saml.BindingPost, true)
	if err != nil {
		t.Fatal(err)
	}
	a, err := saml.ReadLogoutResponse(samltest.Find(t, d.XML, "LogoutResponse"))
	if err != nil || a.Status.Code != saml.StatusRequester || a.Status.SubCode != saml.StatusPartialLogout || a.Issuer.NameQualifier != w.idp.EntityID {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAnswersGoToTheResponseLocationAndRequestsDoNot(t *testing.T) {
	p := Peer{Logout: []metadata.Endpoint{
		{Binding: "urn:oasis:names:tc:SAML:2.0:bindings:SOAP", Location: "https://p/soap"},
		{Binding: saml.BindingPost, Location: "https://p/slo", ResponseLocation: "https://p/back"},
	}}
	for _, wanted := range []string{"", saml.BindingRedirect, saml.BindingPost} {
		if way, at := p.Endpoint(wanted, false); way != saml.BindingPost || at != "https://p/slo" {
			t.Errorf("%s: request to %s by %s", wanted, at, way)
		}
		if way, at := p.Endpoint(wanted, true); way != saml.BindingPost || at != "https://p/back" {
			t.Errorf("%s: answer to %s by %s", wanted, at, way)
		}
	}
	if _, at := (Peer{Logout: p.Logout[:1]}).Endpoint("", false); at != "" {
		t.Errorf("SOAP was taken: %s", at)
	}
}

func TestWhoCannotBeReachedIsNotAsked(t *testing.T) {
	w := newWorld(t)
	none, old := w.provider.Peer(), w.provider.Peer()
	none.Logout, old.ValidUntil = nil, w.now
	for reason, p := range map[string]Peer{"logout_no_address": none, "logout_metadata_expired": old} {
		_, _, err := w.sp.Leaver().Ask("_q", w.now, p, "_name", "_session", "")
		var f *fault.Error
		if !errors.As(err, &f) || f.Reason != reason {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if _, _, err := w.sp.Leaver().Ask("_q", w.now, w.provider.Peer(), "_name", "", ""); err == nil {
		t.Error("asked without a SessionIndex")
	}
	if _, err := w.sp.Leaver().Answer("_r", w.now, none, "_q", "", false); err == nil {
		t.Error("answered to nowhere")
	}
}

// spoilt is a message that one row of the table must refuse.
type spoilt struct {
	check    string
	edits    []samltest.Edit
	provider bool // only for a provider that reads
	// unsignable are those that an enveloped signature could not be put into.
	unsignable bool
}

func spoiltRequests(w *world) []spoilt {
	const req = "LogoutRequest"
	return []spoilt{
		{check: "logout-issuer", edits: content(req+"/Issuer", "https://ignoto.esempio.it")},
		{check: "logout-issuer", edits: drop(req + "/Issuer"), unsignable: true},
		{check: "logout-id", edits: set(req, "ID", "9"), unsignable: true},
		{check: "logout-version", edits: set(req, "Version", "1.1")},
		{check: "logout-issue-instant", edits: set(req, "IssueInstant", past)},
		{check: "logout-issue-instant", edits: set(req, "IssueInstant", future)},
		{check: "logout-issue-instant", edits: without(req, "IssueInstant")},
		{check: "logout-destination", edits: set(req, "Destination", "https://altro.esempio.it/slo")},
		{check: "logout-destination", edits: without(req, "Destination")},
		{check: "logout-issuer-format", edits: set(req+"/Issuer", "Format", other)},
		{check: "logout-issuer-format", edits: without(req+"/Issuer", "Format"), provider: true},
		{check: "logout-issuer-format", edits: without(req+"/Issuer", "NameQualifier"), provider: true},
		{check: "logout-expired", edits: set(req, "NotOnOrAfter", past)},
		{check: "logout-expired", edits: set(req, "NotOnOrAfter", "domani")},
		{check: "logout-name-id", edits: drop(req + "/NameID")},
		{check: "logout-name-id", edits: content(req+"/NameID", " ")},
		{check: "logout-name-id", edits: set(req+"/NameID", "Format", other)},
		{check: "logout-name-id", edits: set(req+"/NameID", "NameQualifier", w.sp.EntityID)},
		{check: "logout-name-id", edits: set(req+"/NameID", "SPNameQualifier", w.sp.EntityID)},
		{check: "logout-session-index", edits: drop(req + "/SessionIndex")},
		{check: "logout-session-index", edits: content(req+"/SessionIndex", "")},
		{check: "logout-form", edits: []samltest.Edit{samltest.Replace("</saml:Issuer>", "</saml:Issuer><samlp:Extensions><saml:x/></samlp:Extensions>")}},
	}
}

func spoiltAnswers() []spoilt {
	const ans = "LogoutResponse"
	return []spoilt{
		{check: "logout-destination", edits: set(ans, "Destination", "https://altro.esempio.it/slo")},
		{check: "logout-in-response-to", edits: without(ans, "InResponseTo")},
		{check: "logout-status", edits: drop(ans + "/Status")},
		{check: "logout-status", edits: without(ans+"/Status/StatusCode", "Value")},
	}
}

func TestEveryRowOfTheTableOfLogoutRefuses(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	try := func(name string, v leave, d slo.Delivery, c spoilt) {
		t.Helper()
		d.XML = samltest.Apply(t, d.XML, c.edits...)
		for _, way := range []string{saml.BindingRedirect, saml.BindingPost} {
			if d.Binding = way; way == saml.BindingPost && c.unsignable {
				continue
			}
			_, err := v.read(incoming(t, d, w.now))
			var r *LogoutRefusal
			var f *fault.Error
			if !errors.As(err, &r) || r.Check.ID != c.check || !errors.As(err, &f) || f.Kind.Status() >= 500 || f.Reason != c.check {
				t.Errorf("%s, %s: %v", name, c.check, err)
			}
			seen[c.check] = true
		}
	}
	for name, v := range w.leaves() {
		for _, c := range spoiltRequests(w) {
			if !c.provider || v.to.provider {
				try(name, v, v.ask(t, w.now, saml.BindingRedirect), c)
			}
		}
		for _, c := range spoiltAnswers() {
			d, err := v.from.Answer("_r", w.now, v.asked, "_q", saml.BindingRedirect, false)
			if err != nil {
				t.Fatal(err)
			}
			try(name, v, d, c)
		}
	}
	seen["logout-binding"], seen["logout-signature"] = true, true // TestForgedLogoutsAreRefused
	for _, c := range LogoutChecks() {
		if !seen[c.ID] || c.Clause == "" || c.Title == "" {
			t.Errorf("%s has no case, clause or title", c.ID)
		}
	}
}

func TestForgedLogoutsAreRefused(t *testing.T) {
	w := newWorld(t)
	for name, v := range w.leaves() {
		genuine := incoming(t, v.ask(t, w.now, saml.BindingRedirect), w.now)
		posted := incoming(t, v.ask(t, w.now, saml.BindingPost), w.now)
		stranger := v
		stranger.from.Signer = w.stranger
		self := v
		self.from.Signer = v.to.Signer // our own key is not the partner's
		unsigned := v.ask(t, w.now, saml.BindingPost).XML
		for attack, c := range map[string]struct {
			check string
			in    Incoming
		}{
			"nothing":              {"logout-binding", Incoming{Method: "GET", Now: w.now}},
			"empty form":           {"logout-binding", Incoming{Method: "POST", Now: w.now}},
			"another method":       {"logout-binding", Incoming{Method: "PUT", RawQuery: genuine.RawQuery, Now: w.now}},
			"request and response": {"logout-binding", Incoming{Method: "GET", RawQuery: genuine.RawQuery + "&SAMLResponse=x", Now: w.now}},
			"request twice":        {"logout-binding", Incoming{Method: "GET", RawQuery: genuine.RawQuery + "&" + genuine.RawQuery, Now: w.now}},
			"form with both":       {"logout-binding", Incoming{Method: "POST", Form: url.Values{"SAMLRequest": posted.Form["SAMLRequest"], "SAMLResponse": {"x"}}, Now: w.now}},
			"as an answer":         {"logout-binding", Incoming{Method: "POST", Form: url.Values{"SAMLResponse": posted.Form["SAMLRequest"]}, Now: w.now}},
			"unsigned redirect":    {"logout-signature", Incoming{Method: "GET", RawQuery: strings.Split(genuine.RawQuery, "&RelayState")[0], Now: w.now}},
			"unsigned post":        {"logout-signature", Incoming{Method: "POST", Form: url.Values{"SAMLRequest": {binding.EncodePost(unsigned)}}, Now: w.now}},
			"other signer":         {"logout-signature", incoming(t, stranger.ask(t, w.now, saml.BindingRedirect), w.now)},
			"other signer, post":   {"logout-signature", incoming(t, stranger.ask(t, w.now, saml.BindingPost), w.now)},
			"our own key":          {"logout-signature", incoming(t, self.ask(t, w.now, saml.BindingRedirect), w.now)},
			"changed relay state":  {"logout-signature", Incoming{Method: "GET", RawQuery: strings.Replace(genuine.RawQuery, "opaco", "altro", 1), Now: w.now}},
			"later":                {"logout-issue-instant", Incoming{Method: "GET", RawQuery: genuine.RawQuery, Now: w.now.Add(time.Hour)}},
		} {
			_, err := v.read(c.in)
			var r *LogoutRefusal
			if !errors.As(err, &r) || r.Check.ID != c.check {
				t.Errorf("%s, %s: %v", name, attack, err)
			}
		}
		old := v
		old.peer.ValidUntil = w.now
		if _, err := old.read(genuine); err == nil {
			t.Errorf("%s: metadata past its end", name)
		}
	}
}

// FuzzReadLogout feeds a provider with forms: what is accepted says what was signed.
func FuzzReadLogout(f *testing.F) {
	w := newWorld(f)
	v := w.leaves()["service to provider"]
	d := v.ask(f, w.now, saml.BindingPost)
	signed, err := xmlsec.Sign(d.XML, d.ID, saml.NameIssuer, d.Signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed, false)
	f.Add(d.XML, true)
	f.Fuzz(func(t *testing.T, document []byte, answer bool) {
		name := binding.Request
		if answer {
			name = binding.Response
		}
		got, err := v.read(Incoming{Method: "POST", Form: url.Values{name: {binding.EncodePost(document)}}, Now: w.now})
		var r *LogoutRefusal
		if err != nil && !errors.As(err, &r) {
			t.Errorf("%v is no refusal", err)
		}
		if err == nil && (!got.Request || got.NameID != "_name" || got.SessionIndexes[0] != "_session" || got.ID != "_q") {
			t.Errorf("accepted %+v from\n%s", got, document)
		}
	})
}
