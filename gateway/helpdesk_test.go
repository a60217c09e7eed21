package gateway_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway"
	"atrio/gateway/account"
	"atrio/web/webtest"
)

// people of the desk, by what SPID says of them.
var deskPeople = map[string][3]string{
	"clerk": {"TEST00000000C1", "Carla", "TINIT-CRLPRV80A41H501K"}, "colleague": {"TEST00000000C2", "Mario", "TINIT-PRVBRN80A01H501K"},
}

// newDesk is a stage with an account of Ada, a clerk and a supervisor, each with a browser.
func newDesk(t *testing.T) (s *stage, holder, clerk, supervisor *webtest.Client) {
	t.Helper()
	codes := map[string]account.Code{}
	for who := range deskPeople {
		var err error
		if codes[who], err = account.NewCode(9); err != nil {
			t.Fatal(err)
		}
	}
	s = newStageWith(t, dbtest.SQLite(t, modules()...), func(s *stage, _ *gateway.Deps) {
		s.config.Clerks = []gateway.ClerkConfig{{Code: string(codes["clerk"]), Role: "clerk", Unit: "Segreteria"}, {Code: string(codes["colleague"]), Role: "supervisor"}, {Code: "202400013", Role: "clerk", Unit: "Biblioteca"}}
	})
	for who, p := range deskPeople {
		s.becomes(p)
		b := s.browser()
		welcome := b.Get(s.start("")).Expect(http.StatusOK, "Stai entrando come "+p[1])
		s.choose(b, b.Submit(welcome.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto"))
		s.recode(b.Get(s.url+"/account").Text("#codice-persona"), string(codes[who]))
	}
	enter := func(who string) *webtest.Client {
		b := s.browser()
		s.idp.attributes = ada()
		if _, ok := deskPeople[who]; ok {
			s.works(b, who)
		} else {
			s.enter(b)
		}
		return b
	}
	return s, enter("ada"), enter("clerk"), enter("colleague")
}

// works signs a clerk in at the desk.
func (s *stage) works(b *webtest.Client, who string) {
	s.t.Helper()
	s.becomes(deskPeople[who])
	login := b.Get(s.url+"/helpdesk").Expect(http.StatusOK, "Entra con SPID")
	b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Banco assistenza")
}

// exec changes the database as nothing of the product does.
func (s *stage) exec(query string, args ...any) {
	s.t.Helper()
	err := s.db.One(s.t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(s.t.Context(), query, args...)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// becomes lets the provider say that somebody else is here.
func (s *stage) becomes(p [3]string) {
	s.idp.attributes = ada()
	s.idp.attributes["spidCode"], s.idp.attributes["name"], s.idp.attributes["fiscalNumber"] = p[0], p[1], p[2]
}

// recode gives an account the Codice Persona that stands in the configuration.
func (s *stage) recode(from, to string) {
	s.t.Helper()
	for _, table := range []string{"account", "person_code"} {
		s.exec(`UPDATE `+table+` SET code = $1 WHERE code = $2`, to, from)
	}
}

// look searches as the desk does.
func (s *stage) look(b *webtest.Client, key string) *page {
	s.t.Helper()
	return b.Submit(b.Get(s.url+"/helpdesk").FormWith("key"), "key", key, "reason", "Ha chiamato", "ticket", "T-1")
}

func (s *stage) codeOf(b *webtest.Client) string {
	return b.Get(s.url + "/account").Text("#codice-persona")
}

func TestOnlyMembersOfTheDeskGetIn(t *testing.T) { // G5.4
	s, holder, clerk, _ := newDesk(t)
	for _, path := range []string{"/helpdesk", "/helpdesk/answers", "/helpdesk/person?pass=x"} {
		holder.Get(s.url+path).Expect(http.StatusForbidden, "Questa pagina è per chi lavora all’assistenza")
		s.browser().Get(s.url+path).Expect(http.StatusOK, "Entra con SPID")
	}
	holder.Post(s.url+"/helpdesk/search", url.Values{"key": {"x@example.it"}, "reason": {"x"}}).Expect(http.StatusForbidden)
	clerk.Get(s.url+"/helpdesk/answers").Expect(http.StatusOK, "Testi pronti", "Open ")
	clerk.Get(s.url+"/helpdesk/person?pass=x").Expect(http.StatusForbidden, "La ricerca è scaduta")
}

func TestWhoLooksSaysWhyFirstAndSeesLittle(t *testing.T) {
	s, holder, clerk, _ := newDesk(t)
	code := s.codeOf(holder)
	clerk.Submit(clerk.Get(s.url+"/helpdesk").FormWith("key"), "key", code).Expect(http.StatusUnprocessableEntity)
	clerk.Submit(clerk.Get(s.url+"/helpdesk").FormWith("key"), "key", "Ada D'Amico", "reason", "x").Expect(http.StatusUnprocessableEntity, "Non è un Codice Persona")
	if n := s.count(`SELECT count(*) FROM audit WHERE action = 'data.read'`); n != 0 {
		t.Errorf("%d looks before one happened", n)
	}
	person := s.look(clerk, code).Expect(http.StatusOK, "Ada D'Amico", code, "a…@posta.example.it", "verificato con SPID", "Accesso riuscito")
	for _, secret := range []string{"ada@posta.example.it", "DMCDAA80A41H501U", "1980"} {
		if strings.Contains(person.Body, secret) {
			t.Errorf("the clerk sees %s", secret)
		}
	}
	if n := s.count(`SELECT count(*) FROM audit WHERE action = 'data.read' AND detail LIKE '%Ha chiamato%' AND detail LIKE '%T-1%' AND subject <> '' AND actor <> subject`); n != 1 {
		t.Errorf("%d lines", n)
	}
	s.look(clerk, "nessuno@example.it").Expect(http.StatusOK, "Nessun account corrisponde")
	// The pass is of this session, and for an hour.
	pass := person.URL.String()
	other := s.browser()
	s.becomes(deskPeople["colleague"])
	login := other.Get(s.url + "/helpdesk")
	other.Get(login.Link("Identità Uno"))
	other.Get(pass).Expect(http.StatusForbidden, "La ricerca è scaduta")
	s.clock.Advance(20 * time.Minute)
	clerk.Get(pass).Expect(http.StatusOK)
	for range 3 {
		s.clock.Advance(20 * time.Minute)
		clerk.Get(s.url + "/helpdesk")
	}
	clerk.Get(pass).Expect(http.StatusForbidden)
}

func TestAReferenceNumberIsExplained(t *testing.T) {
	s, _, clerk, _ := newDesk(t)
	s.idp.attributes = ada()
	b := s.browser()
	refused := b.Post(s.url+"/spid/acs", url.Values{"SAMLResponse": {"x"}, "RelayState": {"y"}})
	if refused.Status < 400 {
		t.Fatal(refused.Status)
	}
	reference := regexp.MustCompile(`[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}`).FindString(refused.Body)
	// The stage keeps refusals in memory; the program writes them by its batcher.
	if err := (&shareddb.Store{DB: s.db}).AppendEvents(t.Context(), s.refusals); err != nil {
		t.Fatal(err)
	}
	s.look(clerk, strings.ToLower(reference)).Expect(http.StatusOK, reference, "motivo")
}

func TestTheDeskFreezesAtOnceAndASecondPersonReactivates(t *testing.T) {
	s, holder, clerk, supervisor := newDesk(t)
	code := s.codeOf(holder)
	person := s.look(clerk, code)
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "freeze", "")).Expect(http.StatusUnprocessableEntity)
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "freeze", "Accessi sospetti")).Expect(http.StatusOK, "Fatto.", "sospeso", "Riattiva l’account")
	holder.Get(s.url + "/session").Expect(http.StatusUnauthorized)
	person = s.look(clerk, code)
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "unfreeze", "Ha chiarito")).Expect(http.StatusOK, "Richiesta scritta", "l’hai chiesta tu")
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "unfreeze", "Ha chiarito")).Expect(http.StatusConflict, "È già stato chiesto", "Torna alla persona")
	waiting := clerk.Get(s.url + "/helpdesk")
	if waiting.Find("form[action=/helpdesk/decide]") != nil {
		t.Error("who asked may decide")
	}
	board := supervisor.Get(s.url+"/helpdesk").Expect(http.StatusOK, "Ha chiarito", "Approva")
	id := webtest.Attr(board.Find("[name=request]"), "value")
	clerk.Post(s.url+"/helpdesk/decide", url.Values{"request": {id}, "answer": {"approve"}}).Expect(http.StatusForbidden, "Decide un’altra persona")
	supervisor.Post(s.url+"/helpdesk/decide", url.Values{"request": {id}, "answer": {"approve"}}).Expect(http.StatusOK, "Deciso.", "Nessuna richiesta in attesa")
	supervisor.Post(s.url+"/helpdesk/decide", url.Values{"request": {id}, "answer": {"approve"}}).Expect(http.StatusConflict, "Qualcun altro ha già deciso")
	s.idp.attributes = ada()
	back := s.browser()
	back.Get(s.start("")).Expect(http.StatusOK, "Il mio account")
	back.Get(s.url+"/account/history").Expect(http.StatusOK, "Intervento dell’assistenza sul tuo account: account sospeso", "L’assistenza ha consultato il tuo account", "Sessione terminata dall’assistenza")
	if n := s.count(`SELECT count(*) FROM outbox WHERE recipient = 'ada@posta.example.it' AND subject LIKE '%account%'`); n < 3 {
		t.Errorf("%d mails to the holder", n)
	}
}

