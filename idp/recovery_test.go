package idp_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/idp/identity"
	"atrio/web/webtest"
)

var recoverLink = regexp.MustCompile(`http://\S*/account/recover/link\?token=\S+`)

// asksBack asks for a new password, without scripts.
func (w *world) asksBack(b *webtest.Client, userID string) *webtest.Page {
	w.t.Helper()
	return b.Submit(b.Get(w.base+"/account/recover").Expect(http.StatusOK, "Hai dimenticato la password?").FormWith("username"), "username", userID)
}

// last is the last message to somebody.
func (w *world) last(to string) string {
	w.t.Helper()
	texts := w.mails(to)
	if len(texts) == 0 {
		w.t.Fatal("no message to ", to)
	}
	return texts[len(texts)-1]
}

// recovers asks for a new password and presses the link.
func (w *world) recovers(b *webtest.Client, userID string) *webtest.Page {
	w.t.Helper()
	w.asksBack(b, userID).Expect(http.StatusOK, "Controlla la tua email")
	return b.Submit(b.Get(recoverLink.FindString(w.last(userID))).Expect(http.StatusOK, "Recupera la tua password").FormWith("token"))
}

// coded goes on with the code by SMS.
func (w *world) coded(b *webtest.Client, p *webtest.Page, phone string) *webtest.Page {
	w.t.Helper()
	p = b.Submit(formAt(p, "/account/recover/code/send")).Expect(http.StatusOK, "Abbiamo mandato un codice")
	return b.Submit(p.FormWith("code"), "code", w.code(phone))
}

func chooses(b *webtest.Client, p *webtest.Page, chosen string) *webtest.Page {
	return b.Submit(p.FormWith("password_again"), "password", chosen, "password_again", chosen)
}

