package idp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/jobs"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/idp"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/life"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

const (
	otherPhone = "+393330000077"
)

// holder finds an identity of the tests.
func (w *world) holder(userID string) *identity.Identity {
	w.t.Helper()
	who, err := w.store.HolderByUserID(w.t.Context(), userID)
	if err != nil {
		w.t.Fatal(err)
	}
	return who
}

// state is how an identity stands, by its reference: a revoked one is found by nothing else.
func (w *world) state(id string) (identity.State, identity.Cause) {
	w.t.Helper()
	who, err := w.store.Identity(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return who.State, who.Cause
}

// job runs a job by its name, as the runner would.
func (w *world) job(name string) {
	w.t.Helper()
	var list []jobs.Job
	for _, j := range w.idp.Jobs() {
		if j.Name == name {
			list = append(list, j)
		}
	}
	if len(list) != 1 {
		w.t.Fatalf("%d jobs %s", len(list), name)
	}
	if err := list[0].Run(w.t.Context(), w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// proves gives Ada's password and code where the pages ask for both.
func (w *world) proves(b *webtest.Client, p *webtest.Page) *webtest.Page {
	w.t.Helper()
	return w.provesWith(b, p, secret)
}

func (w *world) provesWith(b *webtest.Client, p *webtest.Page, password string) *webtest.Page {
	w.t.Helper()
	w.clock.Advance(time.Minute) // a code of the app is taken once
	p = b.Submit(p.FormWith("username"), "username", ada, "password", password)
	return b.Submit(p.FormWith("code"), "code", w.totp())
}

// code is the one in the last message to somebody.
func (w *world) code(to string) string {
	w.t.Helper()
	texts := w.mails(to)
	if len(texts) == 0 {
		w.t.Fatal("no message to ", to)
	}
	return sixDigits.FindString(texts[len(texts)-1])
}

func (w *world) told(to, words string) {
	w.t.Helper()
	if all := strings.Join(w.mails(to), "\n"); !strings.Contains(all, words) {
		w.t.Errorf("%s is not told %q but: %s", to, words, all)
	}
}

// formAt is the form of a page that goes to an address.
func formAt(p *webtest.Page, action string) *webtest.Form {
	return p.Form("form[action='" + action + "']")
}

// reports sends a denuncia without opening its page.
func (w *world) reports(b *webtest.Client) *webtest.Page {
	w.t.Helper()
	f := formAt(b.Get(w.base+"/account"), "/account/logout")
	f.Action = w.base + "/account/stop/report"
	return b.Upload(f, map[string][]byte{"report": []byte("%PDF-")})
}

// L03, A31: stopping is easy, lifting wants password and code, and time lifts nothing.
func TestL03ASuspensionByTheHolderIsLiftedByTheHolderAlone(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		b, id := webtest.New(t), w.holder(ada).ID
		w.accedi(b, ada, secret).Expect(http.StatusOK, "Attiva")
		p := b.Get(w.base+"/account/stop").Expect(http.StatusOK, "Sospendi o revoca", "non finisce da sola")
		b.Submit(formAt(p, "/account/stop")).Expect(http.StatusOK, "La tua identità è sospesa", "nessuno può usarla")
		w.told(ada, "la tua identità SPID è sospesa dal")
		w.told(adaPhone, "l’hai chiesto tu")
		if n := w.sessionsOf(ada); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		// The service is told anomaly 23. // L01
		v := w.level(webtest.New(t), spid.L2).password(ada, secret)
		v.page.Expect(http.StatusForbidden, "Credenziali sospese o revocate")
		v.expectAnomaly(23)
		// Day 31: still suspended. // Avviso SPID 10/2018
		w.clock.Advance(31 * 24 * time.Hour)
		w.job("idp.life")
		if state, cause := w.state(id); state != identity.Suspended || cause != identity.ByHolder {
			t.Errorf("%s, %s", state, cause)
		}
		w.accedi(b, ada, secret).Expect(http.StatusOK, "Sospesa dal", "Riattiva")
		// The password alone lifts nothing.
		posted := b.Post(w.base+"/account/stop/lift", url.Values{}).Expect(http.StatusOK, "User ID")
		if state, _ := w.state(id); state != identity.Suspended {
			t.Error("lifted without the second factor")
		}
		p = w.proves(b, posted).Expect(http.StatusOK, "Riattiva la tua identità")
		b.Submit(formAt(p, "/account/stop/lift")).Expect(http.StatusOK, "La tua identità è di nuovo attiva", "riattivata")
		w.told(ada, "di nuovo attiva")
		if n := w.count(`SELECT count(*) FROM identity_event WHERE identity = $1`, id); n != 2 {
			t.Errorf("the history has %d lines", n)
		}
		if n := w.count(`SELECT count(*) FROM audit WHERE action = 'spid_identity.changed' AND subject = $1`, id); n != 2 {
			t.Errorf("the audit log has %d lines", n)
		}
	})
}

// L04, L05: "it was not me" suspends at once, the denuncia revokes.
func TestL04ADenunciaRevokesAndL05ItsFactorsAndEvidenceEnd(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		b, id := webtest.New(t), w.holder(ada).ID
		w.level(webtest.New(t), spid.L1).password(ada, secret).press("consent", "yes").login()
		w.accedi(b, ada, secret)
		p := b.Get(w.base+"/account/accesses").Expect(http.StatusOK, "Servizi Prova", "Non sono stato io")
		var link string
		for _, a := range p.FindAll("a") {
			if href := webtest.Attr(a, "href"); strings.HasPrefix(href, "/account/stop/not-me?at=") {
				link = href
			}
		}
		p = b.Get(w.base+link).Expect(http.StatusOK, "Accesso del")
		if state, _ := w.state(id); state != identity.Active {
			t.Error("a link that is only opened suspends")
		}
		b.Submit(formAt(p, "/account/stop/not-me")).Expect(http.StatusOK, "Fai denuncia")
		if state, cause := w.state(id); state != identity.Suspended || cause != identity.Abuse {
			t.Fatalf("%s, %s", state, cause)
		}
		// The holder does not lift it, whatever they prove: who else knows the password?
		w.accedi(b, ada, secret).Expect(http.StatusOK, "Carica la denuncia")
		// Who has the password alone hands nothing in: a revocation is for good.
		b.Get(w.base+"/account/stop/report").Expect(http.StatusOK, "User ID")
		w.reports(b).Expect(http.StatusOK, "User ID")
		if state, _ := w.state(id); state != identity.Suspended {
			t.Fatal("revoked with the password alone")
		}
		w.proves(b, b.Get(w.base+"/account/stop/lift")).Expect(http.StatusOK, "non la puoi togliere tu")
		b.Post(w.base+"/account/stop/lift", url.Values{}).Expect(http.StatusConflict)
		report := func() *webtest.Form { return formAt(b.Get(w.base+"/account/stop/report"), "/account/stop/report") }
		b.Upload(report(), nil).Expect(http.StatusUnprocessableEntity, "Scegli il file della denuncia")
		b.Upload(report(), map[string][]byte{"report": []byte("no picture")}).Expect(http.StatusUnprocessableEntity)
		b.Upload(report(), map[string][]byte{"report": []byte("%PDF-1.7 denuncia")}).Expect(http.StatusOK, "La tua identità è revocata")

		who, err := w.store.Identity(t.Context(), id)
		if err != nil || who.State != identity.Revoked || who.Cause != identity.Fraud || who.Factors.TOTP || who.Factors.SMS {
			t.Errorf("%+v, %v", who, err)
		}
		until := w.clock.Now().AddDate(20, 0, 0)
		if n := w.count(`SELECT count(*) FROM evidence_request WHERE request = $1 AND delete_at = $2`, id, db.Micros(until)); n != 1 {
			t.Error("the evidence has no end 20 years after the revocation")
		}
		w.level(webtest.New(t), spid.L2).password(ada, secret).expectAnomaly(23)
		w.accedi(webtest.New(t), ada, secret).Expect(http.StatusForbidden, "sospesa, revocata o scaduta")
		w.told(adaPhone, "revocata")
		w.told(ada, "puoi chiederne una nuova, con un altro indirizzo email")
	})
}

