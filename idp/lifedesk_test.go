package idp_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// found looks an identity up at the desk.
func (w *world) found(b *webtest.Client, by, value string) *webtest.Page {
	w.t.Helper()
	p := b.Get(w.base+"/operator/life").Expect(http.StatusOK, "Cerca un’identità")
	return b.Submit(formAt(p, "/operator/life/find"), "by", by, "value", value)
}

// A30: the help desk suspends, and nothing that it says lifts or revokes.
func TestA30TheHelpDeskOnlySuspends(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		id := w.holder(ada).ID
		b, key := w.operator(tito)
		w.found(b, "user_id", stranger).Expect(http.StatusUnprocessableEntity, "Non c’è nessuna identità così")
		w.found(b, "spid_code", "testabcdefgh01").Expect(http.StatusOK, "Identità TESTABCDEFGH01")
		p := w.found(b, "user_id", " ADA.prova@example.org").Expect(http.StatusOK, "Identità TESTABCDEFGH01", "attiva")
		if p.Has("Revoca") || p.Has("Documenti e prove") {
			t.Error("the help desk is offered more than a suspension")
		}
		if n := w.count(`SELECT count(*) FROM audit WHERE action = 'data.read' AND actor = $1`, w.operatorID(tito)); n < 4 {
			t.Errorf("%d lines say who looked", n)
		}
		f := formOf(p, "suspend")
		b.Submit(f, "reason", "chiama e non ha più il telefono").Expect(http.StatusUnprocessableEntity, "Scegli la causa", "non ha più il telefono")
		for _, act := range []string{"lift", "revoke"} {
			b.Post(f.Action, url.Values{"act": {act}, "cause": {"death"}, "reason": {"x"}, "version": {"0"}}).Expect(http.StatusForbidden, "non è del tuo ruolo")
		}
		b.Get(w.base+"/operator/life/task/x").Expect(http.StatusForbidden, "non è del tuo ruolo")
		w.clock.Advance(6 * time.Minute)
		w.pressed(b, key, f, "cause", "holder", "reason", "chiama e non ha più il telefono").Expect(http.StatusOK, "Fatto.", "sospesa")
		if state, cause := w.state(id); state != identity.Suspended || cause != identity.ByHolder {
			t.Errorf("%s, %s", state, cause)
		}
		w.told(adaPhone, "sospesa")
		events, err := w.store.LifeOf(t.Context(), id)
		if err != nil || len(events) != 1 || events[0].By.ID != w.operatorID(tito) || events[0].Reason != "chiama e non ha più il telefono" {
			t.Errorf("%+v, %v", events, err)
		}
		// Those who watch see it, and nobody's name.
		sup, _ := w.operator(sara)
		sup.Get(w.base+"/operator/life").Expect(http.StatusOK, "Tito Prova", "TESTABCDEFGH01", "non ha più il telefono")
		// The holder lifts it with a proof: A31.
		own := webtest.New(t)
		w.accedi(own, ada, secret)
		p = w.proves(own, own.Get(w.base+"/account/stop/lift")).Expect(http.StatusOK, "Riattiva la tua identità")
		own.Submit(formAt(p, "/account/stop/lift")).Expect(http.StatusOK, "di nuovo attiva")
	})
}

// A16, A34: whoever sees who holds an identity is written down, also by a form that says
// nothing; nobody leafs through identities, or ends many.
func TestA34EveryLookAtAnIdentityIsWrittenDownAndBounded(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		b, key := w.operator(tito)
		looks := func() int {
			return w.count(`SELECT count(*) FROM audit WHERE action = 'data.read' AND actor = $1 AND subject = $2`, w.operatorID(tito), w.holder(ada).ID)
		}
		b.Post(w.base+"/operator/life/identity/TESTABCDEFGH01", url.Values{"version": {"0"}, "act": {"suspend"}, "cause": {"holder"}}).Expect(http.StatusUnprocessableEntity, "Ada")
		if n := looks(); n != 1 {
			t.Errorf("a form that is refused shows who it is, and %d lines say so", n)
		}
		for range 60 {
			w.found(b, "user_id", stranger)
		}
		w.found(b, "user_id", ada).Expect(http.StatusTooManyRequests)
		if n := looks(); n != 1 {
			t.Errorf("%d lines", n)
		}
		limiter := &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: w.store.Keyring, Now: w.clock.Now}
		for range 20 {
			if err := limiter.Allow(t.Context(), ratelimit.Limit{Name: "operator.life.act", Burst: 20, Per: time.Hour}, w.operatorID(tito)); err != nil {
				t.Fatal(err)
			}
		}
		p := b.Get(w.base + "/operator/life/identity/TESTABCDEFGH01").Expect(http.StatusOK)
		w.pressed(b, key, formOf(p, "suspend"), "cause", "holder", "reason", "chiama").Expect(http.StatusTooManyRequests)
		if state, _ := w.state(w.holder(ada).ID); state != identity.Active {
			t.Errorf("%s", state)
		}
		w.clock.Advance(4 * time.Minute)
		w.pressed(b, key, formOf(p, "suspend"), "cause", "holder", "reason", "chiama").Expect(http.StatusOK, "Fatto.")
	})
}

