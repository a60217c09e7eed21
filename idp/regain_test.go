package idp_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/people/codicefiscale"
	"atrio/people/person"
	"atrio/web/webtest"
)

const (
	gina      = "gina.prova@example.org"
	ginaPhone = "+393330000061"
	ginaNew   = "+393330000062"
	ginaCode  = identity.SPIDCode("TESTGNA0000001")
)

var stopIdentity = regexp.MustCompile(`http://\S*/account/stop/link\?token=\S+`)

// seedGina makes an identity with an answer that nobody remembers.
func (w *world) seedGina() enrolment.Person {
	w.t.Helper()
	born := time.Date(1980, time.May, 4, 0, 0, 0, 0, time.UTC)
	code, err := codicefiscale.Compute(codicefiscale.Person{Surname: "Prova", GivenName: "Gina", Born: born, Sex: codicefiscale.Female, Place: "F205"})
	if err != nil {
		w.t.Fatal(err)
	}
	p := enrolment.Person{
		GivenName: "Gina", FamilyName: "Prova", Gender: "F", BirthDate: born, BirthPlace: "F205", BirthName: "Milano", BirthCounty: "MI", Citizenship: "IT", FiscalCode: string(code),
		Residence: identity.Domicile{Street: "Via di Prova 1", PostalCode: "20100", Municipality: "Milano", Province: "MI", Nation: "IT"},
	}
	err = w.idp.Seed(w.t.Context(), identity.Seed{
		Password: secret, SMS: true, TOTPKey: totpKey, SPIDCode: ginaCode, Question: "toy", Answer: "nessuno lo sa",
		Holder: identity.Holder{
			GivenName: "Gina", FamilyName: "Prova", Gender: "F", BirthDate: born, BirthPlace: "F205", BirthCounty: "MI", FiscalCode: person.FiscalCode(code), Email: gina, MobilePhone: ginaPhone,
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// asksAnew asks to be identified anew, and confirms the new telephone.
func (w *world) asksAnew(b *webtest.Client) enrolment.Request {
	w.t.Helper()
	w.recovers(b, gina)
	p := b.Get(w.base+"/account/recover/lost").Expect(http.StatusOK, "Non devi revocare", "riconoscere di nuovo")
	b.Submit(p.FormWith("method")).Expect(http.StatusUnprocessableEntity)
	p = b.Submit(p.FormWith("method"), "method", "point", "circuit", "centri").Expect(http.StatusOK, "Informazioni di sicurezza")
	p = b.Submit(p.FormWith("answer"), "question", "song", "answer", "Bella Ciao", "phone", ginaNew).Expect(http.StatusOK)
	b.Submit(p.FormWith("code"), "code", w.code(ginaNew)).Expect(http.StatusOK)
	q, err := w.store.Regaining(w.t.Context(), w.id(gina))
	if err != nil {
		w.t.Fatal(err)
	}
	return q
}

// seen leads a request to the operator who decides.
func (w *world) seen(q enrolment.Request, p enrolment.Person) enrolment.Request {
	w.t.Helper()
	now, me := w.clock.Now(), enrolment.Author{Role: enrolment.Applicant, ID: q.Holder}
	q = w.took(q, enrolment.SavePerson, me, func(q *enrolment.Request) { q.Data.Person = p })
	q = w.took(q, enrolment.SaveDocuments, me, func(q *enrolment.Request) {
		q.Data.Document = identity.Document{Kind: "cartaIdentita", Number: "CA77777AA", Issuer: "comuneMilano", IssuedOn: now.AddDate(-1, 0, 0), ExpiresOn: now.AddDate(5, 0, 0)}
	})
	pictures := map[enrolment.Picture]string{}
	for _, what := range enrolment.Pictures() {
		pictures[what] = w.keep(q, evidence.Kind(what), "image/jpeg", picture(w.t))
	}
	paper := w.keep(q, evidence.Contract, "application/pdf", []byte("%PDF-1.7 prova"))
	q = w.took(q, enrolment.AddPictures, me, func(q *enrolment.Request) { q.Data.Pictures = pictures })
	q = w.took(q, enrolment.FreezeContract, me, func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: paper, SHA256: "hash", Version: "1", At: now}
	})
	return w.took(q, enrolment.Identify, enrolment.Author{Role: enrolment.Collector, ID: someCollector}, func(q *enrolment.Request) {
		q.Data.Checks = map[string]bool{"person": true}
		q.Data.Signed = &enrolment.Signing{At: now, Contract: "hash", Operator: someCollector}
	})
}

// I12: who has lost number and answer gets the same identity back, and no second one.
func TestI12WhoLostNumberAndAnswerGetsTheSameIdentityBack(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.seedGina()
		id, before := w.id(gina), w.count(`SELECT count(*) FROM identity`)
		open := w.ownPages(gina)
		b := webtest.New(t)
		b.Get(w.base+"/account/recover/lost").Expect(http.StatusOK, "Per cominciare conferma il tuo indirizzo email")
		q := w.asksAnew(b)
		w.told(gina, "ha chiesto di farsi riconoscere di nuovo")
		w.told(ginaPhone, "chiesta una nuova identificazione")
		// Another day, another browser: the link and the new answer lead back.
		other := webtest.New(t)
		again := w.recovers(other, gina).Expect(http.StatusOK, "Hai già una richiesta", string(q.Number), "Qual è la canzone")
		again = other.Submit(again.FormWith("answer"), "answer", "nessuno lo sa").Expect(http.StatusUnprocessableEntity, "La risposta non è giusta")
		other.Submit(again.FormWith("answer"), "answer", "bella ciao").Expect(http.StatusOK, "I tuoi dati personali")
		open.Get(w.base+"/account").Expect(http.StatusOK, "Gina") // nothing has changed yet
		q = w.seen(q, p)

		remoB, key := w.operator(remo)
		page := w.nextFor(remoB).Expect(http.StatusOK, string(q.Number), "La persona riprende la sua identità")
		w.pressed(remoB, key, formOf(page, "approve"), ticked(page)...).Expect(http.StatusOK, "Identità attivata")
		who, err := w.store.Identity(t.Context(), id)
		if err != nil || who.SPIDCode != ginaCode || who.Holder.MobilePhone != ginaNew || who.Holder.Document.Number != "CA77777AA" || !who.Factors.SMS || who.Factors.TOTP {
			t.Fatalf("%+v, %v", who, err)
		}
		if n := w.count(`SELECT count(*) FROM identity`); n != before {
			t.Errorf("%d identities are there, want %d", n, before)
		}
		if n := w.sessionsOf(gina); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		w.told(gina, "riprendi la tua identità SPID, che resta la stessa")
		w.told(ginaPhone, "è passata a un altro cellulare")
		if stopIdentity.FindString(w.last(ginaPhone)) == "" {
			t.Error("the older number gets no link that stops the identity")
		}

		// The password follows by a recovery; who was reached before was told 72 hours ago. // A27
		w.recovers(webtest.New(t), gina).Expect(http.StatusOK, "Il recupero aspetta")
		w.clock.Advance(72 * time.Hour)
		b = webtest.New(t)
		page = w.coded(b, w.recovers(b, gina), ginaNew).Expect(http.StatusOK, "Qual è la canzone")
		page = b.Submit(page.FormWith("answer"), "answer", "bella ciao")
		chooses(b, page, fresh).Expect(http.StatusOK, "La nuova password è pronta")
		w.readService()
		w.readProvider()
		v := w.level(webtest.New(t), spid.L2).password(gina, fresh)
		v.code(codeOf.FindString(w.sms(ginaNew)))
		if l := v.press("consent", "yes").login(); l.Level != spid.L2 {
			t.Errorf("%+v", l)
		}
	})
}

