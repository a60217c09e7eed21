package idp_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/authn/passkey/passkeytest"
	"atrio/base/audit"
	"atrio/base/keys/archivekey"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp"
	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/review"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/people/codicefiscale"
	"atrio/people/person"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// vault keeps the evidence of the world.
func (w *world) openVault() *evidence.Vault {
	w.t.Helper()
	_, public, err := archivekey.Generate()
	if err != nil {
		w.t.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{public})
	if err != nil {
		w.t.Fatal(err)
	}
	return &evidence.Vault{Store: w.store, Keeping: w.store, Ring: w.store.Keyring, Offline: offline, Dir: w.t.TempDir(), Now: w.clock.Now}
}

// operatorID is the reference of an operator of the tests.
func (w *world) operatorID(email string) string {
	w.t.Helper()
	o, ok := operator.NewRoster(w.store.Keyring, staff()).ByEmail(email)
	if !ok {
		w.t.Fatal("no operator ", email)
	}
	return o.ID
}

// took takes a step of a request, as others do.
func (w *world) took(r enrolment.Request, act enrolment.Act, by enrolment.Author, edit func(*enrolment.Request)) enrolment.Request {
	w.t.Helper()
	after, e, err := r.Do(enrolment.Change{Act: act, By: by, At: w.clock.Now(), Reason: "per prova", Edit: edit})
	if err == nil {
		err = w.store.Save(w.t.Context(), enrolment.Step{After: after, Event: e, Audit: audit.Event{At: e.At, Role: "idp", Actor: by.ID}})
	}
	if err != nil {
		w.t.Fatalf("%s: %v", act, err)
	}
	return after
}

// identified is a request whose applicant was identified by collector and waits for a
// decision; n makes a person of their own, edit changes the data.
func (w *world) identified(n int, collector string, edit func(*enrolment.Data)) enrolment.Request {
	w.t.Helper()
	now := w.clock.Now()
	return w.took(w.prepared(n, "circuito", edit), enrolment.Identify, enrolment.Author{Role: enrolment.Collector, ID: collector}, func(q *enrolment.Request) {
		q.Data.Checks = map[string]bool{"person": true, "another": false}
		q.Data.Signed = &enrolment.Signing{At: now, Contract: "hash", Operator: collector}
	})
}

// ready is a request that waits for its applicant to go to a Point.
func (w *world) ready(n int) enrolment.Request {
	w.t.Helper()
	return w.prepared(n, "centri", nil)
}

func (w *world) prepared(n int, circuit string, edit func(*enrolment.Data)) enrolment.Request {
	w.t.Helper()
	born := time.Date(1990, time.January, 1+n, 0, 0, 0, 0, time.UTC)
	code, err := codicefiscale.Compute(codicefiscale.Person{Surname: "Prova", GivenName: "Amira", Born: born, Sex: codicefiscale.Female, Place: "F205"})
	if err != nil {
		w.t.Fatal(err)
	}
	now := w.clock.Now()
	r := enrolment.Request{
		ID: fmt.Sprint("request-", n), Holder: fmt.Sprint("holder-", n), Number: enrolment.NewNumber(), State: enrolment.MailPending, Method: enrolment.Point, Circuit: circuit,
		Point: "roma", Version: 1, Opened: now, Changed: now, Data: enrolment.Data{Area: enrolment.Private, Email: fmt.Sprintf("amira%c@example.org", 'a'+n), Language: "it"},
	}
	err = w.store.Open(w.t.Context(), enrolment.Opening{
		Request: r, Password: "$" + r.ID, Link: []byte(r.ID), Until: now.Add(24 * time.Hour), Audit: audit.Event{At: now, Role: "idp"},
		Mail: notify.Message{Channel: notify.Mail, To: r.Data.Email, Subject: "s", Text: "t", Lang: "it"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	me := enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}
	data := enrolment.Data{
		Phone: fmt.Sprintf("+3933300001%02d", n), PhoneAt: now,
		Person: enrolment.Person{
			GivenName: "Amira", FamilyName: "Prova", Gender: "F", BirthDate: born, BirthPlace: "F205", BirthName: "Milano", BirthCounty: "MI", Citizenship: "IT",
			FiscalCode: string(code), Residence: identity.Domicile{Street: "Via di Prova 1", PostalCode: "20100", Municipality: "Milano", Province: "MI", Nation: "IT"},
		},
		Document:   identity.Document{Kind: "cartaIdentita", Number: fmt.Sprintf("CA%05dAA", n), Issuer: "comuneMilano", IssuedOn: now.AddDate(-1, 0, 0), ExpiresOn: now.AddDate(5, 0, 0)},
		HealthCard: enrolment.HealthCard{},
	}
	if edit != nil {
		edit(&data)
	}
	for _, act := range []enrolment.Act{enrolment.ConfirmMail, enrolment.SetSecurity, enrolment.ConfirmPhone, enrolment.SavePerson, enrolment.SaveDocuments} {
		r = w.took(r, act, me, func(q *enrolment.Request) {
			q.Data.Phone, q.Data.PhoneAt, q.Data.Person, q.Data.Document, q.Data.HealthCard = data.Phone, data.PhoneAt, data.Person, data.Document, data.HealthCard
		})
	}
	pictures := map[enrolment.Picture]string{}
	for _, what := range enrolment.Pictures() {
		pictures[what] = w.keep(r, evidence.Kind(what), "image/jpeg", picture(w.t))
	}
	paper := w.keep(r, evidence.Contract, "application/pdf", []byte("%PDF-1.7 prova"))
	r = w.took(r, enrolment.AddPictures, me, func(q *enrolment.Request) { q.Data.Pictures = pictures })
	r = w.took(r, enrolment.FreezeContract, me, func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: paper, SHA256: "hash", Version: "1", At: now}
	})
	return r
}