// A16, A30: a revocation and a lifting are of two operators, who are two people.
func TestARevocationIsOfTwoOperators(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		id := w.holder(ada).ID
		b, key := w.operator(remo)
		p := w.found(b, "spid_code", "TESTABCDEFGH01").Expect(http.StatusOK, "Documenti e prove")
		papers := p.Form("form[enctype='multipart/form-data']")
		b.Upload(papers, nil).Expect(http.StatusUnprocessableEntity, "Scegli un file")
		p = b.Upload(papers, map[string][]byte{"paper": []byte("%PDF-1.7 certificato")}).Expect(http.StatusOK, "Documento aggiunto", "documento ricevuto")
		paper := webtest.Attr(p.Find("input[name=evidence]"), "value")
		f := formOf(p, "revoke")
		b.Submit(f, "cause", "death", "reason", "x", "evidence", "of-another").Expect(http.StatusBadRequest)
		w.clock.Advance(6 * time.Minute) // the key is asked for again, and nothing is lost
		w.pressed(b, key, f, "cause", "death", "reason", "certificato del Comune", "evidence", paper).Expect(http.StatusOK, "decide un secondo operatore")
		if state, _ := w.state(id); state != identity.Active {
			t.Fatal("revoked by one")
		}
		p = b.Get(w.base+"/operator/life").Expect(http.StatusOK, "revoca", "l’hai proposto tu")
		var task string
		for _, a := range p.FindAll("a") {
			if href := webtest.Attr(a, "href"); strings.HasPrefix(href, "/operator/life/task/") {
				task = w.base + href
			}
		}
		if p = b.Get(task).Expect(http.StatusOK, "l’hai proposto tu"); p.Has("Sono d’accordo") {
			t.Error("who proposed is offered to agree")
		}
		w.pressed(b, key, formAt(p, strings.TrimPrefix(task, w.base)), "outcome", "accept", "reason", "io").Expect(http.StatusForbidden, "Servono due operatori diversi")

		other, otherKey := w.operator(fabia)
		p = other.Get(task).Expect(http.StatusOK, "certificato del Comune", "Remo Prova", "Sono d’accordo")
		w.pressed(other, otherKey, formAt(p, strings.TrimPrefix(task, w.base)), "outcome", "accept", "reason", "verificato in anagrafe").Expect(http.StatusOK, "Fatto.")
		who, err := w.store.Identity(t.Context(), id)
		if err != nil || who.State != identity.Revoked || who.Cause != identity.Death {
			t.Errorf("%+v, %v", who, err)
		}
		events, err := w.store.LifeOf(t.Context(), id)
		if err != nil || events[0].By.ID != w.operatorID(remo) || events[0].By.Second != w.operatorID(fabia) || len(events[0].Evidence) != 1 {
			t.Errorf("%+v, %v", events, err)
		}
		other.Get(task).Expect(http.StatusGone, "Qualcun altro l’ha già fatto")
	})
}

