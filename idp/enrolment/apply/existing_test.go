package apply_test

import (
	"net/http"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
)

const dario = "dario.prova@example.org"

// toShop goes on to "Ho già un account".
func (p *person) toShop() {
	p.t.Helper()
	p.toAccount()
	p.page = p.browser.Follow(p.page, "Ho già un account Gestore di prova")
	p.page.Expect(http.StatusOK, "Negozio di prova")
}

// E18, E19
func TestACustomerOfTheShopBringsTheAccountAndConfirmsTheMailbox(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.shop.passwords[dario] = secret
		p := w.person()
		p.toShop()
		p.send("password", "email", dario, "password", secret).Expect(http.StatusUnprocessableEntity, "accetta le clausole")
		for _, email := range []string{dario, "nessuno@example.org"} {
			p.send("password", "email", email, "password", "Sbagliata-1!", "privacy", "on").Expect(http.StatusUnprocessableEntity, "Indirizzo o password non corretti")
		}
		p.send("password", "email", dario, "password", secret, "privacy", "on").Expect(http.StatusOK, "Il tuo account è stato creato")
		if n := w.count(`SELECT count(*) FROM request WHERE state = 'email_pending'`); n != 1 || len(w.shop.told) != 0 {
			t.Errorf("%d requests wait for the mailbox, the shop was told %v", n, w.shop.told)
		}
		p.get(w.link(dario))
		p.send("token")
		p.login(dario, secret).Expect(http.StatusOK, "Informazioni di sicurezza")
		if r := w.request(dario); r.Data.Customer != "c-"+dario || r.State != enrolment.MailConfirmed {
			t.Errorf("%+v", r)
		}
	})
}

// E20, E21
func TestAWeakPasswordOfTheShopIsChangedFirstAndForBoth(t *testing.T) {
	w := newWorld(t)
	w.shop.passwords[dario] = "dario1"
	p := w.person()
	p.get("/enrol/account/password").Expect(http.StatusOK, "Specifica il tuo ambito")
	p.toShop()
	p.send("password", "email", dario, "password", "dario1", "privacy", "on", "marketing_own", "on").Expect(http.StatusOK, "Scegli una nuova password")
	if w.count(`SELECT count(*) FROM request`) != 0 {
		t.Error("a request was opened with the weak password")
	}
	p.send("password_again", "password", "dario2", "password_again", "dario2").Expect(http.StatusUnprocessableEntity, "almeno un carattere speciale")
	p.send("password_again", "password", secret, "password_again", secret).Expect(http.StatusOK, "Il tuo account è stato creato")
	if w.shop.passwords[dario] != secret {
		t.Error("the shop was not told")
	}
	p.get(w.link(dario))
	p.send("token")
	p.login(dario, "dario1").Expect(http.StatusForbidden)
	p.login(dario, secret).Expect(http.StatusOK)
	if r := w.request(dario); len(r.Data.Consents) != 4 || !r.Data.Consents[1].Given {
		t.Errorf("the consents were lost: %+v", r.Data.Consents)
	}
}

func TestAShopThatDoesNotAnswerStopsNobodyForGood(t *testing.T) {
	w := newWorld(t)
	w.shop.err = fault.New(fault.Unavailable, "error.unavailable").For("shop_silent")
	p := w.person()
	p.toShop()
	p.send("password", "email", dario, "password", secret, "privacy", "on").Expect(http.StatusServiceUnavailable)
	w.shop.err = nil
	w.shop.passwords[dario] = "dario1"
	p.get("/enrol/account/existing")
	p.send("password", "email", dario, "password", "dario1", "privacy", "on").Expect(http.StatusOK, "Scegli una nuova password")
	w.clock.Advance(15 * time.Minute) // what stands for the password ends soon
	p.get("/enrol/account/password").Expect(http.StatusOK, "Ho già un account")
	w.handler.Shop = nil
	p.get("/enrol/account/existing").Expect(http.StatusOK, "Dati di accesso")
}

func TestPasswordsOfTheShopAreNotTriedHereWithoutEnd(t *testing.T) {
	w := newWorld(t)
	w.shop.passwords[dario] = secret
	for range w.handler.Limits.ShopUser.Burst {
		p := w.person()
		p.toShop()
		p.send("password", "email", "Dario.Prova@example.org ", "password", "Sbagliata-1!", "privacy", "on").Expect(http.StatusUnprocessableEntity)
	}
	p := w.person()
	p.toShop()
	p.send("password", "email", dario, "password", secret, "privacy", "on").Expect(http.StatusTooManyRequests, "Troppe richieste")
}
