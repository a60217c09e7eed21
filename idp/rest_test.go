package idp_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/authn/passkey/passkeytest"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/video"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// Serafina is somebody whose words nobody else in this world has.
const (
	serafina       = "serafina.ginestrini@posta.example.net"
	serafinaNew    = "nuova.ginestrini@altraposta.example.net"
	serafinaPhone  = "+393209417365"
	serafinaNumber = "+393471926058" // later
	serafinaCode   = "GNSSFN75P63A744W"
)

// herWords are what nobody may find in a copy of the database or in files, by what they are.
func herWords() map[string]string {
	born := time.Date(1975, time.September, 23, 0, 0, 0, 0, time.UTC)
	return map[string]string{
		"the given name": "Serafina", "the family name": "Ginestrini", "the codice fiscale": serafinaCode,
		"the place of birth": "Bellagio", "its code": "A744",
		"the date of birth": "1975-09-23", "the date with slashes": "23/09/1975", "the date in words": "23 settembre 1975", "the date in English": "23 September 1975",
		"the date in microseconds": fmt.Sprint(born.UnixMicro()), "the date in seconds": fmt.Sprint(born.Unix()), "the date without marks": "19750923",
		"the number of the document": "CX90417KW", "the number of the passport": "YB7392046", "the number of the health card": "80380000000000000009", "the issuer": "Garlasco",
		"the address": "Camelie Gialle", "the town": "Vestignè", "the later address": "Sambuco Nero", "the digital address": "ginestrini@pec.example.net",
		"the mailbox": serafina, "the later mailbox": serafinaNew,
		"the telephone": serafinaPhone[3:], "the later telephone": serafinaNumber[3:],
		"the answer": "Orsetto Malvino", "what was written in a session": "la mia carta è graffiata", "what an operator noted": "parla con voce roca",
		"why the desk suspended": "ha perso la borsetta", "why it was revoked": "dichiarazione firmata allo sportello", "why it was approved": "volto identico alla foto",
		"the name of a telephone": "Cellulare di Serafina", "what mails say": "identità SPID", "how mails begin": "Gentile ",
		"the password": secret,
	}
}

// Columns of which these words may be read, with the reason. An entry that nothing needs any
// more fails.
var readable = map[string]string{}

// A32, issue 5: "a test opens the database and the files and finds no name, number, image or
// voice". After a whole life.
func TestNothingAtRestTellsWhoHoldsAnIdentityWithoutTheKeys(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		look := func(when string) {
			t.Helper()
			for _, fault := range dbtest.Telling(dbtest.Cells(t, d), herWords(), readable) {
				t.Errorf("%s: %s", when, fault)
			}
		}
		b, r := w.serafinaApplies()
		look("when the contract is ready")
		r = w.serafinaCalls(r)
		look("after a session")
		r = w.serafinaAtThePoint(b, r)
		look("when an operator has to decide")
		desk, key := w.serafinaIsApproved(r)
		look("with an identity")
		w.serafinaLives(r.Holder)
		look("in the middle of a life")
		w.serafinaEnds(desk, key, r.Holder)
		look("at the end")
		w.allIsSent()
		look("when all is sent")
		w.inFiles(rawURL)
		w.mutated(r.Holder)
	}, shareddb.Module(), idpdb.Module())
}