// E31: link, code and answer, and only then a new password; everything that was open ends and
// every channel is told.
func TestE31AForgottenPasswordNeedsLinkCodeAndAnswer(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		app := w.bound(bruno, brunoPhone)
		app.enter()
		open, id := w.ownPages(bruno), w.id(bruno)
		waiting := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		waiting.page.Expect(http.StatusOK, "Conferma con l’app")

		b := webtest.New(t)
		p := w.level(b, spid.L1).page.Expect(http.StatusOK, "Hai dimenticato la password?")
		if !leads(p, "/account/recover") {
			t.Error("the login page leads nowhere")
		}
		w.asksBack(b, bruno)
		link := recoverLink.FindString(w.last(bruno))
		// A04: whoever only opens the link changes nothing, and another browser may still press it.
		webtest.New(t).Get(link).Expect(http.StatusOK, "Recupera la tua password")
		if n := w.count(`SELECT count(*) FROM recovery`); n != 0 {
			t.Fatalf("%d recoveries of a link that was only opened", n)
		}
		p = b.Submit(b.Get(link).FormWith("token")).Expect(http.StatusOK, "Conferma con il cellulare")
		webtest.New(t).Get(link).Expect(http.StatusGone, "Il link non vale più")
		// No page before its turn.
		for _, path := range []string{"/answer", "/password", "/wait"} {
			b.Get(w.base+"/account/recover"+path).Expect(http.StatusOK, "Conferma con il cellulare")
		}
		b.Post(w.base+"/account/recover/password", url.Values{"password": {fresh}, "password_again": {fresh}}).Expect(http.StatusOK, "Conferma con il cellulare")
		p = w.coded(b, p, brunoPhone).Expect(http.StatusOK, "Qual è la canzone che ti cantavano per dormire?")
		b.Post(w.base+"/account/recover/password", url.Values{"password": {fresh}, "password_again": {fresh}}).Expect(http.StatusOK, "Qual è la canzone")
		p = b.Submit(p.FormWith("answer"), "answer", "un’altra").Expect(http.StatusUnprocessableEntity, "La risposta non è giusta. Ti restano 4 tentativi")
		p = b.Submit(p.FormWith("answer"), "answer", " ninna nanna ").Expect(http.StatusOK, "Scegli una nuova password")
		// The rules of every change. // E11, E13
		p = chooses(b, p, "corta").Expect(http.StatusUnprocessableEntity, "da 8 a 128 caratteri")
		p = chooses(b, p, secret).Expect(http.StatusUnprocessableEntity, "Hai già usato questa password")
		if n := w.sessionsOf(bruno); n == 0 {
			t.Error("sessions end before there is a new password")
		}
		again := webtest.New(t) // the same browser, whose button was pressed twice
		here, _ := url.Parse(w.base)
		again.HTTP.Jar.SetCookies(here, b.HTTP.Jar.Cookies(here))
		chooses(b, p, fresh).Expect(http.StatusOK, "La nuova password è pronta")
		chooses(again, p, fresh).Expect(http.StatusOK, "La nuova password è pronta")

		if n := w.sessionsOf(bruno); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		open.Get(w.base+"/account").Expect(http.StatusOK, "User ID")
		if asked := app.call("/app/pending", nil); len(asked.Prompts) != 0 {
			t.Errorf("the app is still asked: %+v", asked)
		}
		if s := app.enter(); len(s.Devices) != 1 || !strings.Contains(s.Notice, "La password della tua identità è stata recuperata il") {
			t.Errorf("the app says %+v", s)
		}
		w.told(bruno, "la password della tua identità SPID è stata recuperata")
		w.told(brunoPhone, "password SPID recuperata e cambiata")
		for action, n := range map[string]int{"credential.recovery_asked": 1, "credential.recovery_step": 3, "credential.password_changed": 1, "spid_identity.changed": 1} {
			if got := w.count(`SELECT count(*) FROM audit WHERE action = $1 AND subject = $2`, action, id); got != n {
				t.Errorf("%d lines %s, want %d", got, action, n)
			}
		}
		w.level(webtest.New(t), spid.L1).password(bruno, secret).page.Expect(http.StatusUnprocessableEntity, "non corretti")
		w.level(webtest.New(t), spid.L1).password(bruno, fresh).page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		w.accedi(webtest.New(t), bruno, fresh).Expect(http.StatusOK, "password recuperata")
		// It is over.
		b.Get(w.base+"/account/recover/password").Expect(http.StatusGone, "Il recupero è finito")
		b.Get(link).Expect(http.StatusGone)
	})
}

func leads(p *webtest.Page, href string) bool {
	for _, a := range p.FindAll("a") {
		if webtest.Attr(a, "href") == href {
			return true
		}
	}
	return false
}

// E24: a code for something else does not recover, nor the other way round.
func TestE24ACodeOfAnotherPurposeRecoversNothing(t *testing.T) {
	w := newWorld(t)
	b := webtest.New(t)
	p := w.recovers(b, bruno)
	p = b.Submit(formAt(p, "/account/recover/code/send"))
	recovering := w.code(brunoPhone)
	w.clock.Advance(2 * time.Minute)
	other := webtest.New(t)
	stopping := other.Submit(other.Get(w.base+"/account/suspend").FormWith("username"), "username", bruno, "way", "sms")
	if stop := w.code(brunoPhone); stop != recovering {
		b.Submit(p.FormWith("code"), "code", stop).Expect(http.StatusUnprocessableEntity, "Il codice non è giusto")
		other.Submit(stopping.FormWith("code"), "code", recovering).Expect(http.StatusUnprocessableEntity)
	}
	b.Submit(p.FormWith("code"), "code", recovering).Expect(http.StatusOK, "Rispondi alla tua domanda")
}

