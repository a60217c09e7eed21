package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/db/dbtest"
	"atrio/gateway"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/services"
	"atrio/people/person"
	"atrio/web/webtest"
)

const (
	mfa       = "https://refeds.org/profile/mfa"
	essential = `{"id_token":{"acr":{"essential":true,"value":"` + mfa + `"}}}`
)

// secondAccess is what the second access by password finds before a second factor is set up.
const secondAccess = "Dal secondo accesso il tuo account si apre con due fattori"

// newStageWithBoard is a stage with a service that a password alone opens.
func newStageWithBoard(t *testing.T) *stage {
	return newStageWith(t, dbtest.SQLite(t, modules()...), func(s *stage, deps *gateway.Deps) {
		s.config.Decisions = acts(access.FirstFactor)
		register, errs := services.NewRegister(append(testServices(), services.Service{
			ClientID: "bacheca", Name: services.Text{It: "Bacheca", En: "Notice board"}, RedirectURIs: []string{"https://bacheca.example.org/callback"},
			Auth: services.Public, Level: person.Level1, FirstFactorOnly: true, Class: services.Community, Owner: services.Owner{Unit: "Corsi", Email: "corsi@example.org"},
		}))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		deps.Services = register
	})
}

// asks is the address with which a service asks for more.
func (s *stage) asks(client string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return s.authorize(client) + "&" + q.Encode()
}

// got reads what the service is answered at an address: the parameters of its callback.
func (s *stage) got(b *webtest.Client, address string) url.Values {
	s.t.Helper()
	return s.led(b, func() *webtest.Page { return b.Get(address) })
}

// led follows to the address of a service.
func (s *stage) led(b *webtest.Client, first func() *webtest.Page) url.Values {
	s.t.Helper()
	b.NoRedirect = true
	defer func() { b.NoRedirect = false }()
	p := first()
	for range 8 {
		to, err := url.Parse(p.Header.Get("Location"))
		if err != nil || p.Status < 300 || p.Status > 399 {
			s.t.Fatalf("no answer to a service: %d %s", p.Status, webtest.Text(p.Find("main")))
		}
		if strings.HasSuffix(to.Host, ".example.org") {
			return to.Query()
		}
		p = b.Get(s.url + strings.TrimPrefix(to.String(), s.url))
	}
	s.t.Fatal("the browser goes round")
	return nil
}

// withApp is Ada's account with a password and an app; b is signed in by SPID.
func (s *stage) withApp() (b *webtest.Client, code account.Code, key []byte) {
	s.t.Helper()
	b = s.browser()
	s.enter(b)
	code = account.Code(s.codeOf(b))
	return b, code, s.app(b)
}

// A service that a password opens may ask for two factors: they are proved in the session
// that is open, and the service is told so.
func TestAServiceAsksForTwoFactorsInTheOpenSession(t *testing.T) {
	s := newStageWithBoard(t)
	_, code, key := s.withApp()
	b := s.browser()
	login := b.Get(s.authorize("bacheca")).Expect(http.StatusOK, "Bacheca")
	if q := s.led(b, func() *webtest.Page {
		return b.Submit(login.FormWith("password"), "code", string(code), "password", secret)
	}); q.Get("code") == "" {
		t.Fatalf("a service for one factor: %v", q)
	}
	// In silence nobody can be asked.
	if q := s.got(b, s.asks("bacheca", "claims", essential, "prompt", "none")); q.Get("error") != "login_required" {
		t.Errorf("in silence: %v", q)
	}
	for _, pairs := range [][]string{{"acr_values", mfa}, {"claims", essential}} {
		p := b.Get(s.asks("bacheca", pairs...)).Expect(http.StatusOK, "Inserisci il codice dell’app", "Bacheca")
		if body := b.Get(s.url + "/session").Body; strings.Contains(body, "mfa") {
			t.Fatalf("%v: two factors before the second was used: %s", pairs, body)
		}
		if pairs[0] == "claims" {
			if strings.Contains(p.Header.Get("Content-Security-Policy"), "form-action") {
				t.Error("the code could not lead to the service, which is another origin")
			}
			q := s.led(b, func() *webtest.Page { return b.Submit(p.FormWith("code"), "code", s.code(key)) })
			if q.Get("code") == "" {
				t.Fatalf("%v: %v", pairs, q)
			}
		}
	}
	if body := b.Get(s.url + "/session").Body; !strings.Contains(body, `"acr":"`+mfa+`"`) || !strings.Contains(body, `"amr":["pwd","otp","mfa"]`) {
		t.Errorf("the session says %s", body)
	}
	if q := s.got(b, s.asks("bacheca", "claims", essential, "prompt", "none")); q.Get("code") == "" {
		t.Errorf("afterwards: %v", q)
	}
	// What cannot be reached here is told to the service, once the login was tried.
	level3 := strings.ReplaceAll(essential, mfa, "https://www.spid.gov.it/SpidL3")
	p := b.Get(s.asks("bacheca", "claims", level3)).Expect(http.StatusOK, "Entra con SPID")
	s.clock.Advance(time.Minute)
	q := s.led(b, func() *webtest.Page {
		return b.Submit(p.FormWith("password"), "code", string(code), "password", secret)
	})
	if q.Get("error") != "unmet_authentication_requirements" || q.Get("state") != "state-of-the-test" {
		t.Errorf("level 3 by password: %v", q)
	}
}

