package chip_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/mrtd"
	"atrio/mrtd/lds"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/relay"
)

// signed signs the contract, as its page does.
func (a *applicant) signed() {
	a.take(enrolment.Sign, me(a.request()), func(q *enrolment.Request) {
		q.Data.Signed = &enrolment.Signing{At: a.w.clock(), Contract: q.Data.Contract.SHA256}
	})
}

// E09, A14: document, contract, face, operators.
func TestADocumentAndAFaceLeadToTheOperators(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for n, d := range []*mrtdtest.Document{strong(amira()), withKey(mrtdtest.Person{State: "ITA", Number: "CA00002AA", Surname: "PROVA", Given: "AMIRA", Birth: "830510", Sex: "F", Expiry: "330510", PersonalNumber: "PRVMRA83E50A744N"})} {
			a := w.apply(n, func(data *enrolment.Data) { data.Document.Number = []string{"CA00001AA", "CA00002AA"}[n] })
			a.shows("Leggi il documento elettronico", "Lettore di prova", data(n))
			if err := a.present(mrtdtest.Insert(d)); err != nil {
				t.Fatal(err)
			}
			r := a.request()
			if r.State != enrolment.ChipRead || sorted(r.Data.Verdict.Doubts) != "face" || len(r.Data.Verdict.Evidence) != 2 {
				t.Fatalf("%s, %+v", r.State, r.Data.Verdict)
			}
			told := factsOf(r)
			if want := []string{"Chip Authentication", "Active Authentication"}[n]; told["chip_proof"] != want || told["chip_number"] != "PRVMRA83E50A744N (DG11)" || told["chip_name"] != "PROVA, AMIRA" {
				t.Errorf("%v", told)
			}
			w.judgedAgain(r)
			a.shows("Abbiamo letto il documento di PROVA, AMIRA", "conferma il contratto")
			if p := a.Get(w.base + "/enrol/chip/face"); p.Status == http.StatusOK {
				t.Error("the camera comes before the contract")
			}
			a.signed()
			p := a.Submit(a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Bastano dieci o quindici secondi").Form("form[action=/enrol/chip/face/task]"))
			p.Expect(http.StatusOK, "Manda il video entro", "Di’ ad alta voce")
			a.Upload(p.FormWith("film"), map[string][]byte{"film": webm(40 << 10)})
			if r = a.request(); r.State != enrolment.OperatorCheck || r.Data.Identified.IsZero() || len(r.Data.Verdict.Evidence) != 4 || factsOf(r)["face_spoken"] == "" {
				t.Errorf("%s, %+v", r.State, r.Data.Verdict)
			}
			w.filmed(r, webm(40<<10))
		}
	})
}

func data(n int) string { return []string{"CA00001AA", "CA00002AA"}[n] }

