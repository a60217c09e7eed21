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

// doubtful registers a person whose codice fiscale does not fit, and gives their Codice
// Persona.
func (s *stage) doubtful() (code string) {
	s.t.Helper()
	b := s.browser()
	p := s.register(b, "")
	p = b.Submit(p.FormWith("family_name"), prova("sex", "F")...).Expect(http.StatusUnprocessableEntity)
	p = b.Submit(p.FormWith("family_name"), "accept", "yes").Expect(http.StatusOK)
	_, text := s.newest("prova.finti@posta.example.org")
	p = s.afterCode(b, b.Submit(p.FormWith("code"), "code", sixDigits.FindString(text)))
	return b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Text("#codice-persona")
}

func TestACodiceFiscaleThatDoesNotFitIsCheckedAtTheDesk(t *testing.T) { // G3.3, G5.4
	s, holder, clerk, _ := newDesk(t)
	code := s.doubtful()
	s.clock.Advance(12 * 24 * time.Hour)
	s.works(clerk, "clerk")
	holder.Get(s.url+"/helpdesk/tasks").Expect(http.StatusOK, "Entra con SPID")
	queue := clerk.Get(s.url+"/helpdesk/tasks").Expect(http.StatusOK, "Codice fiscale da controllare", code, "sesso", "da 12 giorni")
	if strings.Contains(queue.Body, "Finti") {
		t.Error("the queue names the person")
	}
	clerk.Get(s.url+"/helpdesk/tasks?kind=merge").Expect(http.StatusOK, "Non c’è nulla in attesa")
	task := clerk.Submit(queue.FormWith("task")).Expect(http.StatusOK, "Finti", "FNTPRV83E10A744R", "non corrisponde", "Il codice fiscale è giusto")
	if strings.Contains(task.Body, "prova.finti@") {
		t.Error("the clerk sees the address")
	}
	clerk.Get(s.url+"/helpdesk/tasks?whose=mine").Expect(http.StatusOK, "ce l’hai tu")
	if n := s.count(`SELECT count(*) FROM audit WHERE action = 'data.read' AND detail LIKE '%check_fiscal_code%'`); n != 1 {
		t.Errorf("%d looks", n)
	}
	form := func(answer, reason, words string) url.Values {
		return url.Values{"pass": {webtest.Attr(task.Find("[name=pass]"), "value")}, "kind": {"check_fiscal_code"}, "answer": {answer}, "reason": {reason}, "words": {words}}
	}
	clerk.Post(s.url+"/helpdesk/task/decide", form("accept", "", "")).Expect(http.StatusUnprocessableEntity)
	clerk.Post(s.url+"/helpdesk/task/decide", form("again", "Non si legge", "")).Expect(http.StatusUnprocessableEntity)
	clerk.Post(s.url+"/helpdesk/task/decide", form("waive", "x", "")).Expect(http.StatusBadRequest)
	clerk.Post(s.url+"/helpdesk/task/decide", form("again", "Il sesso è l’altro", "Controlla il <sesso>: sul tesserino è M.")).Expect(http.StatusOK, "Deciso.", "Codice fiscale che manca")
	if _, text := s.newest("prova.finti@posta.example.org"); !strings.Contains(text, "Controlla il <sesso>: sul tesserino è M.") || strings.Contains(text, "l’altro") {
		t.Errorf("the person reads %q", text)
	}
	clerk.Post(s.url+"/helpdesk/task/decide", form("accept", "x", "")).Expect(http.StatusConflict, "Questa attività non è più in attesa", "Torna alle cose da fare")
	clerk.Get(s.url+"/helpdesk/tasks?done=on").Expect(http.StatusOK, "chiesto di correggere", "Il sesso è l’altro")
	b := s.browser()
	s.typeIn(b, account.Code(code), "quattro parole senza senso")
	b.Get(s.url+"/account/history").Expect(http.StatusOK, "Intervento dell’assistenza sul tuo account: chiesto di correggere il codice fiscale", "L’assistenza ha consultato il tuo account")
}

func TestATaskIsGivenAndIsNobodysOwn(t *testing.T) { // G5.4
	s, _, clerk, supervisor := newDesk(t)
	code := s.doubtful()
	boss := s.codeOf(supervisor)
	take := func(b *webtest.Client, task, to string) *page {
		return b.Post(s.url+"/helpdesk/tasks/take", url.Values{"task": {task}, "to": {to}})
	}
	take(supervisor, "check_fiscal_code."+code, "x").Expect(http.StatusBadRequest)
	take(supervisor, "check_fiscal_code."+code, s.codeOf(clerk)).Expect(http.StatusOK, "Affidata.", "ce l’ha")
	clerk.Get(s.url+"/helpdesk/tasks?whose=mine").Expect(http.StatusOK, code)
	for _, broken := range []string{"", "x", "check_fiscal_code", "check_fiscal_code.1", "x." + code, "check_fiscal_code." + boss, "merge." + code} {
		if p := take(clerk, broken, ""); p.Status < 400 || p.Status >= 500 {
			t.Errorf("%q: %d", broken, p.Status)
		}
	}
	// The supervisor's own.
	s.exec(`INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at, opened_at) SELECT id, 'disputed', 'x', 0, 0, 0, 0, 1 FROM account WHERE code = $1`, boss)
	take(supervisor, "disputed."+boss, "").Expect(http.StatusForbidden, "Decide un’altra persona")
	take(clerk, "disputed."+boss, "").Expect(http.StatusOK, "Chiarito")
}

// A merge has two sides: the clerk of neither decides about it.
func TestAMergeIsNobodysOwnOnEitherSide(t *testing.T) { // G5.4
	s, holder, clerk, _ := newDesk(t)
	s.exec(`INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at, opened_at)
		SELECT a.id, 'merge', b.id, 0, 0, 0, 0, 1 FROM account a, account b WHERE a.code = $1 AND b.code = $2`, s.codeOf(holder), s.codeOf(clerk))
	queue := clerk.Get(s.url + "/helpdesk/tasks?kind=merge").Expect(http.StatusOK)
	clerk.Submit(queue.FormWith("task")).Expect(http.StatusForbidden, "Decide un’altra persona")
	if s.count(`SELECT count(*) FROM account_task WHERE taken_by <> ''`) != 0 {
		t.Error("taken all the same")
	}
}
