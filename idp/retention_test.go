package idp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/web/webtest"
)

// I14: what is kept and what went is seen by supervisors, and by applicants in the notice.
func TestTheEndOfRequestsIsSeenAndTheJobCarriesItOut(t *testing.T) {
	w := newWorld(t)
	gone, held := w.identified(1, someCollector, nil), w.identified(2, someCollector, nil)
	for _, r := range []enrolment.Request{gone, held} {
		w.took(r, enrolment.Withdraw, enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, nil)
	}
	if err := w.vault.Hold(t.Context(), held.ID, evidence.Access{By: "operator-1", Purpose: "denuncia", Case: "RG 12/2026"}); err != nil {
		t.Fatal(err)
	}
	retained := func() {
		t.Helper()
		ran := false
		for _, j := range w.idp.Jobs() {
			if j.Name == "idp.retention" {
				ran = true
				if err := j.Run(t.Context(), w.clock.Now()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !ran {
			t.Fatal("no job keeps the times")
		}
	}
	retained()
	b, key := w.operator(sara)
	p := b.Get(w.base+"/operator/retention").Expect(http.StatusOK, "DPCM 24/10/2014 art. 7 c. 8", "20 anni", "RG 12/2026", string(held.Number), "Niente.")
	if strings.Contains(p.Body, "Amira") || p.Has(string(gone.Number)) {
		t.Error("the page names an applicant, or what nobody holds")
	}
	w.clock.Advance(30 * 24 * time.Hour)
	retained()
	w.signIn(b, key).Expect(http.StatusOK, "Operatori")
	b.Get(w.base+"/operator/retention").Expect(http.StatusOK, "Richiesta ritirata o lasciata", "prove", "RG 12/2026")
	if w.count(`SELECT count(*) FROM request WHERE number = $1`, string(gone.Number)) != 0 || w.count(`SELECT count(*) FROM request WHERE number = $1`, string(held.Number)) != 1 {
		t.Error("what is over stays, or what is held goes")
	}
	other, _ := w.operator(remo)
	other.Get(w.base + "/operator/retention").Expect(http.StatusForbidden)
	webtest.New(t).Get(w.base+"/enrol/privacy").Expect(http.StatusOK, "dopo 30 giorni", "si chiude da sola dopo 30 giorni", "si cancella 30 giorni dopo la chiusura", "Quando la richiesta si chiude", "dopo 12 mesi", "venti anni", "24 mesi")
}

// L13: after archiving no page opens what is kept, whoever asks; each refusal is written down.
func TestL13NoPageOpensWhatIsArchived(t *testing.T) {
	w := newWorld(t)
	r := w.identified(1, someCollector, nil)
	b, key := w.operator(remo)
	p := w.nextFor(b)
	image := w.base + webtest.Attr(p.Find("figure img"), "src")
	b.Get(image).Expect(http.StatusOK)
	w.pressed(b, key, formOf(p, "approve"), ticked(p)...).Expect(http.StatusOK, "Identità attivata")
	now := w.clock.Now()
	if err := w.store.Sample(t.Context(), now.Add(-time.Hour), now, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	fb, _ := w.operator(fabia)
	p = fb.Submit(fb.Get(w.base+"/operator/queue").Form("form[action='/operator/second-look/next']")).Expect(http.StatusOK, "È stata approvata da un collega")
	again := w.base + webtest.Attr(p.Find("figure img"), "src")
	fb.Get(again).Expect(http.StatusOK)
	if err := w.vault.Archive(t.Context(), r.ID, "system:retention"); err != nil {
		t.Fatal(err)
	}
	refused := w.count(`SELECT count(*) FROM audit WHERE action = 'evidence.read' AND outcome = 'refused'`)
	fb.Get(again).Expect(http.StatusForbidden, "archivio")
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'evidence.read' AND outcome = 'refused' AND reason = 'evidence_archived'`); n != refused+1 {
		t.Errorf("%d lines say that somebody was refused", n)
	}
	b.Get(image).Expect(http.StatusForbidden)
}