// judgedAgain opens the evidence of a reading and judges it once more.
func (w *world) judgedAgain(r enrolment.Request) {
	w.t.Helper()
	access := evidence.Access{By: "system:test", Purpose: "prova"}
	items, err := w.vault.List(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	kinds := map[evidence.Kind]string{}
	for _, item := range items {
		kinds[item.Kind] = item.MediaType
		if item.Kind != evidence.ChipReading {
			continue
		}
		o, err := w.vault.Open(w.t.Context(), item.ID, access)
		if err != nil {
			w.t.Fatal(err)
		}
		var report struct{ Reading mrtd.Reading }
		if err := json.Unmarshal(o.Content, &report); err != nil {
			w.t.Fatal(err)
		}
		trust := mrtd.Trust{TwoLetters: func(string) string { return "IT" }}
		trust.Countries = append(trust.Countries, italy().csca.Certificate)
		if _, err := mrtd.Judge(report.Reading, trust, w.clock()); err != nil {
			w.t.Errorf("judged again: %v", err)
		}
	}
	if kinds[evidence.ChipReading] != "application/json" || kinds[evidence.Portrait] != "image/jpeg" {
		w.t.Errorf("the evidence is %v", kinds)
	}
}

// filmed expects a film in the evidence, with its manifest.
func (w *world) filmed(r enrolment.Request, film []byte) {
	w.t.Helper()
	access := evidence.Access{By: "system:test", Purpose: "prova"}
	last := r.Data.Verdict.Evidence[len(r.Data.Verdict.Evidence)-1]
	o, err := w.vault.Open(w.t.Context(), last, access)
	if err != nil {
		w.t.Fatal(err)
	}
	var m struct {
		Recording, Spoken string
		Actions           []string
	}
	if err := json.Unmarshal(o.Content, &m); err != nil || len(m.Actions) != 3 || len(m.Spoken) != 4 {
		w.t.Fatalf("%s: %v", o.Content, err)
	}
	p, err := w.vault.OpenRecording(w.t.Context(), m.Recording, access)
	if err != nil {
		w.t.Fatal(err)
	}
	if at := r.Data.Verdict.Evidence; at[len(at)-2] != m.Recording {
		w.t.Errorf("the verdict names %v, and not the film %s", at, m.Recording)
	}
	if got, err := p.Segment(w.t.Context(), 1); err != nil || string(got) != string(film) || p.Recording.MediaType != "video/webm" {
		w.t.Errorf("%d bytes of %s: %v", len(got), p.Recording.MediaType, err)
	}
}

// A08-A12: what is not a genuine, valid, present document of the applicant's leaves the
// request where it is, with a reason on the page and in the audit log.
func TestADocumentThatIsNotTheApplicantsIdentifiesNobody(t *testing.T) {
	stranger := mrtdtest.NewCountry("IT", mrtdtest.NewKey(12), mrtdtest.Years(start, 5, 5))
	french := mrtdtest.NewCountry("FR", mrtdtest.NewKey(12), mrtdtest.Years(start, 5, 5))
	active := mrtdtest.WithActive(mrtdtest.NewKey(12))
	issue := func(by *mrtdtest.Authority, p mrtdtest.Person, o ...mrtdtest.Option) *mrtdtest.Document {
		return by.Issue(p, p.Card(), append(o, active)...)
	}
	changed := func(edit func(*mrtdtest.Person)) *mrtdtest.Document {
		p := amira()
		edit(&p)
		return withKey(p)
	}
	can := []string{"opener", "can", "can", "123 456"}
	for name, c := range map[string]struct {
		document *mrtdtest.Document
		opener   []string
		page     string
		reason   string
	}{
		"a copy without the private key":         {withKey(amira()).Clone(), nil, "chip non dimostra", "chip_clone_suspected"},
		"a copy that does not answer":            {strong(amira()).Mute(), nil, "chip non dimostra", "chip_clone_suspected"},
		"another name in the zone":               {withKey(amira()).Changed(lds.DG1), nil, "chip non dimostra", "chip_tampered"},
		"another face":                           {withKey(amira()).With(lds.DG2, mrtdtest.PortraitFile([]byte("\xff\xd8\xff\xe0 another"))), nil, "chip non dimostra", "chip_tampered"},
		"a key of the forger's in DG15":          {withKey(amira()).With(lds.DG15, withKey(amira()).Files[lds.DG15]), nil, "chip non dimostra", "chip_tampered"},
		"a signer whose time is over":            {issue(italy().old, amira()), nil, "certificato è scaduto", "chip_expired_signer"},
		"a country that nobody believes":         {issue(stranger.Signer(mrtdtest.NewKey(12), mrtdtest.Years(start, 1, 5)), amira()), nil, "Non riconosciamo lo Stato", "chip_unknown_issuer"},
		"another country than the zone's":        {issue(french.Signer(mrtdtest.NewKey(12), mrtdtest.Years(start, 1, 5)), amira()), nil, "Non riconosciamo lo Stato", "chip_unknown_issuer"},
		"a zone of another country":              {changed(func(p *mrtdtest.Person) { p.State = "FRA" }), nil, "chip non dimostra", "chip_country_mismatch"},
		"no portrait":                            {withKey(amira()).With(lds.DG2, nil), nil, "mancano dati", "chip_missing_group"},
		"further details held back":              {withKey(amira()).With(lds.DG11, nil), nil, "mancano dati", "chip_missing_group"},
		"neither active nor chip authentication": {italy().signer.Issue(amira(), amira().Card()), nil, "Vai a uno sportello", "chip_no_chip_proof"},
		"another document of the applicant's":    {changed(func(p *mrtdtest.Person) { p.Number = "CA00009AA" }), []string{"opener", "can", "can", "123456"}, "non si apre", "chip_unsupported"},
		"a wrong number":                         {changed(func(p *mrtdtest.Person) { p.Number = "CA00009AA" }), nil, "non si apre", "chip_access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			w := one(t)
			a := w.apply(0, nil)
			if c.reason == "chip_unsupported" { // a CAN opens no chip without PACE
				c.page = "Non riusciamo a leggere"
			}
			if err := a.present(mrtdtest.Insert(c.document), c.opener...); err != nil {
				t.Fatalf("the relay learns more than that the reading is over: %v", err)
			}
			if r := a.request(); r.State != enrolment.ContractReady || r.Data.Verdict != nil {
				t.Errorf("%s, %+v", r.State, r.Data.Verdict)
			}
			a.shows("non è andata a buon fine", c.page)
			if !w.audited(c.reason) {
				t.Errorf("no line says %s", c.reason)
			}
			if items, err := w.vault.List(t.Context(), a.id); err != nil || len(items) != 0 {
				t.Errorf("data of a document that was refused are kept: %v, %v", items, err)
			}
		})
	}
	for name, edit := range map[string]func(*mrtdtest.Person){
		"name":        func(p *mrtdtest.Person) { p.Given = "ANNA" },
		"birth":       func(p *mrtdtest.Person) { p.Birth = "830511" },
		"gender":      func(p *mrtdtest.Person) { p.Sex = "M" },
		"fiscal code": func(p *mrtdtest.Person) { p.PersonalNumber = "PRVMRA83E50A745O" },
	} {
		t.Run("another person's "+name, func(t *testing.T) {
			w := one(t)
			a := w.apply(0, nil)
			p := amira()
			edit(&p)
			if err := a.present(mrtdtest.Insert(strong(p)), can...); err != nil {
				t.Fatal(err)
			}
			a.shows("di un’altra persona")
			if !w.audited("chip_other_person") || a.request().State != enrolment.ContractReady {
				t.Error("it was not refused")
			}
		})
	}
	for name, edit := range map[string]func(*mrtdtest.Person){
		"number": func(p *mrtdtest.Person) { p.Number = "CA00009AA" },
		"expiry": func(p *mrtdtest.Person) { p.Expiry = "330511" },
	} {
		t.Run("another document's "+name, func(t *testing.T) {
			w := one(t)
			a := w.apply(0, nil)
			p := amira()
			edit(&p)
			if err := a.present(mrtdtest.Insert(strong(p)), can...); err != nil {
				t.Fatal(err)
			}
			a.shows("non è quello che hai indicato")
			if !w.audited("chip_other_document") {
				t.Error("it was not refused")
			}
		})
	}
}

