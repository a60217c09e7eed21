package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/gateway/account"
	"atrio/web/webtest"
)

// seen notes at the desk that the person was there with a document.
func (s *stage) seen(clerk *webtest.Client, p *page) *page {
	s.t.Helper()
	pass := webtest.Attr(p.Find("[name=pass]"), "value")
	return clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "seen": {"yes"}, "paper": {"passport"}}).Expect(http.StatusOK, "Hai visto la persona con un documento")
}

func TestACodeFromTheDeskIsASecondFactor(t *testing.T) { // G2.3, G4.6
	s, holder, clerk, supervisor := newDesk(t)
	code := account.Code(s.codeOf(holder))
	s.app(holder)
	b := s.browser()
	p := s.typeIn(b, code, secret).Expect(http.StatusOK, "Inserisci il codice dell’app")
	p = b.Get(p.Link("Chiedi all’assistenza di confermare")).Expect(http.StatusOK, "Conferma con l’assistenza")
	number := p.Text("#desk-number")
	if again := b.Get(p.URL.String()).Text("#desk-number"); len(number) != 9 || again != number {
		t.Errorf("the number is %q, then %q", number, again)
	}
	for range 8 { // too early costs nothing
		b.Submit(p.FormWith("method")).Expect(http.StatusUnprocessableEntity, "non ha ancora confermato")
	}
	person := s.look(clerk, string(code)).Expect(http.StatusOK, "App di autenticazione")
	form := deed(person, "", "Ha perso il telefono")
	form.Set("number", number)
	clerk.Post(s.url+"/helpdesk/login", form).Expect(http.StatusForbidden, "Prima controlla chi chiama", "Torna alla persona")
	// A code by mail is not enough here.
	pass := form.Get("pass")
	clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "send": {"mail"}})
	_, text := s.newest("ada@posta.example.it")
	clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "code": {sixDigits.FindString(text)}}).Expect(http.StatusOK, "dalla casella")
	clerk.Post(s.url+"/helpdesk/login", form).Expect(http.StatusForbidden)
	s.seen(clerk, person)
	for _, broken := range []string{"", "1234", "123456789", "abcdefgh"} {
		form.Set("number", broken)
		clerk.Post(s.url+"/helpdesk/login", form).Expect(http.StatusUnprocessableEntity)
	}
	form.Set("number", "00000000")
	clerk.Post(s.url+"/helpdesk/login", form).Expect(http.StatusOK, "Fatto.")
	b.Submit(p.FormWith("method")).Expect(http.StatusUnprocessableEntity)
	form.Set("number", number)
	clerk.Post(s.url+"/helpdesk/login", form).Expect(http.StatusOK, "Fatto.")
	if strings.Contains(s.session(b), "mfa") {
		t.Error("a second factor before it was used")
	}
	b.Submit(p.FormWith("method")).Expect(http.StatusOK, "Il mio account")
	if body := b.Get(s.url + "/session").Body; !strings.Contains(body, `"mca"`) || !strings.Contains(body, `"mfa"`) {
		t.Errorf("the session says %s", body)
	}
	// It is the proof of G4.6: with the password it suspends the others.
	p = b.Get(s.url+suspendPage).Expect(http.StatusOK, "Disattiva 2FA per 24 ore")
	b.Submit(p.FormWith("password"), "do", "suspend", "password", secret).Expect(http.StatusOK, "La 2FA è sospesa")
	b.Get(s.url+"/account/history").Expect(http.StatusOK, "Intervento dell’assistenza sul tuo account: accesso in corso confermato")
	// Another clerk has not seen anybody; nobody vouches for themselves.
	other := s.look(supervisor, string(code))
	supervisor.Post(s.url+"/helpdesk/deed", deed(other, "suspend_factors", "x")).Expect(http.StatusForbidden, "Prima controlla chi chiama")
	own := s.look(supervisor, s.codeOf(supervisor))
	supervisor.Post(s.url+"/helpdesk/caller", url.Values{"pass": {webtest.Attr(own.Find("[name=pass]"), "value")}, "seen": {"yes"}, "paper": {"passport"}}).
		Expect(http.StatusForbidden, "Decide un’altra persona")
}

