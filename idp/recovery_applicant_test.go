package idp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web/webtest"
)

const (
	nora      = "nora.prova@example.org"
	noraPhone = "+393330000071"
)

// noraApplies makes an account whose mailbox is confirmed, and signs in.
func (w *world) noraApplies() *webtest.Client {
	w.t.Helper()
	b := webtest.New(w.t)
	w.applied(b, nora).Expect(http.StatusOK, "Il tuo account è stato creato")
	b.Submit(b.Get(confirmLink.FindString(w.last(nora))).FormWith("token")).Expect(http.StatusOK, "Il tuo indirizzo è confermato")
	w.accedi(b, nora, secret).Expect(http.StatusOK, "Informazioni di sicurezza")
	return b
}

// noraSecures gives an answer and a number; the code of the SMS is on its way.
func (w *world) noraSecures(b *webtest.Client) *webtest.Page {
	w.t.Helper()
	p := b.Get(w.base+"/enrol/security").Expect(http.StatusOK, "Informazioni di sicurezza")
	return b.Submit(p.FormWith("answer"), "question", "toy", "answer", "Orso Tino", "phone", noraPhone).Expect(http.StatusOK)
}

// noraConfirms is an applicant whose mailbox and number are confirmed.
func (w *world) noraConfirms() *webtest.Client {
	w.t.Helper()
	b := w.noraApplies()
	p := w.noraSecures(b)
	b.Submit(p.FormWith("code"), "code", w.code(noraPhone)).Expect(http.StatusOK)
	return b
}

// request is that of somebody.
func (w *world) request(userID string) enrolment.Request {
	w.t.Helper()
	q, err := w.store.RequestOf(w.t.Context(), w.id(userID))
	if err != nil {
		w.t.Fatal(err)
	}
	return q
}

// enters tells whether a password signs in.
func (w *world) enters(userID, password string) bool {
	w.t.Helper()
	return w.accedi(webtest.New(w.t), userID, password).Status == http.StatusOK
}

// E31, I4: an applicant is asked for what was confirmed so far, and the request stays as it was.
func TestE31AnApplicantGetsAForgottenPasswordBackByWhatIsConfirmed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		open := w.noraApplies()
		chosen := []string{secret, fresh, "Tavolo#Rotondo4", "Finestra.Blu.82"}
		renews := func(b *webtest.Client, p *webtest.Page, n int) {
			t.Helper()
			before := w.request(nora)
			chooses(b, p, chosen[n]).Expect(http.StatusOK, "La nuova password è pronta", "continui la tua richiesta")
			if n := w.sessionsOf(nora); n != 0 {
				t.Errorf("%d sessions are left", n)
			}
			if after := w.request(nora); after.State != before.State || after.Version != before.Version {
				t.Errorf("the request went from %s to %s", before.State, after.State)
			}
			if w.enters(nora, chosen[n-1]) || !w.enters(nora, chosen[n]) {
				t.Error("the former password opens, or the new one does not")
			}
			w.told(nora, "la password della tua richiesta di identità SPID")
		}
		// The mailbox alone is confirmed: the link alone.
		b := webtest.New(t)
		w.asksBack(b, nora).Expect(http.StatusOK, "Controlla la tua email")
		link := recoverLink.FindString(w.last(nora))
		p := b.Get(link).Expect(http.StatusOK, "scegli la nuova password")
		p = b.Submit(p.FormWith("token")).Expect(http.StatusOK, "Scegli una nuova password", "ti avvisiamo per email.")
		webtest.New(t).Get(link).Expect(http.StatusGone)
		renews(b, p, 1)
		open.Get(w.base+"/enrol/security").Expect(http.StatusOK, "Accedi") // that session has ended

		// An answer was given, the number is not confirmed yet: link and answer.
		b = webtest.New(t)
		w.accedi(b, nora, chosen[1])
		w.noraSecures(b)
		b = webtest.New(t)
		p = w.recovers(b, nora).Expect(http.StatusOK, "Qual era il tuo giocattolo preferito")
		b.Get(w.base+"/account/recover/password").Expect(http.StatusOK, "Rispondi alla tua domanda")
		renews(b, b.Submit(p.FormWith("answer"), "answer", "orso tino"), 2)
		if w.mails(noraPhone) == nil || strings.Contains(strings.Join(w.mails(noraPhone), ""), "recuperata") {
			t.Error("a number that nobody confirmed is told")
		}

		// The number is confirmed: all three.
		b = webtest.New(t)
		w.accedi(b, nora, chosen[2])
		w.clock.Advance(2 * time.Minute)
		p = b.Submit(formAt(b.Get(w.base+"/enrol/phone"), "/enrol/phone/again"))
		b.Submit(p.FormWith("code"), "code", w.code(noraPhone)).Expect(http.StatusOK)
		b = webtest.New(t)
		p = w.recovers(b, nora).Expect(http.StatusOK, "Conferma con il cellulare")
		for _, path := range []string{"/answer", "/password", "/withdraw"} {
			b.Get(w.base+"/account/recover"+path).Expect(http.StatusOK, "Conferma con il cellulare")
		}
		p = w.coded(b, p, noraPhone).Expect(http.StatusOK, "Qual era il tuo giocattolo preferito")
		p = b.Submit(p.FormWith("answer"), "answer", "orso tino").Expect(http.StatusOK, "Scegli una nuova password")
		chooses(b, p, chosen[2]).Expect(http.StatusUnprocessableEntity, "Hai già usato questa password")
		renews(b, p, 3)
		w.told(noraPhone, "password della tua richiesta SPID recuperata e cambiata")
		if n := w.count(`SELECT count(*) FROM audit WHERE action = 'credential.password_changed' AND subject = $1`, w.id(nora)); n != 3 {
			t.Errorf("%d lines about the password, want 3", n)
		}
	})
}

