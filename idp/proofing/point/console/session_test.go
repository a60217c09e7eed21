package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture/picturetest"
	"atrio/idp/proofing/point/console"
)

// I8, A16, A17: from the list to the back office, with a signature on paper, interrupted
// in the middle.
func TestASessionGoesFromTheAppointmentToTheBackOffice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.booked(w.ready(1, nil), "lodi", w.clock().Add(time.Hour))
		k := w.operator(olga)
		p := k.Get(w.base+console.Path).Expect(http.StatusOK, "Centro di Lodi", string(r.Number), "11:30", "Appuntamento preso")
		if p.Has("Amira") || p.Has("Prova 1983") || strings.Contains(p.Body, "PRVMRA") {
			t.Error("the list says who comes")
		}
		p = k.Submit(p.FormWith("number"), "number", strings.ToLower(strings.ReplaceAll(string(r.Number), "-", " ")))
		p.Expect(http.StatusOK, "Amira", "PRVMRA83E50A744N", "CA00001AA", "10 maggio 1983", "Contratto "+string(r.Number), "amirab@example.org")
		if n := w.count(`SELECT count(*) FROM audit WHERE action = 'data.read' AND subject = $1 AND actor = $2`, r.Holder, k.ID); n != 1 {
			t.Errorf("%d lines say who looked", n)
		}
		if p.Header.Get("Cache-Control") != "no-store" {
			t.Error("the page stays in a cache")
		}
		for _, f := range p.Forms() { // A18
			for _, name := range f.Fields() {
				if strings.Contains(name, "mail") || strings.Contains(name, "phone") {
					t.Errorf("the operator may type %s", name)
				}
			}
		}

		// Not without ticks and signature; what was ticked stays on the page.
		again := k.Submit(form(p, "/identify"), "tick_person", "on").Expect(http.StatusUnprocessableEntity, "Conferma anche questo", "Il contratto non è ancora firmato")
		if !strings.Contains(again.Body, `name="tick_person" type="checkbox" value="on" checked`) {
			t.Error("the tick is lost")
		}
		k.save(again, "tick_person", "on", "tick_document", "on").Expect(http.StatusOK, "Salvato: puoi continuare dopo")
		if got := w.read(r); got.State != enrolment.PointBooked || !got.Data.Checks["document"] || got.Data.Checks["contacts"] {
			t.Fatalf("%s, %v", got.State, got.Data.Checks)
		}
		if n := w.count(`SELECT count(*) FROM appointment WHERE request = $1`, r.ID); n != 1 {
			t.Errorf("%d appointments after a check", n)
		}

		// The session ends, another day begins; a colleague's ticks are not one's own.
		w.advance(40 * time.Minute)
		colleague := w.operator(oreste).Get(w.at(r, "")).Expect(http.StatusOK, "Amira")
		if strings.Contains(colleague.Body, " checked") {
			t.Error("a colleague's ticks count")
		}
		k.Answer(k.Get(w.at(r, "")).Expect(http.StatusOK, "Accesso operatori"))
		p = k.Get(w.at(r, ""))
		if p.Has("Accesso operatori") {
			p = k.Answer(p)
		}
		p.Expect(http.StatusOK, "Amira")
		if strings.Count(p.Body, `value="on" checked`) != 2 {
			t.Error("the ticks are not there any more")
		}

		p = k.Upload(form(p, "/paper"), map[string][]byte{"paper": picturetest.Card()}).Expect(http.StatusOK, "Il contratto è firmato", "Firmato su carta")
		w.advance(6 * time.Minute)
		asked := k.Submit(form(p, "/identify"), all...).Expect(http.StatusOK, "Conferma che sei tu")
		if w.read(r).State != enrolment.PointBooked {
			t.Fatal("recognised without the key")
		}
		k.Answer(asked).Expect(http.StatusOK, "passa al back office", "Il tuo Point")
		got := w.read(r)
		if got.State != enrolment.OperatorCheck || got.Collector != k.ID || got.Point != "lodi" || got.Data.Identified.IsZero() || got.Data.Booking != nil {
			t.Errorf("%+v", got)
		}
		w.proved(got, "paper", evidence.PrintedForm)
		k.Get(w.at(r, "")).Expect(http.StatusNotFound, "Qui non c’è una richiesta con questo numero")
	})
}