// A08: one document for two accounts is for specialists; what they clear is not suspected again.
func TestADocumentOfAnotherRequestIsForSpecialists(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := withKey(amira())
		first, second := w.apply(0, nil), w.apply(1, nil)
		if err := first.present(mrtdtest.Insert(d)); err != nil {
			t.Fatal(err)
		}
		if err := second.present(mrtdtest.Insert(d)); err != nil {
			t.Fatal(err)
		}
		if r := second.request(); r.State != enrolment.FraudReview || !w.audited("chip_replayed") {
			t.Fatalf("%s", r.State)
		}
		if first.request().State != enrolment.ChipRead {
			t.Error("the first request is no matter of the second")
		}
		second.take(enrolment.Clear, enrolment.Author{Role: enrolment.Fraud, ID: "op-1"}, nil)
		if r := second.request(); r.State != enrolment.ContractReady {
			t.Fatalf("%s", r.State)
		}
		if err := second.present(mrtdtest.Insert(d)); err != nil || second.request().State != enrolment.ChipRead {
			t.Errorf("after the specialists: %s, %v", second.request().State, err)
		}
		// Who gave up may begin anew with the same document.
		second.take(enrolment.Withdraw, me(second.request()), nil)
		third := w.apply(2, nil)
		if err := third.present(mrtdtest.Insert(d)); err != nil || third.request().State != enrolment.ChipRead {
			t.Errorf("a new request of the same person: %s, %v", third.request().State, err)
		}
		// The first owner is not touched by those that came later.
		if err := first.present(mrtdtest.Insert(d)); err != nil || first.request().State != enrolment.ChipRead {
			t.Errorf("the first owner again: %s, %v", first.request().State, err)
		}
		if lines := w.lines("enrolment.chip", "chip_replayed"); lines != 1 {
			t.Errorf("%d lines say that a document came twice", lines)
		}
	})
}

