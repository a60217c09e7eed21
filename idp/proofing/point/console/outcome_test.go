package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/ratelimit"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/evidence/picture/picturetest"
	"atrio/idp/proofing/point/console"
	"atrio/web/webtest"
)

// I8: the applicant comes back with what was missing, which the operator takes.
func TestAnApplicantComesBackWithWhatWasMissing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.booked(w.ready(1, nil), "lodi", w.clock().Add(time.Hour))
		k := w.operator(olga)
		p := k.Get(w.at(r, ""))
		k.Submit(form(p, "/come-back")).Expect(http.StatusUnprocessableEntity, "Scegli almeno una voce")
		k.Submit(form(p, "/come-back"), "item_pictures", "on").Expect(http.StatusUnprocessableEntity, "Scrivi che cosa manca")
		k.Submit(form(p, "/come-back").Fill("item_pictures", ""), "why_document", "scaduto").Expect(http.StatusUnprocessableEntity, "spunta anche la voce")
		p = k.Get(w.at(r, ""))
		w.advance(6 * time.Minute)
		k.press(form(p, "/come-back"), "item_pictures", "on", "why_pictures", "Il fronte è tagliato").Expect(http.StatusOK, "La persona riceve un’e-mail")
		got := w.read(r)
		if got.State != enrolment.Resubmission || got.Point != "" || len(got.Data.Wanted) != 1 {
			t.Fatalf("%+v", got)
		}
		mails := w.messages(r.Data.Email)
		if last := mails[len(mails)-1]; !strings.Contains(last, "Il fronte è tagliato") || !strings.Contains(last, string(r.Number)) {
			t.Errorf("mail %q", last)
		}
		// The next day: no outcome before everything is there.
		p = k.Get(w.at(r, "")).Expect(http.StatusOK, "Il fronte è tagliato", "La richiesta riprende quando c’è tutto")
		p = k.Upload(form(p, "/pictures"), map[string][]byte{"document_front": picturetest.Card()}).Expect(http.StatusOK, "Le immagini sono salvate")
		k.Submit(form(p, "/resume")).Expect(http.StatusOK, "Pronta per il riconoscimento", "Riconosciuto")
	})
}

// A18: who suspects gives a reason, which the applicant does not read; the telephone of
// many requests is shown, and nothing is blocked.
func TestA18ASuspicionGoesToThoseWhoLookIntoFraud(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		family := func(q *enrolment.Request) { q.Data.Phone = "+393330000777" }
		k := w.operator(olga)
		var r enrolment.Request
		for n := range 4 {
			r = w.ready(n, family)
			if p := k.Get(w.at(r, "")).Expect(http.StatusOK); p.Has("Questo telefono è usato da altre") != (n >= 3) {
				t.Errorf("with %d others the page says otherwise", n)
			}
		}
		p := k.Get(w.at(r, "")).Expect(http.StatusOK, "usato da altre 3 richieste")
		k.Submit(form(p, "/suspect"), "reason", " ").Expect(http.StatusUnprocessableEntity)
		k.press(form(p, "/suspect"), "reason", "La foto è di un altro").Expect(http.StatusOK, "passa a chi controlla")
		got := w.read(r)
		if got.State != enrolment.FraudReview || got.Collector != k.ID {
			t.Errorf("%s by %q", got.State, got.Collector)
		}
		for _, text := range w.messages(r.Data.Email) {
			if strings.Contains(text, "La foto è di un altro") {
				t.Error("the applicant reads the suspicion")
			}
		}
	})
}

