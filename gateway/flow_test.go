package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/journey"
	"atrio/people/person"
)

// destination reads a service's wish from the query of the test's own address.
func destination(q url.Values) journey.Destination {
	level, _ := strconv.Atoi(q.Get("level"))
	service := q.Get("service")
	if service == "" {
		service = "mooc"
	}
	return journey.Destination{
		Kind: journey.ToAuthorize, Service: service, Minors: service == "ragazzi", Resume: "state=" + q.Get("state"), Level: person.Level(level),
	}
}

func TestACitizenEntersForTheFirstTimeAndComesBack(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		login := b.Get(s.url+"/account").Expect(http.StatusOK, "Entra con SPID", "Entra con CIE", "Login with eIDAS", "Entra con eduGAIN", "Codice Persona", "Resta connesso")
		if s.cookiesOf(b) != 0 {
			t.Error("the login page left a cookie")
		}
		welcome := b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Stai entrando come Ada D'Amico", "DMCDAA80A41H501U")
		if s.count(`SELECT count(*) FROM account`) != 0 {
			t.Error("an account before the person confirmed")
		}
		b.Submit(welcome.FormWith("notice")).Expect(http.StatusUnprocessableEntity, "Leggi l’informativa sulla privacy")
		done := b.Submit(welcome.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
		code := done.Text("#codice-persona")
		if !regexp.MustCompile(`^[1-9]\d{8}$`).MatchString(code) {
			t.Fatalf("codice persona %q", code)
		}
		s.choose(b, done).Expect(http.StatusOK, "Il mio account", code, "verificato con SPID da Identità Uno", "DMCDAA80A41H501U")
		if s.count(`SELECT count(*) FROM outbox WHERE recipient = 'ada@posta.example.it' AND body LIKE '%`+code+`%'`) != 1 {
			t.Error("the mail with the code is not queued")
		}
		if n := s.cookiesOf(b); n != 0 {
			t.Errorf("%d journeys left", n)
		}

		again := s.browser()
		again.NoRedirect = true
		form := s.answerFor(again, "")
		before := d.Commits()
		p := again.Post(s.url+"/spid/acs", form)
		if p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/account" {
			t.Fatalf("%d %s", p.Status, p.Header.Get("Location"))
		}
		if n := d.Commits() - before; n != 1 {
			t.Errorf("the login of a known person took %d commits", n)
		}
		again.Get(s.url+"/account").Expect(http.StatusOK, code)
		if s.count(`SELECT count(*) FROM account`) != 1 {
			t.Error("a second account")
		}
	})
}

// answerFor begins a login and gives the form that the provider would post.
func (s *stage) answerFor(b interface {
	Get(string) *page
}, flow string) url.Values {
	s.t.Helper()
	p := b.Get(s.start(flow))
	if p.Status != http.StatusFound {
		s.t.Fatalf("start: %d", p.Status)
	}
	s.idp.t = s.t
	res, err := http.Get(p.Header.Get("Location"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("provider: %d", res.StatusCode)
	}
	return s.idp.last
}

func TestTheSessionIsToldToOwnPagesOnly(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	b.Get(s.url + "/session").Expect(http.StatusUnauthorized)
	s.enter(b)
	p := b.Get(s.url + "/session").Expect(http.StatusOK)
	var got map[string]any
	if err := json.Unmarshal([]byte(p.Body), &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"codice_persona", "name", "method", "acr", "amr", "auth_time", "expires"} {
		if got[name] == nil {
			t.Errorf("%s is missing in %s", name, p.Body)
		}
	}
	if got["acr"] != "https://www.spid.gov.it/SpidL2" || got["method"] != "spid" || p.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s", p.Body)
	}
	b.Header.Set("Sec-Fetch-Site", "cross-site")
	b.Get(s.url + "/session").Expect(http.StatusForbidden)
}