// Two factors are what was used in this login: a new one begins with one again.
func TestTwoFactorsOfAnEarlierLoginDoNotCount(t *testing.T) {
	s := newStageWithBoard(t)
	_, code, key := s.withApp()
	b := s.browser()
	s.typeIn(b, code, secret)
	p := b.Get(s.url+"/account").Expect(http.StatusOK, "Inserisci il codice dell’app")
	b.Submit(p.FormWith("code"), "code", s.code(key)).Expect(http.StatusOK, "Il mio account")
	s.clock.Advance(10 * time.Minute)
	if q := s.got(b, s.asks("bacheca", "claims", essential, "max_age", "3600")); q.Get("code") == "" {
		t.Errorf("ten minutes old: %v", q)
	}
	login := b.Get(s.asks("bacheca", "claims", essential, "max_age", "60")).Expect(http.StatusOK, "Entra con SPID", "Bacheca")
	s.clock.Advance(time.Second)
	p = b.Submit(login.FormWith("password"), "code", string(code), "password", secret).Expect(http.StatusOK, "Inserisci il codice dell’app")
	if q := s.led(b, func() *webtest.Page { return b.Submit(p.FormWith("code"), "code", s.code(key)) }); q.Get("code") == "" {
		t.Errorf("after the new login: %v", q)
	}
}

// A wish is for a factor that is there: nobody has to set one up for it. A requirement is.
func TestWithoutASecondFactorAWishIsNotARequirement(t *testing.T) {
	s := newStageWithBoard(t)
	s.plant() // without a digital identity: who has one sets the first factor up by it
	b, code := s.browser(), noor
	login := b.Get(s.asks("bacheca", "acr_values", mfa)).Expect(http.StatusOK, "Entra con SPID")
	if q := s.led(b, func() *webtest.Page {
		return b.Submit(login.FormWith("password"), "code", string(code), "password", secret)
	}); q.Get("code") == "" {
		t.Errorf("a wish: %v", q)
	}
	p := b.Get(s.asks("bacheca", "claims", essential)).Expect(http.StatusForbidden, "Attiva l’autenticazione a due fattori", "Bacheca", "Entra con SPID")
	b.Follow(p, "Attiva la 2FA").Expect(http.StatusOK, "Attiva 2FA tramite app", "Bacheca")
	s.app(b)
	list := b.Get(s.url+factorsPage).Expect(http.StatusOK, "Continua verso Bacheca")
	if q := s.got(b, list.Link("Continua verso Bacheca")); q.Get("code") == "" {
		t.Errorf("after setting one up: %v", q)
	}
}

