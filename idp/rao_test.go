package idp_test

import (
	"crypto/x509"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/authn/passkey/passkeytest"
	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/base/setting"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture/picturetest"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/office"
	"atrio/idp/proofing/rao/raotest"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/people/codicefiscale"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// olga works at the public office, and decides too.
const olga = "olga.prova@comune.example.org"

// newOffices is a world with a public office whose tokens are believed.
func newOffices(t *testing.T, d *db.DB) *world {
	t.Helper()
	c := &clock{now: samltest.Start}
	authority := st.New(c.now)
	authority.Clock = c.Now
	register, err := rao.ReadRegister([]byte(raotest.Register))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(authority.Granted.Certificate)
	circuit := point.CircuitConfig{ID: "comune", Name: raotest.Name, RAO: true, IssuerCode: raotest.Code}
	if circuit.SealCertificate, circuit.SealKey, err = raotest.Files(raotest.Seal(authority, authority.Granted), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	seals, err := office.Open([]point.CircuitConfig{{ID: "centri"}, circuit})
	if err != nil {
		t.Fatal(err)
	}
	return newWorldWith(t, d, c, func(e *idp.Enrolment) {
		e.Offices = &rao.Judge{Authorities: pool, Policies: rao.Policies(), Register: register, Fetcher: authority}
		e.Seals = seals
	}, func(config *idp.Config) {
		config.Enrolment.Methods = []apply.MethodConfig{{Method: enrolment.Point}, {Method: enrolment.RAO}}
		config.Circuits = append(config.Circuits, circuit)
		config.RAO = rao.Config{Authorities: []string{"authority.pem"}, Issuers: "bodies.txt"} // read by the roof
		config.Points = append(config.Points, point.PointConfig{ID: "anagrafe", Circuit: "comune", Name: "Anagrafe di prova", Street: "Piazza di Prova 1", Town: "Milano", Hours: []string{"mon-fri 09:00-12:00"}})
		config.Operators = append(config.Operators, operator.Config{
			Name: "Olga Prova", Email: olga, Roles: []string{"collector", "approver"}, Point: "anagrafe", TrainedUntil: "2027-06-30", FiscalCode: setting.Secret(fiscalCodeOf(t, "Olga", time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC), "H501")),
		})
	})
}

// born is the birthday of the person who goes to the office.
var born = time.Date(1990, time.January, 2, 0, 0, 0, 0, time.UTC)

func fiscalCode(t *testing.T) string { return fiscalCodeOf(t, "Amira", born, "F205") }

func fiscalCodeOf(t *testing.T, name string, born time.Time, place string) string {
	t.Helper()
	code, err := codicefiscale.Compute(codicefiscale.Person{Surname: "Prova", GivenName: name, Born: born, Sex: codicefiscale.Female, Place: place})
	if err != nil {
		t.Fatal(err)
	}
	return string(code)
}

// atTheDesk is what the operator types.
func atTheDesk(t *testing.T) []string {
	list := []string{
		"family_name", "Prova", "given_name", "Amira", "gender", "F", "birth_day", "2", "birth_month", "1", "birth_year", "1990",
		"birth_province", "MI", "birth_town", "Milano", "citizenship", "IT", "fiscal_code", fiscalCode(t),
		"residence_country", "IT", "residence_province", "MI", "residence_town", "Milano", "residence_street", "Via degli Esempi 10", "residence_postal", "20100",
		"kind", "cartaIdentita", "number", "CA00001AA", "issuer", "Comune di Milano", "issued_day", "1", "issued_month", "6", "issued_year", "2020",
		"expires_day", "1", "expires_month", "6", "expires_year", "2030", "card", "cf", "email", "amira@example.org", "phone", "333 000 0101",
	}
	for _, tick := range []string{"person", "document", "card", "data", "contacts"} {
		list = append(list, "tick_"+tick, "on")
	}
	return list
}

var (
	tokenForm = regexp.MustCompile(`(?m)^eyJ[\w-]+\.[\w-]+\.[\w-]+$`)
	halfForm  = regexp.MustCompile(`riconoscimento [0-9a-f]{8}\): ([2-9A-Za-z]{6})\.`)
	smsForm   = regexp.MustCompile(`\b\d{6}\b`)
)

// sealed is a token with its halves, as the person has them.
func (w *world) sealed(b *webtest.Client) (token, first, second string) {
	w.t.Helper()
	page := b.Submit(b.Get(w.base+"/operator/point/token").Expect(http.StatusOK, "Anagrafe di prova").FormWith("family_name"), atTheDesk(w.t)...)
	page.Expect(http.StatusOK, "Gettone sigillato", "Comune di Prova", "Amira Prova")
	if cache := page.Header.Get("Cache-Control"); !strings.Contains(cache, "no-store") {
		w.t.Errorf("the page with the half may be kept: %q", cache)
	}
	first = page.Text("#first-half")
	mails, texts := w.mails("amira@example.org"), w.mails("+393330000101")
	if len(mails) == 0 || len(texts) == 0 {
		w.t.Fatalf("the person gets %q and %q", mails, texts)
	}
	token = tokenForm.FindString(mails[len(mails)-1])
	half := halfForm.FindStringSubmatch(texts[len(texts)-1])
	if token == "" || half == nil {
		w.t.Fatalf("the person gets %q and %q", mails, texts)
	}
	if second = half[1]; strings.Contains(mails[len(mails)-1], second) || strings.Contains(mails[len(mails)-1], first) || strings.Contains(texts[len(texts)-1], first) || strings.Contains(page.Body, second) {
		w.t.Error("one of the three has two of the parts")
	}
	return token, first, second
}

// waiting is an applicant, signed in, whose contract waits to be signed.
func (w *world) waiting(b *webtest.Client) enrolment.Request {
	w.t.Helper()
	page := b.Submit(b.Get(w.base+"/enrol").FormWith("area"), "area", "private")
	page = b.Submit(page.FormWith("phone"), "mailbox", "yes", "phone", "yes", "document", "yes")
	page.Expect(http.StatusOK, "Ho un codice di un ufficio pubblico (RAO)", "Centri di prova")
	if page.Has(raotest.Name) {
		w.t.Error("a public office is among the partners")
	}
	page = b.Submit(page.FormWith("method"), "method", "rao").Expect(http.StatusOK, "Dati di accesso")
	b.Submit(page.FormWith("email_again"), "email", "amira@example.org", "email_again", "amira@example.org", "password", secret, "password_again", secret, "privacy", "on")
	link := ""
	for _, mail := range w.mails("amira@example.org") {
		link = confirmLink.FindString(mail) + link
	}
	b.Submit(b.Get(link).FormWith("token")).Expect(http.StatusOK, "Il tuo indirizzo è confermato")
	w.accedi(b, "amira@example.org", secret).Expect(http.StatusOK, "Informazioni di sicurezza")
	var id string
	if err := w.db.Read().QueryRowContext(w.t.Context(), `SELECT id FROM request`).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	r, err := w.store.Request(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.filledIn(r)
}

// filledIn leads a request to its contract, as the forms do.
func (w *world) filledIn(r enrolment.Request) enrolment.Request {
	w.t.Helper()
	now, me := w.clock.Now(), enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}
	day := now.Truncate(24 * time.Hour)
	for _, act := range []enrolment.Act{enrolment.SetSecurity, enrolment.ConfirmPhone, enrolment.SavePerson, enrolment.SaveDocuments} {
		r = w.took(r, act, me, func(q *enrolment.Request) {
			q.Data.Phone, q.Data.PhoneAt = "+393330000101", now
			q.Data.Person = enrolment.Person{
				GivenName: "Amira", FamilyName: "Prova", Gender: "F", BirthDate: born, BirthPlace: "F205", BirthName: "Milano", BirthCounty: "MI", Citizenship: "IT",
				FiscalCode: fiscalCode(w.t), Residence: identity.Domicile{Street: "Via degli Esempi 10", PostalCode: "20100", Municipality: "Milano", Province: "MI", Nation: "IT"},
			}
			q.Data.Document = identity.Document{Kind: "cartaIdentita", Number: "CA00001AA", Issuer: "Comune di Milano", IssuedOn: day.AddDate(-5, 0, 0), ExpiresOn: day.AddDate(4, 0, 0)}
		})
	}
	pictures := map[enrolment.Picture]string{}
	for _, what := range enrolment.Pictures() {
		pictures[what] = w.keep(r, evidence.Kind(what), "image/jpeg", picture(w.t))
	}
	paper := w.keep(r, evidence.Contract, "application/pdf", []byte("%PDF-1.7 prova"))
	r = w.took(r, enrolment.AddPictures, me, func(q *enrolment.Request) { q.Data.Pictures = pictures })
	return w.took(r, enrolment.FreezeContract, me, func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: paper, SHA256: "hash", Version: "1", At: now}
	})
}

