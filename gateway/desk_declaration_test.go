package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/web/webtest"
)

// declared makes a declaration of somebody.
func (s *stage) declared(code string, number int, words string) {
	s.t.Helper()
	var id string
	if err := s.db.Read().QueryRowContext(s.t.Context(), `SELECT id FROM account WHERE code = $1`, code).Scan(&id); err != nil {
		s.t.Fatal(err)
	}
	now := s.clock.Now()
	err := s.store.Declare(s.t.Context(), account.Change{AccountID: id, Now: now, Event: audit.Event{At: now, Role: "gateway", Actor: id}},
		declaration.Declaration{Number: number, Reason: declaration.Other, Words: words, By: declaration.BySelf, Made: now, Until: now.AddDate(0, 3, 0)})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestDeclarationsAreReviewedAtTheDesk(t *testing.T) { // G2.3, G5.4
	s, holder, clerk, supervisor := newDesk(t)
	code := s.codeOf(holder)
	s.declared(code, 1, "Il mio gestore ha chiuso")
	holder.Get(s.url + "/helpdesk/declarations").Expect(http.StatusForbidden)
	queue := clerk.Get(s.url+"/helpdesk/declarations").Expect(http.StatusOK, code, "fatta dalla persona", "In cifre")
	if queue.Has("Ada D'Amico") || queue.Has("Il mio gestore ha chiuso") {
		t.Error("the queue tells who and why")
	}
	before := s.count(`SELECT count(*) FROM audit WHERE action = 'data.read'`)
	one := clerk.Submit(queue.FormWith("code")).Expect(http.StatusOK, "Ada D'Amico", "Altro", "Il mio gestore ha chiuso")
	if n := s.count(`SELECT count(*) FROM audit WHERE action = 'data.read' AND detail LIKE '%declaration%'`); n != 1 || s.count(`SELECT count(*) FROM audit WHERE action = 'data.read'`) != before+1 {
		t.Error("the look was not written down")
	}
	form := func(p *page, answer string, pairs ...string) url.Values {
		v := url.Values{"pass": {webtest.Attr(p.Find("[name=pass]"), "value")}, "answer": {answer}, "reason": {"Controllo"}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	clerk.Post(s.url+"/helpdesk/declaration/review", form(one, "x")).Expect(http.StatusBadRequest)
	clerk.Post(s.url+"/helpdesk/declaration/review", form(one, "accept", "reason", "")).Expect(http.StatusUnprocessableEntity)
	clerk.Post(s.url+"/helpdesk/declaration/review", form(one, "withdraw", "told", "", "contact", "")).Expect(http.StatusUnprocessableEntity)
	clerk.Post(s.url+"/helpdesk/declaration/review", form(one, "accept")).Expect(http.StatusOK, "Controllata.", "è stata controllata e va bene")
	clerk.Post(s.url+"/helpdesk/declaration/review", form(one, "accept")).Expect(http.StatusConflict, "Qui non c’è nulla da controllare", "Torna alle dichiarazioni")
	clerk.Get(s.url+"/helpdesk/declarations?state=reviewed").Expect(http.StatusOK, code)
	clerk.Post(s.url+"/helpdesk/declaration/review", form(one, "withdraw", "told", "La carta risulta valida", "contact", "segreteria@ateneo.example.it")).Expect(http.StatusOK, "Chiusa.")
	if _, text := s.newest("ada@posta.example.it"); !strings.Contains(text, "La carta risulta valida") || !strings.Contains(text, "segreteria@ateneo.example.it") || strings.Contains(text, "Controllo") {
		t.Errorf("the holder reads %q", text)
	}
	if n := s.count(`SELECT count(*) FROM audit WHERE action = 'declaration.ended' AND actor <> subject AND actor <> '' AND detail NOT LIKE '%gestore%'`); n != 1 {
		t.Errorf("%d lines", n)
	}
	clerk.Get(s.url+"/helpdesk/declarations?state=withdrawn").Expect(http.StatusOK, code)
	// After that the person cannot alone; the desk can, when it has checked who asks.
	person := s.look(clerk, code)
	renew := form(one, "", "declared", "document", "reason", "Ha mostrato la denuncia")
	renew.Del("answer")
	clerk.Post(s.url+"/helpdesk/declaration/renew", renew).Expect(http.StatusForbidden, "Prima controlla chi chiama", "Torna alla persona")
	s.seen(clerk, person)
	for _, bad := range [][2]string{{"declared", "flu"}, {"declared", ""}, {"declared", "other"}, {"reason", ""}} {
		broken := form(one, "", "declared", "document", bad[0], bad[1])
		clerk.Post(s.url+"/helpdesk/declaration/renew", broken).Expect(http.StatusUnprocessableEntity)
	}
	clerk.Post(s.url+"/helpdesk/declaration/renew", renew).Expect(http.StatusOK, "Dichiarazione fatta.", "fatta allo sportello", "Non ho un documento valido")
	if n := s.count(`SELECT count(*) FROM declaration WHERE made_by = 'desk' AND number = 2 AND withdrawn_at = 0`); n != 1 {
		t.Errorf("%d declarations of the desk", n)
	}
	clerk.Post(s.url+"/helpdesk/declaration/renew", renew).Expect(http.StatusConflict)
	// Nobody in their own matter, nobody who is not in sight.
	s.declared(s.codeOf(supervisor), 1, "x")
	own := supervisor.Post(s.url+"/helpdesk/declarations/open", url.Values{"code": {s.codeOf(supervisor)}})
	supervisor.Post(s.url+"/helpdesk/declaration/review", form(own, "accept")).Expect(http.StatusForbidden, "Decide un’altra persona")
	s.exec(`INSERT INTO account_unit (account_id, unit, source, at) SELECT id, 'Biblioteca', 'desk', 1 FROM account WHERE code = $1`, code)
	there, not := clerk.Post(s.url+"/helpdesk/declarations/open", url.Values{"code": {code}}), clerk.Post(s.url+"/helpdesk/declarations/open", url.Values{"code": {"202400013"}})
	if there.Status != http.StatusConflict || cut(there.Body, "") != cut(not.Body, "") {
		t.Errorf("%d: the page tells that there is somebody", there.Status)
	}
	clerk.Post(s.url+"/helpdesk/declarations/open", url.Values{"code": {"12"}}).Expect(http.StatusBadRequest)
	s.clock.Advance(time.Minute)
}