// proved reads the evidence of an identification.
func (w *world) proved(r enrolment.Request, by string, kind evidence.Kind) (record map[string]any) {
	w.t.Helper()
	events, err := w.store.Events(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	last := events[len(events)-1]
	if last.Act != enrolment.Identify || len(last.Evidence) != 2 {
		w.t.Fatalf("%+v", last)
	}
	open := func(id string) evidence.Opened {
		o, err := w.vault.Open(w.t.Context(), id, evidence.Access{By: "system:test", Purpose: "test"})
		if err != nil {
			w.t.Fatal(err)
		}
		return o
	}
	var list struct {
		Request, Point, Operator, Signature string
		At                                  time.Time
		Checks                              map[string]bool
		Contract                            string `json:"contract_sha256"`
	}
	o := open(last.Evidence[0])
	if err := json.Unmarshal(o.Content, &list); err != nil || o.Kind != evidence.PointChecklist {
		w.t.Fatalf("%s: %v", o.Content, err)
	}
	if list.Request != string(r.Number) || list.Point == "" || list.Operator != r.Collector || !list.At.Equal(last.At) || len(list.Checks) != 6 || list.Signature != by || list.Contract != r.Data.Contract.SHA256 {
		w.t.Errorf("checklist %s", o.Content)
	}
	o = open(last.Evidence[1])
	if o.Kind != kind {
		w.t.Errorf("the signature is a %s", o.Kind)
	}
	if o.MediaType == "application/json" {
		if err := json.Unmarshal(o.Content, &record); err != nil {
			w.t.Fatal(err)
		}
	}
	return record
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// code is the one that was sent last.
func (w *world) code(phone string) string {
	w.t.Helper()
	texts := w.messages(phone)
	if len(texts) == 0 {
		w.t.Fatal("no message to ", phone)
	}
	return sixDigits.FindString(texts[len(texts)-1])
}

// E07, E28: in a circuit where the operator takes the pictures they are needed before the
// end; the contract is signed by code.
func TestE28TheOperatorTakesThePicturesAndTheApplicantSignsByCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.ready(1, func(q *enrolment.Request) { q.Circuit = "negozi" })
		k := w.operator(bruno)
		p := k.Get(w.at(r, "")).Expect(http.StatusOK, "Qui le immagini dei documenti le fai tu", "Pronta per il riconoscimento")
		p = k.Submit(form(p, "/code")).Expect(http.StatusOK, "Il codice è in arrivo", "Codice ricevuto")
		k.Submit(form(p, "/code")).Expect(http.StatusTooManyRequests, "Troppi codici")
		code := w.code(r.Data.Phone)
		for left := range 2 {
			k.Submit(form(p, "/sign"), "code", wrong(code)).Expect(http.StatusUnprocessableEntity, fmt.Sprint("Tentativi rimasti: ", 4-left))
		}
		k.Submit(form(p, "/sign"), "code", "12").Expect(http.StatusUnprocessableEntity)
		p = k.Submit(form(p, "/sign"), "code", code).Expect(http.StatusOK, "Firmato con il codice")
		k.Submit(form(p, "/sign"), "code", code).Expect(http.StatusUnprocessableEntity, "Il codice non vale più")
		if !w.refused("wrong_code") || !w.refused("stale_code") || !w.refused("throttled") {
			t.Error("refusals leave no line")
		}

		k.Submit(form(p, "/identify"), all...).Expect(http.StatusUnprocessableEntity, "Manca almeno un’immagine")
		files := map[string][]byte{"document_front": picturetest.Card(), "document_back": picturetest.Card(), "health_card_front": picturetest.Card(), "health_card_back": []byte("GIF89a")}
		k.Upload(form(p, "/pictures"), files).Expect(http.StatusUnprocessableEntity)
		p = k.Get(w.at(r, ""))
		if got := w.read(r); len(got.Data.Pictures) != 3 {
			t.Fatalf("%v", got.Data.Pictures)
		}
		k.Upload(form(p, "/pictures"), nil).Expect(http.StatusUnprocessableEntity, "Scegli almeno un’immagine")
		p = k.Upload(form(p, "/pictures"), map[string][]byte{"health_card_back": picturetest.Card()}).Expect(http.StatusOK, "Le immagini sono salvate")
		k.press(form(p, "/identify"), all...).Expect(http.StatusOK, "passa al back office")
		got := w.read(r)
		record := w.proved(got, "code", "sign_record")
		if record["contract_sha256"] != got.Data.Contract.SHA256 || record["operator"] != k.ID || record["phone_mac"] == "" || strings.Contains(fmt.Sprint(record), r.Data.Phone) || record["at"] == nil {
			t.Errorf("record %v", record)
		}
	})
}

