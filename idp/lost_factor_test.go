package idp_test

import (
	"net/http"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/federation/spid"
	"atrio/web/webtest"
)

// thief is somebody who has Bruno's password and telephone for a moment: a session with a
// proof, a telephone that is being linked, a login that waits for its code.
type thief struct {
	browser     *webtest.Client
	token, code string
	login       *visit
	sms         string
}

func (w *world) thief() (t thief) {
	w.t.Helper()
	t.browser = w.ownPages(bruno)
	t.token, t.code = w.begin(t.browser, brunoPhone)
	t.login = w.level(webtest.New(w.t), spid.L2).password(bruno, secret)
	t.login.page.Expect(http.StatusOK)
	t.sms = codeOf.FindString(w.sms(brunoPhone))
	return t
}

// shutOut expects that nothing of it is left.
func (w *world) shutOut(t thief) {
	w.t.Helper()
	expectProof(w.t, "the session of before", t.browser.Get(w.base+"/account"))
	if s := newPhone(w).bind(t.token, t.code); s.Status != http.StatusGone {
		w.t.Errorf("a telephone is linked by a code of before: %+v", s)
	}
}

// Whoever gives a factor up wants nobody else to go on with it: other sessions end, with what
// was proved in them, and what is being linked.
func TestAFactorThatIsRemovedTakesWhatWasBegunWithItAlong(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		browser := w.ownPages(bruno)
		key, _ := w.bindsCodes(browser, w.opens(browser, "/account/codes", bruno), brunoPhone)
		w.clock.Advance(2 * time.Minute)
		robber := thief{browser: w.ownPages(bruno)}
		v := &visit{world: w, browser: robber.browser, page: robber.browser.Get(w.base + "/account/app")}
		p := v.password(bruno, secret).code(otp.Generate(key, w.clock.Now())).page
		p = robber.browser.Submit(formAt(p, "/account/app")).Expect(http.StatusOK, "Inquadra il codice")
		robber.token, robber.code = tokenOf.FindStringSubmatch(p.Body)[1], codeOf.FindString(w.sms(brunoPhone))

		p = browser.Get(w.base + "/account/codes")
		browser.Submit(formAt(p, "/account/codes/remove")).Expect(http.StatusOK, "L’app è scollegata")
		w.shutOut(robber)
		browser.Get(w.base+"/account").Expect(http.StatusOK, "Bruno") // their own session goes on
	})
}

// L08: so does another number, and codes that went to the one before open nothing.
func TestL08AnotherNumberTakesWhatTheFormerOneBeganAlong(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.clock.Advance(80 * time.Hour)
		browser := w.ownPages(bruno)
		w.opens(browser, "/account/data/phone", bruno)
		w.clock.Advance(2 * time.Minute)
		robber := w.thief()
		p := w.sends(browser, "/account/data/phone", "value", "333 0000088").Expect(http.StatusOK, "Scrivi il codice")
		browser.Submit(p.FormWith("code"), "code", w.code("+393330000088")).Expect(http.StatusOK, "il dato è cambiato")
		w.shutOut(robber)
		robber.login.code(robber.sms).page.Expect(http.StatusUnprocessableEntity)
		browser.Get(w.base+"/account").Expect(http.StatusOK, "Bruno") // their own session goes on
	})
}

// A login whose second factor ended before the consent asks for another one.
func TestALoginAsksAgainWhenItsSecondFactorEnded(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		v := w.level(webtest.New(t), spid.L2).password(ada, secret).code(w.totp())
		v.page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		browser := w.ownPages(ada)
		p := w.opens(browser, "/account/codes", ada)
		browser.Submit(formAt(p, "/account/codes/remove")).Expect(http.StatusOK, "L’app è scollegata")
		v.press("consent", "yes").page.Expect(http.StatusOK, "SMS")
		v.code(codeOf.FindString(w.sms(adaPhone))).press("consent", "yes").login()
	})
}

// Nobody who has lost the telephone is stuck at the page that asks for it.
func TestWhoHasLostTheTelephoneIsLedOnFromTheLogin(t *testing.T) {
	w := newWorld(t)
	w.seedOlivia()
	v := w.level(webtest.New(t), spid.L2).password(olivia, secret)
	led := v.press("with", "app").page
	p := v.browser.Submit(formTo(led, "/setup/app"))
	newPhone(w).bind(tokenOf.FindStringSubmatch(p.Body)[1], codeOf.FindString(w.sms(oliviaPhone)))
	asked := v.browser.Submit(formTo(p, "/done")).Expect(http.StatusOK, "Conferma con l’app") // the app is all that she has
	for _, p := range []*webtest.Page{asked, w.level(webtest.New(t), spid.L2).password(ada, secret).page} {
		for text, path := range map[string]string{"Sospendi subito la tua identità": "/account/suspend", "Fatti riconoscere di nuovo e riprendila": "/account/recover/lost"} {
			if got := p.Link(text); got != w.base+path {
				t.Errorf("%q leads to %s", text, got)
			}
		}
	}
}