// A31: without signing in, a code that went to the holder suspends; every answer is alike.
func TestA31WhoCannotSignInSuspendsWithACode(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		ask := func(userID, way string) (*webtest.Client, *webtest.Page) {
			b := webtest.New(t)
			p := b.Get(w.base+"/account/suspend").Expect(http.StatusOK, "Sospendi senza accedere")
			return b, b.Submit(formAt(p, "/account/suspend"), "username", userID, "way", way).Expect(http.StatusOK, "Se la User ID è giusta")
		}
		strip := func(p *webtest.Page) string {
			return strings.ReplaceAll(p.Body, p.FormWith("ticket").Values.Get("ticket"), "")
		}
		b, p := ask(ada, "sms")
		other, q := ask(stranger, "sms")
		if strip(p) != strip(q) {
			t.Error("the answer says who has an identity")
		}
		other.Submit(q.FormWith("code"), "code", "000000").Expect(http.StatusUnprocessableEntity, "non è corretto o non vale più")
		wrong := "000000"
		if w.code(adaPhone) == wrong {
			wrong = "000001"
		}
		b.Submit(p.FormWith("code"), "code", wrong).Expect(http.StatusUnprocessableEntity, "non è corretto o non vale più")
		if state, _ := w.state(w.holder(ada).ID); state != identity.Active {
			t.Error("a wrong code suspends")
		}
		b.Submit(p.FormWith("code"), "code", w.code(adaPhone)).Expect(http.StatusOK, "La tua identità è sospesa")
		if state, cause := w.state(w.holder(ada).ID); state != identity.Suspended || cause != identity.ByHolder {
			t.Errorf("%s, %s", state, cause)
		}
		w.told(ada, "Resta sospesa finché non la riattivi tu")
		for _, reason := range []string{"stop_unknown", "stop_code"} {
			if !w.audit.has(reason) {
				t.Errorf("no line for %s", reason)
			}
		}
		// By mail; after five guesses the right code is worth nothing. // A01
		b, p = ask(bruno, "mail")
		code := w.code(bruno)
		for range 5 {
			b.Submit(p.FormWith("code"), "code", map[bool]string{true: "000001", false: "000000"}[code == "000000"]).Expect(http.StatusUnprocessableEntity)
		}
		b.Submit(p.FormWith("code"), "code", code).Expect(http.StatusUnprocessableEntity)
		// Asking again at once sends nothing, and answers alike.
		before := len(w.mails(bruno))
		ask(bruno, "mail")
		if after := len(w.mails(bruno)); after != before {
			t.Errorf("%d messages, want %d", after, before)
		}
		b.Post(w.base+"/account/suspend/code", url.Values{"ticket": {"forged"}, "code": {"123456"}}).Expect(http.StatusUnprocessableEntity, "È passato troppo tempo")
	})
}

