package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/setting"
	"atrio/gateway"
	"atrio/gateway/access"
	"atrio/web/webtest"
)

// acts are the decisions of the institution in these tests, in force before they begin.
func acts(rules ...access.ID) (list []access.Act) {
	for _, r := range rules {
		list = append(list, access.Act{Rule: r, Act: "Decreto di prova 1/2020", Signer: "Il Rettore", Date: "2020-01-02"})
	}
	return list
}

func newStageWithActs(t *testing.T, rules ...access.ID) *stage {
	return newStageConfigured(t, func(c *gateway.Config) { c.Decisions = acts(rules...) })
}

// ines comes in with an identity of another country and has an account.
func (s *stage) ines() *webtest.Client {
	s.t.Helper()
	b := s.browser()
	s.confirmByMail(b, b.Get(s.url+"/eidas/login?country=ES"), "ines@correo.example.org")
	return b
}

// opens reports whether the service got a code.
func (s *stage) opens(b *webtest.Client, client string) bool {
	s.t.Helper()
	b.NoRedirect = true
	defer func() { b.NoRedirect = false }()
	p := b.Get(s.authorize(client))
	to, err := url.Parse(p.Header.Get("Location"))
	return err == nil && to.Query().Get("code") != ""
}

// finish follows the answer to a form up to the address of the service.
func (s *stage) finish(b *webtest.Client, f *webtest.Form, pairs ...string) string {
	s.t.Helper()
	b.NoRedirect = true
	defer func() { b.NoRedirect = false }()
	p := b.Submit(f, pairs...)
	for range 5 {
		to := p.Header.Get("Location")
		if p.Status < 300 || p.Status > 399 || !strings.HasPrefix(to, "/") {
			return to
		}
		p = b.Get(s.url + to)
	}
	s.t.Fatal("the browser goes round")
	return ""
}

// G2.2: the page names the duty and offers every way on; a citizenship that is not known
// is asked, never guessed, and can be corrected.
func TestWhoseCitizenshipIsUnknownIsAskedOnceAndMayCorrectTheAnswer(t *testing.T) {
	s := newStageWithActs(t, access.Undertaking)
	b := s.ines()
	ask := b.Get(s.authorize("tasse")).Expect(http.StatusOK, "Qual è la tua cittadinanza?", "Tasse", "Preferisco entrare con SPID o CIE")
	if policy := ask.Header.Get("Content-Security-Policy"); policy == "" || strings.Contains(policy, "form-action") {
		t.Errorf("the answer could not lead to the service: %s", policy)
	}
	b.Submit(ask.FormWith("citizenship")).Expect(http.StatusUnprocessableEntity, "Scegli una risposta")
	b.Submit(ask.FormWith("citizenship"), "citizenship", "marziana").Expect(http.StatusUnprocessableEntity, "Scegli una risposta")
	verdict := b.Submit(ask.FormWith("citizenship"), "citizenship", "italian").Expect(http.StatusForbidden,
		"In quanto cittadino italiano hai l’obbligo", "Torna alla Login", "Hai problemi con SPID o CIE?", "Dichiara e prosegui senza SPID/CIE", "Non sono solo cittadino italiano", "Codice di riferimento")
	if !s.refusedFor("use_federated") || !s.refusedFor("ask_citizenship") {
		t.Error("no audit line of the refusal")
	}
	login := b.Follow(verdict, "Torna alla Login").Expect(http.StatusOK, "Tasse", "Entra con SPID")
	if !strings.HasPrefix(b.Follow(verdict, "Entra con CIE").URL.String(), s.url) || login.URL.Query().Get("flow") == "" {
		t.Error("the way to CIE or the destination is lost")
	}
	b = s.browser()
	b.Get(s.url + "/eidas/login?country=ES")
	correct := b.Follow(b.Get(s.authorize("tasse")).Expect(http.StatusForbidden), "Non sono solo cittadino italiano").Expect(http.StatusOK, "Ci risulta che hai solo la cittadinanza italiana")
	if to := s.finish(b, correct.FormWith("citizenship"), "citizenship", "both"); !strings.HasPrefix(to, "https://tasse.example.org/callback?") || !strings.Contains(to, "code=") {
		t.Errorf("leads to %s", to)
	}
	if !s.opens(b, "tasse") {
		t.Error("asked again")
	}
	if s.count(`SELECT count(*) FROM attribute WHERE name = 'citizenship' AND source = 'declared' AND value = 'IT XX'`) != 1 {
		t.Error("the statement has no source")
	}
	if s.count(`SELECT count(*) FROM audit WHERE action = 'account.changed' AND detail LIKE '%citizenship%'`) != 2 {
		t.Error("the statements are not in the audit log")
	}
}

