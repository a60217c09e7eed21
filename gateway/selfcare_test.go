package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/db/dbtest"
	"atrio/web/webtest"
)

// home is a browser at the account of a person who has just entered.
func (s *stage) home() *webtest.Client {
	b := s.browser()
	s.enter(b)
	return b
}

func TestAPersonTakesAnIdentityAwayAndKeepsTheLastRoad(t *testing.T) { // G3.7, G5.1
	s := newDoorsOn(t, dbtest.SQLite(t, modules()...))
	b := s.home()
	account := b.Get(s.url + "/account")
	b.Follow(account, "Gestisci le identità collegate").Expect(http.StatusOK, "È l’unico modo in cui entri")
	if b.Get(s.url+"/account/identities").Find("form [name=identity]") != nil {
		t.Error("the last road is offered to be removed")
	}
	// The card has the same codice fiscale: it is linked by itself.
	other := s.browser()
	other.Get(s.url+"/cie/login").Expect(http.StatusOK, "Il mio account")
	manage := b.Get(s.url+"/account/identities").Expect(http.StatusOK, "CIE – CIE di Prova", "Scollega")
	id := manage.FindAll("[name=identity]")
	if len(id) != 2 {
		t.Fatalf("%d identities", len(id))
	}
	b.Post(s.url+"/account/identities", url.Values{"identity": {webtest.Attr(id[1], "value")}}).Expect(http.StatusOK, "L’identità è scollegata", "È l’unico modo in cui entri")
	other.Get(s.url + "/session").Expect(http.StatusUnauthorized)
	if s.count(`SELECT count(*) FROM outbox WHERE subject = 'Un’identità è stata scollegata dal tuo account'`) != 1 {
		t.Error("no mail tells of it")
	}
	b.Post(s.url+"/account/identities", url.Values{"identity": {webtest.Attr(id[0], "value")}}).Expect(http.StatusConflict, "È l’unico modo in cui entri nel tuo account", "Torna alle identità collegate")
	b.Post(s.url+"/account/identities", url.Values{"identity": {strings.Repeat("x", 65)}}).Expect(http.StatusBadRequest)
}

func TestWhatOthersCouldAbuseNeedsAFreshLogin(t *testing.T) { // ASVS 7.5.1
	s := newStage(t)
	b := s.home()
	s.clock.Advance(16 * time.Minute)
	for _, path := range []string{"/account/identities", "/account/closing"} {
		b.Get(s.url+path).Expect(http.StatusOK, "Per sicurezza, entra di nuovo")
		b.Post(s.url+path, url.Values{"sure": {"on"}, "identity": {"x"}}).Expect(http.StatusOK, "Per sicurezza, entra di nuovo")
	}
	asked := b.Submit(b.Get(s.url+"/account").Form("form[action=/account/export]")).Expect(http.StatusOK, "Per sicurezza, entra di nuovo")
	if asked.Header.Get("Content-Disposition") != "" || strings.Contains(asked.Body, "DMCDAA80A41H501U") {
		t.Error("everything known left without a fresh login")
	}
	if s.count(`SELECT count(*) FROM account WHERE state = 'active'`) != 1 {
		t.Error("closed without a fresh login")
	}
	choice := b.Submit(b.Get(s.url+"/account/closing").FormWith("to")).Expect(http.StatusOK, "Entra con SPID")
	b.Get(choice.Link("Identità Uno")).Expect(http.StatusOK, "Stai per chiudere l’account")
	s.clock.Advance(16 * time.Minute)
	choice = b.Submit(b.Submit(b.Get(s.url+"/account").Form("form[action=/account/export]")).FormWith("to")).Expect(http.StatusOK, "Entra con SPID")
	back := b.Get(choice.Link("Identità Uno")).Expect(http.StatusOK, "Scarica i miei dati")
	if file := b.Submit(back.Form("form[action=/account/export]")).Expect(http.StatusOK); !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") {
		t.Error("no file after the fresh login")
	}
	b.Post(s.url+"/account/again", url.Values{"to": {"https://altrove.example.it/"}}).Expect(http.StatusOK, "Entra con SPID")
}

func TestAPersonClosesTheAccountAfterReadingWhatThatMeans(t *testing.T) { // G5.1
	s := newStage(t)
	b := s.home()
	page := b.Follow(b.Get(s.url+"/account"), "Chiudi l’account").Expect(http.StatusOK, "Entro 30 giorni puoi cambiare idea", "per 24 mesi i messaggi")
	b.Submit(page.FormWith("sure")).Expect(http.StatusUnprocessableEntity, "spunta la casella")
	b.Submit(page.FormWith("sure"), "sure", "on").Expect(http.StatusOK, "Il tuo account è chiuso", "Entra con SPID")
	b.Get(s.url + "/session").Expect(http.StatusUnauthorized)
	s.browser().Get(s.start("")).Expect(http.StatusForbidden, "Hai chiuso questo account", "Entro 30 giorni")
	if s.count(`SELECT count(*) FROM outbox WHERE subject = 'Il tuo account è chiuso' AND body LIKE '%30 giorni%'`) != 1 {
		t.Error("no mail tells of it")
	}
}

func TestAPersonTakesEverythingKnownAboutThemAway(t *testing.T) { // G5.1; GDPR art. 20
	s := newStage(t)
	b := s.home()
	page := b.Post(s.url+"/account/export", url.Values{}).Expect(http.StatusOK)
	if d := page.Header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="account-`) || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q", d)
	}
	var file struct {
		Account struct {
			GivenName string `json:"given_name"`
		}
		Attributes []struct{ Name, Value, Source string }
		Identities []struct{ Subject string }
		Sessions   []struct{ Method string }
		History    []struct{ Action string }
	}
	if err := json.Unmarshal([]byte(page.Body), &file); err != nil {
		t.Fatal(err)
	}
	if file.Account.GivenName != "Ada" || len(file.Attributes) < 5 || len(file.Identities) != 1 || len(file.Sessions) != 1 || len(file.History) < 2 {
		t.Errorf("%+v", file)
	}
	b.Get(s.url + "/account/export").Expect(http.StatusMethodNotAllowed)
}

func TestItWasNotMeSignsTheOthersOut(t *testing.T) { // G5.1
	s := newStage(t)
	b := s.home()
	other := s.browser()
	other.Get(s.start("")).Expect(http.StatusOK, "Il mio account")
	newest := b.Get(s.url + "/account/history").Find(".atrio-history a")
	ask := b.Get(s.url+webtest.Attr(newest, "href")).Expect(http.StatusOK, "Non riconosci questa riga", "Accesso riuscito")
	b.Submit(ask.FormWith("event")).Expect(http.StatusOK, "Gli altri accessi sono chiusi", "Cambia la password presso il gestore")
	b.Get(s.url + "/session").Expect(http.StatusOK)
	other.Get(s.url + "/session").Expect(http.StatusUnauthorized)
	b.Get(s.url+"/account/history").Expect(http.StatusOK, "Hai segnalato: non sono stato io")
	// Only what stands in the own history.
	b.Post(s.url+"/account/history/dispute", url.Values{"event": {"AAAA-BBBB-CCCC"}}).Expect(http.StatusBadRequest)
	b.Get(s.url+"/account/history/dispute?event=AAAA-BBBB-CCCC").Expect(http.StatusOK, "Storia degli accessi")
}