// A08: a document that does not say whose codice fiscale it is serves no second person, not
// even when the first gave up.
func TestSomebodyElsesRequestThatWasWithdrawnIsNoExcuse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := withKey(amira(), mrtdtest.WithoutDG11())
		first := w.apply(0, nil)
		if err := first.present(mrtdtest.Insert(d)); err != nil || first.request().State != enrolment.ChipRead || sorted(first.request().Data.Verdict.Doubts) != "chip_fiscal_code face" {
			t.Fatalf("%s, %v", first.request().State, err)
		}
		first.take(enrolment.Withdraw, me(first.request()), nil)
		other := w.apply(1, func(d *enrolment.Data) { d.Person.FiscalCode = "PRVMRA83E50A745O" })
		if err := other.present(mrtdtest.Insert(d)); err != nil || other.request().State != enrolment.FraudReview {
			t.Errorf("%s, %v", other.request().State, err)
		}
	})
}

// A08: whoever was suspected, gives up and begins anew is suspected again, until specialists
// clear it.
func TestWithdrawingWashesNoDocument(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := withKey(amira(), mrtdtest.WithoutDG11())
		mine := func(d *enrolment.Data) { d.Person.FiscalCode = "PRVMRA83E50A745O" }
		first := w.apply(0, nil)
		reads := func(a *applicant, want enrolment.State) {
			t.Helper()
			if err := a.present(mrtdtest.Insert(d)); err != nil || a.request().State != want {
				t.Fatalf("%s: %s, %v", a.id, a.request().State, err)
			}
		}
		reads(first, enrolment.ChipRead)
		for n := 1; n <= 2; n++ {
			again := w.apply(n, mine)
			reads(again, enrolment.FraudReview)
			again.take(enrolment.Withdraw, me(again.request()), nil)
		}
		// The first owner gives up, too: what was suspected is not forgotten with them.
		first.take(enrolment.Withdraw, me(first.request()), nil)
		last := w.apply(3, mine)
		reads(last, enrolment.FraudReview)
		last.take(enrolment.AskAgain, enrolment.Author{Role: enrolment.Fraud, ID: "op-1"}, func(q *enrolment.Request) {
			q.Data.Wanted = []enrolment.Item{{What: enrolment.WantedIdentification, Why: "di nuovo"}}
		})
		last.take(enrolment.Resubmit, me(last.request()), nil)
		reads(last, enrolment.FraudReview) // asking again clears nobody
		last.take(enrolment.Clear, enrolment.Author{Role: enrolment.Fraud, ID: "op-1"}, nil)
		reads(last, enrolment.ChipRead)
	})
}

// A08: a relay that changes what nobody signed does not make another document of it.
func TestADocumentIsKnownByWhatItsCountrySigned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := withKey(amira())
		version := []byte{0x02, 0x01, 0x03, 0x31} // of the signed data, before its algorithms
		object := bytes.Clone(d.Files[lds.SOD])
		at := bytes.Index(object, version)
		if at < 0 {
			t.Fatal("the object has no version")
		}
		object[at+2] = 5
		first, second := w.apply(0, nil), w.apply(1, nil)
		if err := first.present(mrtdtest.Insert(d)); err != nil || first.request().State != enrolment.ChipRead {
			t.Fatalf("%s, %v", first.request().State, err)
		}
		if err := second.present(mrtdtest.Insert(d.With(lds.SOD, object))); err != nil || second.request().State != enrolment.FraudReview {
			t.Errorf("%s, %v", second.request().State, err)
		}
	})
}

// A14: a code is for one reading of one request as it stands, for five minutes.
func TestACodeHoldsOnceForOneRequestAndFiveMinutes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.apply(0, nil)
		d := mrtdtest.Insert(withKey(amira()))
		refused := func(why, address, code string) {
			t.Helper()
			err := relay.Carry(t.Context(), address, code, d)
			if ended, ok := err.(relay.Ended); !ok || ended.Word != relay.Unknown { //nolint:errorlint // it is the error itself
				t.Errorf("%s: %v", why, err)
			}
		}
		address, code := a.code()
		_, newer := a.code()
		refused("replaced by a newer one", address, code)
		for _, typed := range []string{"", "0000-0000", strings.Repeat("x", 60), code + "1"} {
			refused("not a code", address, typed)
		}
		w.advance(5*time.Minute + time.Second)
		refused("too late", address, newer)
		_, code = a.code()
		a.take(enrolment.FreezeContract, me(a.request()), nil)
		refused("of the request as it was", address, code)
		if p := a.shows("La richiesta è cambiata durante la lettura"); p.Has("Stiamo leggendo") {
			t.Error("nothing is being read")
		}
		if n := w.detailed("chip_changed", a.request()); n != 1 {
			t.Errorf("%d lines name holder and number", n)
		}
		_, code = a.code()
		if err := relay.Carry(t.Context(), address, strings.ToLower(strings.ReplaceAll(code, "-", " ")), d); err != nil {
			t.Fatal(err)
		}
		refused("used", address, code)
		if !w.audited("chip_code") || !w.audited("chip_changed") {
			t.Error("refused codes are not written down")
		}
		a.Get(address).Expect(http.StatusBadRequest, "solo il programma che legge")
	})
}