// signs signs the contract with the code that is sent, and gives the page after it.
func (w *world) signs(b *webtest.Client) *webtest.Page {
	w.t.Helper()
	page := b.Get(w.base+"/enrol/request").Expect(http.StatusOK, "Firma il contratto")
	if page.Has("Invia di nuovo") {
		w.t.Error("what is not signed can be sent")
	}
	page = b.Get(page.Link("Firma il contratto con un codice"))
	b.Submit(page.Form("form[action='/enrol/sign/again']"))
	sms := w.mails("+393330000101")
	return b.Submit(b.Get(w.base+"/enrol/sign").FormWith("code"), "code", smsForm.FindString(sms[len(sms)-1]))
}

// broughtToken is the request of who was identified by a token of the desk, and the token.
func (w *world) broughtToken(b, desk *webtest.Client) (enrolment.Request, string) {
	w.t.Helper()
	token, first, second := w.sealed(desk)
	r := w.waiting(b)
	page := w.signs(b).Expect(http.StatusOK, "Hai un codice di un ufficio pubblico")
	page = b.Submit(page.FormWith("token"), "token", token[:60]+"\r\n "+token[60:]).Expect(http.StatusOK, "Comune di Prova")
	b.Submit(page.FormWith("first"), "first", first, "second", second).Expect(http.StatusOK, "La tua richiesta")
	got, err := w.store.Request(w.t.Context(), r.ID)
	if err != nil || got.State != enrolment.OperatorCheck || got.Collector != w.operatorID2(olga) || len(got.Data.Verdict.Doubts) != 0 {
		w.t.Fatalf("%s, by %q, %+v, %v", got.State, got.Collector, got.Data.Verdict, err)
	}
	return got, token
}

