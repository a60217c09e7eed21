package gateway_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/web/webtest"
)

const (
	declaredPassword = "quattro parole senza senso"
	declarer         = "prima.finti@posta.example.org"
	askDeclared      = "c’è già un account che ha indicato il tuo codice fiscale"
)

// declare registers somebody with Ada's codice fiscale and tells their Codice Persona.
func (s *stage) declare(email string) account.Code {
	s.t.Helper()
	b := s.browser()
	who := prova()
	for field, value := range map[string]string{
		"family_name": "D'Amico", "given_name": "Ada", "sex": "F", "birth_day": "1", "birth_month": "1", "birth_year": "1980",
		"birth_province": "RM", "birth_town": "Roma", "fiscal_code": "DMCDAA80A41H501U", "email": email,
	} {
		who[slices.Index(who, field)+1] = value
	}
	p := s.toReview(b, s.register(b, ""), who)
	p = b.Submit(p.FormWith("password"), "password", declaredPassword, "repeat", declaredPassword).Expect(http.StatusOK, "Ci sei quasi!")
	return account.Code(p.Text("#codice-persona"))
}

func (s *stage) signedIn(b *webtest.Client) bool {
	return b.Get(s.url+"/session").Status == http.StatusOK
}

// The attack of G3.8: register first with somebody's codice fiscale, and wait for them.
func TestWhoRegisteredFirstWithACodeOfSomebodyElseLosesEverything(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newDoorsOn(t, d)
		code := s.declare(declarer)
		thief := s.browser()
		s.typeIn(thief, code, declaredPassword).Expect(http.StatusOK, "Il mio account")
		ada := s.browser()
		ask := ada.Get(s.start("")).Expect(http.StatusOK, askDeclared)
		for _, secret := range []string{string(code), declarer} {
			if ask.Has(secret) {
				t.Errorf("the question tells %q of the other account", secret)
			}
		}
		if !s.signedIn(thief) || s.count(`SELECT count(*) FROM account`) != 1 {
			t.Error("the question alone changes something")
		}
		ada.Submit(ask.FormWith("answer")).Expect(http.StatusUnprocessableEntity, askDeclared)
		welcome := ada.Submit(ask.FormWith("answer"), "answer", "new").Expect(http.StatusOK, "Sei tu?")
		ada.Submit(welcome.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")

		if s.signedIn(thief) {
			t.Error("the session of the other account lives")
		}
		if p := thief.Get(s.url + "/account"); p.Has("Il mio account") {
			t.Errorf("the account opens: %s", p.URL)
		}
		s.typeIn(thief, code, declaredPassword).Expect(http.StatusUnprocessableEntity, "Codice Persona o password non corretti")
		if n := s.count(`SELECT count(*) FROM account WHERE code = $1 AND state = 'frozen' AND fiscal_code IS NULL`, string(code)); n != 1 {
			t.Error("the other account is not frozen")
		}
		for to, want := range map[string]string{declarer: "Il tuo account è bloccato: serve un controllo", "ada@posta.example.it": "C’era un altro account con il tuo codice fiscale"} {
			if n := s.count(`SELECT count(*) FROM outbox WHERE recipient = $1 AND subject = $2`, to, want); n != 1 {
				t.Errorf("%s got %d mails", to, n)
			}
		}
		_, text := s.newest(declarer)
		if strings.Contains(text, "ada@posta") || !strings.Contains(text, string(code)) {
			t.Errorf("the mail to the other: %s", text)
		}
		// Ada goes on as everybody does, also by CIE, and is asked nothing again.
		if p := s.browser().Get(s.start("")); !p.Has("Scegli una password") {
			t.Errorf("Ada came to %s", p.URL)
		}
		if p := s.browser().Get(s.url + "/cie/login"); p.Has(askDeclared) || !p.Has("Scegli una password") {
			t.Errorf("by CIE Ada came to %s: %.200s", p.URL, p.Text("main"))
		}
	})
}

