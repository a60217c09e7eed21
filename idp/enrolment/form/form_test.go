package form_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/assets"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/contract"
	"atrio/idp/enrolment/enroltest"
	"atrio/idp/enrolment/form"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/evidence/picture/picturetest"
	"atrio/idp/idpdb"
	"atrio/people/civil"
	"atrio/people/places"
	"atrio/web"
	"atrio/web/webtest"
)

var present = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// desk is the pages of one applicant, whose telephone is confirmed.
type desk struct {
	*webtest.Client
	base  string
	store *idpdb.Store
	vault *evidence.Vault
	way   *way.Way
}

// opened are made once: they are large.
var opened = sync.OnceValues(func() (*places.Directory, error) { return places.Open(assets.FS()) })

func open(t *testing.T, d *db.DB, edit func(*enrolment.Request)) *desk {
	t.Helper()
	now := func() time.Time { return present }
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	store := idpdb.NewStore(d, ring, nil)
	directory, err := opened()
	if err != nil {
		t.Fatal("the assets are not built: run `make assets`: ", err)
	}
	press, err := contract.New(assets.FS(), nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &desk{Client: webtest.New(t), store: store, vault: enroltest.Vault(t, store, ring, now)}
	k.base = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "idp", base, now, form.Pages(), way.Pages(), contract.Pages(), picture.Pages())
		site.Keyring = ring
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: now, Idle: time.Hour, Absolute: 8 * time.Hour}
		free := func(next web.HandlerFunc) web.HandlerFunc { return next }
		k.way = &way.Way{Site: site, Store: store, Now: now}
		f := &form.Forms{
			Site: site, Way: k.way, Places: civil.New(func() *places.Directory { return directory }, now, "it", "en"),
			Keeper: k.vault, Pictures: picture.NewIntake(picturetest.Limits()), Press: press,
			Provider: contract.Provider{Name: "Identità di prova", Organisation: "Gestore di prova", Address: "Via di Prova 1, Roma", Mail: "aiuto@example.org"},
			Notice:   "1", Offers: []enrolment.Method{enrolment.Point, enrolment.Signature}, CircuitName: func(id string) string { return "Circuito " + id },
			Circuits:        []form.Circuit{{ID: "centro", Name: "Circuito centro"}, {ID: "negozi", Name: "Circuito negozi", DocumentsFirst: true}},
			OperatorUploads: func(circuit string) bool { return circuit == "negozi" },
			Limit:           free, UploadLimit: free, Now: now,
		}
		return site.Handler(f, enroltest.SignIn{Site: site, Store: store, Now: now})
	})
	r := enrolment.Request{
		ID: "request", Holder: "amira", Number: "AB10-2131", State: enrolment.MailPending, Method: enrolment.Point, Circuit: "centro", Version: 1, Opened: present, Changed: present,
		Data: enrolment.Data{Area: enrolment.Private, Email: "amira@example.org", Language: "it", Phone: "+393330000009"},
	}
	if edit != nil {
		edit(&r)
	}
	enroltest.Open(t, store, r, enroltest.ToPhone...)
	k.Get(k.base + "/test/in/amira")
	return k
}

func (k *desk) request() enrolment.Request {
	k.T.Helper()
	return enroltest.Request(k.T, k.store, "request")
}

func (k *desk) take(act enrolment.Act, by enrolment.Author, reason string, edit func(*enrolment.Request)) {
	k.T.Helper()
	enroltest.Take(k.T, k.store, "request", enrolment.Change{Act: act, By: by, At: present, Reason: reason, Edit: edit})
}

var amira = []string{
	"family_name", "Prova", "given_name", "Amira", "gender", "F", "birth_day", "10", "birth_month", "5", "birth_year", "1983", "birth_state", "IT", "birth_province", "CO",
	"birth_town", "Bellagio", "citizenship", "IT", "fiscal_code", "PRVMRA83E50A744N",
	"residence_country", "IT", "residence_province", "LO", "residence_town", "Lodi", "residence_street", "Via di Prova 1", "residence_postal", "26900",
}

var documents = []string{
	"kind", "cartaIdentita", "number", "ca 00000 aa", "issuer", "Comune di Lodi", "issued_day", "1", "issued_month", "2", "issued_year", "2020",
	"expires_day", "10", "expires_month", "5", "expires_year", "2030", "card", "ts", "card_number", "8038 0000 0000 0000 0009", "card_expires_day", "1", "card_expires_month", "1", "card_expires_year", "2030",
}