// A30: what two operators decide on is the identity as it was proposed, not as it stands later.
func TestAProposalIsWorthNothingAfterAnotherAct(t *testing.T) {
	w := newWorld(t)
	who := w.holder(ada)
	suspend := func(who *identity.Identity, cause identity.Cause) *identity.Identity {
		after, event, err := who.Do(identity.Change{Act: identity.Suspend, Cause: cause, By: identity.By{Role: identity.AsCaller}, At: w.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		w.saved(after, event)
		return after
	}
	who = suspend(who, identity.ByHolder)
	b, key := w.operator(remo)
	p := w.found(b, "spid_code", "TESTABCDEFGH01").Expect(http.StatusOK, "Togli la sospensione")
	p = w.pressed(b, key, formOf(p, "lift"), "reason", "riconosciuta").Expect(http.StatusOK, "decide un secondo operatore")
	var link string // the page of the identity leads to what waits for it
	for _, a := range p.FindAll("a") {
		if href := webtest.Attr(a, "href"); strings.HasPrefix(href, "/operator/life/task/") {
			link = href
		}
	}
	other, otherKey := w.operator(fabia)
	p = other.Get(w.base+link).Expect(http.StatusOK, "sospesa (chiesta dal titolare)", "Sono d’accordo")
	form := formAt(p, link)
	suspend(who, identity.Security)
	p = other.Get(w.base+link).Expect(http.StatusOK, "sospesa (dubbio di sicurezza)", "Dopo la proposta l’identità è cambiata")
	if p.Has("Sono d’accordo") {
		t.Error("there is nothing to agree to")
	}
	other.Submit(form, "outcome", "accept", "reason", "d’accordo").Expect(http.StatusConflict, "L’identità è cambiata nel frattempo")
	if state, cause := w.state(who.ID); state != identity.Suspended || cause != identity.Security {
		t.Errorf("%s, %s: a graver suspension was lifted unseen", state, cause)
	}
	w.pressed(other, otherKey, formAt(p, link), "outcome", "refuse", "reason", "cambiata").Expect(http.StatusOK, "Fatto.")
}

// L01: a new document that an operator has checked makes the identity active again.
func TestL01ANewDocumentIsCheckedAndLifts(t *testing.T) {
	w := newWorld(t)
	who := w.holder(ada)
	after, event, err := who.Do(identity.Change{Act: identity.Suspend, Cause: identity.DocumentExpired, By: identity.By{Role: identity.AsJob}, At: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	w.saved(after, event)
	b := webtest.New(t)
	w.accedi(b, ada, secret).Expect(http.StatusOK, "Il tuo documento è scaduto")
	p := w.proves(b, b.Get(w.base+"/account/data/document")).Expect(http.StatusOK, "Nuovo documento")
	fields := []string{
		"kind", "passaporto", "number", "ya 1234567", "issuer", "Questura di Roma", "issued_day", "1", "issued_month", "3", "issued_year", "2026",
		"expires_day", "28", "expires_month", "2", "expires_year", "2036",
	}
	f := formAt(p, "/account/data/document")
	again := b.Upload(f, map[string][]byte{"front": []byte("x")}, append([]string{"number", "1"}, fields[4:]...)...).Expect(http.StatusUnprocessableEntity, "Scegli la foto")
	if !strings.Contains(again.Body, "Questura di Roma") {
		t.Error("what was typed is lost")
	}
	b.Upload(f, map[string][]byte{"front": photo(t), "back": photo(t)}, fields...).Expect(http.StatusOK, "Documento ricevuto", "un operatore lo sta controllando")

	desk, key := w.operator(remo)
	p = desk.Follow(desk.Get(w.base+"/operator/life").Expect(http.StatusOK, "Documento nuovo da controllare"), w.taskText(desk))
	p.Expect(http.StatusOK, "YA1234567", "Le immagini corrispondono")
	form := p.FormWith("reason")
	desk.Submit(form, "outcome", "accept", "reason", "ok").Expect(http.StatusUnprocessableEntity, "Conferma di aver confrontato")
	for _, img := range p.FindAll("img") {
		if src := webtest.Attr(img, "src"); strings.HasPrefix(src, "/operator/life/") {
			desk.Get(w.base + src).Expect(http.StatusOK)
		}
	}
	w.pressed(desk, key, form, "outcome", "accept", "same", "on", "reason", "confrontato").Expect(http.StatusOK, "Fatto.")
	if now := w.holder(ada); now.State != identity.Active || now.Holder.Document.Number != "YA1234567" || now.Holder.Document.ExpiresOn.Year() != 2036 {
		t.Errorf("%+v", now)
	}
	w.told(ada, "di nuovo attiva")
}

// photo is one that is large enough to be read.
func photo(t *testing.T) []byte {
	t.Helper()
	lines := image.NewGray(image.Rect(0, 0, 900, 600))
	for i := range lines.Pix {
		lines.Pix[i] = uint8(i / 20 * 40) // stripes: nothing that is read, and not of one colour
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, lines, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// taskText is the text of the only link to a task.
func (w *world) taskText(b *webtest.Client) string {
	w.t.Helper()
	for _, a := range b.Get(w.base + "/operator/life").FindAll("a") {
		if strings.HasPrefix(webtest.Attr(a, "href"), "/operator/life/task/") {
			return webtest.Text(a)
		}
	}
	w.t.Fatal("no task waits")
	return ""
}