// Who registered without SPID and has it now proves the account by its password, and
// reaches a service for which the password alone would not do.
func TestTheHolderProvesTheAccountAndGoesOn(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newDoorsOn(t, d)
		code := s.declare(declarer)
		elsewhere := s.browser()
		s.typeIn(elsewhere, code, declaredPassword).Expect(http.StatusOK, "Il mio account")
		s.declare("seconda.finti@posta.example.org") // another declares the same
		b := s.browser()
		login := b.Get(s.url + "/test/begin?state=xyz&level=2")
		ask := b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, askDeclared)
		login = b.Submit(ask.FormWith("answer"), "answer", "mine").Expect(http.StatusOK, "Entra come facevi prima")
		b.Submit(login.FormWith("password"), "code", string(code), "password", another).Expect(http.StatusUnprocessableEntity, "non corretti")
		link := b.Submit(login.FormWith("password"), "code", string(code), "password", declaredPassword).
			Expect(http.StatusOK, "Vuoi collegare", "Ada D'Amico")
		if s.count(`SELECT count(*) FROM identity`) != 0 || s.count(`SELECT count(*) FROM account WHERE state = 'frozen'`) != 0 {
			t.Fatal("something changed before the person confirmed")
		}
		p := b.Submit(link.FormWith("answer"), "answer", "yes")
		if p.URL.Path != "/oidc/authorize" || p.URL.RawQuery != "state=xyz" {
			t.Errorf("led to %s", p.URL)
		}
		if told := b.Get(s.url + "/session").Expect(http.StatusOK).Body; !strings.Contains(told, `"method":"spid"`) || !strings.Contains(told, string(code)) {
			t.Errorf("the session: %s", told)
		}
		if s.signedIn(elsewhere) {
			t.Error("the session of another browser goes on")
		}
		if n := s.count(`SELECT count(*) FROM account WHERE code = $1 AND state = 'active' AND fiscal_code = 'DMCDAA80A41H501U'`, string(code)); n != 1 {
			t.Error("the codice fiscale is not proved")
		}
		if n := s.count(`SELECT count(*) FROM account WHERE state = 'frozen'`); n != 1 {
			t.Errorf("%d accounts are frozen", n)
		}
		for _, to := range []string{declarer, "ada@posta.example.it"} {
			if n := s.count(`SELECT count(*) FROM outbox WHERE recipient = $1 AND subject = 'Una nuova identità è collegata al tuo account'`, to); n != 1 {
				t.Errorf("%s got %d mails", to, n)
			}
		}
		s.typeIn(s.browser(), code, declaredPassword).Expect(http.StatusForbidden, secondAccess)
		if p := s.browser().Get(s.start("")); p.URL.Path != "/account" {
			t.Errorf("SPID led to %s", p.URL)
		}
	})
}