// mutated writes one of her words in clear into one column after another: each is found.
func (w *world) mutated(id string) {
	w.t.Helper()
	for column, word := range map[string]string{
		"identity.cause": "Serafina", "identity_event.fields": "ginestrini", "request.circuit": "nata il 23/09/1975", "outbox.reason": serafina,
		"audit.detail": `{"phone":"` + serafinaPhone + `"}`, "session.user_agent": serafinaCode, "video_session.operator": "Via delle Camelie Gialle 417",
	} {
		table, name, _ := strings.Cut(column, ".")
		err := w.db.Tx(w.t.Context(), func(tx *db.Tx) error {
			_, err := tx.ExecContext(w.t.Context(), `UPDATE `+table+` SET `+name+` = $1`, word)
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		faults := dbtest.Telling(dbtest.Cells(w.t, w.db, table), herWords(), nil)
		if !strings.Contains(strings.Join(faults, "\n"), column+" shows") {
			w.t.Errorf("%q in %s is not found: %q", word, column, faults)
		}
	}
}

// serafinaApplies goes from the start page to the contract.
func (w *world) serafinaApplies() (*webtest.Client, enrolment.Request) {
	w.t.Helper()
	b := webtest.New(w.t)
	w.applied(b, serafina).Expect(http.StatusOK, "Il tuo account è stato creato")
	b.Submit(b.Get(confirmLink.FindString(w.mails(serafina)[0])).FormWith("token")).Expect(http.StatusOK, "Il tuo indirizzo è confermato")
	p := w.accedi(b, serafina, secret).Expect(http.StatusOK, "Informazioni di sicurezza")
	p = b.Submit(p.FormWith("answer"), "question", "toy", "answer", "Orsetto Malvino", "phone", serafinaPhone).Expect(http.StatusOK, "Codice di verifica")
	b.Submit(p.FormWith("code"), "code", w.code(serafinaPhone)).Expect(http.StatusOK, "dati personali")
	p = b.Submit(b.Get(w.base+"/enrol/person").FormWith("family_name"),
		"family_name", "Ginestrini", "given_name", "Serafina", "gender", "F", "birth_day", "23", "birth_month", "9", "birth_year", "1975", "birth_state", "IT", "birth_province", "CO",
		"birth_town", "Bellagio", "citizenship", "IT", "fiscal_code", serafinaCode, "certified_mail", "ginestrini@pec.example.net",
		"residence_country", "IT", "residence_province", "TO", "residence_town", "Vestignè", "residence_street", "Via delle Camelie Gialle 417", "residence_postal", "10030")
	pictures := map[string][]byte{}
	for _, what := range enrolment.Pictures() {
		pictures[string(what)] = photo(w.t)
	}
	p = b.Upload(p.Expect(http.StatusOK).FormWith("number"), pictures,
		"kind", "cartaIdentita", "number", "cx 90417 kw", "issuer", "Comune di Garlasco", "issued_day", "1", "issued_month", "2", "issued_year", "2020",
		"expires_day", "23", "expires_month", "9", "expires_year", "2030", "card", "ts", "card_number", "8038 0000 0000 0000 0009", "card_expires_day", "1", "card_expires_month", "1", "card_expires_year", "2030")
	b.Submit(p.Expect(http.StatusOK, "Vestignè", "CX90417KW").FormWith("agreed"), "agreed", "on", "specific", "on").Expect(http.StatusOK, "La richiesta è pronta")
	id, _, err := w.store.Password(w.t.Context(), serafina)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.store.RequestOf(w.t.Context(), id)
	if err != nil || r.State != enrolment.ContractReady {
		w.t.Fatalf("%+v, %v", r, err)
	}
	return b, r
}

// serafinaCalls tries the way by video first: the session ends without an identification.
func (w *world) serafinaCalls(r enrolment.Request) enrolment.Request {
	w.t.Helper()
	ctx, me, contract := w.t.Context(), enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, r.Data.Contract
	r = w.took(r, enrolment.ChangeMethod, me, func(q *enrolment.Request) { q.Method = enrolment.Video })
	r = w.took(r, enrolment.FreezeContract, me, func(q *enrolment.Request) { q.Data.Contract = contract })
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	must(w.store.JoinQueue(ctx, r.ID, time.Time{}, w.clock.Now()))
	operator := enrolment.Author{Role: enrolment.Collector, ID: someCollector}
	s, err := w.store.TakeWaiting(ctx, video.Taken{Session: "session-1", Operator: someCollector, Now: w.clock.Now(), Fresh: w.clock.Now().Add(-time.Minute),
		Step: func(q enrolment.Request) (enrolment.Step, bool, error) {
			after, e, err := q.Do(enrolment.Change{Act: enrolment.Enter, By: operator, At: w.clock.Now()})
			return enrolment.Step{After: after, Event: e, Audit: audit.Event{At: e.At, Role: "idp"}}, false, err
		}})
	must(err)
	must(w.store.AddLine(ctx, s.ID, video.Line{At: w.clock.Now(), Side: "applicant", Text: "Sono Serafina, la mia carta è graffiata"}))
	must(w.store.DoStep(ctx, s.ID, video.Done{Step: video.Steps()[0], At: w.clock.Now(), Note: "Ginestrini parla con voce roca"}, audit.Event{At: w.clock.Now(), Role: "idp"}))
	must(os.Chmod(w.vault.Dir, 0o700))
	recording, err := w.vault.Record(ctx, evidence.NewRecording{Request: r.ID, Kind: evidence.VideoSegment, MediaType: "video/webm", Author: someCollector})
	must(err)
	_, err = recording.Append(ctx, []byte("Serafina Ginestrini "+serafinaCode))
	must(err)
	_, err = recording.Close(ctx)
	must(err)
	r, err = w.store.Request(ctx, r.ID)
	must(err)
	r = w.took(r, enrolment.Abort, operator, nil)
	r = w.took(r, enrolment.ChangeMethod, me, func(q *enrolment.Request) { q.Method, q.Circuit, q.Point = enrolment.Point, "centri", "" })
	return w.took(r, enrolment.FreezeContract, me, func(q *enrolment.Request) { q.Data.Contract = contract })
}

// serafinaAtThePoint books and is recognised by who works there.
func (w *world) serafinaAtThePoint(b *webtest.Client, r enrolment.Request) enrolment.Request {
	w.t.Helper()
	p := b.Get(w.base+"/enrol/point/book?point=roma").Expect(http.StatusOK, "Centro di prova")
	b.Submit(p.FormWith("at"), "at", webtest.Attr(p.Find("input[name=at]"), "value")).Expect(http.StatusOK)
	desk, key := w.operator(collector)
	p = desk.Get(w.base+"/operator/point").Expect(http.StatusOK, "Centro di prova")
	p = desk.Submit(p.FormWith("number"), "number", string(r.Number)).Expect(http.StatusOK, "Serafina", serafinaCode)
	form := func(action string) *webtest.Form {
		for _, f := range p.Forms() {
			if strings.HasSuffix(f.Action, action) {
				return f
			}
		}
		p.Expect(0, "a form to "+action)
		return nil
	}
	p = desk.Upload(form("/paper"), map[string][]byte{"paper": photo(w.t)}).Expect(http.StatusOK, "Il contratto è firmato")
	w.pressed(desk, key, form("/identify"), "tick_person", "on", "tick_document", "on", "tick_health_card", "on", "tick_data", "on", "tick_contract", "on", "tick_contacts", "on").
		Expect(http.StatusOK, "passa al back office")
	r, err := w.store.Request(w.t.Context(), r.ID)
	if err != nil || r.State != enrolment.OperatorCheck {
		w.t.Fatalf("%+v, %v", r, err)
	}
	return r
}

func (w *world) serafinaIsApproved(r enrolment.Request) (*webtest.Client, *passkeytest.Device) {
	w.t.Helper()
	desk, key := w.operator(remo)
	p := w.nextFor(desk).Expect(http.StatusOK, "Richiesta "+string(r.Number))
	w.pressed(desk, key, formOf(p, "approve"), append(ticked(p), "reason", "volto identico alla foto")...).Expect(http.StatusOK, "Identità attivata")
	if who := w.holder(serafina); who.Holder.FamilyName != "Ginestrini" || who.Holder.Domicile.Municipality != "Vestignè" {
		w.t.Fatalf("%+v", who)
	}
	return desk, key
}

// asSerafina gives her password and the code of her telephone where a page asks for both.
func (w *world) asSerafina(b *webtest.Client, path, number string) *webtest.Page {
	w.t.Helper()
	w.clock.Advance(2 * time.Minute) // between two codes
	p := b.Get(w.base+path).Expect(http.StatusOK, "User ID")
	p = b.Submit(p.FormWith("username"), "username", serafina, "password", secret)
	if !holds(p, "code") {
		p = b.Submit(formWithout(p))
	}
	return b.Submit(p.FormWith("code"), "code", w.code(number)).Expect(http.StatusOK)
}

// formWithout is the form that asks for nothing: the button by which a code is sent.
func formWithout(p *webtest.Page) *webtest.Form {
	for _, f := range p.Forms() {
		if strings.HasSuffix(f.Action, "/sms") {
			return f
		}
	}
	p.Expect(0, "a way to have a code sent")
	return nil
}

// serafinaLives uses the identity, changes what may be changed and is suspended.
func (w *world) serafinaLives(id string) {
	w.t.Helper()
	w.clock.Advance(73 * time.Hour)
	v := w.level(webtest.New(w.t), spid.L2).password(serafina, secret)
	if !holds(v.page, "code") {
		v.page = v.browser.Submit(formWithout(v.page))
	}
	v.code(w.code(serafinaPhone)).press("consent", "yes")
	if who := v.login(); !strings.Contains(fmt.Sprint(who), "Ginestrini") {
		w.t.Errorf("the service is told %+v", who)
	}
	b := webtest.New(w.t)
	w.accedi(b, serafina, secret)
	p := w.asSerafina(b, "/account/data/phone", serafinaPhone).Expect(http.StatusOK, "Cambia il numero di cellulare")
	p = b.Submit(p.FormWith("value"), "value", serafinaNumber).Expect(http.StatusOK, "Abbiamo mandato un codice")
	b.Submit(p.FormWith("code"), "code", w.code(serafinaNumber)).Expect(http.StatusOK, "il dato è cambiato")
	p = b.Get(w.base + "/account/data/mail").Expect(http.StatusOK)
	p = b.Submit(p.FormWith("value"), "value", serafinaNew).Expect(http.StatusOK, "Abbiamo mandato un codice")
	b.Submit(p.FormWith("code"), "code", w.code(serafinaNew)).Expect(http.StatusOK, "il dato è cambiato")
	if who := w.holder(serafina); who.Holder.Email != serafinaNew || who.Holder.MobilePhone != serafinaNumber {
		w.t.Errorf("%+v", who)
	}
	p = b.Get(w.base+"/account/data/document").Expect(http.StatusOK, "Nuovo documento")
	b.Upload(formAt(p, "/account/data/document"), map[string][]byte{"front": photo(w.t), "back": photo(w.t)},
		"kind", "passaporto", "number", "yb 7392046", "issuer", "Questura di Garlasco", "issued_day", "1", "issued_month", "3", "issued_year", "2026",
		"expires_day", "28", "expires_month", "2", "expires_year", "2036").Expect(http.StatusOK, "Documento ricevuto")
	desk, key := w.operator(tito)
	p = w.found(desk, "fiscal_code", strings.ToLower(serafinaCode)).Expect(http.StatusOK, "Identità TEST")
	w.pressed(desk, key, formOf(p, "suspend"), "cause", "holder", "reason", "chiama, ha perso la borsetta").Expect(http.StatusOK, "sospesa")
	if state, _ := w.state(id); state != identity.Suspended {
		w.t.Errorf("%s", state)
	}
}

// serafinaEnds: two operators revoke the identity.
func (w *world) serafinaEnds(desk *webtest.Client, key *passkeytest.Device, id string) {
	w.t.Helper()
	w.signIn(desk, key)
	p := w.found(desk, "user_id", serafina).Expect(http.StatusOK, "Documenti e prove")
	p = desk.Upload(p.Form("form[enctype='multipart/form-data']"), map[string][]byte{"paper": []byte("%PDF-1.7 Serafina Ginestrini")}).Expect(http.StatusOK, "Documento aggiunto")
	paper := webtest.Attr(p.Find("input[name=evidence]"), "value")
	w.pressed(desk, key, formOf(p, "revoke"), "cause", "death", "reason", "dichiarazione firmata allo sportello", "evidence", paper).Expect(http.StatusOK, "decide un secondo operatore")
	other, otherKey := w.operator(fabia)
	var link string
	for _, a := range other.Get(w.base + "/operator/life").FindAll("a") {
		if href := webtest.Attr(a, "href"); strings.HasPrefix(href, "/operator/life/task/") && strings.Contains(webtest.Text(a), "revo") {
			link = href
		}
	}
	p = other.Get(w.base+link).Expect(http.StatusOK, "dichiarazione firmata allo sportello")
	w.pressed(other, otherKey, formAt(p, link), "outcome", "accept", "reason", "Serafina: dichiarazione firmata allo sportello").Expect(http.StatusOK, "Fatto.")
	if state, _ := w.state(id); state != identity.Revoked {
		w.t.Errorf("%s", state)
	}
}

// allIsSent hands every message over, as a sender does.
func (w *world) allIsSent() {
	w.t.Helper()
	w.clock.Advance(2 * time.Hour)
	shared := &shareddb.Store{DB: w.db}
	n := 0
	for _, channel := range []notify.Channel{notify.Mail, notify.SMS} {
		list, err := shared.ClaimMessages(w.t.Context(), channel, w.clock.Now(), time.Minute, 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range list {
			if m.Message.To == serafina || m.Message.To == serafinaNew || strings.HasPrefix(m.Message.To, "+39") {
				n++
			}
			if err := shared.MessageSent(w.t.Context(), m.ID, w.clock.Now()); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	if n < 15 {
		w.t.Errorf("only %d messages went to her", n)
	}
}

// inFiles looks into the files of the vault, and those of the database where it has its own.
func (w *world) inFiles(rawURL string) {
	w.t.Helper()
	var paths []string
	if w.db.Dialect() == db.SQLite {
		u, err := url.Parse(rawURL)
		if err != nil {
			w.t.Fatal(err)
		}
		paths = append(paths, u.Path, u.Path+"-wal")
	}
	err := filepath.WalkDir(w.vault.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		w.t.Fatalf("%q, %v", paths, err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		for what, word := range herWords() {
			if how := dbtest.Found(append(data, path...), []byte(word)); how != "" {
				w.t.Errorf("%s shows %s, %s", regexp.MustCompile(`[^/]+$`).FindString(path), what, how)
			}
		}
	}
}