// G4.6: a suspension opens services for one factor and the account; another service says
// until when it lasts, and the factor may be used all the same.
func TestASuspensionIsToldAtAServiceThatWantsTwoFactors(t *testing.T) {
	s := newStageWithBoard(t)
	ada, code, key := s.withApp()
	s.suspend(ada, key)
	b := s.browser()
	s.typeIn(b, code, secret).Expect(http.StatusOK, "Il mio account")
	for _, pairs := range [][]string{nil, {"acr_values", mfa}} {
		if pairs == nil {
			if q := s.got(b, s.asks("bacheca")); q.Get("code") == "" {
				t.Errorf("a service for one factor: %v", q)
			}
			continue
		}
		login := b.Get(s.asks("bacheca", pairs...)).Expect(http.StatusOK, "Entra con SPID")
		s.clock.Advance(time.Second)
		if q := s.led(b, func() *webtest.Page {
			return b.Submit(login.FormWith("password"), "code", string(code), "password", secret)
		}); q.Get("code") == "" {
			t.Errorf("a wish gives way to a suspension: %v", q)
		}
	}
	for _, address := range []string{s.authorize("mooc"), s.asks("bacheca", "claims", essential)} {
		p := b.Get(address).Expect(http.StatusForbidden, "La tua 2FA è sospesa", "fino a", "Usa il secondo fattore", "Riattiva la 2FA", "Entra con SPID")
		if strings.Contains(p.Body, "Dichiara e prosegui") {
			t.Error("a suspension leads to a declaration")
		}
		b.Follow(p, "Riattiva la 2FA").Expect(http.StatusOK, "La 2FA è sospesa fino a", "chiede due fattori", "Riattiva la 2FA e prosegui")
		p = b.Follow(p, "Usa il secondo fattore").Expect(http.StatusOK, "Inserisci il codice dell’app")
		if address == s.authorize("mooc") {
			continue
		}
		if q := s.led(b, func() *webtest.Page { return b.Submit(p.FormWith("code"), "code", s.code(key)) }); q.Get("code") == "" {
			t.Errorf("the factor was used: %v", q)
		}
	}
	// Where the law asks for SPID or CIE it changes nothing.
	b.Get(s.authorize("tasse")).Expect(http.StatusOK, "Qual è la tua cittadinanza?")
}

// G1.4: "Riattiva la 2FA" leads back to the service that waited, which asks for the factor.
func TestTheServiceThatWaitedOpensAfterASuspensionIsEnded(t *testing.T) {
	s := newStageWithBoard(t)
	ada, code, key := s.withApp()
	s.suspend(ada, key)
	b := s.browser()
	s.typeIn(b, code, secret).Expect(http.StatusOK, "Il mio account")
	p := b.Get(s.authorize("mooc")).Expect(http.StatusForbidden, "La tua 2FA è sospesa")
	p = b.Follow(p, "Riattiva la 2FA").Expect(http.StatusOK, "Open Knowledge chiede due fattori")
	if p.Has("Prosegui verso") {
		t.Error("the way on leads in a circle")
	}
	s.clock.Advance(time.Minute) // a step of the app works once
	p = b.Submit(p.FormWith("do"), "do", "resume").Expect(http.StatusOK, "La 2FA è di nuovo attiva", "Inserisci il codice dell’app")
	if q := s.led(b, func() *webtest.Page { return b.Submit(p.FormWith("code"), "code", s.code(key)) }); q.Get("code") == "" {
		t.Errorf("the service that waited: %v", q)
	}
	// With no service that waits, and with one of another browser, it leads to the factors.
	for _, query := range []string{"", p.URL.RawQuery} {
		other := s.browser()
		s.clock.Advance(time.Minute)
		s.suspend(b, key)
		s.typeIn(other, code, secret).Expect(http.StatusOK, "Il mio account")
		p := other.Get(s.url+suspendPage+"?"+query).Expect(http.StatusOK, "Riattiva subito la 2FA")
		other.Submit(p.FormWith("do"), "do", "resume").Expect(http.StatusOK, "La 2FA è di nuovo attiva", "Autenticazione a due fattori (2FA)")
	}
}

// suspend does without second factors for a day, by the app.
func (s *stage) suspend(b *webtest.Client, key []byte) {
	s.t.Helper()
	p := b.Get(s.url + suspendPage)
	if f := p.FormWith("do"); !p.Has("Disattiva 2FA per 24 ore") {
		p = b.Submit(f, "do", "factor").Expect(http.StatusOK, "Inserisci il codice dell’app")
		p = b.Submit(p.FormWith("code"), "code", s.code(key))
	}
	b.Submit(p.FormWith("password"), "do", "suspend", "password", secret).Expect(http.StatusOK, "La 2FA è sospesa")
}

