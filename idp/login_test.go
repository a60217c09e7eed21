package idp_test

import (
	"errors"
	"net/http"
	"regexp"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/idp/idpdb"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// anomalyOf is the number that a refused answer reports, 0 for none.
func anomalyOf(err error) int {
	var r *spidsaml.Refusal
	if errors.As(err, &r) && r.Anomaly != nil {
		return r.Anomaly.Code
	}
	return 0
}

func TestLevel2WithTheAppEndsInAnAnswerWithTheAttributesShown(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		v := w.level(webtest.New(t), spid.L2)
		v.page.Expect(http.StatusOK, "Servizi Prova", "livello 2")
		before := w.db.Commits()
		v.password(ada, secret)
		v.page.Expect(http.StatusOK, "Inserisci il codice dell’app")
		v.code(w.totp())
		v.page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati a Servizi Prova?", "Codice fiscale PRVDAA90E44F205X", "4 maggio 1990", "TESTABCDEFGH01", "Prova")
		l := v.press("consent", "yes").login()
		if got := w.db.Commits() - before; got > 2 {
			t.Errorf("%d commits, want at most 2", got)
		}
		if l.Level != spid.L2 || l.SessionIndex != "" || l.Issuer != w.base {
			t.Errorf("unexpected %+v", l)
		}
		want := map[string]string{
			"spidCode": "TESTABCDEFGH01", "name": "Ada", "familyName": "Prova",
			"fiscalNumber": "TINIT-PRVDAA90E44F205X", "dateOfBirth": "1990-05-04",
		}
		for name, value := range want {
			if l.Attributes[name] != value {
				t.Errorf("%s is %q, want %q", name, l.Attributes[name], value)
			}
		}
		if len(l.Attributes) != len(want) {
			t.Errorf("attributes beyond the set: %v", l.Attributes)
		}
		// No session at level 2: the next login asks for everything again.
		w.level(v.browser, spid.L1).page.Expect(http.StatusOK, "User ID")
	})
}

func TestLevel1OpensASessionThatLaterLoginsUseWithConsent(t *testing.T) {
	w := newWorld(t)
	browser := webtest.New(t)
	first := w.level(browser, spid.L1).password(carla, secret).press("consent", "yes").login()
	if first.SessionIndex == "" || first.Level != spid.L1 {
		t.Fatalf("unexpected %+v", first)
	}
	w.clock.Advance(time.Minute)
	again := w.level(browser, spid.L1)
	again.page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati", "Hai già una sessione aperta")
	second := again.press("consent", "yes").login()
	if second.SessionIndex != first.SessionIndex || !second.AuthnInstant.Equal(first.AuthnInstant) || second.NameID == first.NameID {
		t.Errorf("session not reused as the rules want: %+v, %+v", first, second)
	}
	// A denied login does not end the session.
	w.level(browser, spid.L1).press("consent", "no").expectAnomaly(22)
	w.level(browser, spid.L1).page.Expect(http.StatusOK, "Hai già una sessione aperta")
	// Level 2 never uses it.
	w.level(browser, spid.L2).page.Expect(http.StatusOK, "User ID")
	// Another identity on the same computer.
	other := w.level(browser, spid.L1).press("consent", "other")
	other.page.Expect(http.StatusOK, "User ID")
	third := other.password(ada, secret).press("consent", "yes").login()
	if third.SessionIndex == first.SessionIndex || third.Attributes["name"] != "Ada" {
		t.Errorf("unexpected %+v", third)
	}
}

func TestASessionThatEndsDuringTheLoginNoLongerCounts(t *testing.T) {
	w := newWorld(t)
	browser := webtest.New(t)
	w.level(browser, spid.L1).password(carla, secret).press("consent", "yes").login()
	v := w.level(browser, spid.L1)
	v.page.Expect(http.StatusOK, "Hai già una sessione aperta")
	account := browser.Get(w.base+"/account").Expect(http.StatusOK, "Carla", "Servizi Prova", "Dati inviati")
	browser.Submit(account.Form("main form")).Expect(http.StatusOK, "Sei uscito dal gestore di identità", "Servizi Prova")
	v.press("consent", "yes").page.Expect(http.StatusOK, "User ID")
}