// L08, REG 19: level 2, a code to the new number, the old one told; not in the first 72 hours.
func TestL08AnotherTelephoneWantsLevel2AndTellsTheOldOne(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		b := webtest.New(t)
		w.accedi(b, ada, secret)
		p := b.Get(w.base+"/account/data/phone").Expect(http.StatusOK, "User ID")
		w.proves(b, p).Expect(http.StatusConflict, "L’identità è nuova")
		b.Header = http.Header{"Accept-Language": {"en"}}
		b.Get(w.base+"/account/data/phone").Expect(http.StatusConflict, w.holder(ada).CreatedAt.Add(72*time.Hour).Format("January"))
		b.Header = nil
		b.Get(w.base+"/account/data").Expect(http.StatusOK, "L’identità è nuova")
		w.clock.Advance(73 * time.Hour)
		w.accedi(b, ada, secret)
		p = w.proves(b, b.Get(w.base+"/account/data/phone")).Expect(http.StatusOK, "Cambia il numero di cellulare", adaPhone)
		b.Submit(p.FormWith("value"), "value", "12").Expect(http.StatusUnprocessableEntity, "Scrivi un numero di cellulare")
		b.Submit(p.FormWith("value"), "value", adaPhone).Expect(http.StatusUnprocessableEntity, "È quello che hai già")
		p = b.Submit(p.FormWith("value"), "value", "333 0000077").Expect(http.StatusOK, "Abbiamo mandato un codice")
		w.told(ada, "è stata chiesta una modifica")
		if w.holder(ada).Holder.MobilePhone != adaPhone {
			t.Error("changed before the new number answered")
		}
		b.Submit(p.FormWith("code"), "code", "12").Expect(http.StatusUnprocessableEntity)
		b.Submit(p.FormWith("code"), "code", w.code(otherPhone)).Expect(http.StatusOK, "il dato è cambiato", otherPhone)
		if who := w.holder(ada); who.Holder.MobilePhone != otherPhone || !who.Factors.SMS {
			t.Errorf("%+v", who)
		}
		w.told(adaPhone, "è cambiato: numero di cellulare")
		w.told(otherPhone, "è cambiato: numero di cellulare")
		// A proof does not last, and is of one session.
		w.clock.Advance(11 * time.Minute)
		b.Get(w.base+"/account/data/mail").Expect(http.StatusOK, "User ID")
		stranger := webtest.New(t)
		stranger.Get(w.base+"/account/data/mail").Expect(http.StatusOK, "User ID")
	})
}

