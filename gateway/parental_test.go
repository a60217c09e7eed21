package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/web/webtest"
)

// leoOfTheCard is Leo as CIE knows him.
func leoOfTheCard() map[string]string {
	return map[string]string{"name": "Leo", "familyName": "Prova", "fiscalNumber": "TINIT-PRVLEO11A01H501I", "dateOfBirth": "2011-01-01"}
}

// G2.9: by CIE nobody asked a parent, by SPID the provider did.
func TestAMinorByCIENeedsAParentAndBySPIDDoesNot(t *testing.T) {
	s := newDoors(t)
	s.cie.attributes = leoOfTheCard()
	b := s.browser()
	s.confirmByMail(b, b.Get(s.url+"/cie/login"), "leo@posta.example.it")
	verdict := b.Get(s.authorize("campus")).Expect(http.StatusForbidden, "Serve l’autorizzazione di un genitore", "Campus estivo", "Entra con SPID", "Vai al tuo account", "Torna alla Login", "Codice di riferimento")
	if verdict.Has("Entra con CIE") {
		t.Error("the door that does not help is offered")
	}
	if !s.refusedFor("needs_parent") || s.opens(b, "campus") || !s.opens(b, "mooc") {
		t.Error("refused without a line, or everything is closed")
	}
	b.Get(s.url+"/account").Expect(http.StatusOK, "Leo Prova")
	s.idp.attributes = leo()
	s.idp.attributes["fiscalNumber"] = leoOfTheCard()["fiscalNumber"]
	bySPID := s.browser()
	bySPID.Get(s.start("")).Expect(http.StatusOK)
	// Single sign-on from another service asks no parent; a login for this one does.
	p := bySPID.Get(s.authorize("campus")).Expect(http.StatusForbidden, "Serve l’autorizzazione di un genitore")
	login := bySPID.Follow(p, "Entra con SPID").Expect(http.StatusOK, "Campus estivo")
	answer := s.held(bySPID, s.idp, strings.TrimPrefix(login.Link("Identità Uno"), s.url))
	if q := s.led(bySPID, func() *webtest.Page { return bySPID.Post(s.url+"/spid/acs", answer) }); q.Get("code") == "" || !s.opens(bySPID, "campus") {
		t.Errorf("the provider of SPID asked the parent: %v", q)
	}
	// Grown up, by the same door.
	s.cie.attributes = adaOfTheCard()
	grown := s.browser()
	s.confirmByMail(grown, grown.Get(s.url+"/cie/login"), "ada@posta.example.it")
	if !s.opens(grown, "campus") {
		t.Error("of age, and asked for a parent")
	}
}

// authorises is the form of the desk about a parent.
func authorises(p *webtest.Page) *webtest.Form { return p.FormWith("authorised_by") }

// G2.9: the desk sees the document, records a role and an end, tells the holder; withdrawn
// at will.
func TestTheDeskRecordsAParentAndTakesItBack(t *testing.T) {
	s, _, clerk, _ := newDesk(t)
	s.plant()
	b := s.browser()
	s.typeIn(b, noor, secret).Expect(http.StatusOK, "Il mio account")
	s.key = s.app(b)
	b.Get(s.authorize("campus")).Expect(http.StatusForbidden, "Serve l’autorizzazione di un genitore", "Se hai già 18 anni")
	look := func() *webtest.Page {
		return s.look(clerk, string(noor)).Expect(http.StatusOK, "Registra l’autorizzazione di un genitore")
	}
	year := s.clock.Now().AddDate(0, 11, 0).Format(time.DateOnly)
	clerk.Submit(authorises(look()), "authorised_by", "parent", "document", "identity", "until", year).Expect(http.StatusUnprocessableEntity)
	for _, wrong := range [][]string{
		{"document", "identity", "until", year}, {"authorised_by", "uncle", "document", "identity", "until", year}, {"authorised_by", "parent", "until", year},
		{"authorised_by", "parent", "document", "identity"}, {"authorised_by", "parent", "document", "identity", "until", "2040-01-01"},
		{"authorised_by", "parent", "document", "identity", "until", "2020-01-01"}, {"authorised_by", "parent", "document", "identity", "until", "domani"},
	} {
		clerk.Submit(authorises(look()), append(wrong, "reason", "Si è presentata la madre")...).Expect(http.StatusBadRequest, "Torna alla persona")
	}
	if s.count(`SELECT count(*) FROM parental_authorisation`) != 0 {
		t.Fatal("a form with mistakes recorded something")
	}
	clerk.Submit(authorises(look()), "authorised_by", "parent", "document", "identity", "until", year, "reason", "Si è presentata la madre").Expect(http.StatusOK)
	if !s.opens(b, "campus") {
		t.Error("recorded, and still closed")
	}
	b.Get(s.url+"/account").Expect(http.StatusOK, "Autorizzazione di un genitore", "controllato allo sportello")
	b.Get(s.url+"/account/history").Expect(http.StatusOK, "Autorizzazione di chi ha la responsabilità genitoriale registrata")
	if file := b.Post(s.url+"/account/export", url.Values{}).Expect(http.StatusOK).Body; !strings.Contains(file, `"by":"parent","document":"identity"`) {
		t.Errorf("what the person takes away lacks the authorisation: %s", file)
	}
	if s.count(`SELECT count(*) FROM outbox WHERE recipient = 'noor@posta.example.it' AND body LIKE '%responsabilità genitoriale%'`) != 1 ||
		s.count(`SELECT count(*) FROM audit WHERE action = 'parental.authorised' AND actor <> subject AND detail NOT LIKE '%madre%'`) != 1 {
		t.Error("not told, or the words of the desk stand in the log")
	}
	for n, want := range []int{http.StatusOK, http.StatusConflict} {
		if got := clerk.Post(s.url+"/helpdesk/deed", deed(look(), "unauthorise", "Il padre ha cambiato idea")); got.Status != want {
			t.Errorf("time %d: %d", n+1, got.Status)
		}
	}
	b.Get(s.authorize("campus")).Expect(http.StatusForbidden, "Serve l’autorizzazione di un genitore")
	if s.count(`SELECT count(*) FROM audit WHERE action = 'parental.withdrawn'`) != 1 {
		t.Error("no line about the end")
	}
}