// asksAgain is the back office that asks for one item again.
func (w *world) asksAgain(back *webtest.Client, key *passkeytest.Device, item string) {
	w.t.Helper()
	page := w.nextFor(back).Expect(http.StatusOK, "Amira")
	w.pressed(back, key, formOf(page, "ask_again"), "item_"+item, "on", "why_"+item, "non va").Expect(http.StatusOK, "Alla persona è stato chiesto")
}

// I14, A16: a token that was accepted stays so, whatever else is asked for again; who is
// asked for another identification reads where to go.
func TestATokenStaysAcceptedWhateverElseIsAskedForAgain(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newOffices(t, d)
		desk, _ := w.operator(olga)
		b := webtest.New(t)
		r, token := w.broughtToken(b, desk)
		back, key := w.operator(remo)
		read := func(state enrolment.State, doubts ...string) enrolment.Request {
			t.Helper()
			got, err := w.store.Request(t.Context(), r.ID)
			if err != nil || got.State != state || got.Data.Verdict == nil || got.Collector != w.operatorID2(olga) || got.Data.Identified.IsZero() {
				t.Fatalf("%s by %q, %+v, %v", got.State, got.Collector, got.Data.Verdict, err)
			}
			if state == enrolment.OperatorCheck && !slices.Equal(got.Data.Verdict.Doubts, doubts) {
				t.Errorf("doubts %v, want %v", got.Data.Verdict.Doubts, doubts)
			}
			return got
		}
		again := func() {
			t.Helper()
			b.Submit(b.Get(w.base+"/enrol/request").Form("form[action='/enrol/resubmit']")).Expect(http.StatusOK, "La richiesta è in controllo")
		}

		w.asksAgain(back, key, "pictures")
		b.Upload(b.Get(w.base+"/enrol/documents").Expect(http.StatusOK, "non va").FormWith("number"), map[string][]byte{"document_front": picturetest.Card()}).Expect(http.StatusOK, "La tua richiesta")
		again()
		read(enrolment.OperatorCheck)

		// What stands in the contract is signed anew, and nobody goes back to the office.
		w.asksAgain(back, key, "document")
		page := b.Submit(b.Get(w.base+"/enrol/documents").FormWith("number"), "number", "CA00002AA")
		page.Expect(http.StatusOK, "Continua la richiesta")
		b.Submit(b.Get(w.base+"/enrol/contract").Expect(http.StatusOK, "CA00002AA").FormWith("agreed"), "agreed", "on", "specific", "on")
		b.Post(w.base+"/enrol/resubmit", nil)
		if got := read(enrolment.Resubmission); got.Data.SignedNow() || !got.Data.Verdict.Stale {
			t.Errorf("before it is signed: %+v", got.Data.Verdict)
		}
		w.clock.Advance(2 * time.Minute) // codes are sent with a pause
		w.signs(b).Expect(http.StatusOK, "Invia di nuovo")
		again()
		got := read(enrolment.OperatorCheck, "rao_document")
		if n := len(got.Data.Verdict.Evidence) - len(r.Data.Verdict.Evidence); n != 1 || !got.Data.SignedNow() {
			t.Errorf("%d more papers", n)
		}

		w.asksAgain(back, key, "identification")
		b.Get(w.base+"/enrol/request").Expect(http.StatusOK, "Torna da quell’ufficio", "Comune di Prova")
		page = b.Submit(b.Get(w.base+"/enrol/request").Form("form[action='/enrol/resubmit']")).Expect(http.StatusOK, "Usa il codice dell’ufficio pubblico")
		b.Submit(b.Get(page.Link("Usa il codice dell’ufficio pubblico")).FormWith("token"), "token", token).Expect(http.StatusUnprocessableEntity, "già stato usato")
		got, err := w.store.Request(t.Context(), r.ID)
		if err != nil || got.State != enrolment.ContractReady || got.Data.Verdict != nil || !got.Data.SignedNow() || got.Collector != "" {
			t.Fatalf("%s by %q, %+v, %v", got.State, got.Collector, got.Data.Verdict, err)
		}

		// The token of another body is accepted: Olga, whose token does not count any more, does not decide.
		applicant := enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}
		got = w.took(got, enrolment.Deposit, applicant, func(q *enrolment.Request) { q.Data.Verdict = &enrolment.Verdict{At: w.clock.Now()} })
		w.took(got, enrolment.Identify, applicant, nil)
		w.nextFor(desk).Expect(http.StatusOK, "Ora non c’è nessuna richiesta")
		w.nextFor(back).Expect(http.StatusOK, "Amira")
	})
}