// I12, A29: the identity of somebody else is not given, and a notice stops it.
func TestI12NobodyElseGetsAnIdentityBack(t *testing.T) {
	w := newWorld(t)
	p := w.seedGina()
	q := w.asksAnew(webtest.New(t))
	stop := stopIdentity.FindString(w.mails(ginaPhone)[0])
	for _, text := range w.mails(ginaPhone) {
		if link := stopIdentity.FindString(text); link != "" {
			stop = link
		}
	}
	thief := p
	code, err := codicefiscale.Compute(codicefiscale.Person{Surname: "Prova", GivenName: "Gina", Born: p.BirthDate.AddDate(0, 0, 1), Sex: codicefiscale.Female, Place: "F205"})
	if err != nil {
		t.Fatal(err)
	}
	thief.FiscalCode, thief.BirthDate = string(code), p.BirthDate.AddDate(0, 0, 1)
	w.seen(q, thief)
	b, key := w.operator(remo)
	page := w.nextFor(b).Expect(http.StatusOK, "L’identità da restituire non è di questa persona")
	if strings.Contains(page.Body, `value="approve"`) {
		w.pressed(b, key, formOf(page, "approve"), ticked(page)...).Expect(http.StatusUnprocessableEntity)
	}
	other := webtest.New(t)
	other.Submit(other.Get(stop).FormWith("token")).Expect(http.StatusOK, "Abbiamo sospeso quell’identità")
	if state, cause := w.state(w.id(gina)); state != identity.Suspended || cause != identity.Security {
		t.Errorf("%s, %s", state, cause)
	}
}