// VAL-8.3.2-04A: what breaks is read again from the beginning; after three times the page
// offers another way first.
func TestAfterABreakTheDocumentIsReadAgain(t *testing.T) {
	w := one(t)
	a := w.apply(0, nil)
	d := strong(amira())
	for n := 1; n <= 3; n++ {
		chip := mrtdtest.Insert(d)
		chip.TakenAfter = 5 * n
		if err := a.present(chip); err == nil {
			t.Fatal("the document was taken away, and nobody noticed")
		}
		p := a.settled("si è interrotto")
		if tired := p.Has("non è riuscita 3 volte"); tired != (n == 3) {
			t.Errorf("after %d failures: %t", n, tired)
		}
	}
	if !w.audited("chip_connection_lost") {
		t.Error("no line")
	}
	if err := a.present(mrtdtest.Insert(d)); err != nil || a.request().State != enrolment.ChipRead {
		t.Errorf("%s, %v", a.request().State, err)
	}
	if p := a.Get(w.base + way.Chip + "?again=1"); p.Has("buon fine") || p.Has("volte di fila") {
		t.Error("failures of before are not forgotten")
	}
}

// settled waits until the server has written down what the relay noticed first.
func (a *applicant) settled(words string) (p interface{ Has(string) bool }) {
	a.T.Helper()
	for {
		page := a.Get(a.w.base + way.Chip)
		if page.Has(words) && !page.Has("Stiamo leggendo") {
			return page
		}
		if a.T.Context().Err() != nil {
			a.T.Fatal("the failure was never written down")
		}
	}
}

