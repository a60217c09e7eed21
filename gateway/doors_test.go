package gateway_test

import (
	"net/http"
	"net/url"
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/gatewaydb"
	"atrio/web/webtest"
)

func modules() []db.Module { return []db.Module{shareddb.Module(), gatewaydb.Module()} }

// confirmByMail finishes a first entry for which an address has to be confirmed.
func (s *stage) confirmByMail(b *webtest.Client, welcome *webtest.Page, address string) *webtest.Page {
	s.t.Helper()
	p := b.Submit(welcome.FormWith("email"), "email", address, "notice", "on").Expect(http.StatusOK)
	return s.choose(b, b.Submit(p.FormWith("code"), "code", s.mailedCode()).Expect(http.StatusOK, "Il tuo account è pronto"))
}

// G6.1, G3.7: CIE gives no address, so one is confirmed; nothing else is asked.
func TestAHolderOfACardEntersForTheFirstTimeAndComesBack(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newDoorsOn(t, d)
		b := s.browser()
		login := b.Get(s.url + "/test/begin?state=x")
		welcome := b.Get(login.Link("Entra con CIE")).Expect(http.StatusOK, "Stai entrando come Ada D'Amico", "CIE di Prova", "DMCDAA80A41H501U")
		s.confirmByMail(b, welcome, "ada@casa.example.it")
		b.Get(s.url+"/account").Expect(http.StatusOK, "verificato con CIE da CIE di Prova", "ada@casa.example.it")

		again := s.browser()
		p := again.Get(s.url + "/cie/login")
		if p.URL.Path != "/account" {
			t.Errorf("a known card led to %s", p.URL)
		}
		if n := s.count(`SELECT count(*) FROM account`); n != 1 {
			t.Errorf("%d accounts", n)
		}
		if n := s.count(`SELECT count(*) FROM ledger WHERE door = 'cie'`); n != 2 {
			t.Errorf("%d pairs of messages", n)
		}
	})
}

// G3.7: the verified codice fiscale leads SPID and CIE to one account, whichever
// came first.
func TestACardAndSPIDLeadToOneAccount(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newDoorsOn(t, d)
		s.enter(s.browser())
		p := s.browser().Get(s.url + "/cie/login")
		if p.URL.Path != "/account" {
			t.Fatalf("led to %s: %.300s", p.URL, p.Text("main"))
		}
		if a, i := s.count(`SELECT count(*) FROM account`), s.count(`SELECT count(*) FROM identity`); a != 1 || i != 2 {
			t.Errorf("%d accounts, %d identities", a, i)
		}
	})
}

// G6.2: nobody of another country needs a codice fiscale.
func TestAPersonOfAnotherCountryEntersWithoutACodiceFiscale(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newDoorsOn(t, d)
		b := s.browser()
		b.Header.Set("Accept-Language", "en")
		login := b.Get(s.url + "/test/begin?state=x")
		countries := b.Get(login.Link("Login with eIDAS")).Expect(http.StatusOK, "Which country issued your digital identity?", "Spain", "Greece")
		welcome := b.Get(countries.Link("Spain")).Expect(http.StatusOK, "Inés Prueba", "Calle Ejemplo 1", "Villaejemplo")
		p := b.Submit(welcome.FormWith("email"), "email", "ines@correo.example.org", "notice", "on").Expect(http.StatusOK)
		s.choose(b, b.Submit(p.FormWith("code"), "code", s.mailedCode()).Expect(http.StatusOK))
		if s.count(`SELECT count(*) FROM account WHERE fiscal_code IS NULL`) != 1 {
			t.Error("no account without a codice fiscale")
		}
		if s.count(`SELECT count(*) FROM identity WHERE door = 'eidas' AND subject = 'ES/IT/INES-0001'`) != 1 {
			t.Error("the identifier is not the identity")
		}
		if s.count(`SELECT count(*) FROM attribute WHERE name = 'gender' AND value = 'F' AND source = 'eidas'`) != 1 {
			t.Error("the gender was not read")
		}
		if p := s.browser().Get(s.url + "/eidas/login?country=ES"); p.URL.Path != "/account" {
			t.Errorf("a known identifier led to %s", p.URL)
		}
	})
}