func (w *world) keep(r enrolment.Request, kind evidence.Kind, media string, content []byte) string {
	w.t.Helper()
	item, err := w.vault.Put(w.t.Context(), evidence.New{Request: r.ID, Kind: kind, MediaType: media, Author: r.Holder, Content: content})
	if err != nil {
		w.t.Fatal(err)
	}
	return item.ID
}

func picture(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const someCollector = "operator:of-the-point"

// next takes the next request of the queue.
func (w *world) nextFor(b *webtest.Client) *webtest.Page {
	w.t.Helper()
	p := b.Get(w.base+"/operator/queue").Expect(http.StatusOK, "Prossima richiesta")
	return b.Submit(p.Form("form[action='/operator/queue/next']"))
}

func formOf(p *webtest.Page, act string) *webtest.Form {
	for _, f := range p.Forms() {
		if f.Values.Get("act") == act {
			return f
		}
	}
	p.Expect(0, "a form for "+act)
	return nil
}

// ticked are all boxes of an approval.
func ticked(p *webtest.Page) (pairs []string) {
	for _, box := range p.FindAll("input[type=checkbox]") {
		if name := webtest.Attr(box, "name"); strings.HasPrefix(name, "tick_") {
			pairs = append(pairs, name, "on")
		}
	}
	return pairs
}

// pressed sends a form, and the key when it is asked for.
func (w *world) pressed(b *webtest.Client, d *passkeytest.Device, f *webtest.Form, pairs ...string) *webtest.Page {
	w.t.Helper()
	p := b.Submit(f, pairs...)
	if p.Has("Conferma che sei tu") {
		p = b.Submit(p.FormWith("answer"), "answer", d.Get(w.t, question(p)))
	}
	return p
}

func TestAnApprovalWithEveryTickMakesTheIdentity(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		r := w.identified(1, someCollector, nil)
		b, key := w.operator(remo)
		p := b.Get(w.base+"/operator/queue").Expect(http.StatusOK, string(r.Number), "da controllare", "di persona a un Point")
		if p.Has("Amira") || strings.Contains(p.Body, r.Data.Person.FiscalCode) || strings.Contains(p.Body, "amira") {
			t.Error("the queue says who it is")
		}
		p = w.nextFor(b).Expect(http.StatusOK, "Richiesta "+string(r.Number), "Amira", r.Data.Person.FiscalCode, "Corrisponde a nome", "Via di Prova 1")
		if n := w.count(`SELECT count(*) FROM audit WHERE action = 'data.read' AND subject = $1 AND actor = $2`, r.Holder, w.operatorID(remo)); n != 1 {
			t.Errorf("%d lines say who looked", n)
		}
		// A tick that is missing is no approval, and what was ticked stays.
		again := b.Submit(formOf(p, "approve"), "tick_document", "on").Expect(http.StatusUnprocessableEntity, "Conferma anche questo")
		if box := again.Find("input[name=tick_document]"); webtest.Attr(box, "name") == "" || !strings.Contains(again.Body, `name="tick_document" type="checkbox" value="on" checked`) {
			t.Error("the tick is lost")
		}
		// Six minutes later the key is asked for again, and nothing is lost. // A17
		w.clock.Advance(6 * time.Minute)
		asked := b.Submit(formOf(p, "approve"), append(ticked(p), "reason", "tutto in ordine")...).Expect(http.StatusOK, "Conferma che sei tu")
		if got, err := w.store.Request(t.Context(), r.ID); err != nil || got.State != enrolment.OperatorCheck {
			t.Fatalf("decided without the key: %s, %v", got.State, err)
		}
		b.Submit(asked.FormWith("answer"), "answer", key.Get(t, question(asked))).Expect(http.StatusOK, "Identità attivata")

		got, err := w.store.Request(t.Context(), r.ID)
		if err != nil || got.State != enrolment.Activated {
			t.Fatalf("%s, %v", got.State, err)
		}
		who, err := w.store.Identity(t.Context(), r.Holder)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(who.SPIDCode), "TEST") || who.UserID != r.Data.Email || who.Factors.Level() != 2 || !who.ExpiresAt.Equal(w.clock.Now().AddDate(2, 0, 0)) ||
			who.Holder.FiscalCode != person.FiscalCode(r.Data.Person.FiscalCode) || who.Holder.Document.Number != r.Data.Document.Number || who.Holder.Domicile.Street != "Via di Prova 1" {
			t.Errorf("%+v", who)
		}
		if mails := strings.Join(w.mails(r.Data.Email), "\n"); !strings.Contains(mails, "la tua identità SPID è attiva") {
			t.Errorf("the person is not told: %s", mails)
		}
		if sms := w.mails(r.Data.Phone); len(sms) != 1 {
			t.Errorf("%d SMS", len(sms))
		}
		events, err := w.store.Events(t.Context(), r.ID)
		if last := events[len(events)-1]; err != nil || last.By.ID != w.operatorID(remo) || last.Reason != "tutto in ordine" {
			t.Errorf("%+v, %v", last, err)
		}
		b.Get(w.base+"/operator/request/"+string(r.Number)).Expect(http.StatusConflict, "La richiesta è andata avanti")
	})
}

