package gateway_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
	"atrio/web/webtest"
)

// prova is an invented person born in Bellagio before it was suppressed.
func prova(more ...string) []string {
	return append([]string{
		"family_name", "Finti", "given_name", "Prova", "sex", "M", "birth_day", "10", "birth_month", "5", "birth_year", "1983", "birth_state", "IT",
		"birth_province", "CO", "birth_town", "bellagio", "citizenship", "IT", "has_fiscal_code", "have", "fiscal_code", "fntprv83e10a744r",
		"email", "prova.finti@posta.example.org",
	}, more...)
}

// atHome is where the person lives.
func atHome() []string {
	return []string{"state", "IT", "province", "RM", "town", "Roma", "street", "Via di Prova 1", "postal", "00100", "phone", "333 123 4567", "language", "it"}
}

// newest is the last message in the outbox for an address.
func (s *stage) newest(to string) (subject, text string) {
	s.t.Helper()
	err := s.db.Read().QueryRowContext(s.t.Context(), `SELECT subject, body FROM outbox WHERE recipient = $1 ORDER BY id DESC LIMIT 1`, to).Scan(&subject, &text)
	if err != nil {
		s.t.Fatal(err)
	}
	return subject, text
}

var (
	sixDigits = regexp.MustCompile(`\b\d{6}\b`)
	aLink     = regexp.MustCompile(`http\S+/register/link\?token=\S+`)
)

// register begins and leaves the person at the first step.
func (s *stage) register(b *webtest.Client, flow string) *webtest.Page {
	s.t.Helper()
	p := b.Get(s.url+"/register?flow="+flow).Expect(http.StatusOK, "Tieni a disposizione", "codice fiscale")
	return b.Submit(p.FormWith("flow")).Expect(http.StatusOK, "Dati Identificativi", "Passo 1 di 4")
}

// toReview takes the person through everything but the password.
func (s *stage) toReview(b *webtest.Client, p *webtest.Page, identity []string) *webtest.Page {
	s.t.Helper()
	p = b.Submit(p.FormWith("family_name"), identity...).Expect(http.StatusOK, "Conferma il tuo indirizzo e-mail")
	_, text := s.newest(identity[slices.Index(identity, "email")+1])
	return s.afterCode(b, b.Submit(p.FormWith("code"), "code", sixDigits.FindString(text)))
}

func (s *stage) afterCode(b *webtest.Client, p *webtest.Page) *webtest.Page {
	s.t.Helper()
	p.Expect(http.StatusOK, "Residenza e contatti", "Passo 2 di 4")
	p = b.Submit(p.FormWith("street"), atHome()...).Expect(http.StatusOK, "Privacy e consensi")
	return b.Submit(p.FormWith("truthful"), "notice", "on", "truthful", "on").Expect(http.StatusOK, "Controlla i dati")
}

func TestAPersonRegistersInFourStepsAndGetsACodicePersona(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		p := s.register(b, "")
		p = b.Submit(p.FormWith("family_name"), prova()...).Expect(http.StatusOK, "Conferma il tuo indirizzo e-mail", "prova.finti@posta.example.org")
		if n := s.count(`SELECT count(*) FROM draft`); n != 0 {
			t.Fatalf("%d drafts are stored before the address is confirmed", n)
		}
		_, text := s.newest("prova.finti@posta.example.org")
		p = s.afterCode(b, b.Submit(p.FormWith("code"), "code", sixDigits.FindString(text)))
		for _, said := range []string{"Finti", "10 maggio 1983", "Bellagio (CO)", "FNTPRV83E10A744R", "Roma (RM)", "333 123 4567", "Non riceverai"} {
			p.Expect(http.StatusOK, said)
		}
		p = b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").
			Expect(http.StatusOK, "Ecco il tuo Codice Persona", "Ci sei quasi!")
		code := p.Text("#codice-persona")
		subject, text := s.newest("prova.finti@posta.example.org")
		if len(code) != 9 || subject != "Il tuo Codice Persona" || !strings.Contains(text, code) {
			t.Fatalf("code %q; mail %q %q", code, subject, text)
		}
		if n := s.count(`SELECT count(*) FROM account a JOIN credential c ON c.account_id = a.id WHERE a.code = $1 AND a.fiscal_code IS NULL AND c.phc LIKE '$argon2id$%'`, code); n != 1 {
			t.Errorf("%d accounts with a password and without a proved codice fiscale", n)
		}
		if n := s.count(`SELECT count(*) FROM attribute WHERE source = 'declared' AND name = 'fiscal_code' AND value = 'FNTPRV83E10A744R'`); n != 1 {
			t.Errorf("the declared codice fiscale is kept %d times", n)
		}
		if n := s.count(`SELECT count(*) FROM attribute WHERE name = 'birth_place' AND value = 'A744'`); n != 1 {
			t.Error("the municipality of 1983 must be the suppressed one")
		}
		for table, want := range map[string]int{"draft": 0, "contact_code": 0, "account_task": 0, "acknowledgement": 2} {
			if n := s.count(`SELECT count(*) FROM ` + table); n != want {
				t.Errorf("%d rows in %s, want %d", n, table, want)
			}
		}
		b.Get(s.url+"/register/done").Expect(http.StatusOK, code)      // a reload shows it again
		b.Get(s.url+"/register/review").Expect(http.StatusOK, "Tieni") // the draft is used up
		if got := p.Link("Accedi"); got != s.url+"/login" {
			t.Errorf("the way on is %s", got)
		}
	})
}