// L11, I8: the whole way, from the desk of the office to the identity; who sealed the token
// does not decide on it. // A16
func TestL11ATokenThatIsSealedAtADeskLeadsToAnIdentity(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newOffices(t, d)
		desk, _ := w.operator(olga)
		desk.Get(w.base+"/operator/point").Expect(http.StatusOK, "Riconosci una persona e sigilla un gettone")
		b := webtest.New(t)
		got, _ := w.broughtToken(b, desk)
		if n := w.count(`SELECT count(*) FROM audit WHERE action = $1 AND actor = $2 AND detail LIKE '%anagrafe%'`, audit.TokenSealed, w.operatorID2(olga)); n != 1 {
			t.Errorf("%d lines say who sealed", n)
		}

		desk.Submit(desk.Get(w.base+"/operator/queue").Form("form[action='/operator/queue/next']")).Expect(http.StatusOK, "Ora non c’è nessuna richiesta che puoi esaminare")
		back, key := w.operator(remo)
		page := w.nextFor(back).Expect(http.StatusOK, "Amira", "Ufficio pubblico che ha riconosciuto", "Comune di Prova")
		w.pressed(back, key, formOf(page, "approve"), append(ticked(page), "reason", "")...).Expect(http.StatusOK, "Identità attivata")
		who, err := w.store.Identity(t.Context(), got.Holder)
		if err != nil || who.UserID != "amira@example.org" || string(who.Holder.FiscalCode) != fiscalCode(t) {
			t.Errorf("%+v, %v", who, err)
		}
	})
}

