package apply_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/authn/secondfactor"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/identity"
)

const dialled = "+393331234567"

// E23, E24, E25, E27
func TestQuestionNumberAndCodeLeadToThePersonalData(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person()
		p.phoned(ada)
		sms := w.read(dialled)
		if len(sms) != 1 || !strings.Contains(sms[0].Text, "Non comunicarlo a nessuno") || sms[0].Expires != w.clock.Now().Add(5*time.Minute) {
			t.Fatalf("%+v", sms)
		}
		p.send("code", "code", w.code(dialled)).Expect(http.StatusOK, "Il tuo numero è confermato", "inserendo i tuoi dati personali")
		if p.page.Link("Inserisci i dati personali") != w.base+"/enrol/person" {
			t.Error("no way on to the personal data")
		}
		r := w.request(ada)
		if r.State != enrolment.PhoneConfirmed || r.Data.Phone != dialled || r.Data.PhoneAt != w.clock.Now() || r.Data.Question != "toy" {
			t.Errorf("%+v", r)
		}
		for typed, want := range map[string]bool{"orso bruno": true, "ORSO  BRUNO ": true, "\uff2frso bruno": true, "orsobruno": false, "": false} {
			if ok, _, err := w.hasher.Verify(t.Context(), r.Data.Answer, identity.Answer(typed)); ok != want || err != nil {
				t.Errorf("%q: %v %v", typed, ok, err)
			}
		}
		if strings.Contains(r.Data.Answer, "orso") || w.count(`SELECT count(*) FROM request WHERE sealed LIKE '%orso%' OR sealed LIKE '%argon2%'`) != 0 {
			t.Error("the answer can be read")
		}
	})
}

// E23, E24, A03
func TestWhatIsWrongWithQuestionAnswerOrNumberIsSaid(t *testing.T) {
	w := newWorld(t)
	p := w.person()
	p.confirmed(ada)
	for want, change := range map[string][]string{
		"Scegli una domanda dall’elenco":  {"question", "mother"},
		"Scrivi almeno 3 caratteri":       {"answer", " a "},
		"Non usare il tuo indirizzo":      {"answer", ada},
		"deve essere di un cellulare":     {"phone", "3331"},
		"Non mandiamo codici a numeri":    {"phone", "+44 7700 900123"},
		"numeri con questo prefisso":      {"phone", "02 1234567"},
		"Usa al massimo 100 caratteri":    {"answer", strings.Repeat("a", 101)},
		"Compila questo campo":            {"phone", " "},
		"Togli i caratteri non ammessi":   {"answer", "orso\u0001"},
		"il numero: deve essere di un ce": {"phone", strings.Repeat("3", 5000)},
	} {
		p.send("answer", append([]string{"question", "toy", "answer", "Orso", "phone", phone}, change...)...)
		p.page.Expect(http.StatusUnprocessableEntity, want)
	}
	if n := len(w.read(dialled)) + w.count(`SELECT count(*) FROM enrolment_code`); n != 0 {
		t.Errorf("%d codes", n)
	}
}

// E25, A01
func TestASixthWrongTryKillsTheCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person()
		p.phoned(ada)
		right := w.code(dialled)
		wrong := "000000"
		if right == wrong {
			wrong = "000001"
		}
		p.send("code", "code", "12").Expect(http.StatusUnprocessableEntity, "Inserisci 6 cifre") // no try
		for n := range 4 {
			p.send("code", "code", wrong).Expect(http.StatusUnprocessableEntity, "Il codice non è corretto", []string{"4", "3", "2", "1"}[n])
		}
		p.send("code", "code", wrong).Expect(http.StatusUnprocessableEntity, "non vale più")
		p.send("code", "code", right).Expect(http.StatusUnprocessableEntity, "non vale più")
		if r := w.request(ada); r.State != enrolment.PhonePending || !w.audit.has("wrong_code") || !w.audit.has("stale_code") {
			t.Errorf("%s", r.State)
		}
	})
}

// E25
func TestACodeEndsAfterFiveMinutes(t *testing.T) {
	w := newWorld(t)
	p := w.person()
	p.phoned(ada)
	code := w.code(dialled)
	w.clock.Advance(5 * time.Minute)
	p.send("code", "code", code).Expect(http.StatusUnprocessableEntity, "non vale più")
}

// E26
func TestAnotherCodeAfterAMinuteFiveADayAndTheOldOneIsDead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person()
		p.phoned(ada).Expect(http.StatusOK, "Non hai ricevuto l’SMS?")
		old := w.code(dialled)
		again := func() { p.page = p.browser.Submit(p.page.Form("form[action=/enrol/phone/again]")) }
		again()
		p.page.Expect(http.StatusTooManyRequests, "Aspetta un minuto")
		for range 4 {
			w.clock.Advance(time.Minute)
			again()
			p.page.Expect(http.StatusOK, "Abbiamo mandato un altro codice")
		}
		code := w.code(dialled)
		w.clock.Advance(time.Minute)
		again()
		p.page.Expect(http.StatusTooManyRequests, "Hai chiesto troppi codici")
		if got := w.read(dialled); len(got) != 5 {
			t.Errorf("%d codes a day", len(got))
		}
		if old != code {
			p.send("code", "code", old).Expect(http.StatusUnprocessableEntity, "non è corretto")
		}
		p.send("code", "code", code).Expect(http.StatusOK, "Il tuo numero è confermato")
	})
}