// deed fills the form of a deed on the page of a person.
func deed(p *page, what, reason string) url.Values {
	return url.Values{"pass": {webtest.Attr(p.Find("[name=pass]"), "value")}, "deed": {what}, "reason": {reason}}
}

func TestOnlyASupervisorMergesAndSeesFirstWhatMoves(t *testing.T) {
	s, holder, clerk, supervisor := newDesk(t)
	code, other := s.codeOf(holder), s.codeOf(clerk)
	form := func(p *page, pairs ...string) url.Values {
		v := deed(p, "", "Doppio account")
		v.Set("code", other)
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	person := s.look(clerk, code)
	clerk.Post(s.url+"/helpdesk/merge", form(person)).Expect(http.StatusForbidden, "Per questo serve un responsabile")
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "merge", "x")).Expect(http.StatusBadRequest)
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "unmerge", "x")).Expect(http.StatusForbidden)
	person = s.look(supervisor, code)
	supervisor.Post(s.url+"/helpdesk/merge", form(person, "code", "12")).Expect(http.StatusUnprocessableEntity)
	supervisor.Post(s.url+"/helpdesk/merge", form(person, "code", code)).Expect(http.StatusUnprocessableEntity)
	// Both have verified codici fiscali: two people.
	supervisor.Post(s.url+"/helpdesk/merge", form(person)).Expect(http.StatusOK, "non si uniscono")
	supervisor.Post(s.url+"/helpdesk/merge", form(person, "confirmed", "on")).Expect(http.StatusOK, "non si uniscono")
	if n := s.count(`SELECT count(*) FROM desk_request`); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestACallerReadsACodeFromTheirMailbox(t *testing.T) {
	s, holder, clerk, _ := newDesk(t)
	person := s.look(clerk, s.codeOf(holder))
	pass := webtest.Attr(person.Find("[name=pass]"), "value")
	clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "code": {"123456"}}).Expect(http.StatusUnprocessableEntity, "Il codice non è giusto")
	clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "send": {"mail"}}).Expect(http.StatusOK, "Ada D'Amico")
	var text string
	if err := s.db.Read().QueryRowContext(t.Context(), `SELECT body FROM outbox WHERE subject = 'Il codice per l’assistenza'`).Scan(&text); err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`\b\d{6}\b`).FindString(text)
	if strings.Contains(clerk.Get(person.URL.String()).Body, code) {
		t.Error("the clerk sees the code")
	}
	wrong := "000000"
	if code == wrong {
		wrong = "111111"
	}
	clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "code": {wrong}}).Expect(http.StatusUnprocessableEntity)
	clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "code": {code}}).Expect(http.StatusOK, "Chi chiama ha letto il codice giusto")
	s.clock.Advance(16 * time.Minute)
	if clerk.Get(person.URL.String()).Has("Chi chiama ha letto il codice giusto dalla casella") {
		t.Error("the proof does not end")
	}
	// Three tries for one code.
	clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "send": {"mail"}}).Expect(http.StatusOK)
	for range 4 {
		clerk.Post(s.url+"/helpdesk/caller", url.Values{"pass": {pass}, "code": {"000001"}}).Expect(http.StatusUnprocessableEntity)
	}
}

