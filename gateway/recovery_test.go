package gateway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/web/webtest"
)

// lost asks for the credentials of an address.
func (s *stage) lost(b *webtest.Client, email string) *webtest.Page {
	s.t.Helper()
	return b.Submit(b.Get(s.url+"/recover").FormWith("email"), "email", email)
}

// mail is the newest message to an address.
func (s *stage) mail(to string) string {
	s.t.Helper()
	var body string
	if err := s.db.Read().QueryRowContext(s.t.Context(), `SELECT body FROM outbox WHERE recipient = $1 ORDER BY id DESC LIMIT 1`, to).Scan(&body); err != nil {
		s.t.Fatal(err)
	}
	return body
}

var linkIn = regexp.MustCompile(`http\S+/recover/password\S+`)

// G5.2: the Codice Persona and a link come by mail; the link works once.
func TestForgottenCredentialsComeBackByMail(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		s.plant()
		there, b := s.browser(), s.browser()
		s.typeIn(there, noor, secret).Expect(http.StatusOK)
		s.lost(b, "Noor@Posta.example.it").Expect(http.StatusOK, "Guarda la tua posta")
		body := s.mail("noor@posta.example.it")
		if !strings.Contains(body, string(noor)) || !strings.Contains(body, "Noor Esempio") {
			t.Errorf("the mail: %s", body)
		}
		link := linkIn.FindString(body)
		page := b.Get(link).Expect(http.StatusOK, "Scegli una nuova password", "Il secondo fattore")
		there.Get(s.url+"/account").Expect(http.StatusOK, "Il mio account") // opening it changes nothing
		b.Submit(page.FormWith("again"), "password", "corta", "again", "corta").Expect(http.StatusUnprocessableEntity, "almeno 15 caratteri")
		b.Submit(page.FormWith("again"), "password", secret, "again", secret).Expect(http.StatusUnprocessableEntity, "una delle ultime")
		p := b.Submit(page.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK, "La nuova password è impostata")
		if p.URL.Path != "/login" || s.count(`SELECT count(*) FROM session`) != 0 {
			t.Errorf("the mailbox opened something: %s", p.URL)
		}
		there.Get(s.url+"/account").Expect(http.StatusOK, "Entra con SPID")
		s.typeIn(there, noor, another).Expect(http.StatusForbidden, secondAccess)
		s.app(there)
		b.Get(link).Expect(http.StatusGone, "Questo collegamento non vale più")
		b.Submit(page.FormWith("again"), "password", secret+"!", "again", secret+"!").Expect(http.StatusGone)
		there.Get(s.url+"/account/history").Expect(http.StatusOK, "Recupero delle credenziali chiesto", "Password impostata o cambiata")
		if n := s.count(`SELECT count(*) FROM credential WHERE set_by = 'mail'`); n != 1 {
			t.Error("how the password was set is not known")
		}
		if n := s.count(`SELECT count(*) FROM outbox WHERE subject = 'È stata impostata una nuova password'`); n != 1 {
			t.Errorf("%d notices", n)
		}
	})
}

// ASVS 6.3.8: page, status and number of statements tell nothing about an address.
func TestRecoveryTellsNothingAboutAnAddress(t *testing.T) {
	s := newStage(t)
	s.plant()
	b := s.browser()
	b.Submit(b.Get(s.start("")).FormWith("notice"), "notice", "on") // Ada has no password
	answers := map[string]string{}
	for _, email := range []string{"noor@posta.example.it", "nessuno@posta.example.it", "ada@posta.example.it"} {
		c := s.browser()
		for range 4 { // the fourth is beyond the limit of an address
			commits, mails, lines := s.db.Commits(), s.count(`SELECT count(*) FROM outbox`), s.count(`SELECT count(*) FROM audit`)
			p := s.lost(c, email)
			body := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).ReplaceAllString(strings.ReplaceAll(p.Body, email, "ADDRESS"), "REFERENCE")
			answers[email] += fmt.Sprint(p.Status, p.Header.Get("Retry-After"), body, s.db.Commits()-commits,
				s.count(`SELECT count(*) FROM outbox`)-mails, s.count(`SELECT count(*) FROM audit`)-lines)
		}
	}
	for email, answer := range answers {
		if answer != answers["nessuno@posta.example.it"] {
			t.Errorf("%s is answered unlike an unknown address", email)
		}
	}
	if body := s.mail("nessuno@posta.example.it"); !strings.Contains(body, "nessun account ha questo indirizzo") || linkIn.MatchString(body) {
		t.Errorf("unknown: %s", body)
	}
	if body := s.mail("ada@posta.example.it"); !strings.Contains(body, "non ha una password") || linkIn.MatchString(body) {
		t.Errorf("without a password: %s", body)
	}
}