// An identifier of another country cannot bring a codice fiscale along: it would
// open the account of somebody else.
func TestACodiceFiscaleSaidByTheNodeOpensNoAccount(t *testing.T) {
	s := newDoors(t)
	s.enter(s.browser())
	s.node.attributes["fiscalNumber"] = "TINIT-DMCDAA80A41H501U"
	s.browser().Get(s.url+"/eidas/login?country=ES").Expect(http.StatusOK, "Sei tu?")
	if n := s.count(`SELECT count(*) FROM identity`); n != 1 {
		t.Errorf("%d identities", n)
	}
}

// held starts at a door and keeps the answer back.
func (s *stage) held(b *webtest.Client, p *provider, address string) url.Values {
	s.t.Helper()
	p.hold = true
	b.Get(s.url + address).Form("")
	p.hold = false
	return p.last
}

// An answer is checked by the world of its request, whoever signed it and wherever
// it is posted.
func TestAnAnswerOfAnotherWorldIsRefused(t *testing.T) {
	s := newDoors(t)
	s.enter(s.browser())
	spidStart := "/spid/login?idp=" + url.QueryEscape(s.idp.EntityID)
	for name, c := range map[string]struct {
		at     string    // where the request leaves
		asked  *provider // and who gets it
		by     *provider // who answers; nil: who was asked
		post   string
		reason string
	}{
		"CIE at the address of SPID":         {"/cie/login", s.cie, nil, "/spid/acs", "answer_of_another_door"},
		"SPID at the address of CIE":         {spidStart, s.idp, nil, "/cie/acs", "answer_of_another_door"},
		"eIDAS at the address of CIE":        {"/eidas/login?country=ES", s.node, nil, "/cie/acs", "answer_of_another_door"},
		"a provider of SPID for the node":    {"/eidas/login?country=ES", s.node, s.idp, "/spid/acs", "response-signature"},
		"the node for a provider of SPID":    {spidStart, s.idp, s.node, "/spid/acs", "response-signature"},
		"a provider of SPID for CIE":         {"/cie/login", s.cie, s.idp, "/cie/acs", "response-signature"},
		"CIE for a provider of SPID":         {spidStart, s.idp, s.cie, "/spid/acs", "response-signature"},
		"the node for CIE":                   {"/cie/login", s.cie, s.node, "/cie/acs", "response-signature"},
		"CIE for the node":                   {"/eidas/login?country=ES", s.node, s.cie, "/spid/acs", "response-signature"},
		"SPID for CIE, at the address of it": {"/cie/login", s.cie, s.idp, "/spid/acs", "answer_of_another_door"},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.browser()
			if c.by != nil {
				c.asked.by = c.by
			}
			form := s.held(b, c.asked, c.at)
			c.asked.by = nil
			before := s.count(`SELECT count(*) FROM session`)
			p := b.Post(s.url+c.post, form)
			if p.Status < 400 || p.Status > 499 || !p.Has("Codice di riferimento") || !p.Has("Entra in altro modo") {
				t.Errorf("%d %.300s", p.Status, p.Text("main"))
			}
			if !s.refusedFor(c.reason) {
				t.Errorf("no audit line with %s", c.reason)
			}
			if s.count(`SELECT count(*) FROM session`) != before {
				t.Error("somebody was let in")
			}
		})
	}
}

func TestAnAnswerOfACardIsTakenOnceAndByOneBrowser(t *testing.T) {
	for _, door := range []struct {
		name, start, acs string
		of               func(*stage) *provider
	}{
		{"cie", "/cie/login", "/cie/acs", func(s *stage) *provider { return s.cie }},
		{"eidas", "/eidas/login?country=ES", "/spid/acs", func(s *stage) *provider { return s.node }},
	} {
		t.Run(door.name, func(t *testing.T) {
			s := newDoors(t)
			b := s.browser()
			form := s.held(b, door.of(s), door.start)
			s.browser().Post(s.url+door.acs, form).Expect(http.StatusForbidden, "Questo accesso non è iniziato in questo browser")
			u, _ := url.Parse(s.url)
			copied := webtest.New(t)
			copied.HTTP.Jar.SetCookies(u, b.HTTP.Jar.Cookies(u))
			b.Post(s.url+door.acs, form).Expect(http.StatusOK, "Sei tu?")
			copied.Post(s.url+door.acs, form).Expect(http.StatusConflict, "già stata usata")
			if !s.refusedFor("replayed") || !s.refusedFor("journey_other_browser") {
				t.Error("no audit lines")
			}
		})
	}
}