func TestNobodyDecidesInTheirOwnMatter(t *testing.T) { // G5.4
	s, _, clerk, supervisor := newDesk(t)
	person := s.look(clerk, s.codeOf(supervisor))
	road := webtest.Attr(person.Find("[name=other]"), "value")
	form := deed(person, "unlink", "Identità sbagliata")
	form.Set("other", road)
	clerk.Post(s.url+"/helpdesk/deed", form).Expect(http.StatusOK, "Richiesta scritta")
	if supervisor.Get(s.url+"/helpdesk").Expect(http.StatusOK, "Identità sbagliata").Find("[name=request]") != nil {
		t.Error("the holder is offered to decide")
	}
	var id string
	if err := s.db.Read().QueryRowContext(t.Context(), `SELECT id FROM desk_request`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	supervisor.Post(s.url+"/helpdesk/decide", url.Values{"request": {id}, "answer": {"approve"}}).Expect(http.StatusForbidden, "Decide un’altra persona")
	supervisor.Post(s.url+"/helpdesk/decide", url.Values{"request": {"none"}, "answer": {"approve"}}).Expect(http.StatusConflict)
	if s.count(`SELECT count(*) FROM desk_request WHERE state = 'waiting'`) != 1 {
		t.Error("decided all the same")
	}
}

// What the holder reads of the desk does not say where the clerk sat.
func TestTheHolderReadsWhatTheDeskDid(t *testing.T) {
	s, holder, clerk, _ := newDesk(t)
	person := s.look(clerk, s.codeOf(holder))
	clerk.Post(s.url+"/helpdesk/deed", deed(person, "sign_out", "Computer perso")).Expect(http.StatusOK, "Fatto.")
	s.idp.attributes = ada()
	back := s.browser()
	back.Get(s.start("")).Expect(http.StatusOK, "Il mio account")
	for _, li := range back.Get(s.url + "/account/history").FindAll(".atrio-history li") {
		text := webtest.Text(li)
		desk := strings.Contains(text, "assistenza")
		if desk && (strings.Contains(text, "da 127.0.0.1") || strings.Contains(text, "Non sono stato io")) || strings.Contains(text, "Computer perso") {
			t.Errorf("the holder reads %q", text)
		}
	}
}

// G2.7: the desk asks the very rules that decide at the door, and changes nothing by it.
func TestTheDeskIsToldWhatAPersonCanOpenAndWhy(t *testing.T) {
	s, holder, clerk, _ := newDesk(t)
	person := s.look(clerk, s.codeOf(holder))
	own := clerk.Follow(person, "Che cosa può aprire, e perché?").Expect(http.StatusOK, "Il proprio account", "Codice Persona e Password, un fattore: deve attivare un secondo fattore")
	fees := clerk.Submit(own.FormWith("service"), "service", "tasse").Expect(http.StatusOK, "SPID, livello 2: entra", "eIDAS, livello 2: gli si chiede la cittadinanza", "la cittadinanza non è nota", "dire la cittadinanza",
		"Chi ha solo la cittadinanza italiana entra nei servizi amministrativi con SPID o CIE")
	pass := fees.URL.Query().Get("pass")
	clerk.Get(s.url + "/helpdesk/access?service=nessuno&pass=" + url.QueryEscape(pass)).Expect(http.StatusNotFound)
	clerk.Get(s.url+"/helpdesk/access?service=tasse&pass=x").Expect(http.StatusForbidden, "La ricerca è scaduta")
	holder.Get(s.url + "/helpdesk/access?pass=" + url.QueryEscape(pass)).Expect(http.StatusForbidden)
	if s.count(`SELECT count(*) FROM attribute WHERE name = 'citizenship'`) != 0 {
		t.Error("a question changed something")
	}
}

// G5.4: by unit. Who is of another unit looks like who is not there.
func TestAnotherUnitLooksLikeNobody(t *testing.T) {
	s, holder, clerk, supervisor := newDesk(t)
	code := s.codeOf(holder)
	person := s.look(supervisor, code)
	pass := s.look(clerk, code).URL.String()
	form := deed(person, "", "Studia lì")
	form.Set("unit", "Mensa")
	supervisor.Post(s.url+"/helpdesk/unit", form).Expect(http.StatusUnprocessableEntity)
	form.Set("unit", "Biblioteca")
	clerk.Post(s.url+"/helpdesk/unit", form).Expect(http.StatusForbidden)
	supervisor.Post(s.url+"/helpdesk/unit", form).Expect(http.StatusOK, "Fatto.", "Biblioteca")
	nobody, yours := s.look(clerk, "nessuno@example.it"), s.look(clerk, code)
	if cut(nobody.Body, "nessuno@example.it") != cut(yours.Body, code) {
		t.Error("the page tells that there is somebody")
	}
	clerk.Get(pass).Expect(http.StatusForbidden, "La ricerca è scaduta")
	s.look(supervisor, code).Expect(http.StatusOK, "Ada D'Amico")
}

// cut takes out of a page what is typed and drawn anew each time.
func cut(body, typed string) string {
	body = strings.ReplaceAll(body, typed, "")
	return regexp.MustCompile(`(value|nonce|name)="[^"]*"|[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}`).ReplaceAllString(body, "")
}