// SPID and CIE need no answer, and services that are not administrative ask nobody.
func TestTheDutyDoesNotTroubleWhomItDoesNotConcern(t *testing.T) {
	s := newStageWithActs(t)
	b := s.browser()
	s.enter(b)
	foreign := s.ines()
	if !s.opens(b, "tasse") || !s.opens(b, "mooc") || !s.opens(foreign, "mooc") {
		t.Error("somebody was stopped")
	}
}

// A request without pages gets the short answer, and leaves nothing behind.
func TestARequestWithoutPagesIsRefusedShortly(t *testing.T) {
	s := newStageWithActs(t)
	b := s.ines()
	cookies := s.cookiesOf(b)
	b.NoRedirect = true
	to := b.Get(s.authorize("tasse") + "&prompt=none").Header.Get("Location")
	if !strings.Contains(to, "error=access_denied") || s.cookiesOf(b) != cookies {
		t.Errorf("%s, %d cookies", to, s.cookiesOf(b))
	}
}

// Without the institution's act nobody may declare; the page leads to a human then.
func TestWithoutAnActThereIsNothingToDeclare(t *testing.T) {
	s := newStageWithActs(t)
	b := s.ines()
	ask := b.Get(s.authorize("tasse"))
	p := b.Submit(ask.FormWith("citizenship"), "citizenship", "italian").Expect(http.StatusForbidden, "rivolgiti all’assistenza")
	if p.Has("Dichiara e prosegui") {
		t.Error("a declaration is offered")
	}
	flow := p.URL.Query().Get("flow")
	b.Get(s.url+"/declaration?flow="+flow).Expect(http.StatusForbidden, "In quanto cittadino italiano")
	b.Get(s.url+"/declaration").Expect(http.StatusOK, "Non hai dichiarazioni")
}