// G2.6: who comes in too low is told which level is needed, and may try again.
func TestALevelTooLowIsRefusedAtEveryDoor(t *testing.T) {
	s := newDoors(t)
	for name, c := range map[string]struct {
		at string
		p  *provider
	}{"cie": {"/cie/login", s.cie}, "eidas": {"/eidas/login?country=ES", s.node}} {
		c.p.next = func(a *spidsaml.Answer) { a.Level = spid.L1 }
		s.browser().Get(s.url+c.at).Expect(http.StatusForbidden, "Riprova", "Entra in altro modo", "Codice di riferimento", "più basso di quello richiesto")
		c.p.next = func(a *spidsaml.Answer) { a.Level = spid.L3 }
		s.browser().Get(s.url+c.at).Expect(http.StatusOK, "Sei tu?")
		if !s.refusedFor("authn-level") {
			t.Errorf("%s: no audit line", name)
		}
	}
}

func TestErrorsOfCardAndNodeHaveWordsOfTheirOwn(t *testing.T) {
	s := newDoors(t)
	for code, text := range map[int]string{
		21: "L’accesso con CIE è durato troppo", 22: "Non hai dato il consenso", 23: "La tua CIE è scaduta", 25: "Hai annullato l’accesso con CIE",
		19: "CIE non ha completato l’autenticazione", 8: "CIE ha respinto la nostra richiesta (errore nr08)",
	} {
		s.cie.anomaly = code
		row, _ := spid.LookupAnomaly(code)
		s.browser().Get(s.url+"/cie/login").Expect(row.Page, text, "Riprova", "Entra in altro modo", "Codice di riferimento")
	}
	for code, text := range map[int]string{
		20: "La tua identità non ha il livello richiesto", 22: "Non hai dato il consenso", 25: "Hai annullato l’accesso", 9: "Il nodo eIDAS ha respinto la nostra richiesta (errore nr09)",
	} {
		s.node.anomaly = code
		row, _ := spid.LookupAnomaly(code)
		s.browser().Get(s.url+"/eidas/login?country=DE").Expect(row.Page, text, "Riprova", "Entra in altro modo", "Codice di riferimento")
	}
	if !s.refusedFor("status-success.nr22") {
		t.Error("no audit line")
	}
}

func TestACountryThatIsNotOfferedDoesNotStart(t *testing.T) {
	s := newDoors(t)
	for _, code := range []string{"IT", "XX", "es", "ES%00", "..%2F"} {
		p := s.browser().Get(s.url + "/eidas/login?country=" + code)
		if p.Status < 400 || p.Status > 499 {
			t.Errorf("%s: %d", code, p.Status)
		}
	}
}

// G6.2: the chooser is in English for everybody who asks for no Italian, and so is
// what follows; the choice of the person wins.
func TestTheChooserOfCountriesSpeaksEnglishToForeigners(t *testing.T) {
	s := newDoors(t)
	for header, want := range map[string]string{
		"": "Which country", "es-ES,es;q=0.9": "Which country", "en-GB": "Which country", "it-IT,it;q=0.9,en;q=0.8": "Da quale Paese",
	} {
		b := s.browser()
		b.Header.Set("Accept-Language", header)
		p := b.Get(s.url+"/eidas/login").Expect(http.StatusOK, want)
		if want == "Which country" {
			b.Get(p.Link("Spain")).Expect(http.StatusOK, "Is that you?")
		}
		b.Get(s.url+"/eidas/login?lang=it").Expect(http.StatusOK, "Da quale Paese")
		b.Get(s.url+"/eidas/login").Expect(http.StatusOK, "Da quale Paese")
	}
}