// A27: wrong answers, and whoever answers them, are bounded as for holders.
func TestA27WrongAnswersEndTheRecoveryOfAnApplicant(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.noraConfirms()
		b := webtest.New(t)
		p := w.coded(b, w.recovers(b, nora), noraPhone)
		for range 4 {
			p = b.Submit(p.FormWith("answer"), "answer", "sbagliata").Expect(http.StatusUnprocessableEntity, "La risposta non è giusta")
		}
		p = b.Submit(p.FormWith("answer"), "answer", "sbagliata").Expect(http.StatusOK, "Ritira la richiesta")
		if p.Find("input[name=answer]") != nil {
			t.Error("another page takes more answers")
		}
		b.Post(w.base+"/account/recover/answer", url.Values{"answer": {"orso tino"}}).Expect(http.StatusGone, "Il recupero è finito")
		b.Post(w.base+"/account/recover/lost/withdraw", url.Values{"answer": {"orso tino"}, "sure": {"on"}, "when": {"now"}}).Expect(http.StatusUnprocessableEntity)
		w.told(nora, "troppe risposte sbagliate")
		w.told(noraPhone, "troppe risposte sbagliate")
		if !w.enters(nora, secret) || w.request(nora).State != enrolment.PhoneConfirmed {
			t.Error("the password or the request is another")
		}
	})
}

// A27: who was asked for little when it began is not through when more is confirmed meanwhile.
func TestA27WhatIsConfirmedMeanwhileEndsARecovery(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		owner := w.noraApplies()
		b := webtest.New(t)
		p := w.recovers(b, nora).Expect(http.StatusOK, "Scegli una nuova password")
		w.noraSecures(owner)
		chooses(b, p, fresh).Expect(http.StatusConflict, "Qualcosa è cambiato", "ricomincia")
		w.recovers(webtest.New(t), nora).Expect(http.StatusOK, "Rispondi alla tua domanda")
		if !w.enters(nora, secret) {
			t.Error("the password is another")
		}
	})
}

// A27, I14: a login calls the recovery of an applicant off.
func TestA27ALoginCallsTheRecoveryOfAnApplicantOff(t *testing.T) {
	w := newWorld(t)
	w.noraConfirms()
	b := webtest.New(t)
	w.recovers(b, nora).Expect(http.StatusOK, "Conferma con il cellulare")
	w.enters(nora, secret)
	b.Get(w.base+"/account/recover/code").Expect(http.StatusGone, "Il recupero è finito")
	w.told(nora, "che era in corso è annullato")
	w.told(noraPhone, "recupero o ritiro annullato")
}