func TestA16NobodyDecidesOnWhatTheyCollectedNorOnTheirOwn(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		// Carla identifies and is an approver too; Remo is an applicant himself.
		mine := w.identified(1, w.operatorID(collector), nil)
		w.clock.Advance(time.Minute)
		own := w.identified(2, someCollector, func(d *enrolment.Data) {
			d.Person.GivenName, d.Person.Gender, d.Person.BirthDate = "Remo", "M", time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)
			d.Person.BirthPlace, d.Person.FiscalCode = "H501", "PRVRME80A01H501F"
		})
		carla, _ := w.operator(collector)
		w.nextFor(carla).Expect(http.StatusOK, "Richiesta "+string(own.Number))
		w.nextFor(carla).Expect(http.StatusOK, "Ora non c’è nessuna richiesta")
		carla.Get(w.base + "/operator/request/" + string(mine.Number)).Expect(http.StatusForbidden)
		remoB, _ := w.operator(remo)
		w.nextFor(remoB).Expect(http.StatusOK, "Richiesta "+string(mine.Number))
		w.nextFor(remoB).Expect(http.StatusOK, "Ora non c’è nessuna richiesta")
		remoB.Get(w.base+"/operator/request/"+string(own.Number)).Expect(http.StatusForbidden, "È la tua richiesta")

		// A supervisor hands over, but not to them either; and decides nothing.
		saraB, _ := w.operator(sara)
		p := saraB.Get(w.base+"/operator/queue").Expect(http.StatusOK, string(own.Number), "Remo Prova")
		hand := p.Form("form[action='/operator/queue/hand-over']")
		saraB.Submit(hand, "number", string(own.Number), "operator", w.operatorID(remo)).Expect(http.StatusUnprocessableEntity, "non può andare a questa persona")
		saraB.Submit(hand, "number", string(mine.Number), "operator", w.operatorID(collector)).Expect(http.StatusUnprocessableEntity, "non può andare a questa persona")
		saraB.Submit(hand, "number", "nonsense", "operator", "operator:nobody").Expect(http.StatusUnprocessableEntity)
		saraB.Submit(hand, "number", strings.ToLower(string(mine.Number)), "operator", w.operatorID(fabia)).Expect(http.StatusOK, "La richiesta è affidata")
		remoB.Get(w.base+"/operator/request/"+string(mine.Number)).Expect(http.StatusForbidden, "Questa richiesta non è tua")
		saraB.Get(w.base+"/operator/request/"+string(mine.Number)).Expect(http.StatusForbidden, "non è del tuo ruolo")
		if n := w.count(`SELECT count(*) FROM audit WHERE action = 'operator.request_taken'`); n != 3 {
			t.Errorf("%d lines about who got what, want 3", n)
		}
	})
}

func TestAnUntrainedOperatorReadsAndDecidesNothing(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(500 * 24 * time.Hour) // Remo's training ended in June 2027
	r := w.identified(1, someCollector, nil)
	b, key := w.operator(remo)
	p := w.nextFor(b).Expect(http.StatusOK, "La tua formazione è scaduta")
	w.pressed(b, key, formOf(p, "reject"), "reason", "no").Expect(http.StatusForbidden, "La tua formazione è finita il 30/06/2027")
	if got, err := w.store.Request(t.Context(), r.ID); err != nil || got.State != enrolment.OperatorCheck {
		t.Errorf("%s, %v", got.State, err)
	}
}

func TestWhatIsMissingIsAskedForAgainItemByItem(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	b, key := w.operator(remo)
	p := w.nextFor(b)
	b.Submit(formOf(p, "ask_again")).Expect(http.StatusUnprocessableEntity, "Scegli almeno una cosa")
	b.Submit(formOf(p, "ask_again"), "item_pictures", "on").Expect(http.StatusUnprocessableEntity, "Scrivi che cosa non va")
	b.Submit(formOf(p, "ask_again"), "why_person", "sbagliato").Expect(http.StatusUnprocessableEntity, "segna anche la casella")
	w.pressed(b, key, formOf(p, "ask_again"), "item_pictures", "on", "why_pictures", "il retro è mosso").Expect(http.StatusOK, "Alla persona è stato chiesto")
	got, err := w.store.Request(t.Context(), r.ID)
	if err != nil || got.State != enrolment.Resubmission || len(got.Data.Wanted) != 1 || got.Data.Wanted[0].Why != "il retro è mosso" {
		t.Errorf("%+v, %v", got, err)
	}
	if mail := strings.Join(w.mails(r.Data.Email), "\n"); !strings.Contains(mail, "– Immagini: il retro è mosso") || !strings.Contains(mail, string(r.Number)) {
		t.Errorf("the mail says %s", mail)
	}
}

