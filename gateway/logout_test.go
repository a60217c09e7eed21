package gateway_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/gatewaydb"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/slo"
	"atrio/web/webtest"
)

// enterAt1 signs a new person in at level 1, where the provider keeps a session.
func (s *stage) enterAt1(b *webtest.Client) {
	s.t.Helper()
	s.idp.next = func(a *spidsaml.Answer) { a.Level = spid.L1 }
	login := b.Get(s.url + "/test/begin?state=x&level=1")
	p := b.Get(login.Link("Identità Uno"))
	if p.Find("form") != nil && p.Has("Sei tu?") {
		b.Submit(p.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
	}
	if s.count(`SELECT count(*) FROM door_session`) == 0 {
		s.t.Fatal("the session at the provider is not remembered")
	}
}

// signOut presses "Esci" and stops at what the gateway shows.
func (s *stage) signOut(b *webtest.Client) *page {
	s.t.Helper()
	b.AutoPost = false
	return b.Submit(b.Get(s.url + "/logout").Form("main form"))
}

// received reads at the provider what the browser brings there.
func (s *stage) received(in spidsaml.Incoming) *spidsaml.Farewell {
	s.t.Helper()
	in.Now = s.clock.Now()
	f, err := s.idp.Leaver().Read(in, func(id string) (spidsaml.Peer, bool) {
		return s.idp.service.Peer(s.clock.Now()), id == s.idp.service.EntityID
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

func (s *stage) receivedAt(address string) *spidsaml.Farewell {
	s.t.Helper()
	_, query, _ := strings.Cut(address, "?")
	return s.received(spidsaml.Incoming{Method: http.MethodGet, RawQuery: query})
}

// answered is the address with which the provider sends the browser back.
func (s *stage) answered(f *spidsaml.Farewell, partial bool) string {
	s.t.Helper()
	d, err := s.idp.Leaver().Answer(saml.NewID(), s.clock.Now(), f.Peer, f.ID, saml.BindingRedirect, partial)
	if err != nil {
		s.t.Fatal(err)
	}
	address, err := d.RedirectURL(f.RelayState)
	if err != nil {
		s.t.Fatal(err)
	}
	return address
}

func TestALogoutEndsTheSessionHereFirstAndThenTheOneAtTheProvider(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		for _, c := range []struct {
			partial bool
			text    string
		}{{false, "Identità Uno conferma di aver chiuso anche la sua sessione"}, {true, "non può confermare l’uscita da tutti gli altri siti"}} {
			b := s.browser()
			s.enterAt1(b)
			before := s.count(`SELECT count(*) FROM audit WHERE action = 'session.ended'`)
			p := s.signOut(b).Expect(http.StatusOK, "Sei uscito dai Servizi Online", "La tua sessione qui è chiusa", "Continua senza aspettare")
			if s.count(`SELECT count(*) FROM session`) != 0 || s.count(`SELECT count(*) FROM door_session`) != 0 {
				t.Fatal("the session here waits for the provider")
			}
			if s.count(`SELECT count(*) FROM audit WHERE action = 'session.ended'`) != before+1 {
				t.Error("no audit line")
			}
			address := p.Link("Chiudi la sessione di Identità Uno")
			if p.Header.Get("Refresh") != "0;url="+address || !strings.HasPrefix(address, s.idp.SLOURL+"?") {
				t.Errorf("leads to %q, %q", p.Header.Get("Refresh"), address)
			}
			b.Get(s.url + "/session").Expect(http.StatusUnauthorized) // signed out, and the provider has heard nothing yet
			f := s.receivedAt(address)
			if f.SessionIndexes[0] != "_s" || !strings.HasPrefix(f.NameID, "_name") {
				t.Errorf("%+v", f)
			}
			b.Get(s.answered(f, c.partial)).Expect(http.StatusOK, "La tua sessione qui è chiusa", c.text)
			b.Get(s.answered(f, c.partial)).Expect(http.StatusForbidden, "Questa risposta non è per te") // it counts once
		}
	})
}

func TestAProviderThatNeverAnswersHoldsNobody(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enterAt1(b)
	p := s.signOut(b)
	p = b.Get(p.Link("Continua senza aspettare")).Expect(http.StatusOK, "Identità Uno non ha ancora risposto", "chiudi tutte le finestre")
	b.Get(p.Link("Vai alla pagina di accesso")).Expect(http.StatusOK, "Entra con SPID")
	s.clock.Advance(time.Hour)
	b.Get(s.url+"/spid/slo/unanswered").Expect(http.StatusOK, "Entra con SPID") // nothing is waited for any more
}

func TestWithoutASessionAtTheProviderTheLogoutIsLocal(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b) // level 2; the provider sends a SessionIndex at level 1 only
	if s.count(`SELECT count(*) FROM door_session`) != 0 {
		t.Error("a session at the provider is remembered")
	}
	s.signOut(b).Expect(http.StatusOK, "Hai chiuso la sessione")
}

func TestAProviderThatCannotBeAskedIsNamed(t *testing.T) {
	s := newStage(t)
	genuine := s.idp.seen
	for name, spoil := range map[string]func(){
		"no address": func() { s.idp.seen.Logout = nil },
		"SOAP only": func() {
			s.idp.seen.Logout = []metadata.Endpoint{{Binding: "urn:x", Location: "https://idp.example.org"}}
		},
		"expired metadata": func() { s.idp.seen.ValidUntil = s.clock.Now() },
		"gone":             func() { s.idp.seen.EntityID = "https://altro.example.org" },
	} {
		b := s.browser()
		s.enterAt1(b)
		spoil()
		s.signOut(b).Expect(http.StatusOK, "Sei uscito dai Servizi Online", "Non possiamo chiedere l’uscita a")
		if s.count(`SELECT count(*) FROM session`) != 0 {
			t.Errorf("%s: still signed in", name)
		}
		s.idp.seen = genuine
	}
}

func TestAProviderThatWantsAFormGetsOne(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enterAt1(b)
	s.idp.seen.Logout = []metadata.Endpoint{{Binding: saml.BindingPost, Location: s.idp.SLOURL}}
	p := s.signOut(b).Expect(http.StatusOK, "Sei uscito dai Servizi Online")
	f := p.FormWith("SAMLRequest")
	if f.Action != s.idp.SLOURL || p.Find("form[data-autopost]") == nil || strings.Contains(p.Header.Get("Content-Security-Policy"), "form-action") {
		t.Errorf("%s, %s", f.Action, p.Header.Get("Content-Security-Policy"))
	}
	s.received(spidsaml.Incoming{Method: http.MethodPost, Form: f.Values})
}

func TestAnAnswerNobodyWaitsForChangesNothing(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enterAt1(b)
	f := s.receivedAt(s.signOut(b).Link("Chiudi la sessione di Identità Uno"))
	s.browser().Get(s.answered(f, false)).Expect(http.StatusForbidden, "Questa risposta non è per te")
	if !s.refusedFor("logout_not_pending") {
		t.Error("no audit line")
	}
	other := *f
	other.ID = "_another"
	b.Get(s.answered(&other, false)).Expect(http.StatusForbidden)
	b.Get(s.answered(f, false)).Expect(http.StatusOK, "conferma") // the one that is waited for still counts
}

// told is what the provider sends when it ends a session.
func (s *stage) told(nameID, index, way string) slo.Delivery {
	s.t.Helper()
	d, _, err := s.idp.Leaver().Ask(saml.NewID(), s.clock.Now(), s.idp.service.Peer(s.clock.Now()), nameID, index, way)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// bring lets a browser bring it, and stops at the answer.
func (s *stage) bring(b *webtest.Client, d slo.Delivery) *page {
	s.t.Helper()
	b.NoRedirect, b.AutoPost = true, false
	if d.Binding == saml.BindingPost {
		field, err := d.Field()
		if err != nil {
			s.t.Fatal(err)
		}
		return b.Post(d.Location, url.Values{d.Parameter: {field}, "RelayState": {"stato & opaco"}})
	}
	address, err := d.RedirectURL("stato & opaco")
	if err != nil {
		s.t.Fatal(err)
	}
	return b.Get(address)
}

func TestAProviderEndsTheSessionsItOpenedWithoutACookie(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		for _, way := range []string{saml.BindingRedirect, saml.BindingPost} {
			b, other := s.browser(), s.browser()
			s.enterAt1(b)
			name := "_name" + itoa(s.idp.n)
			s.enterAt1(other)
			for _, wrong := range [][2]string{{name, "_t"}, {"_nobody", "_s"}} {
				s.bring(s.browser(), s.told(wrong[0], wrong[1], way))
				b.Get(s.url + "/session").Expect(http.StatusOK)
			}
			for range 2 { // the second time the session is gone, and the provider is answered all the same
				p := s.bring(s.browser(), s.told(name, "_s", way))
				answer := s.answerOn(p, way)
				if !answer.Complete || answer.RelayState != "stato & opaco" {
					t.Errorf("%+v", answer)
				}
			}
			b.Get(s.url + "/session").Expect(http.StatusUnauthorized)
			other.Get(s.url + "/session").Expect(http.StatusOK)
			if s.count(`SELECT count(*) FROM audit WHERE action = 'session.ended' AND detail LIKE '%"how":"provider"%'`) == 0 {
				t.Error("no audit line of the session")
			}
			s.signOut(other)
		}
		if s.count(`SELECT count(*) FROM audit WHERE action = 'saml.request_received'`) != 8 {
			t.Error("not every request has its audit line")
		}
	})
}

