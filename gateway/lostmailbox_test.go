package gateway_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/gateway/account"
	"atrio/web/webtest"
)

var changeLinks = regexp.MustCompile(`http://\S+/lost-mailbox/change\?token=[0-9a-f.]+`)

// writes tells the desk that the mailbox of an account is lost, and gives the number.
func (s *stage) writes(key, address string) string {
	s.t.Helper()
	b := s.browser()
	p := b.Get(b.Get(s.url + "/recover").Link("Non ricevi la mail o non usi più quella casella?"))
	return b.Submit(p.FormWith("address"), "key", key, "name", "Ada D'Amico", "address", address, "words", "Non leggo più quella casella").
		Expect(http.StatusOK, "L’assistenza ha ricevuto").Text("#ticket")
}

func TestALostMailboxGivesWayAfterCheckSecondPersonAndThreeDays(t *testing.T) { // G3.6, G5.2, G5.4
	s, holder, clerk, supervisor := newDesk(t)
	code := account.Code(s.codeOf(holder))
	number := s.writes(string(code), "nuova@posta.example.org")
	if n := s.count(`SELECT count(*) FROM outbox WHERE recipient = 'nuova@posta.example.org'`); n != 0 {
		t.Error("a form of anybody sends mail to anybody")
	}
	queue := clerk.Get(s.url+"/helpdesk/tasks?kind=mailbox").Expect(http.StatusOK, "Casella persa", number)
	tk := clerk.Submit(queue.FormWith("task")).Expect(http.StatusOK, "nuova@posta.example.org", "Non leggo più quella casella")
	person := clerk.Submit(tk.FormWith("key")).Expect(http.StatusOK, "Ada D'Amico", number)
	form := deed(person, "change_mailbox", "Vista allo sportello")
	clerk.Post(s.url+"/helpdesk/deed", form).Expect(http.StatusUnprocessableEntity)
	form.Set("other", "anything")
	clerk.Post(s.url+"/helpdesk/deed", form).Expect(http.StatusUnprocessableEntity)
	form.Set("other", webtest.Attr(person.FindAll("#other option")[1], "value"))
	clerk.Post(s.url+"/helpdesk/deed", form).Expect(http.StatusForbidden, "Prima controlla chi chiama")
	s.seen(clerk, person)
	clerk.Post(s.url+"/helpdesk/deed", form).Expect(http.StatusOK, "Richiesta scritta")
	board := supervisor.Get(s.url+"/helpdesk").Expect(http.StatusOK, "Vista allo sportello", "nuova@posta.example.org", number, "dichiara di aver visto un documento")
	id := webtest.Attr(board.Find("[name=request]"), "value")
	supervisor.Post(s.url+"/helpdesk/decide", url.Values{"request": {id}, "answer": {"approve"}}).Expect(http.StatusOK, "Deciso.")
	_, text := s.newest("ada@posta.example.it")
	if changeLinks.FindString(text) == "" {
		t.Fatalf("the mailbox before reads %q", text)
	}
	run := func() { t.Helper(); s.run("gateway.mailbox-changes") }
	run()
	if n := s.count(`SELECT count(*) FROM outbox WHERE recipient = 'nuova@posta.example.org'`); n != 0 {
		t.Error("the new mailbox has its link too early")
	}
	s.clock.Advance(72 * time.Hour)
	run()
	run()
	_, text = s.newest("nuova@posta.example.org")
	finish := changeLinks.FindString(text)
	for _, bad := range []string{finish + "0", finish[:len(finish)-1], s.url + "/lost-mailbox/change", s.url + "/lost-mailbox/change?token=x"} {
		s.browser().Get(bad).Expect(http.StatusGone, "Questo cambio non c’è più")
	}
	b := s.browser()
	p := b.Get(finish).Expect(http.StatusOK, "Usare questo indirizzo?")
	if s.count(`SELECT count(*) FROM account WHERE email = 'nuova@posta.example.org'`) != 0 {
		t.Fatal("a program that opens links changes it")
	}
	b.Submit(p.FormWith("token")).Expect(http.StatusOK, "Indirizzo cambiato")
	b.Submit(p.FormWith("token")).Expect(http.StatusGone)
	if s.count(`SELECT count(*) FROM account WHERE code = $1 AND email = 'nuova@posta.example.org'`, string(code)) != 1 {
		t.Error("the address did not change")
	}
	if _, text := s.newest("ada@posta.example.it"); !strings.Contains(text, "qui non scriviamo più") {
		t.Errorf("the mailbox before reads %q", text)
	}
	if body := s.session(b); strings.Contains(body, string(code)) {
		t.Error("the link opened the account")
	}
	s.typeIn(b, code, secret).Expect(http.StatusOK, "Il mio account")
	b.Get(s.url+"/account/history").Expect(http.StatusOK, "Indirizzo e-mail cambiato", "cambio dell’indirizzo e-mail")
}