// A02: the page is the same for everybody; the mail says the truth.
func TestA02WhoAsksForANewPasswordLearnsNothing(t *testing.T) {
	w := newWorld(t)
	w.noraConfirms()
	w.applied(webtest.New(t), "mai.confermato@example.org")
	links := map[string]bool{bruno: true, nora: true}
	var first string
	var commits uint64
	for who, says := range map[string]string{
		bruno: "apri questo link", dario: "L’identità è sospesa", elena: "Quell’identità è revocata", stranger: "non c’è un’identità SPID",
		nora: "per la tua richiesta di identità", "mai.confermato@example.org": "conferma prima l’indirizzo",
	} {
		mails, before := len(w.mails(who)), w.db.Commits()
		p := w.asksBack(webtest.New(t), who).Expect(http.StatusOK, "Controlla la tua email")
		body := strings.ReplaceAll(p.Body, who, "…")
		if first == "" {
			first = body
		}
		if body != first {
			t.Errorf("the page for %s differs", who)
		}
		if n := w.db.Commits() - before; commits == 0 {
			commits = n
		} else if n != commits {
			t.Errorf("%d commits for %s, %d for others", n, who, commits)
		}
		if n := len(w.mails(who)) - mails; n != 1 {
			t.Errorf("%d mails to %s", n, who)
		}
		if got := w.last(who); !strings.Contains(got, says) || links[who] != (recoverLink.FindString(got) != "") {
			t.Errorf("%s is told %s", who, got)
		}
	}
	for range 4 {
		w.asksBack(webtest.New(t), stranger).Expect(http.StatusOK)
	}
	w.asksBack(webtest.New(t), stranger).Expect(http.StatusTooManyRequests, "Troppe richieste")
}

// A27: five wrong answers end a recovery, and the holder is told.
func TestA27WrongAnswersEndARecovery(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		b := webtest.New(t)
		p := w.coded(b, w.recovers(b, bruno), brunoPhone)
		for range 4 {
			p = b.Submit(p.FormWith("answer"), "answer", "sbagliata").Expect(http.StatusUnprocessableEntity, "La risposta non è giusta")
		}
		b.Submit(p.FormWith("answer"), "answer", "sbagliata").Expect(http.StatusOK, "facendoti riconoscere di nuovo")
		b.Post(w.base+"/account/recover/answer", url.Values{"answer": {"ninna nanna"}}).Expect(http.StatusGone, "Il recupero è finito")
		w.told(bruno, "troppe risposte sbagliate")
		w.told(brunoPhone, "troppe risposte sbagliate")
		if state, _ := w.state(w.id(bruno)); state != identity.Active {
			t.Errorf("the identity is %s", state)
		}
	})
}

// moves gives an identity another telephone, as the holder's own page does.
func (w *world) moves(userID, phone string) {
	w.t.Helper()
	w.clock.Advance(73 * time.Hour) // a new identity keeps its contacts
	b := w.ownPages(userID)
	p := w.opens(b, "/account/data/phone", userID)
	p = b.Submit(p.FormWith("value"), "value", phone).Expect(http.StatusOK)
	b.Submit(p.FormWith("code"), "code", w.code(phone)).Expect(http.StatusOK, "il dato è cambiato")
}

var stopLink = regexp.MustCompile(`http://\S*/account/recover/stop\?token=\S+`)

// A27: after a change of the telephone a recovery waits for 72 hours, the contacts of before
// are told, and factors that were bound before are bound again.
func TestA27ARecoveryAfterAChangeOfTheTelephoneWaits(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		app := w.bound(bruno, brunoPhone)
		app.enter()
		w.moves(bruno, otherPhone)
		b := webtest.New(t)
		w.recovers(b, bruno).Expect(http.StatusOK, "Il recupero aspetta", "72 ore")
		for _, path := range []string{"", "/code", "/answer", "/password"} {
			if path != "" {
				b.Get(w.base+"/account/recover"+path).Expect(http.StatusOK, "Il recupero aspetta")
			}
		}
		w.told(bruno, "il recupero aspetta fino al")
		w.told(otherPhone, "Aspetta fino al")
		w.told(brunoPhone, "l’identità SPID che aveva questo numero")
		back := recoverLink.FindString(w.last(bruno))
		w.clock.Advance(72 * time.Hour)
		other := webtest.New(t) // another browser, days later
		p := other.Submit(other.Get(back).FormWith("token")).Expect(http.StatusOK, "Conferma con il cellulare")
		webtest.New(t).Get(back).Expect(http.StatusGone)
		p = w.coded(other, p, otherPhone)
		p = other.Submit(p.FormWith("answer"), "answer", "ninna nanna")
		chooses(other, p, fresh).Expect(http.StatusOK, "La nuova password è pronta")
		if s := app.enter(); len(s.Devices) != 0 {
			t.Errorf("an app that was bound before the change stands: %+v", s)
		}
	})
}