// A12: a licence has no chip, a key needs what is printed.
func TestWithoutWhatOpensTheChipThereIsNoCode(t *testing.T) {
	w := one(t)
	a := w.apply(0, nil)
	form := a.Get(w.base + way.Chip).FormWith("opener")
	a.Submit(form, "opener", "can", "can", "12 34").Expect(http.StatusUnprocessableEntity, "Il codice CAN ha sei cifre")
	a.Submit(form, "opener", "can", "can", "").Expect(http.StatusUnprocessableEntity, "Il codice CAN ha sei cifre")
	p, err := a.Do("POST", w.base+"/enrol/chip/code", map[string][]string{"opener": {"x"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Expect(http.StatusUnprocessableEntity, "Scegli come aprire il chip")
	b := w.apply(1, func(d *enrolment.Data) { d.Document.Kind, d.Document.Number = "patenteGuida", "UA1234567" })
	b.shows("La patente non ha un chip")
	if p, err = b.Do("POST", w.base+"/enrol/chip/code", map[string][]string{"opener": {"zone"}}, nil); err != nil {
		t.Fatal(err)
	}
	p.Expect(http.StatusUnprocessableEntity, "La patente non ha un chip")
}

// A13: the film is of this task, of these ten minutes, and a film.
func TestAFilmIsOfThisMoment(t *testing.T) {
	w := one(t)
	a := w.apply(0, nil)
	if err := a.present(mrtdtest.Insert(withKey(amira()))); err != nil {
		t.Fatal(err)
	}
	a.signed()
	begin := func() *formed {
		p := a.Submit(a.Get(w.base + "/enrol/chip/face").Form("form[action=/enrol/chip/face/task]"))
		return &formed{a, p.Expect(http.StatusOK).FormWith("film")}
	}
	f := begin()
	f.send(nil).Expect(http.StatusUnprocessableEntity, "Scegli il video")
	f.send([]byte("<html>")).Expect(http.StatusUnprocessableEntity, "non è un video")
	f.send(append([]byte("GIF89a"), webm(40<<10)...)).Expect(http.StatusUnprocessableEntity, "non è un video")
	f.send(webm(2<<10)).Expect(http.StatusUnprocessableEntity, "troppo corto")
	f.send(webm(48<<20+1)).Expect(http.StatusUnprocessableEntity, "più grande di 48 MB")
	if status, page := w.endless(a); status != http.StatusRequestEntityTooLarge || !strings.Contains(page, "più grande di 48 MB") || !strings.Contains(page, "Manda il video entro") {
		t.Errorf("%d: %s", status, page)
	}
	w.advance(10*time.Minute + time.Second)
	f.send(webm(40<<10)).Expect(http.StatusUnprocessableEntity, "Il tempo è finito")
	w.mu.Lock()
	if len(w.refused) != 7 {
		t.Errorf("%d refusals are written down", len(w.refused))
	}
	w.mu.Unlock()
	if a.request().State != enrolment.ChipRead {
		t.Fatal(a.request().State)
	}
	begin().send(append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00"), webm(9<<20)...))
	if r := a.request(); r.State != enrolment.OperatorCheck {
		t.Errorf("%s", r.State)
	}
}

// VAL-8.3.2-04A: document and face are shown in one go: the film comes within an hour.
func TestTheFilmComesWithinAnHourOfTheDocument(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.apply(0, nil)
		read := func() {
			t.Helper()
			if err := a.present(mrtdtest.Insert(withKey(amira()))); err != nil || a.request().State != enrolment.ChipRead {
				t.Fatalf("%s, %v", a.request().State, err)
			}
		}
		read()
		a.signed()
		begin := func() *formed {
			p := a.Submit(a.Get(w.base + "/enrol/chip/face").Form("form[action=/enrol/chip/face/task]"))
			return &formed{a, p.Expect(http.StatusOK).FormWith("film")}
		}
		w.advance(55 * time.Minute)
		f := begin()
		begin() // other gestures
		for range 6 {
			begin()
		}
		// A13: nobody draws until the task is that of a film they have.
		a.Submit(a.Get(w.base+"/enrol/chip/face").Form("form[action=/enrol/chip/face/task]")).Expect(http.StatusTooManyRequests, "altri gesti troppe volte")
		if n := w.drawn(a.request()); n != 8 {
			t.Errorf("%d lines say that a task was drawn", n)
		}
		w.advance(5 * time.Minute)
		again := "È passata più di un’ora dalla lettura"
		f.send(webm(40<<10)).Expect(http.StatusOK, again) // after the redirect
		a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, again)
		w.mu.Lock()
		if len(w.refused) != 2 || w.refused[0].Reason != "face_draws" || w.refused[1].Reason != "chip.film.apart" {
			t.Errorf("%+v", w.refused)
		}
		w.mu.Unlock()
		if a.request().State != enrolment.ChipRead {
			t.Fatal(a.request().State)
		}
		read() // the signature stays
		begin().send(webm(40 << 10))
		if r := a.request(); r.State != enrolment.OperatorCheck {
			t.Errorf("%s", r.State)
		}
	})
}

// Who sees after the reading that what was declared is wrong goes back and corrects it.
func TestWhatWasDeclaredIsCorrectedAfterTheReading(t *testing.T) {
	w := one(t)
	a := w.apply(0, nil)
	if p := a.shows("Correggi i dati del documento"); p.Has("Se li correggi, poi confermi") {
		t.Error("nothing was read yet: a link is enough")
	}
	if err := a.present(mrtdtest.Insert(withKey(amira()))); err != nil {
		t.Fatal(err)
	}
	a.signed()
	for _, page := range []string{way.Chip, way.Chip + "?again=1"} {
		if p := a.Get(w.base + page); strings.Contains(p.Body, `href="/enrol/documents"`) || !p.Has("Se li correggi, poi confermi") {
			t.Errorf("%s: a link leads nowhere, or there is no button", page)
		}
	}
	a.Submit(a.Get(w.base + way.Chip + "?again=1").Form("form[action=/enrol/chip/correct]"))
	r := a.request()
	if r.State != enrolment.ContractReady || r.Data.SignedNow() || r.Data.Verdict != nil || !r.May(enrolment.SaveDocuments, enrolment.Applicant) {
		t.Errorf("%s", r.State)
	}
}