// Whatever a browser does without entering that very account in this journey, nothing is
// linked, and nothing is frozen.
func TestADeclaredCodeIsNotLinkedWithoutAProof(t *testing.T) {
	yes := func(flow string) url.Values { return url.Values{"flow": {flow}, "answer": {"yes"}} }
	mine := func(s *stage, b *webtest.Client, flow string) *webtest.Page {
		return b.Post(s.url+"/welcome/known", url.Values{"flow": {flow}, "answer": {"mine"}}).Expect(http.StatusOK, "Entra come facevi prima")
	}
	for name, try := range map[string]func(s *stage, b *webtest.Client, code account.Code, flow string) *webtest.Page{
		"straight to the end": func(s *stage, b *webtest.Client, _ account.Code, flow string) *webtest.Page {
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"with a session from before": func(s *stage, b *webtest.Client, code account.Code, flow string) *webtest.Page {
			s.typeIn(b, code, declaredPassword).Expect(http.StatusOK, "Il mio account")
			mine(s, b, flow)
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"with a session of another journey": func(s *stage, b *webtest.Client, code account.Code, flow string) *webtest.Page {
			mine(s, b, flow)
			s.typeIn(b, code, declaredPassword).Expect(http.StatusOK, "Il mio account")
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"by the account of somebody else": func(s *stage, b *webtest.Client, _ account.Code, flow string) *webtest.Page {
			s.plant()
			b.Submit(mine(s, b, flow).FormWith("password"), "code", string(noor), "password", secret).Expect(http.StatusOK, "non indica lo stesso codice fiscale")
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"after the session of the proof has ended": func(s *stage, b *webtest.Client, code account.Code, flow string) *webtest.Page {
			b.Submit(mine(s, b, flow).FormWith("password"), "code", string(code), "password", declaredPassword).Expect(http.StatusOK, "Vuoi collegare")
			b.Post(s.url+"/logout", url.Values{})
			return b.Post(s.url+"/welcome/link", yes(flow)).Expect(http.StatusForbidden, "devi entrare di nuovo")
		},
		"in another browser": func(s *stage, b *webtest.Client, code account.Code, flow string) *webtest.Page {
			b.Submit(mine(s, b, flow).FormWith("password"), "code", string(code), "password", declaredPassword).Expect(http.StatusOK, "Vuoi collegare")
			return s.browser().Post(s.url+"/welcome/link", yes(flow))
		},
		"too late": func(s *stage, b *webtest.Client, code account.Code, flow string) *webtest.Page {
			login := mine(s, b, flow)
			s.clock.Advance(50 * time.Minute)
			login = b.Get(login.URL.String())
			s.clock.Advance(11 * time.Minute) // the wish lapses an hour after the assertion
			if p := b.Submit(login.FormWith("password"), "code", string(code), "password", declaredPassword); p.Has("Vuoi collegare") {
				s.t.Error("asked after an hour")
			}
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newDoors(t)
			code := s.declare(declarer)
			b := s.browser()
			p := b.Get(s.start("")).Expect(http.StatusOK, askDeclared)
			page := try(s, b, code, p.FormWith("answer").Values.Get("flow"))
			if page.Status < 400 || page.Status > 499 {
				t.Errorf("%d %.200s", page.Status, page.Text("main"))
			}
			if s.count(`SELECT count(*) FROM identity`) != 0 || s.count(`SELECT count(*) FROM account WHERE fiscal_code IS NOT NULL OR state <> 'active'`) != 0 {
				t.Error("something was linked or frozen")
			}
		})
	}
}

// The question waits as long as every other step; who answers later begins again.
func TestTheQuestionAboutADeclaredCodeExpires(t *testing.T) {
	s := newDoors(t)
	s.declare(declarer)
	b := s.browser()
	ask := b.Get(s.start("")).Expect(http.StatusOK, askDeclared)
	s.clock.Advance(61 * time.Minute)
	for _, answer := range []string{"mine", "new"} {
		b.Submit(ask.FormWith("answer"), "answer", answer).Expect(http.StatusGone)
	}
	if s.count(`SELECT count(*) FROM account WHERE state = 'frozen'`) != 0 {
		t.Error("an expired question froze something")
	}
	b.Get(s.start("")).Expect(http.StatusOK, askDeclared)
}

// An account that declared the code after the question was shown, and one that declares it
// although the code is proved, keep nobody out.
func TestALaterDeclarationChangesNothing(t *testing.T) {
	s := newDoors(t)
	b := s.browser()
	welcome := b.Get(s.start("")).Expect(http.StatusOK, "Sei tu?")
	early := s.declare(declarer) // meanwhile
	b.Submit(welcome.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
	s.typeIn(s.browser(), early, declaredPassword).Expect(http.StatusUnprocessableEntity, "non corretti")
	late := s.declare("seconda.finti@posta.example.org")
	if p := s.browser().Get(s.start("")); p.Has(askDeclared) || !p.Has("Scegli una password") {
		t.Errorf("Ada came to %s", p.URL)
	}
	s.typeIn(s.browser(), late, declaredPassword).Expect(http.StatusOK, "Il mio account")
	if n := s.count(`SELECT count(*) FROM account WHERE state = 'frozen'`); n != 1 {
		t.Errorf("%d frozen accounts", n)
	}
}
