package apply_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
)

// E10, E14, E16, E17, E22, A04
func TestANewCustomerConfirmsTheMailboxAndSignsIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person()
		p.toAccount().Expect(http.StatusOK, "La password vale 180 giorni")
		for _, box := range p.page.FindAll("input[type=checkbox]") {
			for _, a := range box.Attr {
				if a.Key == "checked" {
					t.Errorf("%v is ticked already", box.Attr)
				}
			}
		}
		p.account("Ada.Prova@Example.org", "marketing_group", "on").Expect(http.StatusOK, "Il tuo account è stato creato", "Ada.Prova@Example.org")
		mails := w.read("Ada.Prova@Example.org")
		if len(mails) != 1 || !strings.Contains(mails[0].HTML, ">Continua</a>") || mails[0].Lang != "it" {
			t.Fatalf("%+v", mails)
		}
		link := w.link("Ada.Prova@Example.org")
		for range 3 { // programs that look into mail
			w.person().get(link).Expect(http.StatusOK, "Conferma il tuo indirizzo")
		}
		if n := w.count(`SELECT count(*) FROM request WHERE state = 'email_pending'`) - w.count(`SELECT count(*) FROM applicant`); n != 1 {
			t.Error("opening the link confirmed it")
		}
		p.get(link)
		p.send("token").Expect(http.StatusOK, "Il tuo indirizzo è confermato", "Accedi")
		p.get("/enrol/security").Expect(http.StatusOK, "Login") // no session was opened
		if n := w.count(`SELECT count(*) FROM session`); n != 0 {
			t.Errorf("the link opened %d sessions", n)
		}
		p.get(link).Expect(http.StatusOK, "già confermato")
		p.login("ADA.prova@example.org", secret).Expect(http.StatusOK, "Informazioni di sicurezza")
		r := w.request(ada)
		given := map[string]bool{}
		for _, c := range r.Data.Consents {
			given[c.Key] = c.Given
			if !strings.HasPrefix(c.Version, "it-") || c.At != w.clock.Now() {
				t.Errorf("consent %+v", c)
			}
		}
		if len(given) != 4 || !given["privacy"] || given["marketing_own"] || !given["marketing_group"] || given["marketing_third"] || r.State != enrolment.MailConfirmed {
			t.Errorf("%s with %v", r.State, given)
		}
	})
}

// E10, E11, E14, A38
func TestWhatIsWrongIsSaidBesideItsFieldAndNothingTypedIsLost(t *testing.T) {
	p := newWorld(t).person()
	p.toAccount()
	for want, change := range map[string][]string{
		"accetta le clausole":            {"privacy", ""},
		"I due indirizzi sono diversi":   {"email_again", "ada.altra@example.org"},
		"indirizzo e-mail completo":      {"email", "ada"},
		"Usa solo lettere senza accenti": {"email", "\u0430da.prova@example.org"}, // a Cyrillic letter
		"da 8 a 128 caratteri":           {"password", "Aa1!bcd"},
		"lettere maiuscole e minuscole":  {"password", "zaino-7-verde"},
		"almeno un numero":               {"password", "Zaino-sette-verde"},
		"almeno un carattere speciale":   {"password", "Zaino7verde"},
		"più di 2 volte":                 {"password", "Zaaaino-7-verde"},
		"contiene quasi solo dati":       {"password", "Ada.Prova1!"},
		"parole che chiunque prova":      {"password", "Password1!"},
		"Le due password sono diverse":   {"password_again", "Zaino-8-verde"},
		"Togli i caratteri non ammessi":  {"email", "ada\u0007@example.org"},
		"al massimo 254 caratteri":       {"email", strings.Repeat("a", 260) + "@example.org"},
		"al massimo 256 caratteri":       {"password", strings.Repeat("Aa1!", 80)},
		"Scegli una delle opzioni":       {"marketing_own", "forse"},
		"Compila questo campo":           {"password", ""},
		"completo, per esempio nome@":    {"email", "<script>@example.org"},
	} {
		page := p.account(ada, change...)
		page.Expect(http.StatusUnprocessableEntity, want)
		f := page.FormWith("email_again")
		if f.Values.Get("password") != "" || f.Values.Get("email") == "" || len(page.FindAll(".atrio-errors a")) == 0 {
			t.Errorf("%s: the form came back as %v", want, f.Values)
		}
	}
	if n := p.count(`SELECT count(*) FROM request`) + p.count(`SELECT count(*) FROM rate`); n != 0 {
		t.Errorf("%d rows of forms that were wrong", n)
	}
	p.account(ada).Expect(http.StatusOK, "Il tuo account è stato creato")
}