// operatorID2 is the reference of an operator who is not in the staff of all tests.
func (w *world) operatorID2(email string) string {
	w.t.Helper()
	o, ok := operator.NewRoster(w.store.Keyring, []operator.Config{{Name: "Olga Prova", Email: email}}).ByEmail(email)
	if !ok {
		w.t.Fatal("no operator ", email)
	}
	return o.ID
}

// A16, A17: what a desk does not seal. Nothing typed is lost.
func TestA26WhatADeskDoesNotSeal(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newOffices(t, d)
		other, _ := w.operator(collector)
		other.Get(w.base+"/operator/point/token").Expect(http.StatusForbidden, "Il tuo Point non sigilla gettoni")
		if page := other.Get(w.base + "/operator/point"); page.Has("sigilla un gettone") {
			t.Error("another Point is led to the seal")
		}
		desk, key := w.operator(olga)
		page := desk.Get(w.base + "/operator/point/token")
		for _, c := range []struct{ field, value, why string }{
			{"tick_person", "", "se non è così, non sigillare"}, {"email", "nessuna", "indirizzo"}, {"phone", "12", "Scrivi il numero con il prefisso"},
			{"birth_day", "3", "Il codice fiscale dice un’altra data di nascita"}, {"number", "X", "Il numero di una carta d’identità è come"},
			{"expires_year", "2021", "Il documento è scaduto"}, {"birth_year", "2015", "Hai meno di 18 anni"}, {"residence_town", "Atlantide", "Atlantide"},
		} {
			refused := desk.Submit(page.FormWith("family_name"), append(atTheDesk(t), c.field, c.value)...).Expect(http.StatusUnprocessableEntity, c.why)
			if f := refused.FormWith("family_name").Values; f.Get("family_name") != "Prova" || f.Get("residence_street") != "Via degli Esempi 10" || c.field != "tick_person" && f.Get(c.field) != c.value {
				t.Errorf("%s: what was typed became %v", c.field, f)
			}
		}
		own := append(atTheDesk(t), "family_name", "Prova", "given_name", "Olga", "birth_day", "1", "birth_year", "1980", "birth_province", "RM", "birth_town", "Roma", "fiscal_code", fiscalCodeOf(t, "Olga", time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC), "H501"))
		desk.Submit(page.FormWith("family_name"), own...).Expect(http.StatusForbidden, "Non puoi riconoscere te stesso")
		// The key is asked for again, and nothing is lost. // A17
		w.clock.Advance(6 * time.Minute)
		w.pressed(desk, key, page.FormWith("family_name"), atTheDesk(t)...).Expect(http.StatusOK, "Gettone sigillato")
		if n := w.count(`SELECT count(*) FROM audit WHERE action = $1`, audit.TokenSealed); n != 1 {
			t.Errorf("%d tokens were sealed", n)
		}
		// No part of the data, the code or the token is in the database but what was sent.
		if n := w.count(`SELECT count(*) FROM audit WHERE detail LIKE $1`, "%"+fiscalCode(t)+"%"); n != 0 {
			t.Error("the log names the person")
		}
		if n := w.count(`SELECT count(*) FROM rao_token`); n != 0 {
			t.Error("a token that was sealed is known here")
		}
		w.clock.Advance(200 * 24 * time.Hour) // the seal is over
		desk = webtest.New(t)
		w.signIn(desk, key)
		desk.Submit(desk.Get(w.base+"/operator/point/token").FormWith("family_name"), atTheDesk(t)...).Expect(http.StatusForbidden, "Il sigillo dell’ente è scaduto")
		w.clock.Advance(300 * 24 * time.Hour) // the training ended
		desk = webtest.New(t)
		w.signIn(desk, key)
		untrained := desk.Get(w.base + "/operator/point/token").Expect(http.StatusOK)
		desk.Submit(untrained.FormWith("family_name"), atTheDesk(t)...).Expect(http.StatusForbidden)
		if n := w.count(`SELECT count(*) FROM audit WHERE action = $1`, audit.TokenSealed); n != 1 {
			t.Errorf("an untrained operator sealed: %d", n)
		}
	})
}