// G4.1: the first access opens the account with the password alone, until it ends; the
// second one asks for a second factor, and where there is one it is asked for at once.
func TestASecondFactorIsAskedForFromTheSecondAccess(t *testing.T) {
	s := newStageWithBoard(t)
	s.plant()
	first := s.browser()
	s.typeIn(first, noor, secret).Expect(http.StatusOK, "Il mio account")
	first.Get(s.authorize("mooc")).Expect(http.StatusForbidden, "Attiva l’autenticazione a due fattori", "Open Knowledge")
	if !s.opens(first, "bacheca") {
		t.Error("a service for one factor is closed at the first access")
	}
	first.Get(s.url+"/account/history").Expect(http.StatusOK, "Storia degli accessi")

	second := s.browser()
	p := s.typeIn(second, noor, secret).Expect(http.StatusForbidden, "Attiva l’autenticazione a due fattori", "Dal secondo accesso", "Entra con SPID", "Attiva la 2FA")
	for _, path := range []string{"/account", "/account/history", "/account/password", "/declaration"} {
		second.Get(s.url+path).Expect(http.StatusForbidden, "Attiva l’autenticazione a due fattori")
	}
	if !s.opens(second, "bacheca") {
		t.Error("a service for one factor is closed at the second access")
	}
	first.Get(s.url+"/account").Expect(http.StatusOK, "Il mio account") // that session is still the first
	second.Follow(p, "Attiva la 2FA").Expect(http.StatusOK, "Attiva 2FA tramite app")
	key := s.app(second)
	second.Get(s.url+"/account").Expect(http.StatusOK, "Il mio account")
	if !s.opens(second, "mooc") {
		t.Error("set up in this login, it was used in this login")
	}
	first.Get(s.url+"/account").Expect(http.StatusOK, "Inserisci il codice dell’app")
	third := s.browser()
	p = s.typeIn(third, noor, secret).Expect(http.StatusOK, "Inserisci il codice dell’app")
	third.Submit(p.FormWith("code"), "code", s.code(key)).Expect(http.StatusOK, "Il mio account")
}

// G2.3: a declaration belongs to a service. Who has a second factor uses it first and comes
// back to the service; who has none declares first, and is then led to set one up.
func TestADeclarationKeepsItsService(t *testing.T) {
	for name, has := range map[string]bool{"with a second factor": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			s := newStageWithActs(t, access.Undertaking)
			s.plant()
			first := s.browser()
			s.typeIn(first, noor, secret).Expect(http.StatusOK, "Il mio account")
			var key []byte
			if has {
				key = s.app(first)
			}
			b := s.browser()
			login := b.Get(s.authorize("tasse"))
			ask := b.Submit(login.FormWith("password"), "code", string(noor), "password", secret).Expect(http.StatusOK, "Qual è la tua cittadinanza?")
			duty := b.Submit(ask.FormWith("citizenship"), "citizenship", "italian").Expect(http.StatusForbidden, "In quanto cittadino italiano hai l’obbligo")
			form := b.Follow(duty, "Dichiara e prosegui senza SPID/CIE")
			if has {
				form.Expect(http.StatusOK, "Inserisci il codice dell’app", "Tasse")
				duty = b.Submit(form.FormWith("code"), "code", s.code(key)).Expect(http.StatusForbidden, "In quanto cittadino italiano hai l’obbligo", "Tasse")
				form = b.Follow(duty, "Dichiara e prosegui senza SPID/CIE")
			}
			form.Expect(http.StatusOK, "Perché non puoi usare SPID o CIE?", "Tasse")
			if has {
				if to := s.finish(b, form.FormWith("sure"), "reason", "document", "sure", "on"); !strings.Contains(to, "tasse.example.org/callback?") {
					t.Errorf("leads to %s", to)
				}
				return
			}
			p := b.Submit(form.FormWith("sure"), "reason", "document", "sure", "on").Expect(http.StatusForbidden, "Attiva l’autenticazione a due fattori", "Tasse")
			b.Follow(p, "Attiva la 2FA").Expect(http.StatusOK, "Tasse")
			s.app(b)
			if !s.opens(b, "tasse") {
				t.Error("closed after the declaration and the second factor")
			}
		})
	}
}