// G2.3: reason, words, date before the confirmation; then the service opens until that
// date, reminders come before it, and after it the duty is back.
func TestADeclarationOpensTheServiceUntilItsDate(t *testing.T) {
	s := newStageWithActs(t, access.Undertaking)
	b := s.ines()
	verdict := b.Submit(b.Get(s.authorize("tasse")).FormWith("citizenship"), "citizenship", "italian").Expect(http.StatusForbidden)
	form := b.Follow(verdict, "Dichiara e prosegui senza SPID/CIE").Expect(http.StatusOK, "Perché non puoi usare SPID o CIE?", "Sono minorenne", "Risiedo all’estero",
		"Non scrivere nulla sulla tua salute", "La dichiarazione vale fino al")
	f := func() *webtest.Form { return form.FormWith("sure") }
	if strings.Contains(form.Header.Get("Content-Security-Policy"), "form-action") {
		t.Error("the answer could not lead to the service")
	}
	b.Submit(f()).Expect(http.StatusUnprocessableEntity, "Scegli un motivo", "Conferma che la dichiarazione è vera")
	b.Submit(f(), "reason", "other", "sure", "on").Expect(http.StatusUnprocessableEntity, "Spiega in breve perché")
	b.Submit(f(), "reason", "other", "words", strings.Repeat("à", 501), "sure", "on").Expect(http.StatusUnprocessableEntity, "Il testo è troppo lungo")
	b.Submit(f(), "reason", "other", "words", "La carta è in viaggio", "sure", "on", "on", "2020-01-01").Expect(http.StatusUnprocessableEntity, "la data di fine è cambiata", "La carta è in viaggio")
	if s.count(`SELECT count(*) FROM declaration`) != 0 {
		t.Fatal("a form with mistakes made a declaration")
	}
	if to := s.finish(b, f(), "reason", "other", "words", "La carta è in viaggio", "sure", "on"); !strings.Contains(to, "tasse.example.org/callback?") {
		t.Fatalf("leads to %s", to)
	}
	if s.count(`SELECT count(*) FROM declaration WHERE made_by = 'self' AND number = 1 AND words <> '' AND words NOT LIKE '%carta%'`) != 1 {
		t.Error("the words are not sealed")
	}
	if s.count(`SELECT count(*) FROM audit WHERE action = 'declaration.made' AND detail NOT LIKE '%other%'`) != 1 ||
		s.count(`SELECT count(*) FROM outbox WHERE subject LIKE 'Hai dichiarato%'`) != 1 {
		t.Error("no audit line or no mail")
	}
	b.Get(s.url+"/declaration").Expect(http.StatusOK, "La tua dichiarazione vale fino al")
	if file := string(b.Post(s.url+"/account/export", url.Values{}).Expect(http.StatusOK).Body); !strings.Contains(file, `"reason":"other","words":"La carta è in viaggio","by":"self"`) {
		t.Errorf("what the person takes away lacks the declaration: %s", file)
	}
	s.later(t, 77*24*time.Hour) // two weeks before the end
	if s.count(`SELECT count(*) FROM outbox WHERE subject LIKE '%sta per finire'`) != 1 {
		t.Error("no reminder, or more than one")
	}
	b = s.browser()
	b.Get(s.url + "/eidas/login?country=ES")
	if !s.opens(b, "tasse") {
		t.Error("closed before its date")
	}
	s.later(t, 15*24*time.Hour)
	b = s.browser()
	b.Get(s.url + "/eidas/login?country=ES")
	b.Get(s.authorize("tasse")).Expect(http.StatusForbidden, "In quanto cittadino italiano")
	if s.count(`SELECT count(*) FROM outbox WHERE subject LIKE '%sta per finire'`) != 1 {
		t.Error("a reminder after the end")
	}
	s.later(t, 190*24*time.Hour)
	if s.count(`SELECT count(*) FROM declaration WHERE words <> ''`) != 0 || s.count(`SELECT count(*) FROM declaration WHERE reason = 'other'`) != 1 {
		t.Error("half a year after the end the words are gone and the fact is kept")
	}
}

// later moves the clock and runs the jobs of the gateway, twice as two nodes would.
func (s *stage) later(t *testing.T, d time.Duration) {
	t.Helper()
	s.clock.Advance(d)
	for range 2 {
		for _, j := range s.gw.Jobs() {
			if err := j.Run(t.Context(), s.clock.Now()); err != nil {
				t.Fatal(j.Name, err)
			}
		}
	}
}