func pictures(t *testing.T) map[string][]byte {
	files := map[string][]byte{}
	for _, what := range enrolment.Pictures() {
		files[string(what)] = picturetest.Card()
	}
	return files
}

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, fn)
}

// I5, E28, E29
func TestAnApplicantFillsInPersonDocumentsAndContract(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, nil)
		p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
		p = k.Upload(p.Expect(http.StatusOK).FormWith("number"), pictures(t), documents...)
		p.Expect(http.StatusOK, "AB10-2131", "PRVMRA83E50A744N", "CA00000AA", "Via di Prova 1", "Circuito centro")
		shown := k.request()
		p = k.Submit(p.FormWith("agreed"), "agreed", "on", "specific", "on")
		p.Expect(http.StatusOK, "La richiesta è pronta", "AB10-2131")
		r := k.request()
		if r.State != enrolment.ContractReady || r.Data.Person.BirthPlace != "A744" || r.Data.Person.BirthCounty != "CO" || r.Data.Document.Number != "CA00000AA" {
			t.Fatalf("%+v", r)
		}
		paper := k.Get(k.base + "/enrol/contract.pdf").Expect(http.StatusOK)
		sum := sha256.Sum256([]byte(paper.Body))
		if hex.EncodeToString(sum[:]) != r.Data.Contract.SHA256 || !strings.HasPrefix(paper.Body, "%PDF-") {
			t.Error("what is given out is not what was frozen")
		}
		if csp := paper.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || paper.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers of the contract: %v", paper.Header)
		}
		if shown.Changed.IsZero() || !r.Data.Contract.At.Equal(present) {
			t.Errorf("frozen at %v", r.Data.Contract.At)
		}
		picture := k.Get(k.base + "/enrol/picture/document_front").Expect(http.StatusOK)
		if !strings.HasPrefix(picture.Body, "\xff\xd8") {
			t.Error("the picture does not come back")
		}
		k.Get(k.base + "/enrol/picture/portrait").Expect(http.StatusNotFound)
	})
}

// E28: three circuits, three orders and owners of the forms; what is stored is the same.
func TestE28CircuitsDifferInTheOrderAndTheOwnerOfTheForms(t *testing.T) {
	var stored []enrolment.Data
	for _, c := range []struct {
		circuit string
		first   bool // the documents
		upload  bool // by the applicant
	}{{"centro", false, true}, {"tabacchi", true, true}, {"negozi", false, false}} {
		k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), func(r *enrolment.Request) { r.Circuit, r.Data.DocumentsFirst = c.circuit, c.first })
		person := func(p *webtest.Page) *webtest.Page { return k.Submit(p.FormWith("family_name"), amira...) }
		papers := func(p *webtest.Page) *webtest.Page {
			if c.upload {
				return k.Upload(p.FormWith("number"), pictures(t), documents...)
			}
			return k.Submit(p.FormWith("number"), documents...)
		}
		p := k.Get(k.base + way.Documents).Expect(http.StatusOK) // leads to the first form
		if c.first {
			p = papers(p).Expect(http.StatusOK, "Codice fiscale")
			if r := k.request(); r.State != enrolment.PhoneConfirmed || r.Data.Document.Number == "" {
				t.Fatalf("%s: after the documents %s", c.circuit, r.State)
			}
			p = person(p)
		} else {
			p = papers(person(p))
		}
		p.Expect(http.StatusOK, "Circuito "+c.circuit)
		k.Submit(p.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK, "La richiesta è pronta")
		r := k.request()
		if r.State != enrolment.ContractReady || (len(r.Data.Pictures) == 4) != c.upload {
			t.Errorf("%s: %s with %d pictures", c.circuit, r.State, len(r.Data.Pictures))
		}
		stored = append(stored, enrolment.Data{Person: r.Data.Person, Document: r.Data.Document, HealthCard: r.Data.HealthCard})
	}
	if !reflect.DeepEqual(stored[0], stored[1]) || !reflect.DeepEqual(stored[0], stored[2]) {
		t.Errorf("what is stored differs: %+v", stored)
	}
}