// E15
func TestAFormWithoutOurChallengeOrWithAUsedOneIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person()
		p.toAccount()
		f := p.page.FormWith("email_again")
		token := f.Values.Get("challenge")
		p.account(ada, "challenge", "").Expect(http.StatusBadRequest)
		p.get("/enrol/account")
		p.account(ada, "challenge", "ciao").Expect(http.StatusUnprocessableEntity, "aperta troppo a lungo")
		p.account(ada, "challenge", token, "work", "0").Expect(http.StatusOK, "Il tuo account è stato creato")
		again := w.person()
		again.toAccount()
		again.account("altra@example.org", "challenge", token, "work", "0").Expect(http.StatusBadRequest)
		if !w.audit.has("enrolment_challenge_again") || w.count(`SELECT count(*) FROM request`) != 1 {
			t.Error("a challenge counted twice")
		}
	})
}

// E15: who brings no work is served, a machine that brings none is not.
func TestWithoutScriptsTheLimitIsTighter(t *testing.T) {
	w := newWorld(t)
	limits := apply.DefaultLimits()
	for n := range limits.Idle.Burst {
		p := w.person()
		p.toAccount()
		p.account("p"+strconv.Itoa(n)+"@example.org", "work", "").Expect(http.StatusOK, "Il tuo account è stato creato")
	}
	p := w.person()
	p.toAccount()
	p.account(ada, "work", "").Expect(http.StatusTooManyRequests, "Troppe richieste")
	if v := p.page.FormWith("email_again").Values; v.Get("email") != ada || v.Get("password") != "" {
		t.Errorf("the form came back as %v", v)
	}
	p.account(ada).Expect(http.StatusOK, "Il tuo account è stato creato")
}

var challengeForm = regexp.MustCompile(`name="challenge" value="[^"]*"|data-work="[^"]*"`)

// alike is a page without what differs every time.
func alike(body, email string) string {
	return challengeForm.ReplaceAllString(strings.ReplaceAll(body, email, "@"), "")
}

// A02, E10: an address with an identity, one with a request and a new one.
func TestPagesAndRowsAreTheSameWhateverExists(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person().confirmed(ada)
		var bodies []string
		var rows []int
		for _, email := range []string{ada, "nuova.prova@example.org"} {
			before := w.count(`SELECT count(*) FROM request`) + w.count(`SELECT count(*) FROM outbox`) + w.count(`SELECT count(*) FROM audit`)
			p := w.person()
			p.toAccount()
			p.account(email).Expect(http.StatusOK, "Il tuo account è stato creato")
			bodies = append(bodies, alike(p.page.Body, email))
			after := w.count(`SELECT count(*) FROM request`) + w.count(`SELECT count(*) FROM outbox`) + w.count(`SELECT count(*) FROM audit`)
			rows = append(rows, after-before)
			p.page = p.browser.Submit(p.page.Form("main form"))
			bodies[len(bodies)-1] += alike(p.page.Body, email)
		}
		if bodies[0] != bodies[1] || rows[0] != rows[1] {
			t.Errorf("known and unknown are told apart: %v rows\n%s\n%s", rows, bodies[0], bodies[1])
		}
		known := w.read(ada)
		last := known[len(known)-1]
		if strings.Contains(last.Text, "token=") || !strings.Contains(last.Text, "c’è già un account") || !strings.Contains(last.Text, w.base+"/account/login") {
			t.Errorf("the mail does not say it: %s", last.Text)
		}
		w.link("nuova.prova@example.org")
	})
}