// I14, A27: who has lost the telephone withdraws by link and answer at once; mailbox and number are free.
func TestI14AnApplicantWithoutTelephoneWithdrawsByLinkAndAnswer(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		open := w.noraConfirms()
		number := string(w.request(nora).Number)
		b := webtest.New(t)
		b.Get(w.base+"/account/recover/lost").Expect(http.StatusOK, "Per cominciare conferma il tuo indirizzo email")
		w.recovers(b, nora)
		p := b.Get(w.base+"/account/recover/lost").Expect(http.StatusOK, number, "Ritira la richiesta", "resta custodito", "Scegli la nuova password")
		b.Submit(p.FormWith("answer"), "answer", "orso tino", "when", "now").Expect(http.StatusUnprocessableEntity) // not sure
		p = b.Submit(p.FormWith("answer"), "answer", "no", "sure", "on", "when", "now").Expect(http.StatusUnprocessableEntity, "La risposta non è giusta. Ti restano 4 tentativi")
		if w.request(nora).State != enrolment.PhoneConfirmed {
			t.Fatal("a wrong answer withdraws")
		}
		b.Submit(p.FormWith("answer"), "answer", "orso tino", "sure", "on", "when", "now").Expect(http.StatusOK, "La richiesta è ritirata")
		w.told(nora, "è stata ritirata con un link di questa casella")
		w.told(noraPhone, "la tua richiesta SPID è stata ritirata")
		open.Get(w.base+"/enrol/request").Expect(http.StatusOK, "Accedi")
		if w.enters(nora, secret) {
			t.Error("who withdrew signs in")
		}
		w.noraConfirms() // the same mailbox and number, from the start
	})
}

// I14, A27: the link alone withdraws after 72 hours of which the telephone was told.
func TestA27TheMailboxAloneWithdrawsNothingUnseen(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.noraConfirms()
		later := func(b *webtest.Client) *webtest.Page {
			t.Helper()
			w.recovers(b, nora)
			p := b.Get(w.base+"/account/recover/lost").Expect(http.StatusOK, "Non ricordo la risposta")
			return b.Submit(p.FormWith("sure"), "sure", "on", "when", "later").Expect(http.StatusOK, "Il ritiro aspetta fino al")
		}
		stop := func() string {
			t.Helper()
			link := stopLink.FindString(w.last(noraPhone))
			if link == "" {
				t.Fatal("the telephone gets no link that stops it: ", w.last(noraPhone))
			}
			return link
		}
		// The telephone stops it.
		b := webtest.New(t)
		later(b)
		other := webtest.New(t)
		other.Submit(formAt(other.Get(stop()).Expect(http.StatusOK, "Ferma il ritiro"), "/account/recover/stop"), "what", "stop").Expect(http.StatusOK, "Ritiro fermato")
		w.told(nora, "è stato fermato con il link di un avviso")
		b.Get(w.base+"/account/recover/lost").Expect(http.StatusOK, "Non ricordo la risposta")

		// A login calls it off.
		later(webtest.New(t))
		back, halt := recoverLink.FindString(w.last(nora)), stop()
		w.enters(nora, secret)
		webtest.New(t).Get(back).Expect(http.StatusGone)
		webtest.New(t).Get(halt).Expect(http.StatusGone)

		// An ordinary recovery leaves it until it is done.
		w.clock.Advance(25 * time.Hour)
		b = webtest.New(t)
		later(b)
		back = recoverLink.FindString(w.last(nora))
		ordinary := webtest.New(t)
		p := w.coded(ordinary, w.recovers(ordinary, nora), noraPhone)
		webtest.New(t).Get(back).Expect(http.StatusOK)
		p = ordinary.Submit(p.FormWith("answer"), "answer", "orso tino")
		chooses(ordinary, p, fresh).Expect(http.StatusOK, "La nuova password è pronta")
		webtest.New(t).Get(back).Expect(http.StatusGone)

		// Nobody stops it: before the time the link only says when, and works afterwards.
		w.clock.Advance(25 * time.Hour)
		later(webtest.New(t))
		back = recoverLink.FindString(w.last(nora))
		other = webtest.New(t)
		other.Submit(other.Get(back).Expect(http.StatusOK, "per ritirare la tua richiesta").FormWith("token")).Expect(http.StatusOK, "Puoi ritirare la richiesta dal")
		other.Post(w.base+"/account/recover/withdraw", url.Values{"sure": {"on"}})
		if w.request(nora).State != enrolment.PhoneConfirmed {
			t.Fatal("it is withdrawn before the time")
		}
		w.clock.Advance(72 * time.Hour)
		other = webtest.New(t)
		p = other.Submit(other.Get(back).FormWith("token")).Expect(http.StatusOK, "L’attesa è finita", "resta custodito")
		other.Submit(p.FormWith("sure")).Expect(http.StatusUnprocessableEntity)
		other.Submit(p.FormWith("sure"), "sure", "on").Expect(http.StatusOK, "La richiesta è ritirata")
		w.told(noraPhone, "la tua richiesta SPID è stata ritirata")
		if n := w.count(`SELECT count(*) FROM request WHERE state = 'withdrawn'`); n != 1 || w.enters(nora, fresh) {
			t.Errorf("%d requests are withdrawn", n)
		}
	})
}