func TestARejectionSaysWhyAndASuspicionGoesToTheOthers(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	b, key := w.operator(remo)
	p := w.nextFor(b)
	b.Submit(formOf(p, "suspect"), "reason", " ").Expect(http.StatusUnprocessableEntity)
	w.pressed(b, key, formOf(p, "suspect"), "reason", "foto di uno schermo").Expect(http.StatusOK, "casi sospetti")
	if mails := w.mails(r.Data.Email); len(mails) != 1 {
		t.Errorf("the person is told of a suspicion: %v", mails)
	}
	w.nextFor(b).Expect(http.StatusOK, "Ora non c’è nessuna richiesta")

	fabiaB, fabiaKey := w.operator(fabia)
	p = w.nextFor(fabiaB).Expect(http.StatusOK, "caso sospetto", "foto di uno schermo")
	w.pressed(fabiaB, fabiaKey, formOf(p, "clear"), "reason", "è la foto giusta").Expect(http.StatusOK, "Sospetto risolto")
	p = w.nextFor(b).Expect(http.StatusOK, "è la foto giusta")
	w.pressed(b, key, formOf(p, "reject"), "reason", "Il documento non è tuo.").Expect(http.StatusOK, "Richiesta respinta")
	got, err := w.store.Request(t.Context(), r.ID)
	if err != nil || got.State != enrolment.Rejected {
		t.Errorf("%s, %v", got.State, err)
	}
	if mail := strings.Join(w.mails(r.Data.Email), "\n"); !strings.Contains(mail, "Il documento non è tuo.") {
		t.Errorf("the mail says %s", mail)
	}
}

func TestA18ContactsOfManyPeopleAreDoubtedAndNotBarred(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		shared := func(d *enrolment.Data) { d.Phone = "+393330000077" }
		first := w.identified(1, someCollector, shared)
		for n := 2; n < 5; n++ {
			w.clock.Advance(time.Minute)
			w.identified(n, someCollector, func(d *enrolment.Data) {
				shared(d)
				if n == 4 {
					d.Document.Number = first.Data.Document.Number
				}
			})
		}
		b, key := w.operator(remo)
		p := w.nextFor(b).Expect(http.StatusOK, string(first.Number), "Altre persone con questo numero: 3", "Altre persone che lo hanno indicato: 1")
		if p.Find("input[name=tick_doubt_phone]") == nil || p.Find("input[name=tick_doubt_same_document]") == nil || p.Find("input[name=tick_doubt_mailbox]") != nil {
			t.Error("a doubt has no box of its own, or one that is none has")
		}
		var some []string
		for _, pair := range ticked(p) {
			if pair != "on" && pair != "tick_doubt_phone" {
				some = append(some, pair, "on")
			}
		}
		b.Submit(formOf(p, "approve"), some...).Expect(http.StatusUnprocessableEntity, "Conferma anche questo")
		w.pressed(b, key, formOf(p, "approve"), ticked(p)...).Expect(http.StatusOK, "Identità attivata")

		// A family of three shares a telephone: no doubt.
		w = newWorldOn(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), &clock{now: samltest.Start})
		for n := 1; n < 4; n++ {
			w.identified(n, someCollector, shared)
		}
		b, _ = w.operator(remo)
		if p := w.nextFor(b).Expect(http.StatusOK, "Altre persone con questo numero: 2"); p.Find("input[name=tick_doubt_phone]") != nil {
			t.Error("a family's telephone is doubted")
		}
	})
}

func TestWhatBarsAnApprovalCannotBeTickedAway(t *testing.T) {
	w := newWorld(t)
	w.identified(1, someCollector, func(d *enrolment.Data) { d.Document.ExpiresOn = w.clock.Now().AddDate(0, 0, -1) })
	b, _ := w.operator(remo)
	p := w.nextFor(b).Expect(http.StatusOK, "È scaduto: chiedine un altro", "Un controllo impedisce l’attivazione")
	values := url.Values{"act": {"approve"}, "version": {formOf(p, "reject").Values.Get("version")}}
	for _, tick := range []string{"document", "match", "health_card", "contract", "identified", "stranger"} {
		values.Set("tick_"+tick, "on")
	}
	b.Post(p.URL.String()+"/decide", values).Expect(http.StatusUnprocessableEntity, "Un controllo impedisce l’attivazione")
}

