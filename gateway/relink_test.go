package gateway_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/web/webtest"
)

const eidasStart = "/eidas/login?country=FR"

// adaOfFrance is Ada with an identifier that nobody knows.
func adaOfFrance() map[string]string {
	return map[string]string{"spidCode": "FR/IT/ADA-0002", "name": "ADA", "familyName": "D'Amico", "dateOfBirth": "1980-01-01"}
}

// identities counts those that lead to the account of an e-mail address.
func (s *stage) identities(email string) int {
	s.t.Helper()
	return s.count(`SELECT count(*) FROM identity i JOIN account a ON a.id = i.account_id WHERE a.email = $1`, email)
}

// recognized brings Ada, who has an account by SPID, to the question.
func (s *stage) recognized(b *webtest.Client) *webtest.Page {
	s.t.Helper()
	s.enter(s.browser())
	s.node.attributes = adaOfFrance()
	return b.Get(s.url+eidasStart).Expect(http.StatusOK, "Forse hai già un account", "Francia", "Sono una persona nuova")
}

// G6.2: the new identifier is linked after the old account was entered again, and not
// before.
func TestAChangedIdentifierIsLinkedAfterAFreshProof(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newDoorsOn(t, d)
		b := s.browser()
		p := s.recognized(b)
		login := b.Submit(p.FormWith("answer"), "answer", "mine").Expect(http.StatusOK, "Entra come facevi prima")
		ask := b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Vuoi collegare la nuova identità?", "Francia")
		if n := s.identities("ada@posta.example.it"); n != 1 {
			t.Fatalf("%d identities before the person confirmed", n)
		}
		b.Submit(ask.FormWith("answer"), "answer", "yes").Expect(http.StatusOK, "Il mio account", "La nuova identità è collegata")
		if n := s.identities("ada@posta.example.it"); n != 2 {
			t.Fatalf("%d identities", n)
		}
		if s.count(`SELECT count(*) FROM outbox WHERE recipient = 'ada@posta.example.it' AND subject LIKE 'Una nuova identità%'`) != 1 {
			t.Error("the holder is not told")
		}
		if s.count(`SELECT count(*) FROM audit WHERE action = 'identity.linked'`) != 1 {
			t.Error("no audit line")
		}
		if p := s.browser().Get(s.url + eidasStart); p.URL.Path != "/account" {
			t.Errorf("the linked identifier led to %s", p.URL)
		}
		if n := s.count(`SELECT count(*) FROM account`); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
}

// Whoever has the old identifier still proves the account by it.
func TestTheOldIdentifierIsAProofToo(t *testing.T) {
	s := newDoors(t)
	b := s.browser()
	s.confirmByMail(b, b.Get(s.url+"/eidas/login?country=ES"), "ines@correo.example.org")
	c := s.browser()
	s.node.attributes["spidCode"] = "ES/IT/INES-0002"
	p := c.Get(s.url+"/eidas/login?country=ES").Expect(http.StatusOK, "Forse hai già un account", "Spagna")
	login := c.Submit(p.FormWith("answer"), "answer", "mine")
	s.node.attributes["spidCode"] = "ES/IT/INES-0001"
	countries := c.Get(login.Link("Login with eIDAS"))
	ask := c.Get(countries.Link("Spagna")).Expect(http.StatusOK, "Vuoi collegare la nuova identità?")
	c.Submit(ask.FormWith("answer"), "answer", "yes").Expect(http.StatusOK, "La nuova identità è collegata")
	if n := s.identities("ines@correo.example.org"); n != 2 {
		t.Errorf("%d identities", n)
	}
}

func TestANewPersonWithTheSameNameGetsAnAccountOfTheirOwn(t *testing.T) {
	s := newDoors(t)
	b := s.browser()
	p := s.recognized(b)
	b.Submit(p.FormWith("answer")).Expect(http.StatusUnprocessableEntity, "Forse hai già un account")
	welcome := b.Submit(p.FormWith("answer"), "answer", "new").Expect(http.StatusOK, "Sei tu?")
	s.confirmByMail(b, welcome, "ada.altra@posta.example.org")
	if a, i := s.count(`SELECT count(*) FROM account`), s.identities("ada@posta.example.it"); a != 2 || i != 1 {
		t.Errorf("%d accounts, %d identities of the first", a, i)
	}
}

// Nobody is asked whose name, birth date or country is another.
func TestOnlyTheSameNameAndBirthDateAreOffered(t *testing.T) {
	s := newDoors(t)
	s.enter(s.browser())
	first := s.browser()
	s.confirmByMail(first, first.Get(s.url+"/eidas/login?country=ES"), "ines@correo.example.org")
	for name, change := range map[string]map[string]string{
		"another name":       {"name": "Eva"},
		"another birth date": {"dateOfBirth": "1980-01-02"},
		"Inés of Portugal":   {"spidCode": "PT/IT/X", "name": "Inés", "familyName": "Prueba", "dateOfBirth": "1990-02-03"},
	} {
		s.node.attributes = adaOfFrance()
		for k, v := range change {
			s.node.attributes[k] = v
		}
		if p := s.browser().Get(s.url + eidasStart); !p.Has("Sei tu?") {
			t.Errorf("%s: %.200s", name, p.Text("main"))
		}
	}
}