// I14: who comes back after the wait with another link goes on.
func TestI14AfterTheWaitAnyLinkLeadsToTheWithdrawal(t *testing.T) {
	w := newWorld(t)
	w.noraConfirms()
	b := webtest.New(t)
	w.recovers(b, nora)
	b.Submit(b.Get(w.base+"/account/recover/lost").FormWith("sure"), "sure", "on", "when", "later").Expect(http.StatusOK, "Il ritiro aspetta fino al")
	w.clock.Advance(73 * time.Hour)
	b = webtest.New(t)
	w.recovers(b, nora)
	p := b.Get(w.base+"/account/recover/lost").Expect(http.StatusOK, "L’attesa è finita")
	p = b.Submit(p.FormWith("sure"), "sure", "on", "when", "later").Expect(http.StatusOK, "Se confermi, la richiesta")
	b.Submit(p.FormWith("sure"), "sure", "on").Expect(http.StatusOK, "La richiesta è ritirata")
}

// E21: the shop follows the recovered password of an applicant.
func TestE31TheShopFollowsARecoveredPasswordOfAnApplicant(t *testing.T) {
	eachShopWorld(t, func(t *testing.T, w *world, m *market) {
		w.noraApplies()
		q := w.request(nora)
		w.took(q, enrolment.SetSecurity, enrolment.Author{Role: enrolment.Applicant, ID: q.Holder}, func(q *enrolment.Request) { q.Data.Customer = "cliente-9" })
		b := webtest.New(t)
		p := w.recovers(b, nora).Expect(http.StatusOK, "Scegli una nuova password")
		m.set(true)
		chooses(b, p, fresh).Expect(http.StatusServiceUnavailable, "Il negozio collegato alla tua identità non risponde")
		if !w.enters(nora, secret) {
			t.Error("the password changed while the shop was silent")
		}
		m.set(false)
		p = w.recovers(b, nora)
		chooses(b, p, fresh).Expect(http.StatusOK, "La nuova password è pronta")
		m.expect(t, "cliente-9 "+fresh)
	})
}

// I12: a holder who is being identified anew and finds the telephone recovers the ordinary way,
// and the request ends with it.
func TestI12WhoFindsTheTelephoneAgainRecoversTheOrdinaryWay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.seedGina()
		anew := webtest.New(t)
		q := w.asksAnew(anew)
		b := webtest.New(t)
		p := w.recovers(b, gina).Expect(http.StatusOK, "Hai già una richiesta", "Hai ritrovato il cellulare")
		p = b.Get(w.base+webtest.Attr(p.Find("a[href='/account/recover/code']"), "href")).Expect(http.StatusOK, "Conferma con il cellulare")
		p = w.coded(b, p, ginaPhone)
		p = b.Submit(p.FormWith("answer"), "answer", "nessuno lo sa")
		chooses(b, p, fresh).Expect(http.StatusOK, "La nuova password è pronta")
		after, err := w.store.Request(t.Context(), q.ID)
		if err != nil || after.State != enrolment.Withdrawn {
			t.Errorf("the request is %s, %v", after.State, err)
		}
		anew.Get(w.base+"/enrol/request").Expect(http.StatusOK, "Accedi")
		w.told(gina, "la richiesta "+string(q.Number)+" di farti riconoscere di nuovo non serve più")
		w.told(ginaPhone, "la richiesta di un nuovo riconoscimento")
		w.told(ginaNew, "la richiesta di un nuovo riconoscimento")
		if who := w.holder(gina); who.Holder.MobilePhone != ginaPhone {
			t.Error("the telephone is another")
		}
		if n := w.count(`SELECT count(*) FROM audit WHERE action = 'enrolment.step' AND subject = $1`, q.Holder); n == 0 {
			t.Error("no line says that the request ended")
		}
	})
}