func TestAContractThatWasNotSignedAtThePointBarsTheApproval(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	b, _ := w.operator(remo)
	p := w.nextFor(b).Expect(http.StatusOK, "La persona è qui e somiglia alla foto", "another: no", "Contratto firmato con un codice")
	if p.Has("Un controllo impedisce") {
		t.Error("a signed contract is barred")
	}
	// As if the contract had been frozen anew after the signature.
	w.took(w.took(r, enrolment.Suspect, enrolment.Author{Role: enrolment.Approver, ID: w.operatorID(remo)}, func(q *enrolment.Request) { q.Data.Contract.SHA256 = "other" }),
		enrolment.Clear, enrolment.Author{Role: enrolment.Fraud, ID: w.operatorID(fabia)}, nil)
	w.nextFor(b).Expect(http.StatusOK, "al Point non è stato firmato così com’è ora", "Un controllo impedisce")
}

func TestA29OlderContactsOfTheSameCodeAreTold(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	old := identity.Holder{
		GivenName: "Amira", FamilyName: "Prova", Gender: "F", BirthDate: r.Data.Person.BirthDate, BirthPlace: "F205", BirthCounty: "MI",
		FiscalCode: person.FiscalCode(r.Data.Person.FiscalCode), Email: "vecchia@example.org", MobilePhone: "+393330000088",
	}
	if err := w.idp.Seed(t.Context(), identity.Seed{Holder: old, Password: secret, SMS: true, State: identity.Revoked}); err != nil {
		t.Fatal(err)
	}
	b, key := w.operator(remo)
	p := w.nextFor(b)
	w.pressed(b, key, formOf(p, "approve"), ticked(p)...).Expect(http.StatusOK, "Identità attivata")
	if mail := strings.Join(w.mails("vecchia@example.org"), ""); !strings.Contains(mail, "attivata con il tuo codice fiscale") || strings.Contains(mail, "Amira") {
		t.Errorf("the older contact reads %q", mail)
	}
	// The link opens a page with a button, and the button suspends at once. // A04
	link := regexp.MustCompile(`http://\S+/account/stop/link\?token=\S+`).FindString(strings.Join(w.mails("vecchia@example.org"), ""))
	other := webtest.New(t)
	page := other.Get(link).Expect(http.StatusOK, "Non hai chiesto tu questa identità?")
	if state, _ := w.state(r.Holder); state != identity.Active {
		t.Error("a program that opens links suspends")
	}
	if done := other.Submit(page.FormWith("token")).Expect(http.StatusOK, "Abbiamo sospeso quell’identità"); done.Has("per email e SMS") || done.Has("Vai alla tua pagina") {
		t.Error("who is not the holder is promised a message and a page")
	}
	if state, cause := w.state(r.Holder); state != identity.Suspended || cause != identity.Security {
		t.Errorf("%s, %s", state, cause)
	}
	other.Submit(page.FormWith("token")).Expect(http.StatusOK) // twice is once
	// Two operators have checked: the link stops nothing any more.
	stopped, err := w.store.Identity(t.Context(), r.Holder)
	if err != nil {
		t.Fatal(err)
	}
	cleared, event, err := stopped.Do(identity.Change{Act: identity.Lift, By: identity.By{Role: identity.AsDesk, ID: "operator:a", Second: "operator:b"}, At: w.clock.Now(), Reason: "riconosciuta"})
	if err != nil {
		t.Fatal(err)
	}
	w.saved(cleared, event)
	other.Get(link).Expect(http.StatusGone, "Il link non vale più")
	other.Submit(page.FormWith("token")).Expect(http.StatusGone)
	if state, _ := w.state(r.Holder); state != identity.Active {
		t.Errorf("%s after two operators cleared it", state)
	}
	other.Get(w.base + "/account/stop/link?token=x").Expect(http.StatusGone)
	if sms := w.mails("+393330000088"); len(sms) != 1 {
		t.Errorf("%d SMS to the older number", len(sms))
	}
}

// A18: who withdraws one request after another with the same telephone is seen all the same,
// for a time.
func TestA18ContactsOfWithdrawnRequestsCountForAWhile(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		shared := func(d *enrolment.Data) { d.Phone = "+393330000077" }
		for n := 1; n < 4; n++ {
			gone := w.identified(n, someCollector, shared)
			w.took(gone, enrolment.Withdraw, enrolment.Author{Role: enrolment.Applicant, ID: gone.Holder}, nil)
		}
		last := w.identified(4, someCollector, shared)
		known, err := w.store.Known(t.Context(), last)
		if err != nil || known.Phones != 3 {
			t.Errorf("%+v, %v", known, err)
		}
		w.clock.Advance(91 * 24 * time.Hour)
		w.job("idp.purge")
		if known, err = w.store.Known(t.Context(), last); err != nil || known.Phones != 0 || known.Mailboxes != 0 {
			t.Errorf("after 91 days: %+v, %v", known, err)
		}
	})
}

