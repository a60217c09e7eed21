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

// bindsCodes binds an app of codes, at the own pages or in a login.
func (w *world) bindsCodes(browser *webtest.Client, p *webtest.Page, number string) (key []byte, bound *webtest.Page) {
	w.t.Helper()
	p = browser.Submit(formTo(p, "/codes")).Expect(http.StatusOK, "Collega l’app dei codici")
	key = w.keyOn(p)
	return key, browser.Submit(formTo(p, "/codes/bind"), "sms", codeOf.FindString(w.sms(number)), "code", otp.Generate(key, w.clock.Now())).
		Expect(http.StatusOK, "L’app è collegata")
}

// formTo is the form of a page whose address ends so.
func formTo(p *webtest.Page, end string) *webtest.Form {
	for _, f := range p.FindAll("form") {
		if action := webtest.Attr(f, "action"); strings.HasSuffix(action, end) {
			return formAt(p, action)
		}
	}
	return formAt(p, end)
}

func TestAnAppOfCodesIsBoundAndConfirmsALoginOfLevel2Once(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		browser := w.ownPages(bruno)
		key, _ := w.bindsCodes(browser, w.opens(browser, "/account/codes", bruno), brunoPhone)
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

// Another session of the holder, a thief's perhaps, sees no key that is being linked, and
// links nothing with it.
func TestAKeyThatIsBeingLinkedIsShownWhereItWasAskedForAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		browser, other := w.ownPages(bruno), w.ownPages(bruno)
		w.opens(other, "/account/codes", bruno)
		w.clock.Advance(2 * time.Minute)
		p := browser.Submit(formAt(w.opens(browser, "/account/codes", bruno), "/account/codes"))
		key, sms := w.keyOn(p), codeOf.FindString(w.sms(brunoPhone))
		if seen := other.Get(w.base + "/account/codes/bind"); keyOf.MatchString(seen.Body) || seen.URL.Path != "/account/codes" {
			t.Errorf("the key is shown at %s", seen.URL)
		}
		w.sends(other, "/account/codes/bind", "sms", sms, "code", otp.Generate(key, w.clock.Now())).Expect(http.StatusUnprocessableEntity, "non vale più")
		for range 6 { // nor are its tries used up
			w.sends(other, "/account/codes/bind", "sms", "000000", "code", "000000")
		}
		if w.holder(bruno).Factors.TOTP {
			t.Fatal("linked from another session")
		}
		browser.Submit(formAt(p, "/account/codes/bind"), "sms", sms, "code", otp.Generate(key, w.clock.Now())).Expect(http.StatusOK, "L’app è collegata")
	})
}

// The same browser, signed in anew, is another session: the QR code of before is not its own.
func TestAQRCodeIsShownInTheSessionThatAskedForItAlone(t *testing.T) {
	w := newWorld(t)
	browser := w.ownPages(bruno)
	w.begin(browser, brunoPhone)
	browser.Get(w.base+"/account/app/bind").Expect(http.StatusOK, "Inquadra il codice")
	browser.Submit(formAt(browser.Get(w.base+"/account"), "/account/logout"))
	w.clock.Advance(2 * time.Minute)
	browser.Submit(browser.Get(w.base+"/account/login").FormWith("password"), "username", bruno, "password", secret).Expect(http.StatusOK)
	if p := w.opens(browser, "/account/app/bind", bruno); p.URL.Path != "/account/app" {
		t.Errorf("the QR code is shown at %s", p.URL)
	}
}

// E30: who has the password alone is told what to do at a service of level 2, does it there,
// and goes on; there is no session at any moment.
func TestE30WhoHasLevel1AloneBindsASecondFactorAndGoesOnToTheService(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.seedOlivia()
		v := w.level(webtest.New(t), spid.L2).password(olivia, secret)
		v.page.Expect(http.StatusOK, "Ti serve il livello 2", "Servizi Prova", "Collega un telefono")
		led := v.press("with", "codes").page.Expect(http.StatusOK, "Codici da un’app", "Servizi Prova ti aspetta")
		var key []byte
		key, v.page = w.bindsCodes(v.browser, led, oliviaPhone)
		v.page.Expect(http.StatusOK, "Inserisci il codice dell’app")
		w.expectNoSession(v.browser, olivia)
		w.clock.Advance(time.Minute)
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
		p := v.browser.Submit(formTo(led, "/setup/app")).Expect(http.StatusOK, "Inquadra il codice")
		// Too early: nothing is lost.
		p = v.browser.Submit(formTo(p, "/done")).Expect(http.StatusOK, "Inquadra il codice", "non è ancora collegato")
		phone := newPhone(w)
		if s := phone.bind(tokenOf.FindStringSubmatch(p.Body)[1], codeOf.FindString(w.sms(oliviaPhone))); s.Status != http.StatusCreated {
			t.Fatalf("not bound: %+v", s)
		}
		phone.enter()
		v.page = v.browser.Submit(formTo(p, "/done")).Expect(http.StatusOK, "Conferma con l’app")
		phone.decide(phone.call("/app/pending", nil), v.shown(), "approve")
		v.page = v.browser.Submit(v.page.Form("form[data-await]")).Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		if l := v.press("consent", "yes").login(); l.Level != spid.L2 || l.SessionIndex != "" {
			t.Errorf("unexpected %+v", l)
		}
		w.expectNoSession(v.browser, olivia)
	})
}

// REG 28: a login in which level 2 is set up opens the pages of that and nothing else, and
// ends when it is called off, or too old; no page of the holder and no service is entered by
// the way.
func TestE30ALoginThatSetsUpLevel2OpensNothingElse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.seedOlivia()
		setUp := func() (*visit, *webtest.Page) {
			v := w.level(webtest.New(t), spid.L2).password(olivia, secret)
			start := v.page
			v.press("with", "codes").page.Expect(http.StatusOK, "Codici da un’app")
			return v, start
		}
		w.level(webtest.New(t), spid.L2).password(olivia, secret).cancel().expectAnomaly(25)

		v, _ := setUp()
		for _, path := range []string{"/account", "/account/codes", "/account/app", "/account/data", "/account/password", "/account/accesses"} {
			v.browser.Get(w.base+path).Expect(http.StatusOK, "User ID")
		}
		w.level(v.browser, spid.L1).page.Expect(http.StatusOK, "User ID") // no session stands for the password

		v, start := setUp()
		page := v.page.URL.String()
		v.page = start
		v.cancel().expectAnomaly(25)
		w.expectNoSession(v.browser, olivia)
		v.browser.Get(page).Expect(http.StatusGone)

		v, start = setUp()
		w.clock.Advance(9 * time.Minute)
		v.browser.Get(v.page.URL.String()).Expect(http.StatusOK, "Codici da un’app")
		v.browser.Submit(start.FormWith("with"), "with", "codes") // begins the time anew once
		w.clock.Advance(2 * time.Minute)
		v.page = v.browser.Submit(formTo(v.page, "/setup/codes"))
		v.expectAnomaly(21)
		w.expectNoSession(v.browser, olivia)
		if w.holder(olivia).Factors.Level() != 1 {
			t.Error("a second factor is bound")
		}
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