// answerOn reads the answer that a page brings back to the provider.
func (s *stage) answerOn(p *page, way string) *spidsaml.Farewell {
	s.t.Helper()
	if way == saml.BindingPost {
		p.Expect(http.StatusOK)
		return s.received(spidsaml.Incoming{Method: http.MethodPost, Form: p.FormWith("SAMLResponse").Values})
	}
	p.Expect(http.StatusFound)
	return s.receivedAt(p.Header.Get("Location"))
}

// The address for answers may differ from the one for requests. // SAML-metadata 2.2.2
func TestTheAnswerGoesToTheResponseLocation(t *testing.T) {
	s := newStage(t)
	back := s.idp.SLOURL + "/risposte"
	s.idp.seen.Logout = []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: s.idp.SLOURL, ResponseLocation: back}}
	p := s.bring(s.browser(), s.told("_n", "_s", saml.BindingRedirect)).Expect(http.StatusFound)
	if !strings.HasPrefix(p.Header.Get("Location"), back+"?SAMLResponse=") {
		t.Errorf("answered to %s", p.Header.Get("Location"))
	}
	s.idp.seen.Logout = nil
	s.bring(s.browser(), s.told("_n", "_s", saml.BindingRedirect)).Expect(http.StatusUnprocessableEntity, "non dice dove rispondere", "Codice di riferimento")
}