// What is agreed to is what was shown, whatever another tab does meanwhile.
func TestAContractThatChangedSinceItWasShownIsReadAgain(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), nil)
	p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
	shown := k.Upload(p.FormWith("number"), pictures(t), documents...).Expect(http.StatusOK, "Via di Prova 1")
	other := k.Submit(k.Get(k.base+way.Person).FormWith("family_name").Fill(amira...), "residence_street", "Via di Prova 99")
	k.Submit(other.FormWith("number"), documents...).Expect(http.StatusOK, "Via di Prova 99")
	again := k.Submit(shown.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusConflict, "è cambiata", "Via di Prova 99")
	if k.request().State != enrolment.Documents {
		t.Fatal("a contract was frozen that nobody saw")
	}
	k.Submit(again.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK, "La richiesta è pronta")
}

// A button pressed twice, or pressed again because no answer came, freezes one contract and
// tells nothing of another tab.
func TestAContractConfirmedTwiceIsFrozenOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, nil)
		p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
		shown := k.Upload(p.FormWith("number"), pictures(t), documents...)
		for range 2 {
			k.Submit(shown.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK, "La richiesta è pronta")
		}
		if kept := enroltest.Kept(t, k.vault, "request")[evidence.Contract]; len(kept) != 1 {
			t.Errorf("%d contracts were frozen", len(kept))
		}
		// The same page from before a change is old all the same.
		k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
		k.Submit(k.Get(k.base+way.Documents).FormWith("number"), documents...)
		k.Submit(shown.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusConflict, "è cambiata")
	})
}

// E29: each mistake has its own reason.
func TestEachMistakeIsNamedAtItsField(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), nil)
	for name, c := range map[string]struct{ pairs, texts []string }{
		"another check character": {[]string{"fiscal_code", "PRVMRA83E50A744H"}, []string{"Questo non è un codice fiscale"}},
		"another sex":             {[]string{"gender", "M"}, []string{"Il codice fiscale dice l’altro sesso", "Continua e fai controllare"}},
		"another date":            {[]string{"birth_day", "11"}, []string{"Il codice fiscale dice un’altra data di nascita"}},
		"another place":           {[]string{"birth_province", "LO", "birth_town", "Lodi"}, []string{"Il codice fiscale dice un altro luogo di nascita"}},
		"no such town":            {[]string{"birth_town", "Paperopoli"}, []string{"non c’è un comune «Paperopoli»", "(soppresso il 03/feb/2014)"}},
		"a minor":                 {[]string{"birth_year", "2010"}, []string{"Hai meno di 18 anni"}},                                     // A39
		"the code of a minor":     {[]string{"fiscal_code", "PRVMRA10E50A744R"}, []string{"codice fiscale è di chi ha meno di 18 anni"}}, // A39
		"no such day":             {[]string{"birth_day", "31", "birth_month", "2"}, []string{"Questa data non esiste"}},
		"other letters":           {[]string{"given_name", "Амира"}, []string{"con le lettere dalla A alla Z"}},
		"a postal code":           {[]string{"residence_postal", "2690"}, []string{"Il CAP ha cinque cifre"}},
		"nothing at all":          {[]string{"family_name", "", "given_name", "", "gender", "", "birth_day", "", "birth_state", "", "citizenship", "", "fiscal_code", "", "residence_country", ""}, []string{"Scrivi il cognome", "Scrivi il nome", "Scegli F o M"}},
	} {
		p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name").Fill(amira...), c.pairs...)
		p.Expect(http.StatusUnprocessableEntity, c.texts...)
		if k.request().State != enrolment.PhoneConfirmed {
			t.Fatalf("%s: the request went on", name)
		}
	}
	// What does not fit may be left to an operator, who reads what it is.
	p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name").Fill(amira...), "gender", "M")
	k.Submit(p.FormWith("family_name"), "accept", "yes").Expect(http.StatusOK, "I tuoi documenti")
	if got := k.request().Data.Person.Doubts; len(got) != 1 || got[0] != civil.FactSex {
		t.Errorf("doubts %v", got)
	}
	for name, c := range map[string]struct{ pairs, texts []string }{
		"expired":               {[]string{"expires_day", "9", "expires_month", "3", "expires_year", "2026"}, []string{"Il documento è scaduto"}},
		"an expired card":       {[]string{"card_expires_year", "2025"}, []string{"La Tessera Sanitaria è scaduta"}},
		"a digit of the card":   {[]string{"card_number", "80380000000000000008"}, []string{"controlla ogni cifra"}},
		"a number of something": {[]string{"number", "12"}, []string{"Il numero di una carta d’identità"}},
		"issued tomorrow":       {[]string{"issued_day", "11", "issued_month", "3", "issued_year", "2026"}, []string{"Questa data è nel futuro"}},
		"no pictures":           {nil, []string{"Manca questa immagine"}},
	} {
		p := k.Upload(k.Get(k.base+way.Documents).FormWith("number").Fill(documents...), nil, c.pairs...)
		p.Expect(http.StatusUnprocessableEntity, c.texts...)
		if k.request().State != enrolment.PersonalData {
			t.Fatalf("%s: the request went on", name)
		}
	}
	// On its last day a document counts; a picture that is none is named, sound ones stay.
	files := pictures(t)
	files["document_back"] = []byte("GIF89a")
	p = k.Upload(k.Get(k.base+way.Documents).FormWith("number").Fill(documents...), files, "expires_day", "10", "expires_month", "3", "expires_year", "2026")
	p.Expect(http.StatusUnprocessableEntity)
	if got := k.request(); len(got.Data.Pictures) != 3 || got.State != enrolment.PersonalData {
		t.Errorf("pictures %v in %s", got.Data.Pictures, got.State)
	}
	k.Upload(p.FormWith("number"), map[string][]byte{"document_back": picturetest.Card()}).Expect(http.StatusOK, "da leggere e confermare")
}