// A40: nothing is activated for somebody who has died, whatever the operator ticks.
func TestA40AnIdentityOfTheDeceasedIsNotMade(t *testing.T) {
	w := newWorld(t)
	r := w.identified(7, someCollector, nil) // whose code is in the list of the world
	b, _ := w.operator(remo)
	p := w.nextFor(b).Expect(http.StatusOK, "Una fonte dice che la persona è deceduta", "Un controllo impedisce l’attivazione")
	values := url.Values{"act": {"approve"}, "version": {formOf(p, "reject").Values.Get("version")}}
	for _, tick := range []string{"document", "match", "health_card", "contract", "identified", "stranger"} {
		values.Set("tick_"+tick, "on")
	}
	b.Post(p.URL.String()+"/decide", values).Expect(http.StatusUnprocessableEntity, "Un controllo impedisce l’attivazione")
	if got, err := w.store.Request(t.Context(), r.ID); err != nil || got.State != enrolment.OperatorCheck {
		t.Errorf("%s, %v", got.State, err)
	}
}

// L09
func TestL09ASecondIdentityOfOnePersonIsNotMadeAndItsHolderIsTold(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	b, key := w.operator(remo)
	p := w.nextFor(b)
	// Meanwhile the person got one by another way.
	other := identity.Holder{FiscalCode: person.FiscalCode(r.Data.Person.FiscalCode), Email: "altra@example.org", GivenName: "Amira", FamilyName: "Prova"}
	if err := w.idp.Seed(t.Context(), identity.Seed{Holder: other, Password: secret}); err != nil {
		t.Fatal(err)
	}
	w.pressed(b, key, formOf(p, "approve"), ticked(p)...).Expect(http.StatusUnprocessableEntity, "ha già un’identità qui")
	if got, err := w.store.Request(t.Context(), r.ID); err != nil || got.State != enrolment.OperatorCheck {
		t.Errorf("%s, %v", got.State, err)
	}
	if n := len(w.mails("altra@example.org")); n != 0 {
		t.Errorf("%d mails before anything is decided", n)
	}
	w.pressed(b, key, formOf(p, "reject"), "reason", "Hai già un’identità.").Expect(http.StatusOK, "Richiesta respinta")
	mails := w.mails("altra@example.org")
	if len(mails) != 1 || !strings.Contains(mails[0], "ne ha chiesta un’altra con il tuo codice fiscale") || strings.Contains(mails[0], r.Data.Email) {
		t.Errorf("who has the identity reads %q", mails)
	}
	if _, err := w.store.Identity(t.Context(), r.Holder); !errors.Is(err, identity.ErrUnknown) {
		t.Errorf("a second identity of one person: %v", err)
	}
}

// A request that is refused for another reason warns nobody else.
func TestARejectionWithoutAnotherIdentityWarnsNobody(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	w.identified(2, someCollector, func(d *enrolment.Data) { d.Person.FiscalCode = r.Data.Person.FiscalCode; d.Email = "due@example.org" })
	b, key := w.operator(remo)
	p := w.nextFor(b).Expect(http.StatusOK, string(r.Number))
	w.pressed(b, key, formOf(p, "reject"), "reason", "no").Expect(http.StatusOK, "Richiesta respinta")
	if mails := w.mails("due@example.org"); strings.Contains(strings.Join(mails, ""), "ne ha chiesta un’altra") {
		t.Errorf("%v", mails)
	}
}