func TestNothingTypedIsLostAndEveryMistakeIsSaidTwice(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := s.register(b, "")
	p = b.Submit(p.FormWith("family_name"), "family_name", "D’Esempio", "given_name", "王", "birth_day", "31/2/1990", "birth_state", "IT", "birth_town", "Roma", "email", "x@ateneo.example.it").
		Expect(http.StatusUnprocessableEntity)
	for _, field := range []string{"latin_given_name", "sex", "birth_day", "citizenship", "has_fiscal_code", "email"} {
		if p.Find(".atrio-errors a[href=#"+field+"]") == nil || p.Find("#"+field+"-error") == nil {
			t.Errorf("the mistake of %s is not in the summary and beside its field", field)
		}
	}
	if p.Find("#latin_family_name") != nil {
		t.Error("a Latin name needs no transliteration")
	}
	again := b.Get(s.url+"/register/identity?lang=en").Expect(http.StatusOK, "Identity data")
	f := again.FormWith("family_name")
	if f.Values.Get("family_name") != "D'Esempio" || f.Values.Get("given_name") != "王" || f.Values.Get("birth_month") != "2" || f.Values.Get("birth_year") != "1990" {
		t.Errorf("lost by a change of language: %v", f.Values)
	}
	if n := s.count(`SELECT count(*) FROM outbox`); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestAMunicipalityIsChosenFromTheListOfItsProvinceAndTime(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := s.register(b, "")
	p = b.Submit(p.FormWith("family_name"), prova("birth_town", "")...).Expect(http.StatusUnprocessableEntity, "Bellagio (soppresso il 03/feb/2014)", "Livo")
	b.Submit(p.FormWith("family_name"), "birth_town_code", "A744").Expect(http.StatusOK, "Conferma il tuo indirizzo e-mail")

	b = s.browser()
	p = s.register(b, "")
	p = b.Submit(p.FormWith("family_name"), prova("birth_town", "Livo", "birth_province", "")...).
		Expect(http.StatusUnprocessableEntity, "più comuni", "Livo (CO)", "Livo (TN)")
	b.Submit(p.FormWith("family_name"), "birth_town_code", "E624").Expect(http.StatusOK, "Conferma il tuo indirizzo e-mail")

	b = s.browser()
	p = s.register(b, "")
	b.Submit(p.FormWith("family_name"), prova("birth_town", "", "birth_province", "", "birth_town_unlisted", "Borgo Inventato")...).
		Expect(http.StatusOK, "Conferma il tuo indirizzo e-mail")
}

func TestACodiceFiscaleThatDoesNotFitNamesTheFieldAndMayBeLeftToACheck(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := s.register(b, "")
	p = b.Submit(p.FormWith("family_name"), prova("fiscal_code", "FNTPRV83E10A744X")...).Expect(http.StatusUnprocessableEntity, "non può esistere")
	if p.FormWith("family_name").Values.Has("accept") || p.Has("Continua e fai controllare") {
		t.Error("what is impossible cannot be left to a check")
	}
	p = b.Submit(p.FormWith("family_name"), prova("sex", "F")...).Expect(http.StatusUnprocessableEntity, "Il sesso non corrisponde al codice fiscale")
	p = b.Submit(p.FormWith("family_name"), "accept", "yes").Expect(http.StatusOK, "Conferma il tuo indirizzo e-mail")
	_, text := s.newest("prova.finti@posta.example.org")
	p = s.afterCode(b, b.Submit(p.FormWith("code"), "code", sixDigits.FindString(text))).Expect(http.StatusOK, "Il codice fiscale sarà controllato")
	b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Expect(http.StatusOK, "Ci sei quasi!")
	if n := s.count(`SELECT count(*) FROM account_task WHERE kind = 'check_fiscal_code' AND detail = 'sex'`); n != 1 {
		t.Errorf("%d tasks for the help desk", n)
	}
}

func TestWhoHasNoCodiceFiscaleGoesOnWithATask(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := s.toReview(b, s.register(b, ""), prova("has_fiscal_code", "asked", "fiscal_code", "", "citizenship", "IN", "other_citizenship", "IT"))
	p.Expect(http.StatusOK, "entro 30 giorni", "L’ho chiesto")
	b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Expect(http.StatusOK, "Ci sei quasi!")
	due := s.clock.Now().AddDate(0, 0, 30).UnixMicro()
	if n := s.count(`SELECT count(*) FROM account_task WHERE kind = 'fiscal_code' AND due_at = $1`, due); n != 1 {
		t.Errorf("%d tasks", n)
	}
	if n := s.count(`SELECT count(*) FROM attribute WHERE name = 'citizenship' AND value = 'IT IN'`); n != 1 {
		t.Error("the Italian citizenship comes first")
	}
}

func TestThePasswordIsCheckedAndTheReviewIsWhatIsConfirmed(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := s.toReview(b, s.register(b, ""), prova())
	p = b.Submit(p.FormWith("password"), "password", "FintiProva1983Bellagio", "repeat", "FintiProva1983Bellagio").Expect(http.StatusUnprocessableEntity)
	p = b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole").Expect(http.StatusUnprocessableEntity, "Le due password sono diverse")
	// Another tab changes the data after this one showed them.
	other := b.Get(s.url + "/register/residence")
	b.Submit(other.FormWith("street"), "street", "Via Nuova 2").Expect(http.StatusOK, "Controlla i dati", "Via Nuova 2")
	p = b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").
		Expect(http.StatusConflict, "I dati sono cambiati in un’altra scheda", "Via Nuova 2")
	if n := s.count(`SELECT count(*) FROM account`); n != 0 {
		t.Fatal("an account was made of data that nobody reviewed")
	}
	b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Expect(http.StatusOK, "Ci sei quasi!")
}

func TestTheDraftGoesOnOnAnotherDeviceAndEndsAfterSevenDays(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := s.register(b, "")
	b.Submit(p.FormWith("family_name"), prova()...)
	_, text := s.newest("prova.finti@posta.example.org")
	link := aLink.FindString(text)

	other := s.browser()
	elsewhere := other.Get(link).Expect(http.StatusOK, "Torna dove hai cominciato", sixDigits.FindString(text))
	if elsewhere.Find("form[action=/register/link]") != nil {
		t.Error("another browser must not be able to confirm")
	}
	other.Post(s.url+"/register/link", url.Values{"token": {strings.Split(link, "token=")[1]}}).Expect(http.StatusOK, "Torna dove hai cominciato")
	if n := s.count(`SELECT count(*) FROM draft`); n != 0 {
		t.Fatal("a program that follows links confirmed the address")
	}
	b.Get(link).Expect(http.StatusOK, "Conferma il tuo indirizzo e-mail")
	if n := s.count(`SELECT count(*) FROM draft`); n != 0 {
		t.Fatal("looking at the link confirmed the address")
	}
	p = b.Submit(b.Get(link).FormWith("token")).Expect(http.StatusOK, "Residenza e contatti")
	b.Submit(p.FormWith("street"), atHome()...).Expect(http.StatusOK, "Privacy e consensi")

	s.clock.Advance(6 * 24 * time.Hour)
	p = other.Get(link).Expect(http.StatusOK, "Continua la registrazione")
	other.Submit(p.FormWith("token")).Expect(http.StatusOK, "Privacy e consensi")
	s.clock.Advance(2 * 24 * time.Hour)
	other.Get(link).Expect(http.StatusGone, "non vale più")
	if err := s.store.Purge(t.Context(), s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if n := s.count(`SELECT count(*) FROM draft`); n != 0 {
		t.Errorf("%d drafts are left", n)
	}
	other.Get(s.url+"/register/consents").Expect(http.StatusGone, "Questa registrazione non c’è più")
	other.Get(s.url+"/register/consents").Expect(http.StatusOK, "Tieni a disposizione")
}

func TestACancelledRegistrationLeavesNothing(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := s.toReview(b, s.register(b, ""), prova())
	p = b.Follow(p, "Annulla la registrazione").Expect(http.StatusOK, "Vuoi annullare")
	b.Submit(p.Form("form[action=/register/leave]")).Expect(http.StatusOK, "Registrazione annullata")
	if n := s.count(`SELECT count(*) FROM draft`); n != 0 {
		t.Errorf("%d drafts are left", n)
	}
}

func TestTheCodiceFiscaleIsAddedLater(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		p := s.toReview(b, s.register(b, ""), prova("has_fiscal_code", "none", "fiscal_code", ""))
		p = b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Expect(http.StatusOK, "Ci sei quasi!")
		code := p.Text("#codice-persona")
		p = b.Get(p.Link("Accedi"))
		p = b.Submit(p.FormWith("password"), "code", code, "password", "quattro parole senza senso").Expect(http.StatusOK, "Il mio account")
		p = b.Follow(p, "Aggiungi o correggi il codice fiscale").Expect(http.StatusOK, "Codice fiscale")
		for typed, want := range map[string]string{"": "Scrivi il codice fiscale", "FNTPRV83E10A744X": "non può esistere", "FNT": "ne hai scritti 3"} {
			b.Submit(p.FormWith("fiscal_code"), "fiscal_code", typed).Expect(http.StatusUnprocessableEntity, want)
		}
		wrong := b.Submit(p.FormWith("fiscal_code"), "fiscal_code", "FNTPRV83E50A744V").Expect(http.StatusUnprocessableEntity, "Il sesso non corrisponde")
		b.Submit(wrong.FormWith("fiscal_code"), "accept", "yes").Expect(http.StatusOK, "Il codice fiscale è salvato", "FNTPRV83E50A744V")
		if n := s.count(`SELECT count(*) FROM account_task WHERE kind = 'check_fiscal_code' AND detail = 'sex'`); n != 1 {
			t.Errorf("%d tasks for the help desk", n)
		}
		p = b.Get(s.url + "/account/fiscal-code")
		b.Submit(p.FormWith("fiscal_code"), "fiscal_code", "FNTPRV83E10A744R").Expect(http.StatusOK, "Il codice fiscale è salvato", "FNTPRV83E10A744R")
		if n := s.count(`SELECT count(*) FROM account_task`); n != 0 {
			t.Errorf("%d tasks are left", n)
		}
	})
}