// A39: what does not fit may be left to an operator, but not that the code is a minor's.
func TestA39NobodyAsksWithTheCodeOfAMinor(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), nil)
	p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name").Fill(amira...), "birth_day", "11").Expect(http.StatusUnprocessableEntity, "Continua e fai controllare")
	k.Submit(p.FormWith("family_name"), "accept", "yes", "fiscal_code", "PRVMRA10E50A744R").Expect(http.StatusUnprocessableEntity, "meno di 18 anni")
	k.Submit(p.FormWith("family_name"), "accept", "yes", "birth_year", "2010", "fiscal_code", "PRVMRA10E50A744R").Expect(http.StatusUnprocessableEntity, "Un genitore può chiederla per te")
	if r := k.request(); r.State != enrolment.PhoneConfirmed || r.Data.Person.FiscalCode != "" {
		t.Errorf("the request went on: %s", r.State)
	}
}

// A38: names are kept in one form, whatever the keyboard sends, and letters that only look
// like ours are none.
func TestA38NamesAreOfOneFormAndLookAlikesAreRefused(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), nil)
	for name, typed := range map[string]string{
		"a Cyrillic letter": "\u0410mira",
		"a Greek letter":    "\u0391mira",
		"a hidden letter":   "Ami\u200bra",
		"the other way":     "\u202eariamA",
		"a letter of signs": "Ami\U0001d42ba",
	} {
		k.Submit(k.Get(k.base+way.Person).FormWith("family_name").Fill(amira...), "given_name", typed).Expect(http.StatusUnprocessableEntity)
		if k.request().State != enrolment.PhoneConfirmed {
			t.Fatalf("%s: the request went on", name)
		}
	}
	k.Submit(k.Get(k.base+way.Person).FormWith("family_name").Fill(amira...), "given_name", " Ami\u0300ra ").Expect(http.StatusOK, "I tuoi documenti")
	if got := k.request().Data.Person.GivenName; got != "Am\u00ecra" {
		t.Errorf("kept as %+q", got)
	}
}

// A06, I14
func TestPagesLeadToWhereTheRequestStands(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), nil)
	for _, path := range []string{way.Documents, way.Contract} {
		k.Get(k.base+path).Expect(http.StatusOK, "I tuoi dati personali")
	}
	if p := k.Post(k.base+way.Contract, map[string][]string{"agreed": {"on"}, "specific": {"on"}}); p.Status >= 500 || k.request().State != enrolment.PhoneConfirmed {
		t.Errorf("a step was skipped: %d, %s", p.Status, k.request().State)
	}
	stranger := webtest.New(t)
	stranger.NoRedirect = true
	if p := stranger.Get(k.base + way.Person); p.Header.Get("Location") != way.Login {
		t.Errorf("who is not signed in gets %d %q", p.Status, p.Header.Get("Location"))
	}
}

