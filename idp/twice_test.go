package idp_test

import (
	"net/http"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/web/webtest"
)

// A button that is pressed twice tells no untruth, and nobody is stuck who comes back to what
// they began.
func TestButtonsPressedTwiceAtTheOwnPages(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.clock.Advance(80 * time.Hour)
		browser := w.ownPages(bruno)
		start := w.opens(browser, "/account/codes", bruno)
		w.clock.Advance(2 * time.Minute)
		press := func(p *webtest.Page, action string, pairs ...string) *webtest.Page {
			browser.Submit(formAt(p, action), pairs...)
			return browser.Submit(formAt(p, action), pairs...)
		}
		p := press(start, "/account/codes").Expect(http.StatusOK, "Scrivi i due codici")
		key := w.keyOn(p)
		press(p, "/account/codes/bind", "sms", codeOf.FindString(w.sms(brunoPhone)), "code", otp.Generate(key, w.clock.Now())).
			Expect(http.StatusOK, "L’app è collegata dal")

		p = browser.Get(w.base + "/account/app")
		browser.Submit(formAt(p, "/account/app")).Expect(http.StatusOK, "Inquadra il codice")
		browser.Submit(formAt(p, "/account/app")).Expect(http.StatusOK, "Inquadra il codice") // come back

		p = press(browser.Get(w.base+"/account/data/phone"), "/account/data/phone", "value", "333 0000088").Expect(http.StatusOK, "Scrivi il codice")
		code := w.code("+393330000088")
		press(p, "/account/data/phone/code", "code", code).Expect(http.StatusOK, "il dato è cambiato", "+393330000088")
		// Much later the same form says that its code is over.
		w.clock.Advance(9 * time.Minute)
		v := &visit{world: w, browser: browser, page: browser.Get(w.base + "/account/data/domicile")}
		v.password(bruno, secret).code(otp.Generate(key, w.clock.Now())).page.Expect(http.StatusOK, "Cambia il domicilio")
		browser.Submit(formAt(p, "/account/data/phone/code"), "code", code).Expect(http.StatusUnprocessableEntity, "Il codice non vale più", "Nuovo numero")
	})
}