func TestWithoutAnAddressAPersonConfirmsOneByCode(t *testing.T) {
	s := newStage(t)
	delete(s.idp.attributes, "email")
	b := s.browser()
	welcome := b.Get(s.start("")).Expect(http.StatusOK, "Indirizzo e-mail personale")
	p := b.Submit(welcome.FormWith("email"), "email", "ada@studenti.ateneo.example.it", "notice", "on")
	p.Expect(http.StatusUnprocessableEntity, "Indica un indirizzo personale")
	p = b.Submit(p.FormWith("email"), "email", "ada@casa.example.it")
	p.Expect(http.StatusOK, "Abbiamo mandato un codice", "ada@casa.example.it")
	b.Submit(p.FormWith("code"), "code", "12").Expect(http.StatusUnprocessableEntity, "Inserisci 6 cifre")
	for range 5 {
		b.Submit(p.FormWith("code"), "code", "x00000").Expect(http.StatusUnprocessableEntity)
	}
	wrong := "000000"
	if s.mailedCode() == wrong {
		wrong = "111111"
	}
	for range 5 {
		b.Submit(p.FormWith("code"), "code", wrong).Expect(http.StatusUnprocessableEntity, "Il codice non è quello")
	}
	b.Submit(p.FormWith("code"), "code", s.mailedCode()).Expect(http.StatusUnprocessableEntity, "non vale più")
	p = b.Submit(p.FormWith("resend"), "resend", "yes").Expect(http.StatusOK, "Ti abbiamo mandato un nuovo codice")
	done := b.Submit(p.FormWith("code"), "code", s.mailedCode()).Expect(http.StatusOK, "Il tuo account è pronto")
	s.choose(b, done).Expect(http.StatusOK, "ada@casa.example.it", "scritto da te e confermato con un codice")
}

func (s *stage) mailedCode() string {
	s.t.Helper()
	var body string
	err := s.db.Read().QueryRowContext(s.t.Context(), `SELECT body FROM outbox ORDER BY id DESC LIMIT 1`).Scan(&body)
	if err != nil {
		s.t.Fatal(err)
	}
	return regexp.MustCompile(`\d{6}`).FindString(body)
}

func TestTheServiceIsNamedAndReachedAfterAnError(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	b.Submit(b.Get(s.url+"/logout").Form("main form")).Expect(http.StatusOK, "Hai chiuso la sessione")

	login := b.Get(s.url+"/test/begin?state=xyz").Expect(http.StatusOK, "Stai accedendo a Open Knowledge")
	s.idp.anomaly = 25
	p := b.Get(login.Link("Identità Uno"))
	p.Expect(http.StatusForbidden, "Processo di autenticazione annullato", "Codice di riferimento")
	if !s.refusedFor("status-success.nr25") && !s.refusedFor("status.nr25") {
		t.Errorf("audit: %+v", s.refusals)
	}
	b.Get(p.Link("Entra in altro modo")).Expect(http.StatusOK, "Stai accedendo a Open Knowledge")
	s.idp.anomaly = 0
	b.NoRedirect, b.AutoPost = false, true
	p = b.Get(p.Link("Riprova"))
	if p.URL.Path != "/oidc/authorize" || p.URL.RawQuery != "state=xyz" {
		t.Fatalf("led to %s", p.URL)
	}
}

// G1.4: who changes the language reads the name of the service in that language.
func TestTheServiceIsNamedInTheLanguageOfThePage(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := b.Get(s.url+"/test/begin?state=xyz").Expect(http.StatusOK, "Stai accedendo a Open Knowledge.")
	b.Get(p.URL.String()+"&lang=en").Expect(http.StatusOK, "Open Knowledge (English)")
}

func TestALevelLowerThanAskedIsRefused(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		asked  string
		used   spid.Level
		status int
	}{
		{"", spid.L1, http.StatusForbidden}, {"", spid.L2, http.StatusOK}, {"", spid.L3, http.StatusOK},
		{"1", spid.L1, http.StatusOK}, {"2", spid.L1, http.StatusForbidden}, {"3", spid.L2, http.StatusForbidden}, {"3", spid.L3, http.StatusOK},
	} {
		s.idp.next = func(a *spidsaml.Answer) { a.Level = c.used }
		b := s.browser()
		login := b.Get(s.url + "/test/begin?state=x&level=" + c.asked)
		p := b.Get(login.Link("Identità Uno"))
		if p.Status != c.status {
			t.Errorf("asked %q, used %d: %d %s", c.asked, c.used, p.Status, p.Text("main"))
		}
		if c.status != http.StatusOK {
			p.Expect(c.status, "livello", "Riprova", "Entra in altro modo", "Codice di riferimento")
			b.Get(p.Link("Entra in altro modo")).Expect(http.StatusOK, "Open Knowledge")
		}
	}
}

func TestAPendingLoginThatIsTooOldStartsAgainWithItsDestination(t *testing.T) {
	s := newStage(t)
	s.idp.hold = true
	b := s.browser()
	login := b.Get(s.url + "/test/begin?state=abc")
	held := b.Get(login.Link("Identità Uno"))
	s.clock.Advance(2 * time.Hour)
	p := b.Submit(held.Form("")).Expect(http.StatusGone, "È passato troppo tempo")
	s.idp.hold = false
	login = b.Get(p.Link("Ricomincia l’accesso")).Expect(http.StatusOK, "Stai accedendo a Open Knowledge")
	b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Sei tu?", "Open Knowledge")
}