// E03: a request of every method says which one it is; the method changes until the decision
// (I14), and not after it.
func TestE03TheMethodIsShownAndChangesUntilTheDecision(t *testing.T) {
	words := map[enrolment.Method]string{enrolment.Point: "Di persona", enrolment.Signature: "Firma digitale", enrolment.CNS: "CNS", enrolment.Video: "Video", enrolment.Chip: "Documento elettronico"}
	for _, m := range enrolment.Methods() {
		k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), func(r *enrolment.Request) { r.Method = m })
		if p := k.Get(k.base + way.Request).Expect(http.StatusOK); !strings.Contains(strings.ToLower(p.Text("main")), strings.ToLower(words[m])) {
			t.Errorf("%s: the page does not say the method: %s", m, p.Text("main"))
		}
	}
	change := func(k *desk, method string) { k.Post(k.base+way.Method, map[string][]string{"method": {method}}) }
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), nil)
	p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
	p = k.Upload(p.FormWith("number"), pictures(t), documents...)
	k.Submit(p.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK, "La richiesta è pronta")
	k.take(enrolment.Identify, enrolment.Author{Role: enrolment.Collector, ID: "carla"}, "", signed)
	change(k, "signature")
	if r := k.request(); r.Method != enrolment.Signature || r.State != enrolment.Documents || !r.Data.Identified.IsZero() || r.Data.Contract != nil {
		t.Fatalf("before the decision: %s, %s, identified %v", r.Method, r.State, r.Data.Identified)
	}
	p = k.Get(k.base + way.Contract)
	k.Submit(p.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK)
	k.take(enrolment.Identify, enrolment.Author{Role: enrolment.Applicant, ID: "amira"}, "", func(r *enrolment.Request) {
		signed(r)
		r.Data.Verdict = &enrolment.Verdict{At: present}
	})
	k.take(enrolment.Reject, enrolment.Author{Role: enrolment.Approver, ID: "remo"}, "no", nil)
	change(k, "point")
	if r := k.request(); r.Method != enrolment.Signature || r.State != enrolment.Rejected {
		t.Errorf("after the decision: %s, %s", r.Method, r.State)
	}
}

// I14
func TestTheMethodChangesAndTheRequestIsWithdrawn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, nil)
		p := k.Get(k.base + way.Method).Expect(http.StatusOK)
		k.Submit(p.FormWith("method"), "method", "video").Expect(http.StatusUnprocessableEntity, "Scegli un metodo")
		k.Submit(p.FormWith("method"), "method", "signature").Expect(http.StatusOK)
		if k.request().Method != enrolment.Signature {
			t.Error("the method is as before")
		}
		// Back in person, with a partner. E07
		p = k.Get(k.base+way.Method).Expect(http.StatusOK, "Circuito negozi")
		k.Submit(p.FormWith("method"), "method", "point", "circuit", "nowhere").Expect(http.StatusUnprocessableEntity, "Scegli il partner")
		k.Submit(p.FormWith("method"), "method", "point", "circuit", "negozi").Expect(http.StatusOK)
		if r := k.request(); r.Method != enrolment.Point || r.Circuit != "negozi" || !r.Data.DocumentsFirst {
			t.Errorf("%s with %q", r.Method, r.Circuit)
		}
		k.Submit(k.Get(k.base+way.Withdraw).FormWith("sure")).Expect(http.StatusUnprocessableEntity, "conferma qui")
		k.Submit(k.Get(k.base+way.Withdraw).FormWith("sure"), "sure", "on").Expect(http.StatusOK, "Hai ritirato la richiesta")
		if k.request().State != enrolment.Withdrawn {
			t.Error("the request goes on")
		}
		k.NoRedirect = true
		if p := k.Get(k.base + way.Request); p.Header.Get("Location") != way.Login {
			t.Errorf("the session lives on: %d", p.Status)
		}
	})
}