// A16: what one operator, one desk and one person may have sealed is bounded, and counted
// for who looks after the operators. Nothing typed is lost.
func TestA16ADeskSealsNoMoreTokensThanItHasRoomFor(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newOffices(t, d)
		_, key := w.operator(olga)
		who, person := w.operatorID2(olga), fiscalCode(t)
		limiter := &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: w.store.Keyring, Now: w.clock.Now}
		sealed := func() int {
			return w.count(`SELECT count(*) FROM audit WHERE action = $1 AND outcome = 'ok'`, audit.TokenSealed)
		}
		for n, c := range []struct{ bound, by, says string }{
			{"rao.operator.hour", who, "quanti un operatore può farne"}, {"rao.operator.day", who, "quanti un operatore può farne"},
			{"rao.desk.hour", "anagrafe", "Questo sportello ha sigillato"}, {"rao.desk.day", "anagrafe", "Questo sportello ha sigillato"},
			{"rao.person.day", person, "Per questa persona"},
		} {
			w.clock.Advance(25 * time.Hour) // the bounds are free again
			desk := webtest.New(t)
			w.signIn(desk, key)
			i := slices.IndexFunc(office.Bounds(), func(l ratelimit.Limit) bool { return l.Name == c.bound })
			for range office.Bounds()[i].Burst {
				if err := limiter.Allow(t.Context(), office.Bounds()[i], c.by); err != nil {
					t.Fatal(err)
				}
			}
			page := desk.Submit(desk.Get(w.base+"/operator/point/token").FormWith("family_name"), atTheDesk(t)...).Expect(http.StatusTooManyRequests, c.says)
			if f := page.FormWith("family_name").Values; page.Header.Get("Retry-After") == "" || f.Get("family_name") != "Prova" || f.Get("phone") == "" {
				t.Errorf("%s: what was typed became %v", c.bound, f)
			}
			if sealed() != n || !w.audit.has("limit."+c.bound) {
				t.Errorf("%s: %d tokens", c.bound, sealed())
			}
			w.clock.Advance(5 * time.Hour)
			desk = webtest.New(t)
			w.signIn(desk, key)
			desk.Submit(desk.Get(w.base+"/operator/point/token").FormWith("family_name"), atTheDesk(t)...).Expect(http.StatusOK, "Gettone sigillato")
		}
		if n := w.count(`SELECT sum(tokens) FROM rao_sealed WHERE operator = $1 AND point = 'anagrafe'`, who); n != 5 {
			t.Errorf("%d are counted", n)
		}
		boss, _ := w.operator(sara)
		boss.Get(w.base+"/operator/reports").Expect(http.StatusOK, "Gettoni sigillati agli sportelli", "Olga Prova", "Anagrafe di prova")
		if err := w.store.Purge(t.Context(), w.clock.Now().AddDate(2, 0, 0)); err != nil || w.count(`SELECT count(*) FROM rao_sealed`) != 0 {
			t.Error("the numbers are kept for ever", err)
		}
	})
}

// A16: of many at once no more are sealed than there is room for, on both engines.
func TestA16OfManyTokensAtOnceNoMoreAreSealedThanThereIsRoomFor(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newOffices(t, d)
		limiter := &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: w.store.Keyring, Now: w.clock.Now}
		var bounds []ratelimit.Bucket
		for _, limit := range office.Bounds() {
			bounds = append(bounds, limiter.Bucket(limit, "one"))
		}
		var all sync.WaitGroup
		var full atomic.Int64
		for range 20 {
			all.Go(func() {
				over, wait, err := w.store.NoteSealed(t.Context(), office.Sealed{
					Operator: "operator:one", Point: "anagrafe", Bounds: bounds, Line: audit.Event{At: w.clock.Now(), Role: "idp", Action: audit.TokenSealed, Outcome: audit.OK},
				})
				switch {
				case err != nil:
					t.Error(err)
				case wait > 0 && over == "rao.person.day":
					full.Add(1)
				}
			})
		}
		all.Wait()
		if n, sum := w.count(`SELECT count(*) FROM audit WHERE action = $1`, audit.TokenSealed), w.count(`SELECT tokens FROM rao_sealed`); n != 5 || sum != 5 || full.Load() != 15 {
			t.Errorf("%d lines, %d counted, %d refused", n, sum, full.Load())
		}
	})
}