func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// A01
func TestOfFiftyRightCodesAtOnceOneSigns(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.ready(1, nil)
		k := w.operator(olga)
		p := k.Submit(form(k.Get(w.at(r, "")), "/code")).Expect(http.StatusOK)
		values := url.Values{"code": {w.code(r.Data.Phone)}}
		action := form(p, "/sign").Action
		var group sync.WaitGroup
		var mu sync.Mutex
		statuses := map[int]int{}
		for range 50 {
			group.Go(func() {
				c := *k.Client
				one := *k.HTTP
				c.HTTP, c.NoRedirect = &one, true
				p, err := c.Do(http.MethodPost, action, values, p)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				statuses[p.Status]++
			})
		}
		group.Wait()
		events, err := w.store.Events(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		signed := 0
		for _, e := range events {
			if e.Act == enrolment.Check {
				signed++
			}
		}
		if signed != 1 || statuses[http.StatusSeeOther] != 1 || statuses[http.StatusUnprocessableEntity]+statuses[http.StatusConflict] != 49 {
			t.Errorf("%d signatures, answers %v", signed, statuses)
		}
	})
}

// A code is bound to the contract and to the operator, and ends.
func TestACodeSignsNothingElse(t *testing.T) {
	w := one(t)
	r := w.ready(1, nil)
	k, other := w.operator(olga), w.operator(oreste)
	p := k.Submit(form(k.Get(w.at(r, "")), "/code")).Expect(http.StatusOK)
	code := w.code(r.Data.Phone)
	other.Submit(form(other.Get(w.at(r, "")), "/sign"), "code", code).Expect(http.StatusUnprocessableEntity, "Il codice non è giusto")
	r = w.frozen(w.took(w.took(r, enrolment.SavePerson, author(r), nil), enrolment.SaveDocuments, author(r), nil))
	k.Submit(form(p, "/sign"), "code", code).Expect(http.StatusUnprocessableEntity, "Il codice non è giusto")
	w.advance(5 * time.Minute)
	p = k.Submit(form(k.Get(w.at(r, "")), "/code")).Expect(http.StatusOK)
	w.advance(5 * time.Minute)
	k.Submit(form(p, "/sign"), "code", w.code(r.Data.Phone)).Expect(http.StatusUnprocessableEntity, "Il codice non vale più")
	p = k.Submit(form(k.Get(w.at(r, "")), "/code")).Expect(http.StatusOK)
	p = k.Submit(form(p, "/sign"), "code", w.code(r.Data.Phone)).Expect(http.StatusOK, "Firmato con il codice")
	// What is corrected afterwards is signed anew.
	r = w.frozen(w.took(w.took(w.read(r), enrolment.SavePerson, author(r), nil), enrolment.SaveDocuments, author(r), nil))
	if w.read(r).Data.Signed != nil {
		t.Error("another contract is signed")
	}
	k.Submit(form(p, "/identify"), all...).Expect(http.StatusConflict, "La richiesta è andata avanti")
}