// I11
func TestWhatWasAskedForAgainIsShownGivenAndSent(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), nil)
	p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
	p = k.Upload(p.FormWith("number"), pictures(t), documents...)
	k.Submit(p.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK, "La richiesta è pronta")
	k.take(enrolment.Identify, enrolment.Author{Role: enrolment.Collector, ID: "carla"}, "", signed)
	k.take(enrolment.AskAgain, enrolment.Author{Role: enrolment.Approver, ID: "remo"}, "Il fronte è tagliato", func(r *enrolment.Request) {
		r.Data.Wanted = []enrolment.Item{{What: enrolment.WantedPictures, Why: "Il fronte è tagliato"}}
	})
	p = k.Get(k.base+way.Request).Expect(http.StatusOK, "Manca qualcosa", "Il fronte è tagliato")
	k.Submit(p.Form(`form[action=/enrol/resubmit]`)).Expect(http.StatusConflict, "Manca ancora qualcosa")
	p = k.Upload(k.Get(k.base+way.Documents).Expect(http.StatusOK, "Il fronte è tagliato").FormWith("number"), map[string][]byte{"document_front": picturetest.Card()})
	k.Submit(p.Expect(http.StatusOK).Form(`form[action=/enrol/resubmit]`)).Expect(http.StatusOK, "La richiesta è in controllo")
	if r := k.request(); r.State != enrolment.OperatorCheck || len(r.Data.Wanted) != 0 {
		t.Errorf("%s, %v", r.State, r.Data.Wanted)
	}
}

// I14: nobody is left on a way whose pages are gone.
func TestARequestWhoseWayIsClosedIsLedToAnother(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), func(r *enrolment.Request) { r.Method = enrolment.Signature })
	p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
	p = k.Upload(p.FormWith("number"), pictures(t), documents...)
	k.Submit(p.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK, "Vai alla firma digitale")
	k.way.Closed = []enrolment.Method{enrolment.Signature}
	closed := "Qui non ti possiamo più riconoscere nel modo che hai scelto"
	p = k.Get(k.base+way.Request).Expect(http.StatusOK, closed)
	if p.Has("Vai alla firma digitale") || p.Has("nel modo che hai scelto.") {
		t.Error("the page leads to the way that is closed")
	}
	p = k.Follow(p, "Cambia metodo di riconoscimento").Expect(http.StatusOK)
	k.Submit(p.FormWith("method"), "method", "point", "circuit", "centro").Expect(http.StatusOK)
	if r := k.request(); r.Method != enrolment.Point || r.State != enrolment.Documents || k.Get(k.base+way.Request).Has(closed) {
		t.Errorf("%s by %s", r.State, r.Method)
	}
}

// E28: at the Points of some circuits the operator takes the pictures.
func TestACircuitTakesThePicturesItself(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), func(r *enrolment.Request) { r.Circuit = "negozi" })
	p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
	p = k.Upload(p.Expect(http.StatusOK, "le fa l’operatore al Point").FormWith("number"), nil, documents...)
	p.Expect(http.StatusOK, "da leggere e confermare")
	if r := k.request(); r.State != enrolment.Documents || len(r.Data.Pictures) != 0 {
		t.Fatalf("%s, %v", r.State, r.Data.Pictures)
	}
	// Another way wants them, before there is a contract.
	old := p.FormWith("agreed")
	k.Submit(k.Get(k.base+way.Method).FormWith("method"), "method", "signature").Expect(http.StatusOK)
	k.Get(k.base+way.Contract).Expect(http.StatusOK, "I tuoi documenti")
	k.Submit(old, "agreed", "on", "specific", "on").Expect(http.StatusOK, "I tuoi documenti")
	if r := k.request(); r.State != enrolment.Documents || r.Data.Contract != nil {
		t.Errorf("a contract without pictures: %s", r.State)
	}
}

func TestWhatOperatorsSayOfASuspicionIsNotShownToTheApplicant(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), nil)
	p := k.Submit(k.Get(k.base+way.Person).FormWith("family_name"), amira...)
	p = k.Upload(p.FormWith("number"), pictures(t), documents...)
	k.Submit(p.FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK)
	k.take(enrolment.Identify, enrolment.Author{Role: enrolment.Collector, ID: "carla"}, "", signed)
	k.take(enrolment.Suspect, enrolment.Author{Role: enrolment.Approver, ID: "remo"}, "Foto di uno schermo", nil)
	suspected := k.Get(k.base+way.Request).Expect(http.StatusOK, "La richiesta è in controllo")
	k.take(enrolment.Clear, enrolment.Author{Role: enrolment.Fraud, ID: "fabia"}, "Era un riflesso", nil)
	cleared := k.Get(k.base + way.Request).Expect(http.StatusOK)
	if suspected.Has("schermo") || cleared.Has("schermo") || cleared.Has("riflesso") {
		t.Error("the applicant reads what operators say of a suspicion")
	}
}

// signed is the signature that an identification needs.
func signed(r *enrolment.Request) {
	r.Data.Signed = &enrolment.Signing{Contract: r.Data.Contract.SHA256}
}