// L06, REG 18: whoever wants to is told of each use.
func TestL06AUseIsToldToWhoChoseSo(t *testing.T) {
	w := newWorld(t)
	b := webtest.New(t)
	w.level(webtest.New(t), spid.L1).password(ada, secret).press("consent", "yes").login()
	if n := len(w.mails(ada)); n != 0 {
		t.Errorf("%d mails that nobody asked for", n)
	}
	w.accedi(b, ada, secret)
	p := w.proves(b, b.Get(w.base+"/account/data/notices")).Expect(http.StatusOK, "Avvisi di utilizzo")
	b.Submit(p.FormWith("language"), "mail", "on", "sms", "on", "language", "en").Expect(http.StatusOK, "la scelta è salvata")
	w.level(webtest.New(t), spid.L1).password(ada, secret).press("consent", "yes").login()
	pages := webtest.NewPages(t, idp.Pages()...)
	at := pages.Catalog().DateTime("en", w.clock.Now()) // of the login
	if !strings.Contains(at, ":") {
		t.Fatalf("%q has no time of day", at)
	}
	w.told(ada, "on "+at+" your SPID identity was used to sign in to: Servizi Prova (level 1)")
	w.told(adaPhone, at+" SPID used for: Servizi Prova, level 1")
}

// L01, L02 and I17 by the clock alone, each notice once, at both nodes.
func TestL01AndL02TheEndsThatComeByThemselves(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		ends := time.Date(samltest.Start.Year(), samltest.Start.Month(), samltest.Start.Day()+40, 0, 0, 0, 0, time.UTC)
		err := w.idp.Seed(t.Context(), identity.Seed{Password: secret, SMS: true, SPIDCode: "TESTABCDEFGH09", Holder: identity.Holder{
			GivenName: "Dina", FamilyName: "Prova", FiscalCode: "PRVDAA90E44F205X", Email: "dina.prova@example.org", MobilePhone: "+393330000009",
			Document: identity.Document{Kind: "passaporto", Number: "YA1234567", Issuer: "questuraRoma", IssuedOn: ends.AddDate(-10, 0, 0), ExpiresOn: ends},
		}})
		if err != nil {
			t.Fatal(err)
		}
		const dina, phone = "dina.prova@example.org", "+393330000009"
		id := w.holder(dina).ID
		w.job("idp.life")
		w.job("idp.life")
		if n := len(w.mails(dina)); n != 1 { // at 40 days: the one of 90
			t.Errorf("%d warnings", n)
		}
		for range 42 {
			w.clock.Advance(24 * time.Hour)
			w.job("idp.life")
		}
		if state, cause := w.state(id); state != identity.Suspended || cause != identity.DocumentExpired {
			t.Fatalf("%s, %s", state, cause)
		}
		if n := len(w.mails(dina)); n != 5 { // 90, 30, 10, 1, and the suspension
			t.Errorf("%d mails: %s", n, strings.Join(w.mails(dina), "\n---\n"))
		}
		w.told(phone, "il tuo documento d’identità è scaduto")
		contract := w.holder(dina).ExpiresAt
		v := w.level(webtest.New(t), spid.L2).password(dina, secret)
		v.page.Expect(http.StatusForbidden, "Credenziali sospese o revocate")
		v.expectAnomaly(23)
		// Two years without a use: warned, then revoked. The contract has no end, and the date
		// that services are told moves on in silence.
		for range 100 {
			w.clock.Advance(8 * 24 * time.Hour)
			w.job("idp.life")
		}
		who, err := w.store.Identity(t.Context(), id)
		if err != nil || who.State != identity.Revoked || who.Cause != identity.Inactivity || !who.ExpiresAt.Equal(contract.AddDate(0, 24, 0)) {
			t.Errorf("%+v, %v", who, err)
		}
		w.told(dina, "prima fai togliere la sospensione")
		w.told(phone, "revocata")
		if n := len(w.mails(dina)); n != 10 { // four warnings more, and the revocation
			t.Errorf("%d mails: %s", n, strings.Join(w.mails(dina), "\n---\n"))
		}
	})
}