// session is what the session of a browser says.
func (s *stage) session(b *webtest.Client) string { return b.Get(s.url + "/session").Body }

func TestTheDeskSuspendsAndAllowsItsOwnWord(t *testing.T) { // G4.6, G2.3
	s, holder, clerk, _ := newDesk(t)
	code := account.Code(s.codeOf(holder))
	person := s.look(clerk, string(code))
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "allow_codes", "Non ha il telefono")).Expect(http.StatusForbidden)
	s.seen(clerk, person)
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "allow_codes", "Non ha il telefono")).Expect(http.StatusOK, "Fatto.", "Conferma dell’assistenza")
	b := s.browser()
	s.typeIn(b, code, secret).Expect(http.StatusOK, "Conferma con l’assistenza")
	holder.Get(s.url+factorsPage).Expect(http.StatusOK, "Conferma dell’assistenza")
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "suspend_factors", "Sportello chiuso domani")).Expect(http.StatusOK, "Fatto.", "Sospesi fino al")
	other := s.browser()
	s.typeIn(other, code, secret).Expect(http.StatusOK, "Il mio account")
	if strings.Contains(s.session(other), "mfa") {
		t.Error("a suspension counts as a second factor")
	}
}

func TestAResetAtTheDeskTellsEveryContactAndWaits(t *testing.T) { // G4.6, G5.4
	s, holder, clerk, supervisor := newDesk(t)
	code := account.Code(s.codeOf(holder))
	s.app(holder)
	person := s.look(clerk, string(code))
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "reset_factors", "Ha perso tutto")).Expect(http.StatusForbidden, "Prima controlla chi chiama")
	s.seen(clerk, person)
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "reset_factors", "Ha perso tutto")).Expect(http.StatusOK, "Richiesta scritta")
	_, text := s.newest("ada@posta.example.it")
	stop := links.FindString(text)
	if !strings.Contains(text, "all’assistenza è stato chiesto") || stop == "" {
		t.Fatalf("the contacts read %q", text)
	}
	board := supervisor.Get(s.url+"/helpdesk").Expect(http.StatusOK, "Ha perso tutto")
	id := webtest.Attr(board.Find("[name=request]"), "value")
	supervisor.Post(s.url+"/helpdesk/decide", url.Values{"request": {id}, "answer": {"approve"}}).Expect(http.StatusOK, "Deciso.")
	s.run("gateway.factor-resets")
	_, text = s.newest("ada@posta.example.it")
	all := links.FindAllString(text, -1)
	if len(all) != 2 {
		t.Fatalf("the owner reads %q", text)
	}
	b := s.browser()
	s.typeIn(b, code, secret).Expect(http.StatusOK, "Inserisci il codice dell’app")
	p := b.Get(all[0])
	b.Submit(p.FormWith("token")).Expect(http.StatusOK, "I secondi fattori sono stati azzerati")
	// A password sets no first factor up beside a digital identity.
	b.Get(s.url+factorsPage+"/app").Expect(http.StatusOK, "entra con quella (SPID, CIE o eIDAS), non con la password")
	// Another one is stopped by a link of the first message, and the desk sees it.
	s.idp.attributes = ada()
	b = s.browser()
	b.Get(s.start(""))
	s.app(b)
	s.clock.Advance(time.Minute)
	person = s.look(clerk, string(code))
	s.seen(clerk, person)
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "reset_factors", "Di nuovo")).Expect(http.StatusOK, "Richiesta scritta")
	_, text = s.newest("ada@posta.example.it")
	p = s.browser().Get(links.FindString(text))
	s.browser().Submit(p.FormWith("token"))
	if n := s.count(`SELECT count(*) FROM desk_request WHERE state = 'waiting'`); n != 0 {
		t.Error("the request still waits")
	}
}