// The session ends between the look at it and the commit of the answer.
func TestASessionThatEndsBeforeTheCommitSendsNobodyIn(t *testing.T) {
	w := newWorld(t)
	browser := webtest.New(t)
	first := w.level(browser, spid.L1).password(carla, secret).press("consent", "yes").login()
	v := w.level(browser, spid.L1)
	v.page.Expect(http.StatusOK, "Hai già una sessione aperta")
	err := w.db.One(t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(t.Context(), `CREATE TRIGGER over AFTER INSERT ON consumed WHEN NEW.kind = 'idp.answer' BEGIN DELETE FROM session; END`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	v.press("consent", "yes").page.Expect(http.StatusOK, "User ID")
	if n := w.count(`SELECT count(*) FROM participant`); n != 1 {
		t.Errorf("%d participants", n)
	}
	again := v.password(carla, secret).press("consent", "yes").login()
	if again.SessionIndex == first.SessionIndex {
		t.Error("the answer speaks of the session that is over")
	}
}

func TestConsentOfOnePersonSendsNobodyElse(t *testing.T) {
	w := newWorld(t)
	browser := webtest.New(t)
	w.level(browser, spid.L1).password(carla, secret).press("consent", "yes").login()
	v := w.level(browser, spid.L1)
	v.page.Expect(http.StatusOK, "Carla", "Hai già una sessione aperta")
	// Ada signs in to her own page in another tab of the same browser.
	other := &visit{world: w, browser: browser, page: browser.Get(w.base + "/account/login")}
	other.password(ada, secret).page.Expect(http.StatusOK, "La tua identità")
	// Carla's page is still open: its button must not send Ada's data unseen.
	v.press("consent", "yes").page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati", "Ada")
	if v.press("consent", "yes").login().Attributes["name"] != "Ada" {
		t.Error("the page shown to Ada does not speak of her")
	}
}

func TestASecondSeedChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.seed()
	w.level(webtest.New(t), spid.L1).password(ada, secret).press("consent", "yes").login()
}

func TestTheHolderSignsInToTheOwnPageAndOut(t *testing.T) {
	w := newWorld(t)
	browser := webtest.New(t)
	browser.Get(w.base+"/").Expect(http.StatusOK, "Gestore dell’identità digitale")
	v := &visit{world: w, browser: browser, page: browser.Get(w.base + "/account")}
	v.password(ada, secret)
	v.page.Expect(http.StatusOK, "La tua identità", "TESTABCDEFGH01", "Non ci sono ancora accessi")
	v.page = browser.Submit(v.page.Form("main form"))
	browser.Get(w.base+"/account").Expect(http.StatusOK, "User ID")
	v.page = browser.Get(w.base + "/account/login")
	v.cancel().page.Expect(http.StatusOK, "Gestore dell’identità digitale")
	v.page = browser.Get(w.base + "/account/login")
	v.password(dario, secret).page.Expect(http.StatusOK, "Sospesa dal") // the own pages say why, and what lifts it
	v.browser = webtest.New(t)
	v.page = v.browser.Get(w.base + "/account/login")
	v.password(elena, secret).page.Expect(http.StatusForbidden, "sospesa, revocata o scaduta")
}

var sixDigits = regexp.MustCompile(`\d{6}`)

func TestLevel2BySMS(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		v.page.Expect(http.StatusOK, "Abbiamo inviato un codice", "002")
		text := w.sms("+393330000002")
		old := sixDigits.FindString(text)
		if !regexp.MustCompile(`Servizi Prova`).MatchString(text) {
			t.Errorf("the message does not name the service: %s", text)
		}
		send := func() {
			v.page = v.browser.Submit(v.page.Form("form[action=" + v.page.URL.Path[:len("/login/")+22] + "/sms]"))
		}
		send()
		v.page.Expect(http.StatusTooManyRequests, "Aspetta un minuto")
		w.clock.Advance(61 * time.Second)
		send()
		v.page.Expect(http.StatusOK, "Abbiamo inviato un codice")
		code := sixDigits.FindString(w.sms("+393330000002"))
		v.code(old).page.Expect(http.StatusUnprocessableEntity, "Il codice non è corretto", "4 tentativi")
		v.code(code).page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		if l := v.press("consent", "yes").login(); l.Level != spid.L2 || l.Attributes["name"] != "Bruno" {
			t.Errorf("unexpected %+v", l)
		}
	})
}

func TestAnSMSCodeIsBoundToItsLoginAndDies(t *testing.T) {
	w := newWorld(t)
	one := w.level(webtest.New(t), spid.L2).password(bruno, secret)
	code := sixDigits.FindString(w.sms("+393330000002"))
	two := w.level(webtest.New(t), spid.L2).password(bruno, secret)
	two.code(code).page.Expect(http.StatusUnprocessableEntity)
	w.clock.Advance(10*time.Minute - time.Second)
	one.code(code).page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati")

	late := w.level(webtest.New(t), spid.L2).password(bruno, secret)
	w.clock.Advance(2 * time.Second)
	code = sixDigits.FindString(w.sms("+393330000002"))
	w.clock.Advance(10*time.Minute + time.Second)
	late.code(code).expectAnomaly(21)
}

func TestAReplayedTOTPIsRefusedInAnotherLogin(t *testing.T) {
	w := newWorld(t)
	code := w.totp()
	w.level(webtest.New(t), spid.L2).password(ada, secret).code(code).page.Expect(http.StatusOK, "Vuoi inviare")
	w.level(webtest.New(t), spid.L2).password(ada, secret).code(code).
		page.Expect(http.StatusUnprocessableEntity, "già stato usato")
	if !w.audit.has("replayed_code") {
		t.Error("no audit line")
	}
}

func TestARepeatedConsentGivesTheSafePage(t *testing.T) {
	w := newWorld(t)
	v := w.level(webtest.New(t), spid.L1).password(carla, secret)
	form := v.page.FormWith("consent")
	// The browser keeps a copy of its cookies, as a second tab pressing at once.
	copied := *v.browser
	jar := v.browser.HTTP.Jar.Cookies(v.page.URL)
	v.press("consent", "yes").login()
	copied.HTTP.Jar.SetCookies(v.page.URL, jar)
	copied.Submit(form, "consent", "yes").Expect(http.StatusGone, "Questo accesso non è più aperto")
	if !w.audit.has("flow_answered") {
		t.Error("no audit line")
	}
}