// I17: a contract is renewed by its holder, in its last days, for as long as it was made.
func TestI17AContractIsRenewedByItsHolderAlone(t *testing.T) {
	w := newWorldOn(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), &clock{now: samltest.Start}, func(c *idp.Config) { c.Contract.Years = 2 })
	b, until := webtest.New(t), w.holder(ada).ExpiresAt
	w.accedi(b, ada, secret)
	w.proves(b, b.Get(w.base+"/account/data/renew")).Expect(http.StatusOK, "Si rinnova negli ultimi 90 giorni")
	b.Post(w.base+"/account/data/renew", url.Values{"agree": {"on"}}).Expect(http.StatusConflict, "negli ultimi 90 giorni")
	w.clock.Advance(until.Sub(w.clock.Now()) - 20*24*time.Hour)
	w.job("idp.life")
	w.told(ada, "Il rinnovo è gratuito e non avviene da solo")
	// The password is older than 180 days by now: it is changed on the way. E12
	change(b, w.accedi(b, ada, secret), secret, fresh).Expect(http.StatusOK, "Non si rinnova da solo")
	p := w.provesWith(b, b.Get(w.base+"/account/data/renew"), fresh).Expect(http.StatusOK, "Il rinnovo è gratuito")
	b.Submit(formAt(p, "/account/data/renew")).Expect(http.StatusUnprocessableEntity, "Spunta la casella")
	b.Submit(formAt(p, "/account/data/renew"), "agree", "on").Expect(http.StatusOK, "Contratto rinnovato")
	if got := w.holder(ada).ExpiresAt; !got.Equal(until.AddDate(2, 0, 0)) {
		t.Errorf("until %s, want %s", got, until.AddDate(2, 0, 0))
	}
}

