package apply_test

import (
	"net/http"
	"strings"
	"testing"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/retention"
	"atrio/idp/useful"
	"atrio/web/webtest"
)

// E01
func TestFiveFieldsOfWorkTwoGoOnAndThreeAreToldWhere(t *testing.T) {
	p := newWorld(t).person()
	p.get("/enrol").Expect(http.StatusOK, "Specifica il tuo ambito lavorativo", "Privato", "Libero professionista", "Azienda", "Pubblica Amministrazione", "Associazione di Categoria")
	if n := len(p.page.FindAll("input[name=area]")); n != 5 {
		t.Errorf("%d fields of work", n)
	}
	for _, area := range enrolment.Areas() {
		p.get("/enrol")
		switch p.send("area", "area", string(area)); {
		case area.Personal():
			p.page.Expect(http.StatusOK, "Cosa occorre")
		default:
			p.page.Expect(http.StatusOK, "Se ti serve un’identità per te")
		}
	}
	p.get("/enrol")
	p.send("area", "area", "governo").Expect(http.StatusUnprocessableEntity, "Scegli il tuo ambito")
	if n := p.count(`SELECT count(*) FROM request`) + p.count(`SELECT count(*) FROM outbox`) + p.count(`SELECT count(*) FROM rate`); n != 0 {
		t.Errorf("choosing wrote %d rows", n)
	}
}

// E02
func TestANoNamesWhatToGetAndWhichOtherRoadThereIs(t *testing.T) {
	p := newWorld(t).person()
	p.get("/enrol/method").Expect(http.StatusOK, "Specifica il tuo ambito") // steps are not skipped
	p.send("area", "area", "professional")
	p.send("mailbox", "mailbox", "yes", "phone", "yes").Expect(http.StatusUnprocessableEntity, "Rispondi sì o no")
	p.send("mailbox", "mailbox", "no", "phone", "no", "document", "no").
		Expect(http.StatusOK, "Apri una casella gratuita", "Basta una scheda attiva", "La carta d’identità si chiede al Comune", "Carta d’Identità Elettronica")
	p.get("/enrol/method").Expect(http.StatusOK, "Cosa occorre")
	p.send("mailbox", "mailbox", "yes", "phone", "yes", "document", "yes").Expect(http.StatusOK, "Scegli come farti riconoscere")
}

// E03, E07, E09, I1, I17
func TestTheWayIsChosenBeforeAnyDatumAndAPointWithItsPartner(t *testing.T) {
	p := newWorld(t).person()
	p.get("/enrol/account").Expect(http.StatusOK, "Specifica il tuo ambito")
	p.send("area", "area", "private")
	p.send("mailbox", "mailbox", "yes", "phone", "yes", "document", "yes")
	p.page.Expect(http.StatusOK, "Firma Digitale", "CNS attiva", "Di persona presso un Point", "Video Riconoscimento", "Documento Elettronico",
		"Prosegui e attiva SPID", "Gratis", "Centri di prova", "Porta il telefono", "Questo gestore non la offre ancora", "NFC (Android 7+ o iOS 13+)", "Anche il rinnovo dell’identità è gratuito")
	if n := len(p.page.FindAll("input[name=method]")); n != 1 {
		t.Errorf("%d ways can be chosen, only the one at a Point is there", n)
	}
	p.send("method").Expect(http.StatusUnprocessableEntity, "Scegli una delle modalità disponibili")
	p.send("method", "method", "point").Expect(http.StatusUnprocessableEntity, "Scegli il partner")
	p.send("method", "method", "point", "circuit", "altro").Expect(http.StatusUnprocessableEntity, "Scegli il partner")
	for _, hostile := range []string{"video", "signature", "POINT", "point ", "../point"} {
		p.send("method", "method", hostile, "circuit", "centri").Expect(http.StatusUnprocessableEntity, "Scegli una delle modalità")
	}
	p.send("method", "method", "point", "circuit", "tabaccherie").Expect(http.StatusOK, "Dati di accesso")
	p.account(ada).Expect(http.StatusOK)
	p.get(p.link(ada))
	p.send("token")
	if r := p.request(ada); r.Method != enrolment.Point || r.Circuit != "tabaccherie" || r.Data.Area != enrolment.Private {
		t.Errorf("%+v", r)
	}
}

func TestAWayThatIsNotOfferedIsNoDeadEnd(t *testing.T) {
	w := newWorld(t)
	w.handler.Circuits = nil
	p := w.person()
	p.get("/enrol")
	p.send("area", "area", "private")
	p.send("mailbox", "mailbox", "yes", "phone", "yes", "document", "yes").
		Expect(http.StatusOK, "Al momento non possiamo riconoscerti", "un altro gestore SPID", "aiuto@example.org", "Non c’è ancora un partner")
	p.get("/enrol/account").Expect(http.StatusOK, "Scegli come farti riconoscere")
}