// calls changes the telephone of an identity as the desk does, whoever has the recovery open.
func (w *world) calls(userID, phone string) {
	w.t.Helper()
	who := w.holder(userID)
	after, e, err := who.Do(identity.Change{
		Act: identity.Amend, By: identity.By{Role: identity.AsDesk, ID: "remo"}, At: w.clock.Now(), Reason: "per prova", Evidence: []string{"carta"}, Fields: []string{"phone"},
		Edit: func(i *identity.Identity) { i.Holder.MobilePhone, i.Factors.SMS = phone, true },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.store.SaveLife(w.t.Context(), life.Step{
		After: after, Event: e, Audit: audit.Event{At: e.At, Role: "idp"}, Former: []life.Former{{Field: "phone", Value: who.Holder.MobilePhone, At: e.At}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// A27: a contact that changes while a recovery is under way ends it, and the next one waits.
func TestA27AContactThatChangesMeanwhileEndsARecovery(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		b := webtest.New(t)
		p := w.coded(b, w.recovers(b, bruno), brunoPhone)
		p = b.Submit(p.FormWith("answer"), "answer", "ninna nanna").Expect(http.StatusOK, "Scegli una nuova password")
		w.calls(bruno, otherPhone)
		chooses(b, p, fresh).Expect(http.StatusConflict, "Qualcosa è cambiato")
		if n := w.count(`SELECT count(*) FROM audit WHERE action = 'credential.recovery_step' AND subject = $1 AND detail LIKE '%moved%'`, w.id(bruno)); n != 1 {
			t.Errorf("%d lines about the end", n)
		}
		if !w.enters(bruno, secret) {
			t.Error("the password is another")
		}
		w.recovers(webtest.New(t), bruno).Expect(http.StatusOK, "Il recupero aspetta")
	})
}

// A27: a first number is a change as well, for who has an app of codes and no number yet.
func TestA27ARecoveryAfterAFirstNumberWaits(t *testing.T) {
	w := newWorld(t)
	holder := w.holder(carla).Holder
	holder.GivenName, holder.Email = "Olivia", olivia
	if err := w.idp.Seed(t.Context(), identity.Seed{Holder: holder, Password: secret, TOTPKey: totpKey}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(73 * time.Hour) // a new identity keeps its contacts
	v := &visit{world: w, browser: w.ownPages(olivia)}
	w.clock.Advance(time.Minute) // a code of the app is taken once
	v.page = v.browser.Get(w.base + "/account/data/phone")
	p := v.password(olivia, secret).code(w.totp()).page
	p = v.browser.Submit(p.FormWith("value"), "value", otherPhone).Expect(http.StatusOK)
	v.browser.Submit(p.FormWith("code"), "code", w.code(otherPhone)).Expect(http.StatusOK, "il dato è cambiato")
	w.recovers(webtest.New(t), olivia).Expect(http.StatusOK, "Il recupero aspetta")
}

// A05, I14: a request that ends from an open session ends seen.
func TestAWithdrawalFromAnOpenSessionIsToldByMailAndTelephone(t *testing.T) {
	w := newWorld(t)
	b := w.noraConfirms()
	b.Submit(b.Get(w.base+"/enrol/withdraw").FormWith("sure"), "sure", "on").Expect(http.StatusOK, "Hai ritirato la richiesta")
	w.told(nora, "è stata ritirata dalla sua pagina")
	w.told(noraPhone, "la tua richiesta SPID è stata ritirata")
}

// A27: a link that is pressed before its time is not used up.
func TestALinkThatIsPressedTooEarlyWorksInItsTime(t *testing.T) {
	w := newWorld(t)
	w.moves(bruno, otherPhone)
	w.recovers(webtest.New(t), bruno).Expect(http.StatusOK, "Il recupero aspetta")
	back := recoverLink.FindString(w.last(bruno))
	early := webtest.New(t)
	early.Submit(early.Get(back).FormWith("token")).Expect(http.StatusOK, "Il recupero aspetta")
	w.clock.Advance(72 * time.Hour)
	b := webtest.New(t)
	b.Submit(b.Get(back).FormWith("token")).Expect(http.StatusOK, "Conferma con il cellulare")
}