// The property of G6.2: whatever a browser does without entering the account again in
// this journey, nothing is linked.
func TestWithoutAFreshProofNothingIsLinked(t *testing.T) {
	yes := func(flow string) url.Values { return url.Values{"flow": {flow}, "answer": {"yes"}} }
	for name, try := range map[string]func(s *stage, b *webtest.Client, flow string) *webtest.Page{
		"straight to the end": func(s *stage, b *webtest.Client, flow string) *webtest.Page {
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"after the choice, before a door": func(s *stage, b *webtest.Client, flow string) *webtest.Page {
			b.Post(s.url+"/welcome/known", url.Values{"flow": {flow}, "answer": {"mine"}})
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"with a session from before": func(s *stage, b *webtest.Client, flow string) *webtest.Page {
			b.Get(s.start(""))
			b.Post(s.url+"/welcome/known", url.Values{"flow": {flow}, "answer": {"mine"}})
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"by the account of somebody else": func(s *stage, b *webtest.Client, flow string) *webtest.Page {
			s.other(s.browser())
			login := b.Post(s.url+"/welcome/known", url.Values{"flow": {flow}, "answer": {"mine"}})
			b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "non è stata collegata")
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"by a login of level 1": func(s *stage, b *webtest.Client, _ string) *webtest.Page {
			// Of a service that asks for no more, so that the login itself goes well.
			login := b.Get(s.url + "/test/begin?state=x&level=1")
			known := b.Get(b.Get(login.Link("Login with eIDAS")).Link("Francia")).Expect(http.StatusOK, "Forse hai già un account")
			flow := known.FormWith("answer").Values.Get("flow")
			s.idp.next = func(a *spidsaml.Answer) { a.Level = spid.L1 }
			login = b.Submit(known.FormWith("answer"), "answer", "mine")
			if p := b.Get(login.Link("Identità Uno")); p.URL.RawQuery != "state=x" {
				s.t.Errorf("level 1 led to %s", p.URL)
			}
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
		"after the session of the proof has ended": func(s *stage, b *webtest.Client, flow string) *webtest.Page {
			login := b.Post(s.url+"/welcome/known", url.Values{"flow": {flow}, "answer": {"mine"}})
			b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Vuoi collegare")
			b.Post(s.url+"/logout", url.Values{})
			return b.Post(s.url+"/welcome/link", yes(flow)).Expect(http.StatusForbidden, "devi entrare di nuovo")
		},
		"in another browser": func(s *stage, b *webtest.Client, flow string) *webtest.Page {
			login := b.Post(s.url+"/welcome/known", url.Values{"flow": {flow}, "answer": {"mine"}})
			b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Vuoi collegare")
			return s.browser().Post(s.url+"/welcome/link", yes(flow))
		},
		"too late": func(s *stage, b *webtest.Client, flow string) *webtest.Page {
			login := b.Post(s.url+"/welcome/known", url.Values{"flow": {flow}, "answer": {"mine"}})
			s.clock.Advance(50 * time.Minute)
			login = b.Get(login.URL.String())
			s.clock.Advance(11 * time.Minute) // the wish lapses an hour after the assertion
			if p := b.Get(login.Link("Identità Uno")); p.Has("Vuoi collegare") {
				s.t.Error("asked after an hour")
			}
			return b.Post(s.url+"/welcome/link", yes(flow))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newDoors(t)
			b := s.browser()
			p := s.recognized(b)
			page := try(s, b, p.FormWith("answer").Values.Get("flow"))
			if page.Status < 400 || page.Status > 499 {
				t.Errorf("%d %.200s", page.Status, page.Text("main"))
			}
			if n := s.count(`SELECT count(*) FROM identity WHERE subject = 'FR/IT/ADA-0002'`); n != 0 {
				t.Error("the identity was linked")
			}
		})
	}
}

// other signs in somebody else, and leaves the provider ready to do so again.
func (s *stage) other(b *webtest.Client) {
	s.t.Helper()
	s.idp.attributes = leo()
	p := b.Get(s.start("")).Expect(http.StatusOK, "Sei tu?")
	b.Submit(p.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
}

func TestAnIdentityIsLinkedOnceAndNeverToTwoAccounts(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newDoorsOn(t, d)
		b := s.browser()
		p := s.recognized(b)
		login := b.Submit(p.FormWith("answer"), "answer", "mine")
		ask := b.Get(login.Link("Identità Uno")).FormWith("answer").Fill("answer", "yes")
		// Meanwhile the same identity makes an account of its own.
		c := s.browser()
		again := c.Get(s.url + eidasStart)
		s.confirmByMail(c, c.Submit(again.FormWith("answer"), "answer", "new"), "ada.altra@posta.example.org")
		b.Submit(ask).Expect(http.StatusConflict, "due account diversi", "L’assistenza lo sa già")
		if n := s.count(`SELECT count(*) FROM account_task t JOIN account a ON a.id = t.account_id WHERE t.kind = 'conflict' AND t.detail <> a.id AND a.email = 'ada@posta.example.it'`); n != 1 {
			t.Errorf("the help desk has %d tasks", n)
		}
		if n := s.identities("ada@posta.example.it"); n != 1 {
			t.Errorf("%d identities", n)
		}
	})
}