// I15, E32
func TestAnswersAboutAPageAreCountedAndNobodyWeighsMuch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person()
		p.get("/enrol").Expect(http.StatusOK, "Hai trovato utile questo contenuto?")
		p.send("useful", "useful", "yes").Expect(http.StatusOK, "Grazie")
		p.get("/enrol").Expect(http.StatusOK, "1 persona ha trovato utile")
		if p.send("useful", "useful", "forse"); p.page.Status != http.StatusBadRequest {
			t.Errorf("an answer that none of the buttons gives: %d", p.page.Status)
		}
		p.get("/enrol")
		p.send("useful", "useful", "yes").Expect(http.StatusOK, "Grazie")
		if n, err := w.store.FoundUseful(t.Context(), "start"); n != 1 || err != nil {
			t.Errorf("one browser counted %d times, %v", n, err)
		}
		for range useful.PerNetwork().Burst - 2 {
			p = w.person()
			p.get("/enrol")
			p.send("useful", "useful", "no").Expect(http.StatusOK)
		}
		p = w.person()
		p.get("/enrol")
		p.send("useful", "useful", "no").Expect(http.StatusTooManyRequests)
		if n := w.count(`SELECT count(*) FROM page_vote`); n != 1 {
			t.Errorf("%d rows for one page, language and day", n)
		}
		for _, job := range w.counter.Jobs() {
			if err := job.Run(t.Context(), w.clock.Now().AddDate(0, 14, 0)); err != nil {
				t.Error(err)
			}
		}
		if n := w.count(`SELECT count(*) FROM page_vote`); n != 0 {
			t.Errorf("%d old rows are kept", n)
		}
	})
}

func TestConfigurationMistakesAreNamed(t *testing.T) {
	for want, c := range map[string]apply.Config{
		"is not one of":         {Methods: []apply.MethodConfig{{Method: "fax"}}},
		"twice":                 {Methods: []apply.MethodConfig{{Method: "point"}, {Method: "point"}}},
		"both languages":        {Methods: []apply.MethodConfig{{Method: "point", Hours: apply.Words{IT: "sempre"}}}},
		"40 characters":         {Methods: []apply.MethodConfig{{Method: "point", Price: strings.Repeat("9", 41)}}},
		"not a prefix":          {Prefixes: []string{"39"}},
		"mail address":          {SupportMail: "aiuto"},
		"must be an address":    {Shop: apply.ShopConfig{URL: "negozio.example.it", Name: "n", Secret: "01234567890123456789012345678901"}},
		"for this machine only": {Shop: apply.ShopConfig{URL: "http://negozio.example.it", Name: "n", Secret: "01234567890123456789012345678901"}},
		"shop.name":             {Shop: apply.ShopConfig{URL: "https://negozio.example.it", Secret: "01234567890123456789012345678901"}},
		"32 characters":         {Shop: apply.ShopConfig{URL: "https://negozio.example.it", Name: "n", Secret: "corto"}},
	} {
		faults := c.Validate()
		if len(faults) != 1 || !strings.Contains(faults[0].Error(), want) || !strings.HasPrefix(faults[0].Error(), "idp.enrolment.") {
			t.Errorf("%q: %v", want, faults)
		}
	}
	if faults := (apply.Config{}).WithDefaults().Validate(); len(faults) > 0 {
		t.Error(faults)
	}
}

// I14: the notice tells the times that the job keeps.
func TestTheNoticeTellsTheTimesOfTheConfiguration(t *testing.T) {
	w := newWorld(t)
	w.handler.Kept = retention.Config{ArchiveDays: 40, UnfinishedDays: 20, RejectedMonths: 1, FraudMonths: 2}
	webtest.New(t).Get(w.base+"/enrol/privacy").Expect(http.StatusOK, "Trascorsi 40 giorni", "che ritiri si cancellano dopo 20 giorni",
		"si chiude da sola dopo 30 giorni", "si cancella 20 giorni dopo la chiusura", "richiesta respinta si cancellano dopo 1 mese;", "si cancellano dopo 2 mesi.")
	b := webtest.New(t)
	b.Header = http.Header{"Accept-Language": {"en"}}
	b.Get(w.base+"/enrol/privacy").Expect(http.StatusOK, "closes by itself after 30 days", "deleted 20 days after it closed", "after 1 month;", "after 2 months.")
}