func TestAProvedCodiceFiscaleIsNotChangedByHand(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	b.Get(s.url+"/account/fiscal-code").Expect(http.StatusOK, "DMCDAA80A41H501U", "qui non si cambia")
	b.Post(s.url+"/account/fiscal-code", url.Values{"fiscal_code": {"FNTPRV83E10A744R"}, "accept": {"yes"}}).Expect(http.StatusOK, "qui non si cambia")
	if n := s.count(`SELECT count(*) FROM attribute WHERE source = 'declared'`); n != 0 {
		t.Errorf("%d declared attributes", n)
	}
	s.browser().Get(s.url+"/account/fiscal-code").Expect(http.StatusOK, "Entra con SPID")
}

func TestPagesAndMailsUseTheChosenNameAndActsTheLegalOne(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		s.enter(b)
		p := b.Follow(b.Get(s.url+"/account"), "Scegli come vuoi essere chiamato o chiamata").Expect(http.StatusOK, "Ada D'Amico")
		b.Submit(p.FormWith("chosen_name"), "chosen_name", "123").Expect(http.StatusUnprocessableEntity, "almeno una lettera")
		b.Submit(p.FormWith("chosen_name"), "chosen_name", strings.Repeat("a", 81)).Expect(http.StatusUnprocessableEntity)
		b.Submit(p.FormWith("chosen_name"), "chosen_name", " Adi  ").Expect(http.StatusOK, "Il nome scelto è salvato")
		again := s.browser()
		again.Get(s.start("")).Expect(http.StatusOK, "Accesso effettuato come Adi", "Ada D'Amico")
		if n := s.count(`SELECT count(*) FROM attribute WHERE name = 'chosen_name' AND value = 'Adi' AND source = 'declared' AND at > 0`); n != 1 {
			t.Errorf("%d chosen names", n)
		}
		b.Submit(b.Get(s.url+"/account/name").FormWith("chosen_name"), "chosen_name", "").Expect(http.StatusOK, "Il nome scelto è salvato")
		s.browser().Get(s.start("")).Expect(http.StatusOK, "Accesso effettuato come Ada D'Amico")
	})
}
