package idp_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/federation/spid"
	"atrio/idp/identity"
	"atrio/web/webtest"
)

const (
	olivia      = "olivia.prova@example.org" // password, and a number that no code went to
	oliviaPhone = "+393330000077"
)

// keyOf is the key that people type, on the page of a binding.
var keyOf = regexp.MustCompile(`[A-Z2-7]{4}( [A-Z2-7]{4}){7}`)

// keyOn reads the key of a binding.
func (w *world) keyOn(p *webtest.Page) []byte {
	w.t.Helper()
	key, err := otp.DecodeSecret(keyOf.FindString(p.Body))
	if err != nil {
		w.t.Fatalf("no key on the page: %s", p.Text("main"))
	}
	return key
}

// seedOlivia adds somebody with level 1 alone.
func (w *world) seedOlivia() {
	w.t.Helper()
	holder := w.holder(bruno).Holder
	holder.GivenName, holder.Email, holder.MobilePhone = "Olivia", olivia, oliviaPhone
	if err := w.idp.Seed(w.t.Context(), identity.Seed{Holder: holder, Password: secret}); err != nil {
		w.t.Fatal(err)
	}
}

// bindsCodes binds an app of codes at the own pages.
func (w *world) bindsCodes(browser *webtest.Client, p *webtest.Page, number string) (key []byte) {
	w.t.Helper()
	p = browser.Submit(formAt(p, "/account/codes")).Expect(http.StatusOK, "Collega l’app dei codici")
	key = w.keyOn(p)
	browser.Submit(formAt(p, "/account/codes/bind"), "sms", codeOf.FindString(w.sms(number)), "code", otp.Generate(key, w.clock.Now())).
		Expect(http.StatusOK, "L’app è collegata")
	return key
}

func TestAnAppOfCodesIsBoundAndConfirmsALoginOfLevel2Once(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		browser := w.ownPages(bruno)
		key := w.bindsCodes(browser, w.opens(browser, "/account/codes", bruno), brunoPhone)
		w.told(bruno, "I codici di un’app possono ora confermare")
		login := func() *visit {
			v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
			v.page.Expect(http.StatusOK, "Inserisci il codice dell’app", "Ricevi invece un codice via SMS")
			return v
		}
		// The code that confirmed the key is used up.
		login().code(otp.Generate(key, w.clock.Now())).page.Expect(http.StatusUnprocessableEntity, "già stato usato")
		w.clock.Advance(time.Minute)
		v := login().code(otp.Generate(key, w.clock.Now()))
		if l := v.press("consent", "yes").login(); l.Level != spid.L2 || l.SessionIndex != "" {
			t.Errorf("unexpected %+v", l)
		}
		if method := w.lastMethod(bruno); method != "totp" { // T11: 23
			t.Errorf("the register says %q", method)
		}
		var key2 string
		if err := w.db.Read().QueryRowContext(t.Context(), `SELECT secret FROM totp WHERE identity = $1`, w.holder(bruno).ID).Scan(&key2); err != nil || strings.Contains(key2, otp.EncodeSecret(key)) || strings.Contains(key2, string(key)) {
			t.Errorf("the key lies open: %q %v", key2, err)
		}

		p := w.opens(browser, "/account/codes", bruno).Expect(http.StatusOK, "L’app è collegata dal")
		browser.Submit(formAt(p, "/account/codes/remove")).Expect(http.StatusOK, "L’app è scollegata", "Non hai collegato nessuna app")
		w.told(bruno, "I codici dell’app non valgono più")
		if w.holder(bruno).Factors.TOTP {
			t.Error("the key is still there")
		}
	})
}

// A01, E24: tries at a binding are bounded, which code was wrong is not said, and a code of
// another purpose fits not.
func TestTriesAtBindingAnAppOfCodesAreBounded(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		browser := w.ownPages(bruno)
		p := w.opens(browser, "/account/codes", bruno)
		p = browser.Submit(formAt(p, "/account/codes"))
		key, sms := w.keyOn(p), codeOf.FindString(w.sms(brunoPhone))
		bind := func(sms, code string) *webtest.Page {
			return browser.Submit(formAt(p, "/account/codes/bind"), "sms", sms, "code", code)
		}
		right := otp.Generate(key, w.clock.Now())
		other := map[bool]string{true: "111111", false: "222222"}[sms != "111111" && right != "111111"]
		bind("", right).Expect(http.StatusUnprocessableEntity) // no try
		one := bind(other, right).Expect(http.StatusUnprocessableEntity, "Hai ancora 4 tentativi")
		two := bind(sms, other).Expect(http.StatusUnprocessableEntity, "Hai ancora 3 tentativi")
		if a, b := one.Text("main"), two.Text("main"); strings.ReplaceAll(a, "ancora 4", "") != strings.ReplaceAll(b, "ancora 3", "") {
			t.Errorf("the page tells which code was wrong:\n%s\n%s", a, b)
		}
		bind(other, right)
		bind(other, right)
		bind(other, right).Expect(http.StatusUnprocessableEntity, "non vale più")
		bind(sms, right).Expect(http.StatusUnprocessableEntity, "non vale più")
		if w.holder(bruno).Factors.TOTP {
			t.Error("bound after the last try")
		}
		browser.Submit(formAt(browser.Get(w.base+"/account/codes"), "/account/codes")).Expect(http.StatusTooManyRequests, "troppi codici")
		w.clock.Advance(2 * time.Minute)
		w.bindsCodes(browser, w.opens(browser, "/account/codes", bruno), brunoPhone)
	})
}

