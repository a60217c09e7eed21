package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/setting"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway"
	"atrio/gateway/account"
	"atrio/people/person"
	"atrio/web/webtest"
)

const (
	noor    = account.Code("202400013") // has a password
	nobody  = account.Code("202400021") // is nobody
	another = "quattro rane in uno stagno"
)

// plant makes Noor's account, as a registration leaves it.
func (s *stage) plant() {
	s.t.Helper()
	err := s.gw.Seed(s.t.Context(), account.Seed{
		Account:    account.Account{Code: noor, GivenName: "Noor", FamilyName: "Esempio", Email: "noor@posta.example.it", Language: "it"},
		Password:   secret,
		Attributes: []account.Attribute{{Name: person.BirthDate, Value: "2001-02-03", Source: account.Declared}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// typeIn sends the local form of the login page.
func (s *stage) typeIn(b *webtest.Client, code account.Code, password string) *webtest.Page {
	s.t.Helper()
	return b.Submit(b.Get(s.url+"/login").FormWith("password"), "code", string(code), "password", password)
}

func TestSomebodyEntersWithCodicePersonaAndPassword(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		s.plant()
		b := s.browser()
		p := s.typeIn(b, noor, another).Expect(http.StatusUnprocessableEntity, "Codice Persona o password non corretti")
		if p.FormWith("password").Values.Get("code") != string(noor) || strings.Contains(p.Body, another) {
			t.Error("what was typed: the code stays, the password does not")
		}
		if s.count(`SELECT count(*) FROM session`) != 0 || !s.refusedFor("wrong_credentials") {
			t.Error("a wrong password: session or no audit line")
		}
		s.typeIn(b, "2024 000 13", secret).Expect(http.StatusOK, "Il mio account", "Noor Esempio", "202400013")
		var told struct {
			Method, ACR string
			AMR         []string
		}
		if err := json.Unmarshal([]byte(b.Get(s.url+"/session").Expect(http.StatusOK).Body), &told); err != nil {
			t.Fatal(err)
		}
		if told.Method != "local" || told.ACR != "https://refeds.org/profile/sfa" || !slices.Equal(told.AMR, []string{"pwd"}) {
			t.Errorf("%+v", told)
		}
		b.Get(s.url+"/account/sessions").Expect(http.StatusOK, "Codice Persona e password")
		b.Get(s.url+"/account/history").Expect(http.StatusOK, "Accesso riuscito")
		if n := s.count(`SELECT count(*) FROM session`); n != 1 {
			t.Errorf("%d sessions", n)
		}
		// The destination of a service survives the local door too.
		login := b.Get(s.url + "/test/begin?state=xyz&level=1")
		p = b.Submit(login.FormWith("password"), "code", string(noor), "password", secret)
		if p.URL.Path != "/oidc/authorize" || p.URL.RawQuery != "state=xyz" {
			t.Errorf("led to %s", p.URL)
		}
		if n := s.count(`SELECT count(*) FROM session`); n != 1 {
			t.Errorf("%d sessions after entering again", n)
		}
	})
}

// G2.1, G4.1: a password opens the own account at the first access; a service says what
// else it takes, and gets nothing.
func TestAPasswordAloneOpensNoServiceThatWantsMore(t *testing.T) {
	for service, want := range map[string][]string{
		"mooc":    {"Attiva l’autenticazione a due fattori", "Entra con SPID", "Entra con CIE"},
		"tasse":   {"Qual è la tua cittadinanza?"},
		"albo":    {"Serve un accesso più sicuro", "Entra con SPID", "Entra con CIE"},
		"ragazzi": {"dobbiamo conoscere la tua età"},
	} {
		s := newDoors(t)
		s.plant()
		b := s.browser()
		login := b.Get(s.authorize(service))
		p := b.Submit(login.FormWith("password"), "code", string(noor), "password", secret)
		for _, words := range want {
			if !p.Has(words) {
				t.Errorf("%s: %d without %q: %s", service, p.Status, words, webtest.Text(p.Find("main")))
			}
		}
		if s.opens(b, service) {
			t.Errorf("%s opened", service)
		}
		b.Get(s.url+"/account").Expect(http.StatusOK, "Il mio account")
	}
}

// ASVS 6.3.8: whoever tries cannot tell whether there is such an account, whether it has
// a password, and how many tries it had.
func TestKnownAndUnknownAccountsAreAnsweredAlike(t *testing.T) {
	s := newStage(t)
	s.plant()
	b := s.browser()
	done := b.Submit(b.Get(s.start("")).FormWith("notice"), "notice", "on")
	ada := account.Code(done.Text("#codice-persona")) // has no password
	answers := map[account.Code][]string{}
	for _, code := range []account.Code{noor, nobody, ada} {
		b := s.browser()
		for range 12 { // beyond the limit of one address
			before := s.db.Commits()
			p := s.typeIn(b, code, another)
			body := strings.ReplaceAll(p.Body, string(code), "CODE")
			answers[code] = append(answers[code], http.StatusText(p.Status)+p.Header.Get("Retry-After")+body, string(rune('0'+s.db.Commits()-before)))
		}
		s.clock.Advance(24 * time.Hour)
	}
	for code, list := range answers {
		if !slices.Equal(list, answers[nobody]) {
			t.Errorf("%s is answered unlike nobody", code)
		}
	}
}

func TestWhatIsNoCodicePersonaIsSaidBeforeItIsCounted(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	before := s.db.Commits()
	for _, c := range []struct{ code, password, want string }{
		{"202400014", secret, "Questo non è un Codice Persona"}, {"", secret, "Scrivi il tuo Codice Persona"},
		{"ada@posta.example.it", secret, "Questo non è un Codice Persona"}, {string(noor), "", "Scrivi la password"},
		{strings.Repeat("2", 41), secret, "al massimo 40"}, {"<b>", secret, "&lt;b&gt;"},
		{string(noor), strings.Repeat("x", 257), "al massimo 256 caratteri"},
	} {
		p := s.typeIn(b, account.Code(c.code), c.password)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, c.want) {
			t.Errorf("%q: %d, no %q", c.code, p.Status, c.want)
		}
		if len(c.password) > 20 && strings.Contains(p.Body, c.password) || strings.Contains(p.Body, secret) {
			t.Error("the password stands on the page")
		}
	}
	if s.db.Commits() != before {
		t.Error("something was written")
	}
	for name, form := range map[string]url.Values{
		"twice": {"code": {string(noor), string(noor)}, "password": {secret}}, "bytes": {"code": {"\xff"}, "password": {secret}},
		"huge": {"code": {string(noor)}, "password": {strings.Repeat("x", 1<<20)}},
	} {
		if p := b.Post(s.url+"/login", form); p.Status < 400 || p.Status >= 500 {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
}

// G1.3: somebody who fails on purpose delays unknown browsers, and never the owner's own.
func TestAnAttackerLocksNobodyOut(t *testing.T) {
	s := newStage(t)
	s.plant()
	own, attacker := s.browser(), s.browser()
	s.typeIn(own, noor, secret).Expect(http.StatusOK, "Il mio account")
	for range 10 {
		s.typeIn(attacker, noor, another).Expect(http.StatusUnprocessableEntity)
	}
	p := s.typeIn(attacker, noor, secret).Expect(http.StatusTooManyRequests, "Troppi tentativi: riprova tra 2 minuti", "SPID, CIE o eIDAS")
	if p.Header.Get("Retry-After") != "90" {
		t.Errorf("Retry-After %s", p.Header.Get("Retry-After"))
	}
	if !s.refusedFor("limit.credential.pair") {
		t.Error("no audit line of the delay")
	}
	s.typeIn(own, noor, secret).Expect(http.StatusForbidden, secondAccess)
	// The known browser has a limit of its own.
	for range 10 {
		s.typeIn(own, noor, another).Expect(http.StatusUnprocessableEntity)
	}
	s.typeIn(own, noor, secret).Expect(http.StatusTooManyRequests)
	// It is a delay: it passes by itself.
	s.clock.Advance(90 * time.Second)
	s.typeIn(attacker, noor, secret).Expect(http.StatusForbidden, secondAccess)
}

// G3.7: the first entry by another door asks for a password, within the rules.
func TestTheFirstEntryAsksForAPassword(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		login := b.Get(s.url + "/test/begin?state=xyz")
		welcome := b.Get(login.Link("Identità Uno"))
		done := b.Submit(welcome.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
		code := done.Text("#codice-persona")
		ask := b.Get(done.Link("Continua verso Open Knowledge")).Expect(http.StatusOK, "Scegli una password")
		if ask.FormWith("again").Values.Get("code") != code {
			t.Error("a password manager does not learn whose password it is")
		}
		for _, c := range []struct{ password, again, want string }{
			{"", "", "Scrivi la nuova password"}, {"corta", "corta", "almeno 15 caratteri"}, {secret, another, "non sono uguali"},
			{"damico-" + code, "damico-" + code, "dati che altri conoscono"}, {"Università di Prova", "Università di Prova", "dati che altri conoscono"},
			{"password-password", "password-password", "chiunque prova per prime"},
		} {
			b.Submit(ask.FormWith("again"), "password", c.password, "again", c.again).Expect(http.StatusUnprocessableEntity, c.want)
		}
		// Another browser with the address, or with the cookies but without the session, gets nowhere.
		s.browser().Get(ask.URL.String()).Expect(http.StatusForbidden, "non è iniziato in questo browser")
		p := b.Submit(ask.FormWith("again"), "password", secret, "again", secret)
		if p.URL.Path != "/oidc/authorize" || p.URL.RawQuery != "state=xyz" || s.cookiesOf(b) != 0 {
			t.Errorf("led to %s, %d journeys left", p.URL, s.cookiesOf(b))
		}
		if n := s.count(`SELECT count(*) FROM outbox WHERE recipient = 'ada@posta.example.it' AND subject = 'È stata impostata una nuova password'`); n != 1 {
			t.Errorf("%d mails", n)
		}
		if n := s.count(`SELECT count(*) FROM audit WHERE action = $1 AND detail LIKE '%"by":"spid"%'`, audit.PasswordChanged); n != 1 {
			t.Errorf("%d audit lines", n)
		}
		s.typeIn(s.browser(), account.Code(code), secret).Expect(http.StatusOK, "Il mio account", "Ada D'Amico")
	})
}

func TestWhoChoosesLaterIsAskedAgain(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	welcome := b.Get(s.start(""))
	done := b.Submit(welcome.FormWith("notice"), "notice", "on")
	ask := b.Get(done.Link("Continua")).Expect(http.StatusOK, "Scegli una password")
	b.Submit(ask.FormWith("later"), "later", "yes").Expect(http.StatusOK, "Il mio account")
	b.Get(s.url+"/account/password").Expect(http.StatusOK, "non ha ancora una password")
	ask = s.browser().Get(s.start("")).Expect(http.StatusOK, "Scegli una password")

	// With another session, or with none, the page does nothing.
	b.Get(ask.URL.String()).Expect(http.StatusForbidden)
	again := b.Get(s.start("")).Expect(http.StatusOK, "Scegli una password")
	b.Submit(b.Get(s.url + "/account").Form(".atrio-logout"))
	b.Submit(again.FormWith("again"), "password", secret, "again", secret).Expect(http.StatusForbidden, "Questo accesso non è più aperto")
	if s.count(`SELECT count(*) FROM credential`) != 0 {
		t.Error("a password was set")
	}
}

// G5.1, ASVS 6.2.3, 7.4.3: a change needs the present password and ends all other sessions.
func TestAPasswordIsChanged(t *testing.T) {
	s := newStage(t)
	s.plant()
	here, there := s.browser(), s.browser()
	s.typeIn(here, noor, secret).Expect(http.StatusOK)
	s.typeIn(there, noor, secret).Expect(http.StatusForbidden, secondAccess)
	p := here.Get(s.url+"/account/password").Expect(http.StatusOK, "Cambia password", "Password attuale")
	for _, c := range []struct{ current, password, want string }{
		{"", another, "Scrivi la password attuale"}, {another, another, "La password attuale non è questa"},
		{secret, secret, "una delle ultime"}, {secret, "corta", "almeno 15 caratteri"},
	} {
		here.Submit(p.FormWith("current"), "current", c.current, "password", c.password, "again", c.password).Expect(http.StatusUnprocessableEntity, c.want)
	}
	there.Get(s.url+"/account").Expect(http.StatusForbidden, secondAccess)
	here.Submit(p.FormWith("current"), "current", secret, "password", another, "again", another).Expect(http.StatusOK, "La password è cambiata")
	there.Get(s.url+"/account").Expect(http.StatusOK, "Entra con SPID")
	here.Get(s.url+"/account/history").Expect(http.StatusOK, "Password impostata o cambiata", "Sessione terminata per il cambio di password")
	s.typeIn(there, noor, secret).Expect(http.StatusUnprocessableEntity)
	s.typeIn(there, noor, another).Expect(http.StatusForbidden, secondAccess)
	// The first one does not come back, as long as the history goes.
	p = here.Get(s.url + "/account/password")
	here.Submit(p.FormWith("current"), "current", another, "password", secret, "again", secret).Expect(http.StatusUnprocessableEntity, "una delle ultime")
	subjects := 0
	for _, ev := range s.refusals {
		if ev.Action == audit.PasswordChecked && ev.Subject != "" && ev.Reason == "wrong_credentials" {
			subjects++
		}
	}
	if subjects != 2 {
		t.Errorf("%d wrong passwords stand in the history of the owner", subjects)
	}
	// Whoever sits at an open browser cannot guess.
	for range 9 {
		here.Submit(p.FormWith("current"), "current", "falsa", "password", secret+"!", "again", secret+"!").Expect(http.StatusUnprocessableEntity)
	}
	here.Submit(p.FormWith("current"), "current", another, "password", secret+"!", "again", secret+"!").Expect(http.StatusTooManyRequests, "Troppi tentativi")
}

// G5.2: who forgot the password enters by another door and chooses a new one.
func TestAFreshLoginByAnotherDoorStandsForThePresentPassword(t *testing.T) {
	s := newStage(t)
	s.enter(s.browser())
	b := s.browser()
	b.Get(s.start("")).Expect(http.StatusOK, "Il mio account")
	p := b.Get(s.url + "/account/password")
	if p.Has("Password attuale") {
		t.Error("the present password is asked for")
	}
	s.clock.Advance(16 * time.Minute)
	b.Get(s.url+"/account/password").Expect(http.StatusOK, "Password attuale")
	b.Submit(p.FormWith("again"), "password", another, "again", another).Expect(http.StatusUnprocessableEntity, "Scrivi la password attuale")
	b.Get(s.start(""))
	b.Submit(p.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK, "La password è cambiata")

	// Level 1 is a password too: it does not stand for another.
	s.idp.next = func(a *spidsaml.Answer) { a.Level = spid.L1 }
	c := s.browser()
	c.Get(s.url + "/test/begin?level=1")
	login := c.Get(s.url + "/test/begin?level=1")
	c.Get(login.Link("Identità Uno"))
	c.Get(s.url+"/account/password").Expect(http.StatusForbidden, "Serve un accesso più sicuro")
	c.Get(s.url+"/account").Expect(http.StatusForbidden, "Serve un accesso più sicuro", "Entra con SPID")
}

// G5.3: an expired password opens nothing but the page of its successor.
func TestAnExpiredPasswordIsReplacedBeforeTheSessionOpens(t *testing.T) {
	s := newStageConfigured(t, func(c *gateway.Config) { c.Password.MaxAge = setting.Duration(30 * 24 * time.Hour) })
	s.plant()
	s.clock.Advance(30 * 24 * time.Hour)
	b := s.browser()
	p := b.Get(s.url + "/test/begin?state=xyz&level=1")
	ask := b.Submit(p.FormWith("password"), "code", string(noor), "password", secret).Expect(http.StatusOK, "La tua password è scaduta")
	if s.count(`SELECT count(*) FROM session`) != 0 || ask.Has("Scelgo dopo") {
		t.Error("the expired password opened something")
	}
	b.Submit(ask.FormWith("again"), "password", secret, "again", secret).Expect(http.StatusUnprocessableEntity, "una delle ultime")
	p = b.Submit(ask.FormWith("again"), "password", another, "again", another)
	if p.URL.Path != "/oidc/authorize" || p.URL.RawQuery != "state=xyz" || s.count(`SELECT count(*) FROM session`) != 1 {
		t.Errorf("led to %s", p.URL)
	}
	// The page of the old password is over, in every browser that kept it.
	b.Get(ask.URL.String()).Expect(http.StatusForbidden)
	s.typeIn(s.browser(), noor, another).Expect(http.StatusForbidden, secondAccess)
}

func TestAPageOfAnExpiredPasswordLapses(t *testing.T) {
	s := newStageConfigured(t, func(c *gateway.Config) { c.Password.MaxAge = setting.Duration(30 * 24 * time.Hour) })
	s.plant()
	s.clock.Advance(30 * 24 * time.Hour)
	first, second := s.browser(), s.browser()
	one := s.typeIn(first, noor, secret).Expect(http.StatusOK, "scaduta")
	two := s.typeIn(second, noor, secret).Expect(http.StatusOK, "scaduta")
	first.Submit(one.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK, "Il mio account")
	second.Submit(two.FormWith("again"), "password", "cinque gufi nel bosco", "again", "cinque gufi nel bosco").
		Expect(http.StatusConflict, "La password è cambiata nel frattempo")
	s.clock.Advance(31 * 24 * time.Hour)
	late := s.typeIn(first, noor, another).Expect(http.StatusOK, "scaduta")
	s.clock.Advance(2 * time.Hour)
	first.Submit(late.FormWith("again"), "password", secret+"!", "again", secret+"!").Expect(http.StatusGone)
}

func TestMistakesInTheRulesAreToldAtTheStart(t *testing.T) {
	for name, c := range map[string]gateway.PasswordConfig{
		"least": {Least: 7}, "classes": {Classes: 5}, "run": {Run: -1}, "max_age": {MaxAge: setting.Duration(time.Hour)}, "history": {History: 13}, "stay": {Stay: setting.Duration(time.Minute)},
	} {
		all := config()
		all.Password = c
		var told bool
		for _, err := range all.Validate() {
			told = told || strings.Contains(err.Error(), "gateway.password: "+name)
		}
		if !told {
			t.Errorf("%s is not told", name)
		}
	}
}

// ASVS 6.4.3, 7.5.1: whoever has a mailbox and so a password takes no digital identity
// away from its holder, and does not close the account.
func TestAPasswordAloneTakesNoIdentityAway(t *testing.T) {
	s := newStage(t)
	owner := s.browser()
	s.enter(owner)
	code := account.Code(owner.Get(s.url + "/account").Text("#codice-persona"))
	b := s.browser()
	s.typeIn(b, code, secret).Expect(http.StatusOK, "Il mio account")
	for _, path := range []string{"/account/identities", "/account/closing"} {
		b.Get(s.url+path).Expect(http.StatusOK, "la sola password non basta")
		owner.Get(s.url + path).Expect(http.StatusOK)
	}
	s.plant()
	c := s.browser()
	s.typeIn(c, noor, secret).Expect(http.StatusOK, "Il mio account")
	if c.Get(s.url + "/account/closing").Has("la sola password non basta") {
		t.Error("who has nothing but a password cannot close the account")
	}
}

// Issue 4: the mailbox alone opens no account that has a second factor, nor does the
// password that it gives back.
func TestTheMailboxAloneOpensNoAccountWithASecondFactor(t *testing.T) {
	s := newStay(t)
	s.lost(s.browser(), "noor@posta.example.it")
	b := s.browser()
	page := b.Get(linkIn.FindString(s.mail("noor@posta.example.it")))
	b.Submit(page.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK, "La nuova password è impostata")
	s.typeIn(b, noor, another).Expect(http.StatusOK, "Inserisci il codice dell’app")
	for _, path := range []string{"/account", "/account/sessions", "/account/history", "/account/password", "/account/closing"} {
		if p := b.Get(s.url + path); p.Has("Noor Esempio") && p.Has("noor@posta.example.it") || !p.Has("Inserisci il codice dell’app") {
			t.Errorf("%s is open: %s", path, p.Text("h1"))
		}
	}
	ask := b.Post(s.url+"/account/export", nil).Expect(http.StatusOK, "Inserisci il codice dell’app")
	b.Submit(ask.FormWith("code"), "code", s.code(s.key)).Expect(http.StatusOK, "Il mio account", "Noor Esempio")

	// The mailbox starts a reset of the second factors and does not finish it: not while
	// the password came by it too. // G4.6
	thief := s.browser()
	s.typeIn(thief, noor, another)
	p := thief.Get(s.url + factorsPage + "/reset")
	thief.Submit(p.FormWith("password"), "password", another).Expect(http.StatusOK, "La richiesta è in corso")
	finish := func() *webtest.Page {
		t.Helper()
		s.clock.Advance(73 * time.Hour)
		s.run("gateway.factor-resets")
		thief := s.browser()
		s.typeIn(thief, noor, another)
		_, body := s.message("mail")
		return thief.Submit(thief.Get(links.FindString(body)).Expect(http.StatusOK, "Azzera adesso").FormWith("token"))
	}
	finish().Expect(http.StatusForbidden, "la casella da sola non basta", "assistenza")
	if s.count(`SELECT count(*) FROM factor`) == 0 || !s.refusedFor("only_mailbox") {
		t.Error("the mailbox alone removed the second factors")
	}
}