// E07: what is for another circuit, another way or another state is answered by one page.
func TestE07WhatIsNotForThisPointIsAnsweredByOnePage(t *testing.T) {
	w := one(t)
	k := w.operator(olga)
	unknown := k.Get(w.base+console.Path+"/0000-0000").Expect(http.StatusNotFound, "Qui non c’è una richiesta con questo numero")
	text := func(p *webtest.Page) string { return p.Text("h1") + p.Text("main p") }
	done := w.ready(1, nil)
	w.took(done, enrolment.Withdraw, author(done), nil)
	early := w.ready(2, nil)
	early = w.took(early, enrolment.SavePerson, author(early), nil)
	for name, r := range map[string]enrolment.Request{
		"another circuit": w.ready(3, func(q *enrolment.Request) { q.Circuit = "negozi" }),
		"another way":     w.ready(4, func(q *enrolment.Request) { q.Method = enrolment.Signature }),
		"withdrawn":       done, "without contract": early, "no number": {Number: "x"},
	} {
		for _, below := range []string{"", "/contract.pdf", "/evidence/x"} {
			if p := k.Get(w.at(r, below)); p.Status != http.StatusNotFound || text(p) != text(unknown) {
				t.Errorf("%s%s: %d %q", name, below, p.Status, text(p))
			}
		}
		for _, below := range []string{"/check", "/code", "/sign", "/identify", "/come-back", "/suspect", "/resume"} {
			if p := k.Post(w.at(r, below), url.Values{}); p.Status != http.StatusNotFound || text(p) != text(unknown) {
				t.Errorf("%s%s: %d", name, below, p.Status)
			}
		}
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'data.read'`); n != 0 {
		t.Errorf("%d lines say that something was read", n)
	}
	// An appointment at another Point of the circuit is served here, and that is said.
	r := w.booked(w.ready(5, nil), "forli", w.clock().Add(time.Hour))
	k.Get(w.at(r, "")).Expect(http.StatusOK, "L’appuntamento è presso «Sportello unico»")
	k.Get(w.base+console.Path+"?number=12").Expect(http.StatusUnprocessableEntity, "Il numero ha otto lettere e cifre")
	w.operator(remo).Get(w.base + console.Path).Expect(http.StatusForbidden)
}

// A16: not the own request, not after the training, and of two operators one is right.
func TestA16WhatAnOperatorMayNot(t *testing.T) {
	w := one(t)
	mine := w.ready(1, func(q *enrolment.Request) { q.Data.Person.FiscalCode = own })
	r := w.ready(2, nil)
	k, other := w.operator(olga), w.operator(oreste)
	k.Get(w.at(mine, "")).Expect(http.StatusForbidden, "Questa è la tua richiesta")
	k.Post(w.at(mine, "/suspect"), url.Values{"reason": {"x"}}).Expect(http.StatusForbidden)
	other.Get(w.at(mine, "")).Expect(http.StatusOK)

	p, q := k.Get(w.at(r, "")), other.Get(w.at(r, ""))
	k.save(p, "tick_person", "on").Expect(http.StatusOK)
	other.press(form(q, "/suspect"), "reason", "dubbio").Expect(http.StatusConflict, "La richiesta è andata avanti", "Apri di nuovo la richiesta")
	if got := w.read(r); got.State != enrolment.ContractReady {
		t.Errorf("%s", got.State)
	}
	w.advance(15 * 24 * time.Hour)
	k = w.operatorAgain(k)
	p = k.Get(w.at(r, "")).Expect(http.StatusOK, "La tua formazione è scaduta")
	for _, f := range p.Forms() {
		if strings.HasSuffix(f.Action, "/identify") {
			t.Error("the page offers a decision")
		}
	}
	k.Post(w.at(r, "/suspect"), url.Values{"reason": {"x"}, "version": {"1"}}).Expect(http.StatusForbidden, "La tua formazione è finita")
}

// operatorAgain signs the same operator in once more.
func (w *world) operatorAgain(k *desk) *desk {
	w.t.Helper()
	p := k.Get(w.base+"/operator").Expect(http.StatusOK, "Accesso operatori")
	k.Answer(p).Expect(http.StatusOK)
	return k
}

// A16: a session at night, or from a screen that is not the Point's, is a doubt that whoever
// decides has to look at; the operator is not stopped.
func TestA16ASessionAtAnOddTimeOrPlaceIsADoubt(t *testing.T) {
	for name, c := range map[string]struct {
		who  string
		wait time.Duration // after half past ten in Rome
		want []string
	}{
		"in the hours":            {olga, 0, nil},
		"just after the closing":  {olga, 9*time.Hour + 50*time.Minute, nil},
		"in the evening":          {olga, 10*time.Hour + 10*time.Minute, []string{"point_hours"}},
		"elsewhere":               {franca, 0, []string{"point_place"}},
		"elsewhere, in the night": {franca, 14 * time.Hour, []string{"point_hours", "point_place"}},
	} {
		w := one(t)
		w.advance(c.wait)
		r := w.ready(1, nil)
		k := w.operator(c.who)
		p := k.Upload(form(k.Get(w.at(r, "")), "/paper"), map[string][]byte{"paper": picturetest.Card()}).Expect(http.StatusOK, "Il contratto è firmato")
		k.press(form(p, "/identify"), all...).Expect(http.StatusOK, "passa al back office")
		got := w.read(r)
		var doubts []string
		if got.Data.Verdict != nil {
			doubts = got.Data.Verdict.Doubts
		}
		if got.State != enrolment.OperatorCheck || !slices.Equal(doubts, c.want) {
			t.Errorf("%s: %s with %v, want %v", name, got.State, doubts, c.want)
		}
	}
}

// A16: nobody recognises more people in an hour than an hour has room for.
func TestA16OneOperatorRecognisesNoMoreThanAnHourHasRoomFor(t *testing.T) {
	w := one(t)
	k := w.operator(olga)
	limiter := &ratelimit.Limiter{Store: &shareddb.Store{DB: w.db}, Keyring: w.store.Keyring, Now: w.clock}
	for range console.Pace().Burst {
		if err := limiter.Allow(t.Context(), console.Pace(), k.ID); err != nil {
			t.Fatal(err)
		}
	}
	r := w.ready(1, nil)
	p := k.Upload(form(k.Get(w.at(r, "")), "/paper"), map[string][]byte{"paper": picturetest.Card()}).Expect(http.StatusOK)
	k.press(form(p, "/identify"), all...).Expect(http.StatusTooManyRequests, "Troppi tentativi")
	if got := w.read(r); got.State != enrolment.ContractReady {
		t.Errorf("%s", got.State)
	}
	w.advance(3 * time.Minute)
	k.press(form(k.Get(w.at(r, "")), "/identify"), all...).Expect(http.StatusOK, "passa al back office")
}

// A35: hostile forms and files are refused with a page, and served papers run nothing.
func TestA35HostileFormsAreRefusedAndPapersRunNothing(t *testing.T) {
	w := one(t)
	r := w.ready(1, nil)
	k := w.operator(olga)
	p := k.Get(w.at(r, ""))
	for name, file := range map[string][]byte{"a page": []byte("<html><script>alert(1)</script>"), "a PDF of 5 MB": append([]byte("%PDF-1.7 "), make([]byte, 5<<20)...), "nothing": nil} {
		if p := k.Upload(form(p, "/paper"), map[string][]byte{"paper": file}); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	if w.read(r).Data.Signed != nil {
		t.Fatal("signed")
	}
	for _, below := range []string{"/check", "/identify", "/come-back", "/suspect", "/resume", "/sign"} {
		for _, values := range []url.Values{{"version": {"1", "2"}}, {"version": {"\x00"}}, {"tick_person": {"perhaps"}, "version": {"-1"}}, {"code": {"\xff"}}} {
			if p := k.Post(w.at(r, below), values); p.Status < 400 || p.Status >= 500 {
				t.Errorf("%s %v: %d", below, values, p.Status)
			}
		}
	}
	pdf := []byte("%PDF-1.7 scansione")
	p = k.Upload(form(k.Get(w.at(r, "")), "/paper"), map[string][]byte{"paper": pdf}).Expect(http.StatusOK, "Firmato su carta")
	paper := k.Get(p.Link("Guarda il modulo firmato")).Expect(http.StatusOK)
	if !strings.HasPrefix(paper.Header.Get("Content-Disposition"), "attachment") || paper.Body != string(pdf) {
		t.Errorf("%v", paper.Header)
	}
	shown := k.Get(w.at(r, "/evidence/"+r.Data.Pictures[enrolment.DocumentFront])).Expect(http.StatusOK)
	contract := k.Get(w.at(r, "/contract.pdf")).Expect(http.StatusOK)
	for _, p := range []*webtest.Page{paper, shown, contract} {
		if !strings.Contains(p.Header.Get("Content-Security-Policy"), "sandbox") || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", p.Header)
		}
	}
	// The contract is no exhibit, nor is what belongs to somebody else.
	other := w.ready(2, nil)
	for _, id := range []string{r.Data.Contract.Evidence, other.Data.Pictures[enrolment.DocumentFront]} {
		k.Get(w.at(r, "/evidence/"+id)).Expect(http.StatusNotFound)
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'evidence.read' AND actor = $1`, k.ID); n != 3 {
		t.Errorf("%d looks are written down", n)
	}
}