// E24: a code is for one number, one request and one purpose.
func TestACodeFitsNeitherAnotherNumberNorAnotherPurpose(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person()
		p.phoned(ada)
		code := w.code(dialled)
		r := w.request(ada)
		v, err := w.store.TryRequestCode(t.Context(), apply.CodeTry{Request: r.ID, Purpose: "recovery", Digest: []byte("x"), At: w.clock.Now(), Tries: 5}, enrolment.Step{})
		if err != nil || v.Outcome != secondfactor.Stale {
			t.Errorf("a code of the registration is tried for something else: %+v %v", v, err)
		}
		// Within the pause the number changes, and no code goes out.
		p.get("/enrol/security").Expect(http.StatusOK, "lascia vuoto per tenerla")
		p.send("answer", "phone", "333 765 4321").Expect(http.StatusTooManyRequests, "Aspetta un minuto", "321")
		p.send("code", "code", code).Expect(http.StatusUnprocessableEntity, "non è corretto")
		w.clock.Advance(time.Minute)
		p.page = p.browser.Submit(p.page.Form("form[action=/enrol/phone/again]"))
		p.send("code", "code", w.code("+393337654321")).Expect(http.StatusOK, "Il tuo numero è confermato")
		if after := w.request(ada); after.Data.Phone != "+393337654321" || after.Data.Answer != r.Data.Answer {
			t.Errorf("%+v", after.Data)
		}
	})
}

// A01
func TestOfFiftyRightCodesAtOnceOneIsTaken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person()
		p.phoned(ada)
		code := w.code(dialled)
		r := w.request(ada)
		var all sync.WaitGroup
		var failed atomic.Int32
		for range 50 {
			all.Go(func() {
				page, err := p.browser.Do(http.MethodPost, w.base+"/enrol/phone", url.Values{"code": {code}}, nil)
				if err != nil || page.Status >= 500 {
					failed.Add(1)
				}
			})
		}
		all.Wait()
		after := w.request(ada)
		if after.State != enrolment.PhoneConfirmed || after.Version != r.Version+1 || failed.Load() != 0 {
			t.Errorf("%s, version %d after %d, %d failed", after.State, after.Version, r.Version, failed.Load())
		}
		if n := w.count(`SELECT count(*) FROM request_event WHERE act = 'confirm_phone'`); n != 1 {
			t.Errorf("the number was confirmed %d times", n)
		}
	})
}

// A03: caps hold over requests.
func TestANumberGetsTenCodesADayWhoeverAsks(t *testing.T) {
	w := newWorld(t)
	w.handler.Limits.Number.Burst = 2
	for n, email := range []string{"uno@example.org", "due@example.org", "tre@example.org"} {
		p := w.person()
		p.confirmed(email)
		p.send("answer", "question", "toy", "answer", "Orso", "phone", phone)
		if n < 2 {
			p.page.Expect(http.StatusOK, "Codice di verifica")
			continue
		}
		p.page.Expect(http.StatusTooManyRequests, "Hai chiesto troppi codici", "Chiedi il codice")
	}
	if apply.DefaultLimits().Number.Burst != 10 {
		t.Error("not ten a day")
	}
}

// A03: codes are money. They go to the beginnings of numbers that are allowed, and there is a
// budget for each network, for numbers that begin alike, and for all together.
func TestA03EveryBudgetOfCodesHolds(t *testing.T) {
	for name, c := range map[string]struct {
		narrow func(*apply.Limits)
		second string // a number of another person
		sent   bool
	}{
		"network":        {func(l *apply.Limits) { l.Network.Burst = 1 }, "340 765 4321", false},
		"beginning":      {func(l *apply.Limits) { l.Prefix.Burst = 1 }, "333 1239999", false},
		"other begin":    {func(l *apply.Limits) { l.Prefix.Burst = 1 }, "340 765 4321", true},
		"all together":   {func(l *apply.Limits) { l.All.Burst = 1 }, "340 765 4321", false},
		"nothing narrow": {func(*apply.Limits) {}, "340 765 4321", true},
		"not allowed":    {func(*apply.Limits) {}, "+44 7700 900123", false},
	} {
		w := newWorld(t)
		c.narrow(&w.handler.Limits)
		for n, typed := range []string{phone, c.second} {
			p := w.person()
			p.confirmed([]string{"uno@example.org", "due@example.org"}[n])
			p.send("answer", "question", "toy", "answer", "Orso", "phone", typed)
			want := 1
			if n == 1 && c.sent {
				want = 2
			}
			if got := w.count(`SELECT count(*) FROM outbox WHERE channel = 'sms'`); got != want {
				t.Errorf("%s: %d codes after %d people, want %d", name, got, n+1, want)
			}
			if (p.page.Status == http.StatusOK) != (n == 0 || c.sent) || p.page.Status >= 500 {
				t.Errorf("%s: %d", name, p.page.Status)
			}
		}
	}
	l := apply.DefaultLimits()
	if l.Network.Burst != 30 || l.Prefix.Burst != 300 || l.All.Burst != 600 {
		t.Errorf("%+v", l)
	}
}

// A06
func TestStepsAreNotSkipped(t *testing.T) {
	w := newWorld(t)
	p := w.person()
	p.confirmed(ada)
	for _, path := range []string{"/enrol/phone", "/enrol/phone/confirmed"} {
		p.get(path).Expect(http.StatusOK, "Informazioni di sicurezza")
	}
	p.page = p.browser.Post(w.base+"/enrol/phone", url.Values{"code": {"123456"}})
	p.page.Expect(http.StatusOK, "Informazioni di sicurezza")
	for _, path := range []string{"/enrol/security", "/enrol/phone", "/enrol/phone/confirmed"} {
		w.person().get(path).Expect(http.StatusOK, "Login")
	}
}