// G2.3: as many as the institution allows, then the help desk.
func TestRenewalsEndAtTheHelpDesk(t *testing.T) {
	s := newStageConfigured(t, func(c *gateway.Config) {
		c.Decisions, c.Declaration.Life = acts(access.Undertaking), setting.Duration(20*setting.Day)
	})
	b := s.ines()
	verdict := b.Submit(b.Get(s.authorize("tasse")).FormWith("citizenship"), "citizenship", "italian")
	form := b.Follow(verdict, "Dichiara e prosegui senza SPID/CIE")
	s.finish(b, form.FormWith("sure"), "reason", "abroad", "sure", "on")
	page := b.Get(s.url+"/declaration").Expect(http.StatusOK, "vale fino al")
	if page.Has("Dichiara e prosegui") {
		t.Error("renewed on the first day")
	}
	b.Post(s.url+"/declaration", url.Values{"reason": {"abroad"}, "sure": {"on"}}).Expect(http.StatusConflict, "vale ancora", "assistenza")
	s.clock.Advance(15 * 24 * time.Hour)
	b = s.browser()
	b.Get(s.url + "/eidas/login?country=ES")
	again := b.Get(s.url + "/declaration")
	b.Submit(again.FormWith("sure"), "reason", "abroad", "sure", "on").Expect(http.StatusOK, "vale fino al", "rivolgiti all’assistenza")
	s.clock.Advance(30 * 24 * time.Hour)
	b = s.browser()
	b.Get(s.url + "/eidas/login?country=ES")
	p := b.Get(s.authorize("tasse")).Expect(http.StatusForbidden, "rivolgiti all’assistenza")
	if p.Has("Dichiara e prosegui") {
		t.Error("a third one is offered")
	}
	b.Post(s.url+"/declaration", url.Values{"reason": {"abroad"}, "sure": {"on"}}).Expect(http.StatusForbidden, "serve l’assistenza")
}

// G2.3: while a door is down the operator opens to all.
func TestAnOpeningFreesEverybodyForItsTime(t *testing.T) {
	s := newStageWithActs(t, access.Opened)
	b := s.ines()
	b.Submit(b.Get(s.authorize("tasse")).FormWith("citizenship"), "citizenship", "italian").Expect(http.StatusForbidden)
	now := s.clock.Now()
	ev := eventForNote(now)
	if err := s.store.OpenAccess(t.Context(), access.Opening{From: now, Until: now.Add(time.Hour), Reason: "guasto"}, ev); err != nil {
		t.Fatal(err)
	}
	if !s.opens(b, "tasse") {
		t.Error("not open")
	}
	if n, err := s.store.CloseAccess(t.Context(), now.Add(time.Minute), ev); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	s.clock.Advance(2 * time.Minute)
	b.Get(s.authorize("tasse")).Expect(http.StatusForbidden)
}

// Pages of a journey of somebody else, or of nobody, show nothing and write nothing.
func TestEntryPagesBelongToTheJourneyOfTheirBrowser(t *testing.T) {
	s := newStageWithActs(t, access.Undertaking)
	b := s.ines()
	flow := b.Get(s.authorize("tasse")).URL.Query().Get("flow")
	stranger := s.browser()
	for _, path := range []string{"/entry", "/entry/citizenship"} {
		stranger.Get(s.url+path+"?flow="+flow).Expect(http.StatusForbidden, "Ricomincia")
		b.Get(s.url+path+"?flow=x").Expect(http.StatusForbidden, "Ricomincia")
	}
	stranger.Get(s.url+"/declaration?flow="+flow).Expect(http.StatusOK, "Entra con SPID")
	stranger.Post(s.url+"/entry/citizenship", url.Values{"flow": {flow}, "citizenship": {"other"}}).Expect(http.StatusForbidden)
	b.Post(s.url+"/entry/citizenship", url.Values{"flow": {flow}, "citizenship": {"other", "italian"}}).Expect(http.StatusBadRequest)
	b.Post(s.url+"/entry/citizenship", url.Values{"flow": {flow}, "citizenship": {strings.Repeat("x", 80<<10)}}).Expect(http.StatusRequestEntityTooLarge)
	if s.count(`SELECT count(*) FROM attribute WHERE name = 'citizenship'`) != 0 {
		t.Error("a stranger wrote")
	}
	// Signed out meanwhile: the way on is the login, with the destination.
	b.Submit(b.Get(s.url + "/logout").Form("main form"))
	b.Get(s.url+"/entry?flow="+flow).Expect(http.StatusOK, "Tasse", "Entra con SPID")
}