// A27: the link of the notice calls it off, suspends where wanted, and any login calls it off.
func TestA27AWaitingRecoveryIsCalledOff(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.moves(bruno, otherPhone)
		id, b := w.id(bruno), webtest.New(t)
		w.recovers(b, bruno).Expect(http.StatusOK, "Il recupero aspetta")
		stop := stopLink.FindString(w.last(brunoPhone))
		p := webtest.New(t).Get(stop).Expect(http.StatusOK, "Ferma il recupero della password")
		b.Get(w.base+"/account/recover/wait").Expect(http.StatusOK, "Il recupero aspetta") // a link that is only opened stops nothing
		webtest.New(t).Submit(formAt(p, "/account/recover/stop"), "what", "stop").Expect(http.StatusOK, "Recupero fermato")
		b.Get(w.base + "/account/recover/wait").Expect(http.StatusGone)
		webtest.New(t).Get(stop).Expect(http.StatusGone, "Non c’è nessun recupero da fermare")
		w.told(bruno, "è stato fermato con il link di un avviso")

		// A login with the password calls off; entering by a session that was open does not.
		browser := webtest.New(t)
		w.level(browser, spid.L1).password(bruno, secret).press("consent", "yes").login()
		w.recovers(b, bruno).Expect(http.StatusOK, "Il recupero aspetta")
		w.level(browser, spid.L1).press("consent", "yes").login()
		b.Get(w.base+"/account/recover/wait").Expect(http.StatusOK, "Il recupero aspetta")
		w.level(webtest.New(t), spid.L1).password(bruno, secret).press("consent", "yes").login()
		b.Get(w.base + "/account/recover/wait").Expect(http.StatusGone)

		w.recovers(b, bruno).Expect(http.StatusOK, "Il recupero aspetta")
		w.ownPages(bruno)
		b.Get(w.base + "/account/recover/wait").Expect(http.StatusGone)
		w.told(bruno, "il recupero che era in corso è annullato")

		w.recovers(b, bruno).Expect(http.StatusOK, "Il recupero aspetta")
		p = webtest.New(t).Get(stopLink.FindString(w.last(brunoPhone)))
		webtest.New(t).Submit(formAt(p, "/account/recover/stop"), "what", "suspend").Expect(http.StatusOK)
		if state, cause := w.state(id); state != identity.Suspended || cause != identity.Security {
			t.Errorf("%s, %s", state, cause)
		}
		b.Get(w.base + "/account/recover/wait").Expect(http.StatusGone)
		w.asksBack(webtest.New(t), bruno)
		w.told(bruno, "L’identità è sospesa")
	})
}

// E21: the shop follows a recovered password; while it is silent nothing changes.
func TestE31TheShopFollowsARecoveredPassword(t *testing.T) {
	eachShopWorld(t, func(t *testing.T, w *world, m *market) {
		b := webtest.New(t)
		p := w.coded(b, w.recovers(b, ada), adaPhone)
		p = b.Submit(p.FormWith("answer"), "answer", "orso ugo")
		m.set(true)
		p = chooses(b, p, fresh).Expect(http.StatusServiceUnavailable, "Il negozio collegato alla tua identità non risponde")
		m.set(false)
		chooses(b, p, fresh).Expect(http.StatusOK, "La nuova password è pronta")
		m.expect(t, "cliente-1 "+fresh)
	})
}