func TestForgedLogoutsEndNothing(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enterAt1(b)
	name := "_name" + itoa(s.idp.n)
	genuine := s.told(name, "_s", saml.BindingRedirect)
	address, err := genuine.RedirectURL("")
	if err != nil {
		t.Fatal(err)
	}
	stranger := genuine
	stranger.Signer = signers(t).sp
	strange, err := stranger.RedirectURL("")
	if err != nil {
		t.Fatal(err)
	}
	unsigned, _, _ := strings.Cut(address, "&SigAlg")
	for _, c := range []struct{ reason, address string }{
		{"logout-binding", s.url + "/spid/slo"},
		{"logout-binding", address + "&SAMLResponse=x"},
		{"logout-binding", address + "&RelayState=a&RelayState=b"},
		{"logout-signature", unsigned},
		{"logout-signature", address + "&RelayState=aggiunto"},
		{"logout-signature", strange},
	} {
		p := s.browser().Get(c.address)
		if p.Status < 400 || p.Status > 499 || !s.refusedFor(c.reason) {
			t.Errorf("%s: %d", c.address, p.Status)
		}
		p.Expect(p.Status, "Questa richiesta di uscita non è valida", "Codice di riferimento")
	}
	for _, form := range []url.Values{
		{"SAMLRequest": {binding.EncodePost(genuine.XML)}}, {"SAMLRequest": {"x"}, "SAMLResponse": {"y"}}, {}, {"SAMLRequest": {"x", "y"}},
	} {
		if p := s.browser().Post(s.url+"/spid/slo", form); p.Status < 400 || p.Status > 499 {
			t.Errorf("%v: %d", form, p.Status)
		}
	}
	s.clock.Advance(20 * time.Minute)
	b.Get(s.url + "/session").Expect(http.StatusOK)
	s.browser().Get(address).Expect(http.StatusForbidden) // replayed, too old
	b.Get(s.url + "/session").Expect(http.StatusOK)
	if s.refusedFor("") {
		t.Error("a refusal without a reason")
	}
}

// A request that is replayed while it is fresh ends nothing but what it named.
func TestAReplayedLogoutDoesNotEndTheNextSession(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enterAt1(b)
	old := s.told("_name"+itoa(s.idp.n), "_s", saml.BindingRedirect)
	s.bring(s.browser(), old)
	again := s.browser()
	s.enterAt1(again)
	s.bring(s.browser(), old)
	again.Get(s.url + "/session").Expect(http.StatusOK)
}

func itoa(n int) string { return strconv.Itoa(n) }

// CIE ends its session and says nothing: nobody is sent there unasked. // CIE-SAML logout
func TestCIEIsOfferedAndNeverWaitedFor(t *testing.T) {
	s := newDoorsOn(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()))
	s.enterAt1(s.browser()) // the account, by SPID
	s.cie.next = func(a *spidsaml.Answer) { a.Level = spid.L1 }
	b := s.browser()
	login := b.Get(s.url + "/test/begin?state=x&level=1")
	b.Get(s.url + "/cie/login?" + login.URL.RawQuery)
	b.Get(s.url + "/session").Expect(http.StatusOK)
	if s.count(`SELECT count(*) FROM door_session WHERE door = 'cie'`) != 1 {
		t.Fatal("the session at CIE is not remembered")
	}
	p := s.signOut(b).Expect(http.StatusOK, "Sei uscito dai Servizi Online", "CIE di Prova chiude la sua sessione ma non ci dice com’è andata")
	if p.Header.Get("Refresh") != "" || p.Find("form[data-autopost]") != nil {
		t.Error("the person is sent there unasked")
	}
	f, err := s.cie.Leaver().Read(queryOf(p.Link("Chiudi la sessione di CIE di Prova"), s.clock.Now()), func(id string) (spidsaml.Peer, bool) {
		return s.cie.service.Peer(s.clock.Now()), id == s.cie.service.EntityID
	})
	if err != nil || f.Peer.EntityID == s.idp.service.EntityID {
		t.Errorf("%+v, %v", f, err)
	}
}

func queryOf(address string, now time.Time) spidsaml.Incoming {
	_, query, _ := strings.Cut(address, "?")
	return spidsaml.Incoming{Method: http.MethodGet, RawQuery: query, Now: now}
}