// I17: in the day of grace after its end, and while it is suspended, the contract is still
// renewed by who was warned of it.
func TestI17ASuspendedHolderRenewsInTheDayOfGrace(t *testing.T) {
	w := newWorldOn(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), &clock{now: samltest.Start}, func(c *idp.Config) { c.Contract.Years = 2 })
	b, who := webtest.New(t), w.holder(ada)
	after, event, err := who.Do(identity.Change{Act: identity.Suspend, Cause: identity.ByHolder, By: identity.By{Role: identity.AsCaller}, At: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	ends := w.clock.Now().AddDate(1, 0, 0)
	after.ExpiresAt = ends
	w.saved(after, event)
	w.clock.Advance(ends.Sub(w.clock.Now()) + time.Hour)
	w.job("idp.life") // nobody was there for 90 days: the last warning goes out first
	w.told(ada, "è sospesa, e il suo contratto finisce")
	w.accedi(b, ada, secret).Expect(http.StatusOK, "Sospesa dal", "Rinnova")
	p := w.proves(b, b.Get(w.base+"/account/data/renew")).Expect(http.StatusOK, "Il rinnovo è gratuito")
	b.Submit(formAt(p, "/account/data/renew"), "agree", "on").Expect(http.StatusOK, "Contratto rinnovato")
	w.clock.Advance(25 * time.Hour)
	w.job("idp.life")
	if now := w.holder(ada); now.State != identity.Suspended || now.Cause != identity.ByHolder || !now.ExpiresAt.Equal(ends.AddDate(2, 0, 0)) {
		t.Errorf("%+v", now)
	}
}

// A contract without end promises no date, and asks nothing of its holder.
func TestAContractWithoutEndIsNotRenewed(t *testing.T) {
	w := newWorld(t)
	b, who := webtest.New(t), w.holder(ada)
	w.clock.Advance(who.ExpiresAt.Sub(w.clock.Now()) - time.Hour)
	w.job("idp.life")
	change(b, w.accedi(b, ada, secret), secret, fresh).Expect(http.StatusOK, "senza scadenza", "data di scadenza spostata in avanti")
	if p := b.Get(w.base + "/account"); p.Has("Il contratto finisce") {
		t.Error("the page speaks of an end")
	}
	w.provesWith(b, b.Get(w.base+"/account/data/renew"), fresh).Expect(http.StatusOK, "non c’è nulla da rinnovare")
	b.Post(w.base+"/account/data/renew", url.Values{"agree": {"on"}}).Expect(http.StatusConflict)
	if strings.Contains(strings.Join(w.mails(ada), "\n"), "contratto") {
		t.Error("somebody is told of an end that is none")
	}
	if now := w.holder(ada); now.State != identity.Active || !now.ExpiresAt.Equal(who.ExpiresAt.AddDate(2, 0, 0)) || now.Blocked(who.ExpiresAt) != "" {
		t.Errorf("%+v", now)
	}
}

// L01: whoever suspends an identity whose document is over hides nothing by it, and lifting
// that does not make it active.
func TestL01ALiftingDoesNotHideAnExpiredDocument(t *testing.T) {
	w := newWorld(t)
	b, who := webtest.New(t), w.holder(ada)
	after, event, err := who.Do(identity.Change{Act: identity.Suspend, Cause: identity.DocumentExpired, By: identity.By{Role: identity.AsJob}, At: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	after.Holder.Document.ExpiresOn = w.clock.Now().Truncate(24*time.Hour).AddDate(0, 0, -2)
	w.saved(after, event)
	after, event, err = after.Do(identity.Change{Act: identity.Suspend, Cause: identity.ByHolder, By: identity.By{Role: identity.AsCaller}, At: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	w.saved(after, event)
	w.accedi(b, ada, secret).Expect(http.StatusOK, "L’hai sospesa tu", "Anche il tuo documento è scaduto", "Carica il nuovo documento")
	b.Get(w.base+"/account/data").Expect(http.StatusOK, "Carica un documento nuovo")
	p := w.proves(b, b.Get(w.base+"/account/stop/lift")).Expect(http.StatusOK, "Il tuo documento però è scaduto")
	b.Submit(formAt(p, "/account/stop/lift")).Expect(http.StatusOK, "La tua sospensione è tolta", "Il tuo documento è scaduto", "resta sospesa per il documento scaduto")
	if state, cause := w.state(who.ID); state != identity.Suspended || cause != identity.DocumentExpired {
		t.Errorf("%s, %s", state, cause)
	}
	b.Get(w.base+"/account/data/document").Expect(http.StatusOK, "Nuovo documento")
	w.told(ada, "resta sospesa per questo")
	w.told(adaPhone, "resta sospesa perché il documento è scaduto")
}

// Who has a password alone stops the identity; what is hard to undo goes through the help
// desk, and every page says so.
func TestWhoHasNoSecondFactorIsSentToTheHelpDesk(t *testing.T) {
	w := newWorld(t)
	b, id := webtest.New(t), w.holder(carla).ID
	again := func() {
		p := b.Get(w.base + "/account/login")
		b.Submit(p.FormWith("username"), "username", carla, "password", secret).Expect(http.StatusOK)
	}
	proved := func(path, says string) {
		t.Helper()
		p := b.Get(w.base + path)
		if p.Has("User ID") {
			p = b.Submit(p.FormWith("username"), "username", carla, "password", secret)
		}
		p.Expect(http.StatusOK, says)
	}
	again()
	b.Get(w.base+"/account/stop").Expect(http.StatusOK, "per riattivarla dovrai contattare l’assistenza", "per revocarla contatta l’assistenza")
	proved("/account/stop/revoke", "per revocarla contatta l’assistenza")
	b.Post(w.base+"/account/stop/revoke", url.Values{"sure": {"on"}}).Expect(http.StatusForbidden)
	b.Submit(formAt(b.Get(w.base+"/account/stop/not-me"), "/account/stop/not-me")).Expect(http.StatusOK, "consegnala all’assistenza")
	again()
	b.Get(w.base+"/account/stop").Expect(http.StatusOK, "consegna la denuncia all’assistenza")
	proved("/account/stop/report", "consegna la denuncia all’assistenza")
	w.reports(b).Expect(http.StatusConflict)
	if state, cause := w.state(id); state != identity.Suspended || cause != identity.Abuse {
		t.Errorf("%s, %s", state, cause)
	}
}

// A31: whoever asks for codes in somebody's name makes none worthless that works, and takes
// none of another channel or purpose away.
func TestA31NobodyMakesTheCodeOfAnotherWorthless(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		ask := func(way string) (*webtest.Client, *webtest.Page) {
			b := webtest.New(t)
			p := b.Get(w.base + "/account/suspend")
			return b, b.Submit(formAt(p, "/account/suspend"), "username", ada, "way", way).Expect(http.StatusOK, "Se la User ID è giusta")
		}
		b, p := ask("sms")
		code := w.code(adaPhone)
		for range 9 {
			w.clock.Advance(time.Minute)
			ask("sms")
		}
		if n := len(w.mails(adaPhone)); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
		byMail, q := ask("mail") // another channel has its own
		mailed := w.code(ada)
		b.Submit(p.FormWith("code"), "code", code).Expect(http.StatusOK, "La tua identità è sospesa")
		byMail.Submit(q.FormWith("code"), "code", mailed).Expect(http.StatusOK, "La tua identità è sospesa")
	})
}

// saved stores what was done, as others do.
func (w *world) saved(after *identity.Identity, e identity.Event) {
	w.t.Helper()
	if err := w.store.SaveLife(w.t.Context(), life.Step{After: after, Event: e, Audit: audit.Event{At: e.At, Role: "idp"}}); err != nil {
		w.t.Fatal(err)
	}
}
