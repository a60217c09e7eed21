package gateway_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/gateway/account"
)

const suspendPage = factorsPage + "/suspend"

var links = regexp.MustCompile(`http://\S+/second-factor/reset\?token=[0-9a-f.]+`)

// run does a job of the gateway now.
func (s *stage) run(name string) {
	s.t.Helper()
	for _, j := range s.gw.Jobs() {
		if j.Name == name {
			if err := j.Run(s.t.Context(), s.clock.Now()); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

func TestSecondFactorsAreSuspendedWithPasswordAndProof(t *testing.T) {
	s := newStage(t)
	ada := s.browser()
	s.enter(ada)
	code := account.Code(s.codeOf(ada))
	ada.Get(s.url+suspendPage).Expect(http.StatusOK, "Non hai un secondo fattore attivo")
	key := s.app(ada)

	// The password alone is no proof.
	b := s.browser()
	b.Get(b.Get(s.url+"/login").Link("Disattiva 2FA: accedi temporaneamente con le sole credenziali")).Expect(http.StatusOK, "Che cosa ti serve")
	s.typeIn(b, code, secret).Expect(http.StatusOK, "Inserisci il codice dell’app")
	p := b.Get(s.url+suspendPage).Expect(http.StatusOK, "Prima dimostra che sei tu")
	forced, err := b.Do(http.MethodPost, s.url+suspendPage, map[string][]string{"do": {"suspend"}, "password": {secret}}, p)
	if err != nil || forced.Status != http.StatusForbidden || !s.refusedFor("no_proof") {
		t.Fatalf("without a proof: %d, %v", forced.Status, err)
	}

	// With the app it is; then the password is typed once more.
	p = b.Submit(p.FormWith("do"), "do", "factor").Expect(http.StatusOK, "Inserisci il codice dell’app")
	p = b.Submit(p.FormWith("code"), "code", s.code(key)).Expect(http.StatusOK, "Disattiva 2FA per 24 ore")
	b.Submit(p.FormWith("password"), "do", "suspend", "password", "sbagliata").Expect(http.StatusUnprocessableEntity, "La password non è corretta")
	b.Submit(p.FormWith("password"), "do", "suspend", "password", secret).Expect(http.StatusOK, "La 2FA è sospesa")
	if _, body := s.message("mail"); !strings.Contains(body, "è sospesa fino a") {
		t.Errorf("the owner is not told: %q", body)
	}
	// It never counts as a second factor.
	other := s.browser()
	s.typeIn(other, code, secret).Expect(http.StatusOK, "Il mio account")
	if body := other.Get(s.url + "/session").Body; strings.Contains(body, "mfa") {
		t.Errorf("a suspension counts as a second factor: %s", body)
	}
	other.Get(s.url+factorsPage+"/sms").Expect(http.StatusOK, "Conferma che sei tu")
	s.exec(`DELETE FROM identity`) // nothing but the password and the factor that is suspended
	other.Get(s.url+"/account/closing").Expect(http.StatusOK, "la sola password non basta")
	// Whoever is signed in may end it; after a day it ends by itself.
	p = other.Get(s.url + suspendPage)
	other.Submit(p.FormWith("do"), "do", "resume").Expect(http.StatusOK, "La 2FA è di nuovo attiva")
	ada.Get(s.url+"/account/history").Expect(http.StatusOK, "2FA sospesa", "2FA riattivata")
}

func TestWhatResetThePasswordIsNoProofForAWeek(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b) // SPID chose the password, minutes ago
	s.app(b)
	b.Get(s.url+suspendPage).Expect(http.StatusOK, "Con questa identità hai reimpostato la password", "Prima dimostra che sei tu")
	s.clock.Advance(8 * 24 * time.Hour)
	b = s.browser()
	b.Get(s.start(""))
	p := b.Get(s.url+suspendPage).Expect(http.StatusOK, "Disattiva 2FA per 24 ore")
	b.Submit(p.FormWith("password"), "do", "suspend", "password", secret).Expect(http.StatusOK, "La 2FA è sospesa")
	s.clock.Advance(24 * time.Hour)
	b = s.browser()
	b.Get(s.start(""))
	if b.Get(s.url + suspendPage).Has("La 2FA è sospesa fino a") {
		t.Error("the suspension lasts longer than a day")
	}
}

// G4.6: who has no more than the password can only begin a reset, which waits, which
// every contact hears of, and which any of them stops.
func TestAResetWaitsAndCanBeStopped(t *testing.T) {
	s := newStage(t)
	ada := s.browser()
	s.enter(ada)
	code := account.Code(s.codeOf(ada))
	s.app(ada)
	thief := s.browser()
	s.typeIn(thief, code, secret).Expect(http.StatusOK, "Inserisci il codice dell’app")
	p := thief.Get(s.url+factorsPage+"/reset").Expect(http.StatusOK, "dopo 72 ore")
	thief.Submit(p.FormWith("password"), "password", "sbagliata").Expect(http.StatusUnprocessableEntity, "La password non è corretta")
	thief.Submit(p.FormWith("password"), "password", secret).Expect(http.StatusOK, "La richiesta è in corso")
	mails := s.count(`SELECT count(*) FROM outbox`)
	thief.Submit(p.FormWith("password"), "password", secret).Expect(http.StatusOK, "La richiesta è in corso")
	if n := s.count(`SELECT count(*) FROM outbox`); n != mails {
		t.Error("asked twice, told twice")
	}
	_, body := s.message("mail")
	stop := links.FindString(body)
	for _, bad := range []string{stop + "0", stop[:len(stop)-1], s.url + "/second-factor/reset", s.url + "/second-factor/reset?token=x"} {
		thief.Get(bad).Expect(http.StatusGone, "Questa richiesta non c’è più")
	}
	anybody := s.browser() // no session is needed to stop it, and opening the link does nothing
	p = anybody.Get(stop).Expect(http.StatusOK, "Ferma l’azzeramento")
	if s.count(`SELECT count(*) FROM factor_reset`) != 1 {
		t.Fatal("a program that opens links stops it")
	}
	anybody.Submit(p.FormWith("token")).Expect(http.StatusOK, "Richiesta fermata")
	anybody.Submit(p.FormWith("token")).Expect(http.StatusGone)
	if s.count(`SELECT count(*) FROM factor`) != 1 || s.count(`SELECT count(*) FROM factor_reset`) != 0 {
		t.Error("stopping it changed something")
	}
}

func TestAResetIsFinishedByItsOwnerInTime(t *testing.T) {
	s := newStage(t)
	ada := s.browser()
	s.enter(ada)
	code := account.Code(s.codeOf(ada))
	s.app(ada)
	p := ada.Get(s.url + factorsPage + "/reset")
	ada.Submit(p.FormWith("password"), "password", secret).Expect(http.StatusOK, "La richiesta è in corso")
	run := func() { t.Helper(); s.run("gateway.factor-resets") }
	s.clock.Advance(71 * time.Hour)
	before := s.count(`SELECT count(*) FROM outbox`)
	run()
	if s.count(`SELECT count(*) FROM outbox`) != before {
		t.Error("told too early")
	}
	s.clock.Advance(time.Hour)
	run()
	run()
	if n := s.count(`SELECT count(*) FROM outbox`); n != before+1 {
		t.Errorf("%d messages", n-before)
	}
	_, body := s.message("mail")
	finish := links.FindString(body)
	b := s.browser()
	b.Get(finish).Expect(http.StatusOK, "Accedi con Codice Persona e password")
	s.typeIn(b, code, secret)
	p = b.Get(finish).Expect(http.StatusOK, "Azzera adesso")
	b.Submit(p.FormWith("token")).Expect(http.StatusOK, "I secondi fattori sono stati azzerati", "Non hai ancora attivato")
	if s.count(`SELECT count(*) FROM factor`) != 0 || s.count(`SELECT count(*) FROM session`) != 1 {
		t.Error("something is left")
	}
	b.Get(finish).Expect(http.StatusGone)
}

// G1.4: who is asked for a second factor and has none at hand is led to the suspension, and
// from there to where they were going.
func TestTheLoginThatWaitsIsNotLostOnTheWayToASuspension(t *testing.T) {
	s := newStage(t)
	ada := s.browser()
	s.enter(ada)
	code := account.Code(s.codeOf(ada))
	s.app(ada)
	b := s.browser()
	s.typeIn(b, code, secret).Expect(http.StatusOK, "Inserisci il codice dell’app")
	p := b.Get(s.url+"/account/history").Expect(http.StatusOK, "Inserisci il codice dell’app")
	p = b.Get(p.Link("Non hai più il telefono o i codici? Ecco che cosa puoi fare")).Expect(http.StatusOK, "Prima dimostra che sei tu")
	flow := p.URL.Query().Get("flow")
	if p.URL.Path != suspendPage || flow == "" {
		t.Fatalf("led to %s", p.URL)
	}
	if p.Has("Prosegui") {
		t.Error("a way on without a proof")
	}
	// The proof is a login by SPID; what reset the password last week is none.
	s.clock.Advance(8 * 24 * time.Hour)
	b = s.browser()
	s.typeIn(b, code, secret)
	p = b.Get(s.url+"/account").Expect(http.StatusOK, "Inserisci il codice dell’app")
	p = b.Get(p.Link("Non hai più il telefono o i codici? Ecco che cosa puoi fare"))
	flow = p.URL.Query().Get("flow")
	p = b.Submit(p.FormWith("do"), "do", "login").Expect(http.StatusOK, "Entra con SPID")
	p = b.Get(p.Link("Identità Uno")).Expect(http.StatusOK, "Disattiva 2FA per 24 ore")
	if p.URL.Query().Get("flow") != flow {
		t.Fatalf("the proof lost the login: %s", p.URL)
	}
	p = b.Submit(p.FormWith("password"), "do", "suspend", "password", secret).Expect(http.StatusOK, "La 2FA è sospesa")
	b.Get(p.Link("Prosegui")).Expect(http.StatusOK, "Il mio account")

	// Without a login that waits, or with one of another browser, there is no way on.
	for _, query := range []string{"", "?flow=x", "?flow=" + flow + "x", "?flow=%22%3E%3Cscript%3E"} {
		if p := b.Get(s.url + suspendPage + query).Expect(http.StatusOK); p.Has("Prosegui") || p.Has("<script>") && strings.Contains(p.Body, `"><script>`) {
			t.Errorf("%s offers a way on", query)
		}
	}
	// Who is not signed in comes back to the page after the login.
	c := s.browser()
	p = c.Get(s.url+suspendPage).Expect(http.StatusOK, "Entra con SPID")
	c.Submit(p.FormWith("password"), "code", string(code), "password", secret).Expect(http.StatusOK, "La 2FA è sospesa fino a")
	s.browser().Get(s.url+factorsPage+"/reset").Expect(http.StatusOK, "Entra con SPID")
}