func TestA35EvidenceRunsNothingAndIsLookedAtByWhoHasTheRequest(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	other := w.identified(2, someCollector, nil)
	page := w.keep(r, evidence.PrintedForm, "text/html", []byte("<script>alert(1)</script>"))
	b, _ := w.operator(remo)
	p := w.nextFor(b).Expect(http.StatusOK, string(r.Number))
	src := webtest.Attr(p.Find("figure img"), "src")
	for address, media := range map[string]string{
		w.base + src: "image/jpeg", p.URL.String() + "/evidence/" + r.Data.Contract.Evidence: "application/pdf", p.URL.String() + "/evidence/" + page: "application/octet-stream",
	} {
		got := b.Get(address).Expect(http.StatusOK)
		h := got.Header
		if h.Get("Content-Type") != media || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox; default-src 'none'") || h.Get("Cache-Control") != "no-store" ||
			h.Get("X-Content-Type-Options") != "nosniff" || (media != "image/jpeg") != strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %v", media, h)
		}
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'evidence.read' AND actor = $1`, w.operatorID(remo)); n != 3 {
		t.Errorf("%d openings were written down, want 3", n)
	}
	// Of another request, of nobody, by somebody else, by nobody.
	b.Get(p.URL.String() + "/evidence/" + other.Data.Contract.Evidence).Expect(http.StatusNotFound)
	b.Get(p.URL.String() + "/evidence/nonsense").Expect(http.StatusNotFound)
	fabiaB, _ := w.operator(fabia)
	fabiaB.Get(w.base + src).Expect(http.StatusForbidden)
	webtest.New(t).Get(w.base+src).Expect(http.StatusOK, "Accesso operatori")
	v := &visit{world: w, browser: webtest.New(t)}
	v.page = v.browser.Get(w.base + "/account/login")
	v.password(ada, secret)
	v.browser.Get(w.base+src).Expect(http.StatusOK, "Accesso operatori")
}

func TestA36DecisionsComeFromOurOwnPagesAlone(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	b, _ := w.operator(remo)
	p := w.nextFor(b)
	if h := p.Header.Get("Content-Security-Policy"); !strings.Contains(h, "frame-ancestors 'none'") {
		t.Errorf("the page can be framed: %s", h)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL.String()+"/decide", strings.NewReader(url.Values{"act": {"reject"}, "reason": {"x"}, "version": {formOf(p, "reject").Values.Get("version")}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://evil.example.org")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := b.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign form: %d", res.StatusCode)
	}
	if got, err := w.store.Request(t.Context(), r.ID); err != nil || got.State != enrolment.OperatorCheck {
		t.Errorf("%s, %v", got.State, err)
	}
}

func TestHostileFormsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.identified(1, someCollector, nil)
	b, _ := w.operator(remo)
	p := w.nextFor(b)
	version := formOf(p, "reject").Values.Get("version")
	for _, c := range []struct {
		values url.Values
		status int
	}{
		{url.Values{}, http.StatusConflict},
		{url.Values{"version": {"1"}, "act": {"reject"}, "reason": {"x"}}, http.StatusConflict},
		{url.Values{"version": {version}, "act": {"withdraw"}}, http.StatusBadRequest},
		{url.Values{"version": {version}, "act": {"clear"}, "reason": {"x"}}, http.StatusConflict},
		{url.Values{"version": {version}, "act": {"reject", "approve"}}, http.StatusBadRequest},
		{url.Values{"version": {version}, "act": {"reject"}, "reason": {strings.Repeat("x", 501)}}, http.StatusUnprocessableEntity},
		{url.Values{"version": {version}, "act": {"approve"}, "tick_document": {"perhaps"}}, http.StatusUnprocessableEntity},
		{url.Values{"version": {version}, "act": {"reject"}, "reason": {"\x00"}}, http.StatusBadRequest},
	} {
		b.Post(p.URL.String()+"/decide", c.values).Expect(c.status)
	}
	for path, status := range map[string]int{
		"/operator/request/x": http.StatusNotFound, "/operator/request/ABCD-1234": http.StatusGone,
		"/operator/queue?state=rejected&method=x&circuit=y&page=-1": http.StatusOK, "/operator/queue?page=99": http.StatusOK,
	} {
		b.Get(w.base + path).Expect(status)
	}
	b.Post(w.base+"/operator/queue/hand-over", url.Values{"number": {"x"}}).Expect(http.StatusForbidden, "non è del tuo ruolo")
}

func TestA07OfTwoOperatorsAtOnceOneDecides(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		r := w.identified(1, someCollector, nil)
		b, _ := w.operator(remo)
		p := w.nextFor(b)
		form := formOf(p, "approve")
		values := url.Values{"act": {"approve"}, "version": {form.Values.Get("version")}}
		for _, pair := range ticked(p) {
			if pair != "on" {
				values.Set(pair, "on")
			}
		}
		// The same operator in two tabs, twice each: one approval, one identity.
		var all sync.WaitGroup
		got := make([]*webtest.Page, 4)
		for i := range got {
			all.Go(func() {
				tab := webtest.New(t)
				tab.HTTP.Jar.SetCookies(mustURL(t, w.base), b.HTTP.Jar.Cookies(mustURL(t, w.base)))
				got[i], _ = tab.Do(http.MethodPost, p.URL.String()+"/decide", values, nil)
			})
		}
		all.Wait()
		right := 0
		for _, page := range got {
			switch {
			case page == nil:
				t.Error("no answer")
			case page.Status == http.StatusOK && page.Has("Identità attivata"):
				right++
			case !page.Has("La tua decisione è già registrata"): // it is their own
				t.Errorf("the loser gets %d", page.Status)
			}
		}
		if right != 1 || w.count(`SELECT count(*) FROM identity WHERE id = $1`, r.Holder) != 1 || w.count(`SELECT count(*) FROM request_event WHERE act = 'approve'`) != 1 {
			t.Errorf("%d approvals", right)
		}
	})
}

func TestA16OneOperatorSeesNoMoreApplicantsThanAnybodyCanCheck(t *testing.T) {
	w := newWorld(t)
	b, _ := w.operator(remo)
	for n := range 41 {
		p := b.Post(w.base+"/operator/queue/next", url.Values{"x": {""}})
		if want := map[bool]int{true: http.StatusOK, false: http.StatusTooManyRequests}[n < 40]; p.Status != want {
			t.Fatalf("request %d: %d, want %d", n+1, p.Status, want)
		}
	}
	b.Get(w.base + "/operator/queue").Expect(http.StatusOK)
	w.clock.Advance(2 * time.Minute)
	b.Post(w.base+"/operator/queue/next", url.Values{"x": {""}}).Expect(http.StatusOK)
}

// A16: whoever had all that waits could choose whom to decide on, so nobody has more than a
// few, in however many tabs; nor does a supervisor who decides too give themselves one.
func TestA16NobodyChoosesWhomToDecideOn(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		const dora = "dora.prova@example.org"
		w := newWorldWith(t, d, &clock{now: samltest.Start}, func(*idp.Enrolment) {}, func(c *idp.Config) {
			c.Operators = append(c.Operators, operator.Config{Name: "Dora Prova", Email: dora, Roles: []string{"approver", "supervisor"}})
		})
		var last enrolment.Request
		for n := 1; n < 7; n++ {
			last = w.identified(n, someCollector, nil)
			w.clock.Advance(time.Minute)
		}
		first, key := w.operator(dora)
		var all sync.WaitGroup
		for range 6 {
			b := webtest.New(t)
			b.HTTP.Jar.SetCookies(mustURL(t, w.base), first.HTTP.Jar.Cookies(mustURL(t, w.base)))
			all.Go(func() { _, _ = b.Do(http.MethodPost, w.base+"/operator/queue/next", url.Values{"x": {""}}, nil) })
		}
		all.Wait()
		who := w.operatorID2(dora)
		if n := w.count(`SELECT count(*) FROM request_claim WHERE operator = $1`, who); n != review.MostHeld {
			t.Errorf("in six tabs they have %d", n)
		}
		w.nextFor(first).Expect(http.StatusConflict, "Hai già 3 richieste")
		hand := first.Get(w.base + "/operator/queue").Form("form[action='/operator/queue/hand-over']")
		first.Submit(hand, "number", string(last.Number), "operator", who).Expect(http.StatusUnprocessableEntity, "Non puoi affidare una richiesta a te")
		if n := w.count(`SELECT count(*) FROM request_claim WHERE operator = $1`, who); n != review.MostHeld {
			t.Errorf("they gave themselves one more: %d", n)
		}
		w.clock.Advance(2 * time.Hour) // they came free
		b := webtest.New(t)
		w.signIn(b, key)
		w.nextFor(b).Expect(http.StatusOK, "Amira")
	})
}

// A16: whoever saw papers or took pictures at the Point does not decide, whoever identified.
func TestA16WhoBeganAtThePointDoesNotDecide(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		carla, _ := w.operator(collector)
		r := w.ready(1)
		r = w.took(r, enrolment.Check, enrolment.Author{Role: enrolment.Collector, ID: w.operatorID(collector)}, func(q *enrolment.Request) {
			q.Data.Signed = &enrolment.Signing{At: w.clock.Now(), Contract: q.Data.Contract.SHA256, Paper: "paper"}
		})
		r = w.took(r, enrolment.Identify, enrolment.Author{Role: enrolment.Collector, ID: someCollector}, nil)
		w.nextFor(carla).Expect(http.StatusOK, "Ora non c’è nessuna richiesta")
		back, key := w.operator(remo)
		p := w.nextFor(back).Expect(http.StatusOK, string(r.Number))
		w.pressed(back, key, formOf(p, "reject"), "reason", "non va").Expect(http.StatusOK, "Richiesta respinta")
		// Pressed again, the page says that it is done, and not that somebody else was faster.
		w.pressed(back, key, formOf(p, "reject"), "reason", "non va").Expect(http.StatusOK, "La tua decisione è già registrata")
		w.pressed(back, key, formOf(p, "suspect"), "reason", "non va").Expect(http.StatusConflict, "La richiesta è andata avanti")
		if n := w.count(`SELECT count(*) FROM request_event WHERE act = 'reject'`); n != 1 {
			t.Errorf("%d decisions", n)
		}
	})
}

func TestManyOperatorsNeverGetTheSameRequest(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		for n := 1; n < 5; n++ {
			w.identified(n, someCollector, nil)
		}
		numbers := make(chan string, 12) // room for all
		var all sync.WaitGroup
		for _, email := range []string{remo, fabia, collector} {
			browser := w.tabs(email)
			for range 4 {
				b := browser()
				all.Go(func() {
					page, err := b.Do(http.MethodPost, w.base+"/operator/queue/next", url.Values{"x": {""}}, nil)
					if err == nil && page.Status == http.StatusOK && strings.Contains(page.URL.Path, "/operator/request/") {
						numbers <- page.URL.Path
					}
				})
			}
		}
		all.Wait()
		close(numbers)
		seen := map[string]bool{}
		for n := range numbers {
			if seen[n] {
				t.Errorf("%s was given twice", n)
			}
			seen[n] = true
		}
		if len(seen) != 4 {
			t.Errorf("%d requests were given out, want 4", len(seen))
		}
	})
}

// tabs makes browsers in which an operator is signed in by one session.
func (w *world) tabs(email string) func() *webtest.Client {
	first, _ := w.operator(email)
	return func() *webtest.Client {
		b := webtest.New(w.t)
		b.HTTP.Jar.SetCookies(mustURL(w.t, w.base), first.HTTP.Jar.Cookies(mustURL(w.t, w.base)))
		return b
	}
}

func mustURL(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
