package idp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// expectProof expects the page that asks for the password anew.
func expectProof(t *testing.T, what string, p *webtest.Page) {
	t.Helper()
	if !holds(p, "username") {
		t.Errorf("%s: no proof is asked for, but: %s", what, p.Text("main"))
	}
}

// sends posts to an own page without having opened it.
func (w *world) sends(b *webtest.Client, path string, pairs ...string) *webtest.Page {
	w.t.Helper()
	f := formAt(b.Get(w.base+"/account"), "/account/logout")
	f.Action = w.base + path
	for n := 0; n+1 < len(pairs); n += 2 {
		f.Values.Set(pairs[n], pairs[n+1])
	}
	return b.Submit(f)
}

// REG 19: somebody has the password of who had level 1 alone, and has proved with it. Once
// the holder has a second factor that proof opens nothing.
func TestAProofByThePasswordIsWorthNothingOnceThereIsASecondFactor(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.seedOlivia()
		thief := w.ownPages(olivia)
		w.opens(thief, "/account/password", olivia).Expect(http.StatusOK, "Password attuale")
		thief.Get(w.base + "/account/data/domicile").Expect(http.StatusOK)

		browser := w.ownPages(olivia)
		key, _ := w.bindsCodes(browser, w.opens(browser, "/account/codes", olivia), oliviaPhone)
		for _, path := range []string{"/account/password", "/account/codes", "/account/app", "/account/data/domicile", "/account/stop/revoke"} {
			expectProof(t, path, thief.Get(w.base+path))
		}
		expectProof(t, "removing", w.sends(thief, "/account/codes/remove"))
		expectProof(t, "revoking", w.sends(thief, "/account/stop/revoke", "sure", "yes"))
		if who := w.holder(olivia); who.State != identity.Active || !who.Factors.TOTP {
			t.Errorf("%s, factors %+v", who.State, who.Factors)
		}

		// Whoever has the second factor goes on.
		w.clock.Advance(time.Minute)
		v := &visit{world: w, browser: browser, page: browser.Get(w.base + "/account/password")}
		v.password(olivia, secret).code(otp.Generate(key, w.clock.Now())).page.Expect(http.StatusOK, "Password attuale")
	})
}

// L08: whoever knows the password of who has nothing else makes no telephone of theirs the
// second factor, whether the identity has a number or none.
func TestThePasswordAloneSetsNoTelephone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.seedOlivia()
		w.clock.Advance(73 * time.Hour) // a new identity keeps its contacts anyway
		for _, who := range []string{olivia, carla} {
			thief := w.ownPages(who)
			w.opens(thief, "/account/data/domicile", who)
			thief.Get(w.base+"/account/data").Expect(http.StatusOK, "Con la sola password non cambi", "Fatti riconoscere di nuovo")
			for path, value := range map[string]string{"phone": "333 0000099", "mail": "altra.prova@example.org", "pec": "altra@pec.example.org"} {
				thief.Get(w.base+"/account/data/"+path).Expect(http.StatusForbidden, "Con la sola password non cambi", "Collega un’app dei codici")
				w.sends(thief, "/account/data/"+path, "value", value).Expect(http.StatusForbidden)
				w.sends(thief, "/account/data/"+path+"/code", "code", "123456").Expect(http.StatusForbidden)
				if sent := append(w.mails("+393330000099"), w.mails(value)...); len(sent) != 0 {
					t.Errorf("%s: a code is sent: %q", path, sent)
				}
			}
			if f := w.holder(who).Factors; f.Level() != 1 {
				t.Errorf("%s has %+v", who, f)
			}
		}
		// With level 2, bound by the number that the identity has, the holder changes it.
		browser := w.ownPages(olivia)
		key, _ := w.bindsCodes(browser, w.opens(browser, "/account/codes", olivia), oliviaPhone)
		w.clock.Advance(time.Minute)
		v := &visit{world: w, browser: browser, page: browser.Get(w.base + "/account/data/phone")}
		v.password(olivia, secret).code(otp.Generate(key, w.clock.Now())).page.Expect(http.StatusOK, "Nuovo numero")
	})
}

// Notices about what proves an identity are in the language of its holder, whatever the
// browser of whoever changed it asks for.
func TestNoticesAreInTheLanguageOfTheHolder(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		english := func() *webtest.Client {
			b := webtest.New(t)
			b.Header.Set("Accept-Language", "en")
			b.Submit(b.Get(w.base+"/account/login").FormWith("password"), "username", bruno, "password", secret).Expect(http.StatusOK, "Your identity")
			return b
		}
		b := english()
		p := b.Get(w.base + "/account/app")
		p = b.Submit(p.FormWith("username"), "username", bruno, "password", secret)
		p = b.Submit(p.FormWith("code"), "code", codeOf.FindString(w.sms(brunoPhone)))
		p = b.Submit(formAt(p, "/account/app"))
		phone := newPhone(w)
		phone.bind(tokenOf.FindStringSubmatch(p.Body)[1], codeOf.FindString(w.sms(brunoPhone)))
		p = b.Get(w.base + "/account/app")
		b.Submit(formAt(p, "/account/app/remove")).Expect(http.StatusOK, "unlinked")
		b.Submit(b.Get(w.base+"/account/password").FormWith("current"), "current", secret, "password", "Nuovissima-Parola-7", "password_again", "Nuovissima-Parola-7")
		for _, words := range []string{"può ora confermare", "non può più confermare", "password"} {
			w.told(bruno, words)
		}
		for _, mail := range w.mails(bruno) {
			if strings.Contains(mail, "your") {
				t.Errorf("in another language: %s", mail)
			}
		}
		w.told(brunoPhone, "un telefono è stato scollegato")
	})
}

// Where services get level 1 alone, changes ask for the second factor all the same.
func TestChangesAskForTheSecondFactorWhereServicesGetLevel1Alone(t *testing.T) {
	w := newWorldOn(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), &clock{now: samltest.Start}, func(c *idp.Config) { c.MaxLevel = 1 })
	v := &visit{world: w, browser: w.ownPages(bruno)}
	v.page = v.browser.Get(w.base + "/account/data/domicile")
	v.password(bruno, secret).page.Expect(http.StatusOK, "Codice")
	v.code(codeOf.FindString(w.sms(brunoPhone))).page.Expect(http.StatusOK, "Cambia il domicilio")
}