// Of many bindings at once with the same codes one counts.
func TestABindingOfAnAppOfCodesCountsOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		browser := w.ownPages(bruno)
		p := browser.Submit(formAt(w.opens(browser, "/account/codes", bruno), "/account/codes"))
		form := formAt(p, "/account/codes/bind")
		form.Values.Set("sms", codeOf.FindString(w.sms(brunoPhone)))
		form.Values.Set("code", otp.Generate(w.keyOn(p), w.clock.Now()))
		var together sync.WaitGroup
		for range 4 {
			together.Go(func() { browser.Submit(form) })
		}
		together.Wait()
		n := 0
		for _, mail := range w.mails(bruno) {
			if strings.Contains(mail, "possono ora confermare") {
				n++
			}
		}
		if n != 1 || !w.holder(bruno).Factors.TOTP {
			t.Errorf("%d notices", n)
		}
	})
}

// E30: who has the password alone is told what to do at a service of level 2, is led there,
// and goes on; no session is left.
func TestE30WhoHasLevel1AloneBindsASecondFactorAndGoesOnToTheService(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.seedOlivia()
		v := w.level(webtest.New(t), spid.L2).password(olivia, secret)
		v.page.Expect(http.StatusOK, "Ti serve il livello 2", "Servizi Prova", "Collega un telefono")
		led := v.press("with", "codes").page.Expect(http.StatusOK, "Codici da un’app", "Servizi Prova ti aspetta")
		key := w.bindsCodes(v.browser, led, oliviaPhone)
		p := v.browser.Get(w.base+"/account/codes").Expect(http.StatusOK, "Ora hai il livello 2")
		w.clock.Advance(time.Minute)
		v.page = v.browser.Get(p.Link("Prosegui l’accesso")).Expect(http.StatusOK, "Inserisci il codice dell’app")
		l := v.code(otp.Generate(key, w.clock.Now())).press("consent", "yes").login()
		if l.Level != spid.L2 || l.SessionIndex != "" {
			t.Errorf("unexpected %+v", l)
		}
		w.expectNoSession(v.browser, olivia)
	})
}

func TestE30TheAppIsBoundFromAServiceThatWaits(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.seedOlivia()
		v := w.level(webtest.New(t), spid.L2).password(olivia, secret)
		led := v.press("with", "app").page.Expect(http.StatusOK, "I tuoi telefoni", "Servizi Prova ti aspetta")
		p := v.browser.Submit(formAt(led, "/account/app")).Expect(http.StatusOK, "Inquadra il codice")
		phone := newPhone(w)
		if s := phone.bind(tokenOf.FindStringSubmatch(p.Body)[1], codeOf.FindString(w.sms(oliviaPhone))); s.Status != http.StatusCreated {
			t.Fatalf("not bound: %+v", s)
		}
		p = v.browser.Get(w.base+"/account/app").Expect(http.StatusOK, "Ora hai il livello 2")
		v.page = v.browser.Get(p.Link("Prosegui l’accesso")).Expect(http.StatusOK, "Conferma con l’app")
		v.askAgain()
		phone.enter()
		phone.decide(phone.call("/app/pending", nil), v.shown(), "approve")
		v.page = v.browser.Submit(v.page.Form("form[data-await]")).Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		if l := v.press("consent", "yes").login(); l.Level != spid.L2 || l.SessionIndex != "" {
			t.Errorf("unexpected %+v", l)
		}
		w.expectNoSession(v.browser, olivia)
	})
}

// Who calls the login off meanwhile, or lets it grow old, is not left signed in either.
func TestE30ACalledOffLoginLeavesNoSession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.seedOlivia()
		w.level(webtest.New(t), spid.L2).password(olivia, secret).cancel().expectAnomaly(25)
		v := w.level(webtest.New(t), spid.L2).password(olivia, secret)
		start := v.page
		v.press("with", "codes")
		v.page = start
		v.cancel().expectAnomaly(25)
		w.expectNoSession(v.browser, olivia)

		v = w.level(webtest.New(t), spid.L2).password(olivia, secret)
		start = v.page
		v.press("with", "codes")
		w.clock.Advance(11 * time.Minute)
		if p := v.browser.Get(w.base + "/account/codes"); p.Has("ti aspetta") {
			t.Error("a login that is over still waits")
		}
		v.page = v.browser.Get(start.URL.String())
		v.expectAnomaly(21)
		w.expectNoSession(v.browser, olivia)
	})
}

// expectNoSession looks for open sessions of somebody, in the browser and in the store.
func (w *world) expectNoSession(browser *webtest.Client, who string) {
	w.t.Helper()
	var n int
	if err := w.db.Read().QueryRowContext(w.t.Context(), `SELECT count(*) FROM session WHERE subject = $1`, w.holder(who).ID).Scan(&n); err != nil || n != 0 {
		w.t.Errorf("%d sessions are left (%v)", n, err)
	}
	browser.Get(w.base+"/account").Expect(http.StatusOK, "User ID")
}

// lastMethod is how somebody signed in last, as the register has it.
func (w *world) lastMethod(who string) string {
	w.t.Helper()
	list, err := w.store.Accesses(w.t.Context(), w.holder(who).ID, 1)
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%v %v", list, err)
	}
	return list[0].Method
}