func TestTheMailboxBeforeStopsTheChange(t *testing.T) { // G5.4
	s, holder, clerk, supervisor := newDesk(t)
	code := s.codeOf(holder)
	s.writes(code, "ladro@posta.example.org")
	queue := clerk.Get(s.url + "/helpdesk/tasks?kind=mailbox&whose=free")
	person := clerk.Submit(clerk.Submit(queue.FormWith("task")).FormWith("key"))
	s.seen(clerk, person)
	form := deed(person, "change_mailbox", "Ha chiamato")
	form.Set("other", webtest.Attr(person.FindAll("#other option")[1], "value"))
	clerk.Post(s.url+"/helpdesk/deed", form).Expect(http.StatusOK, "Richiesta scritta")
	id := webtest.Attr(supervisor.Get(s.url+"/helpdesk").Find("[name=request]"), "value")
	supervisor.Post(s.url+"/helpdesk/decide", url.Values{"request": {id}, "answer": {"approve"}})
	_, text := s.newest("ada@posta.example.it")
	b := s.browser()
	p := b.Get(changeLinks.FindString(text)).Expect(http.StatusOK, "Fermare il cambio")
	b.Submit(p.FormWith("token")).Expect(http.StatusOK, "Cambio fermato")
	s.clock.Advance(80 * time.Hour)
	s.run("gateway.mailbox-changes")
	if n := s.count(`SELECT count(*) FROM outbox WHERE recipient = 'ladro@posta.example.org'`); n != 0 {
		t.Error("a stopped change goes on")
	}
}

// G3.6: known or not, the page is the same; bad fields get a clear page.
func TestATicketTellsNothingAndRefusesBadFields(t *testing.T) {
	s, holder, clerk, _ := newDesk(t)
	b := s.browser()
	send := func(key string) string {
		p := b.Get(s.url + "/lost-mailbox")
		p = b.Submit(p.FormWith("address"), "key", key, "name", "X", "address", "x@posta.example.org", "words", "y").Expect(http.StatusOK)
		return cut(strings.ReplaceAll(p.Body, p.Text("#ticket"), ""), key)
	}
	if send(s.codeOf(holder)) != send("202499999") {
		t.Error("the page tells that there is an account")
	}
	p := b.Get(s.url + "/lost-mailbox")
	for field, bad := range map[string]string{"key": "", "name": strings.Repeat("x", 121), "address": "no", "words": strings.Repeat("x", 1001)} {
		b.Submit(p.FormWith("address"), "key", "a", "name", "b", "address", "c@posta.example.org", "words", "d", field, bad).Expect(http.StatusUnprocessableEntity)
	}
	b.Submit(p.FormWith("address"), "key", "a", "name", "b", "address", "c@ateneo.example.it", "words", "d").Expect(http.StatusUnprocessableEntity, "Serve un indirizzo personale")
	for range 8 {
		send("a")
	}
	b.Submit(p.FormWith("address"), "key", "a", "name", "b", "address", "c@posta.example.org", "words", "d").Expect(http.StatusTooManyRequests)
	// A reply holds the words of the clerk alone.
	queue := clerk.Get(s.url + "/helpdesk/tasks?kind=mailbox")
	tk := clerk.Submit(queue.FormWith("task"))
	form := url.Values{"id": {webtest.Attr(tk.Find("[name=id]"), "value")}, "answer": {"reply"}, "reason": {"Non è un account"}, "words": {""}}
	clerk.Post(s.url+"/helpdesk/ticket", form).Expect(http.StatusUnprocessableEntity)
	form.Set("words", "Registrati pure con il nuovo indirizzo.")
	clerk.Post(s.url+"/helpdesk/ticket", form).Expect(http.StatusOK, "Segnalazione chiusa.")
	if _, text := s.newest("x@posta.example.org"); !strings.Contains(text, "Registrati pure") || strings.Contains(text, "Non è un account") {
		t.Errorf("they read %q", text)
	}
	clerk.Post(s.url+"/helpdesk/ticket", form).Expect(http.StatusConflict, "Questa attività non è più in attesa")
	form.Set("answer", "x")
	clerk.Post(s.url+"/helpdesk/ticket", form).Expect(http.StatusBadRequest)
	clerk.Get(s.url+"/helpdesk/tasks?done=on").Expect(http.StatusOK, "risposta alla segnalazione")
}