// A04: a stranger typed somebody's address and chose the password.
func TestWhoReadsTheMailDoesNotConfirmWhatAStrangerTyped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		stranger := w.person()
		stranger.toAccount()
		stranger.account(ada)
		link := w.link(ada)
		owner := w.person()
		owner.get(link).Expect(http.StatusOK, "non confermare")
		owner.send("token").Expect(http.StatusUnprocessableEntity)
		for range apply.DefaultLimits().LinkPassword.Burst {
			owner.send("token", "password", "Indovina-1-volta").Expect(http.StatusUnprocessableEntity, "non è quella scelta")
		}
		owner.send("token", "password", secret).Expect(http.StatusTooManyRequests)
		if n := w.count(`SELECT count(*) FROM applicant`); n != 0 || !w.audit.has("wrong_credentials") {
			t.Errorf("%d applicants", n)
		}
		// Another device of the person who chose it.
		w.clock.Advance(12 * time.Hour)
		owner.send("token", "password", secret).Expect(http.StatusOK, "Il tuo indirizzo è confermato")
	})
}

// A02: two accounts wait under one address; whoever confirms first has it.
func TestTheSecondToConfirmIsToldThatTheAddressHasAnAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, second := w.person(), w.person()
		first.toAccount()
		first.account(ada)
		one := w.link(ada)
		second.toAccount()
		second.account(ada)
		two := w.link(ada)
		second.get(two)
		second.send("token").Expect(http.StatusOK, "Il tuo indirizzo è confermato")
		first.get(one)
		first.send("token").Expect(http.StatusOK, "Hai già un account", "Se quell’identità è stata revocata, chiedine una nuova con un altro indirizzo")
	})
}

// E17
func TestALinkEndsAfterADayAndStrangeLinksAreNone(t *testing.T) {
	w := newWorld(t)
	p := w.person()
	p.toAccount()
	p.account(ada)
	link := w.link(ada)
	for _, strange := range []string{"", "?token=", "?token=" + strings.Repeat("A", 43), "?token=" + strings.Repeat("%00", 43), "?token=" + strings.Repeat("x", 5000), link[len("/enrol/confirm"):] + "x"} {
		p.get("/enrol/confirm"+strange).Expect(http.StatusGone, "Questo link non vale più")
	}
	w.clock.Advance(24 * time.Hour)
	p.get(link).Expect(http.StatusGone)
	p.get("/enrol/account/created").Expect(http.StatusOK, "Specifica il tuo ambito") // the cookie ends with it
}

func TestTheMailIsSentAgainWithinLimitsAndWithTheSameLink(t *testing.T) {
	w := newWorld(t)
	p := w.person()
	p.toAccount()
	p.account("ada+a@example.org").Expect(http.StatusOK, "Non hai ricevuto la mail?")
	first := w.link("ada+a@example.org")
	for range apply.DefaultLimits().Mailbox.Burst - 1 {
		p.page = p.browser.Submit(p.page.Form("main form"))
		p.page.Expect(http.StatusOK, "Abbiamo mandato di nuovo la mail")
	}
	if got := w.read("ada+a@example.org"); len(got) != 5 || w.link("ada+a@example.org") != first {
		t.Errorf("%d mails", len(got))
	}
	p.page = p.browser.Submit(p.page.Form("main form"))
	p.page.Expect(http.StatusTooManyRequests, "Hai chiesto la mail troppe volte")
	// What is behind a plus is the same mailbox. A38
	q := w.person()
	q.toAccount()
	q.account("Ada+b@example.org").Expect(http.StatusTooManyRequests)
	p.get(first)
	p.send("token").Expect(http.StatusOK, "Il tuo indirizzo è confermato")
}