func TestALinkOfTheRecoveryLapses(t *testing.T) {
	ask := func(s *stage) string {
		s.lost(s.browser(), "noor@posta.example.it").Expect(http.StatusOK)
		return linkIn.FindString(s.mail("noor@posta.example.it"))
	}
	for name, lapse := range map[string]func(*stage){
		"after half an hour": func(s *stage) { s.clock.Advance(30 * time.Minute) },
		"when the password changes": func(s *stage) {
			b := s.browser()
			s.typeIn(b, noor, secret).Expect(http.StatusOK)
			p := b.Get(s.url + "/account/password")
			b.Submit(p.FormWith("current"), "current", secret, "password", another, "again", another).Expect(http.StatusOK)
		},
		"when the address changes":  func(s *stage) { s.change(`UPDATE account SET email = 'altra@posta.example.it'`) },
		"when there is no password": func(s *stage) { s.change(`DELETE FROM credential`) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.plant()
			link := ask(s)
			b := s.browser()
			page := b.Get(link).Expect(http.StatusOK)
			lapse(s)
			p := b.Get(link).Expect(http.StatusGone, "Questo collegamento non vale più")
			b.Submit(page.FormWith("again"), "password", "cinque gufi nel bosco", "again", "cinque gufi nel bosco").Expect(http.StatusGone)
			b.Get(p.Link("Chiedi un nuovo collegamento")).Expect(http.StatusOK, "Recupero credenziali")
			if !s.refusedFor("recovery_link") {
				t.Error("no audit line")
			}
		})
	}
	t.Run("when it was changed", func(t *testing.T) {
		s := newStage(t)
		s.plant()
		link := ask(s)
		for _, bad := range []string{link[:len(link)-1], link + "A", s.url + "/recover/password", s.url + "/recover/password?token=x"} {
			s.browser().Get(bad).Expect(http.StatusGone)
		}
	})
}

// One message names all accounts of an address: parents give theirs for their children.
func TestTheAccountsOfOneAddressComeInOneMessage(t *testing.T) {
	s := newStage(t)
	s.plant()
	err := s.gw.Seed(t.Context(), account.Seed{
		Account:  account.Account{Code: nobody, GivenName: "Leo", FamilyName: "Esempio", Email: "noor@posta.example.it", Language: "it"},
		Password: another,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.lost(s.browser(), "noor@posta.example.it")
	body := s.mail("noor@posta.example.it")
	links := linkIn.FindAllString(body, -1)
	if len(links) != 2 || !strings.Contains(body, "Noor Esempio") || !strings.Contains(body, "Leo Esempio") {
		t.Fatalf("%s", body)
	}
	b := s.browser()
	_, leo, _ := strings.Cut(body, "Leo Esempio")
	page := b.Get(linkIn.FindString(leo)).Expect(http.StatusOK)
	b.Submit(page.FormWith("again"), "password", "cinque gufi nel bosco", "again", "cinque gufi nel bosco").Expect(http.StatusOK)
	s.typeIn(b, noor, secret).Expect(http.StatusOK, "Il mio account")
	s.typeIn(b, nobody, "cinque gufi nel bosco").Expect(http.StatusOK, "Il mio account")
	if n := s.count(`SELECT count(*) FROM audit WHERE action = $1 AND subject <> ''`, audit.RecoveryAsked); n != 2 {
		t.Errorf("%d audit lines", n)
	}
}

func TestTheRecoveryRefusesWhatIsNoAddress(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	before := s.db.Commits()
	for _, email := range []string{"", "noor", "noor@posta.example.it\nBcc: x@example.it", strings.Repeat("a", 300) + "@example.it", "<b>@example.it"} {
		if p := s.lost(b, email); p.Status != http.StatusUnprocessableEntity || strings.Contains(p.Body, "<b>@") {
			t.Errorf("%q: %d", email, p.Status)
		}
	}
	for _, form := range []url.Values{{"email": {"a@example.it", "b@example.it"}}, {"email": {"\x00@example.it"}}} {
		if p := b.Post(s.url+"/recover", form); p.Status != http.StatusBadRequest {
			t.Errorf("%v: %d", form, p.Status)
		}
	}
	if s.db.Commits() != before {
		t.Error("something was written")
	}
}

// change runs a statement that no page has.
func (s *stage) change(statement string) {
	s.t.Helper()
	err := s.db.One(s.t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(s.t.Context(), statement)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
