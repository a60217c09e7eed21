package gateway_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
	"atrio/web/webtest"
)

// drawn are the parts of a page that differ at every request.
var drawn = regexp.MustCompile(`name="challenge" value="[^"]*"|data-work="[^"]*"`)

// TestNobodyLearnsWhoHasAnAccount: an address that an account has, one that has none, and
// a codice fiscale that somebody proved, get the same pages for the same work.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	s := newStage(t)
	s.enter(s.browser()) // Ada, with ada@posta.example.it and a proved codice fiscale
	pages, commits, rows := map[string]string{}, map[string]uint64{}, map[string]int{}
	for _, address := range []string{"ada@posta.example.it", "ida@posta.example.it", "ADA@POSTA.example.it"} {
		b := s.browser()
		p := s.register(b, "")
		before, queued := s.db.Commits(), s.count(`SELECT count(*) FROM outbox`)
		p = b.Submit(p.FormWith("family_name"), prova("email", address)...).Expect(http.StatusOK, "Ti abbiamo scritto")
		wrong := b.Submit(p.FormWith("code"), "code", "000000").Expect(http.StatusUnprocessableEntity, "Il codice non è quello")
		p = b.Submit(wrong.FormWith("resend"), "resend", "yes").Expect(http.StatusOK, "Ti abbiamo mandato un nuovo codice")
		text := drawn.ReplaceAllString(wrong.Body+p.Body, "")
		pages[address] = strings.ReplaceAll(text, address, "ADDRESS")
		commits[address], rows[address] = uint64(s.db.Commits()-before), s.count(`SELECT count(*) FROM outbox`)-queued
		s.clock.Advance(time.Hour)
	}
	for _, known := range []string{"ada@posta.example.it", "ADA@POSTA.example.it"} {
		if pages[known] != pages["ida@posta.example.it"] {
			t.Errorf("the pages for %s differ", known)
		}
		if commits[known] != commits["ida@posta.example.it"] || rows[known] != rows["ida@posta.example.it"] {
			t.Errorf("%s: %d commits and %d mails, others %d and %d", known, commits[known], rows[known], commits["ida@posta.example.it"], rows["ida@posta.example.it"])
		}
		subject, text := s.newest(known)
		if !strings.HasPrefix(subject, "Hai già un account") || sixDigits.MatchString(text) || aLink.MatchString(text) {
			t.Errorf("the mail to who has an account: %s\n%s", subject, text)
		}
	}
}

// TestADeclaredCodiceFiscaleReservesAndProvesNothing: whoever registers first with
// somebody else's codice fiscale neither enters their account nor keeps them out, and
// ends with a dead password and dead sessions. // G3.8
func TestADeclaredCodiceFiscaleReservesAndProvesNothing(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		attacker := s.browser()
		ada := prova("sex", "F", "family_name", "D'Amico", "given_name", "Ada", "fiscal_code", "DMCDAA80A41H501U")
		p := s.toReview(attacker, s.register(attacker, ""), ada)
		p = attacker.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Expect(http.StatusOK, "Ci sei quasi!")
		code := p.Text("#codice-persona")
		enter := func() *webtest.Page {
			login := attacker.Get(s.url + "/login")
			return attacker.Submit(login.FormWith("password"), "code", code, "password", "quattro parole senza senso")
		}
		enter().Expect(http.StatusOK, "Il mio account")

		b := s.browser() // Ada herself, by SPID
		p = b.Get(s.start("")).Expect(http.StatusOK, "c’è già un account che ha indicato il tuo codice fiscale")
		p = b.Submit(p.FormWith("answer"), "answer", "new").Expect(http.StatusOK, "Stai entrando come Ada D'Amico")
		b.Submit(p.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
		if n := s.count(`SELECT count(*) FROM account`); n != 2 {
			t.Errorf("%d accounts", n)
		}
		attacker.Get(s.url+"/account").Expect(http.StatusOK, "Entra con SPID") // the session is dead
		if got := enter(); got.Has("Il mio account") {
			t.Error("the password still opens the account")
		}
		for query, what := range map[string]string{
			`SELECT count(*) FROM account WHERE code = $1 AND state = 'frozen'`:                                                                            "the account is not frozen",
			`SELECT count(*) FROM account_task t JOIN account a ON a.id = t.account_id WHERE a.code = $1 AND t.kind = 'merge'`:                             "the help desk knows nothing",
			`SELECT count(*) FROM audit e JOIN account a ON a.id = e.subject WHERE a.code = $1 AND e.action = 'account.frozen'`:                            "no audit line",
			`SELECT 1 - count(*) FROM credential c JOIN account a ON a.id = c.account_id WHERE a.code = $1`:                                                "the password is still there",
			`SELECT count(*) FROM outbox, account a WHERE a.code = $1 AND outbox.subject = 'C’era un altro account con il tuo codice fiscale'`:             "Ada was not told",
			`SELECT count(*) FROM outbox, account a WHERE a.code = $1 AND outbox.recipient = a.email AND outbox.subject LIKE 'Il tuo account è bloccato%'`: "the other contact was not told",
		} {
			if n := s.count(query, code); n != 1 {
				t.Errorf("%s (%d)", what, n)
			}
		}
	})
}

// TestWhoDeclaredAndThenProvesKeepsTheAccount: the honest way of the same road. Both the
// identity and the account are proved, and only then they belong together. // G3.8
func TestWhoDeclaredAndThenProvesKeepsTheAccount(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		p := s.toReview(b, s.register(b, ""), prova("sex", "F", "family_name", "D'Amico", "given_name", "Ada", "fiscal_code", "DMCDAA80A41H501U"))
		p = b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Expect(http.StatusOK, "Ci sei quasi!")
		code := p.Text("#codice-persona")

		b = s.browser()
		p = b.Get(s.start("")).Expect(http.StatusOK, "Forse hai già un account")
		login := b.Submit(p.FormWith("answer"), "answer", "mine").Expect(http.StatusOK, "Entra come facevi prima")
		p = b.Submit(login.FormWith("password"), "code", code, "password", "una parola sbagliata")
		if p.Has("Vuoi collegare") || s.count(`SELECT count(*) FROM identity`) != 0 {
			t.Fatal("a wrong password proved the account")
		}
		p = b.Submit(p.FormWith("password"), "code", code, "password", "quattro parole senza senso").Expect(http.StatusOK, "Vuoi collegare")
		b.Submit(p.FormWith("answer"), "answer", "yes").Expect(http.StatusOK, "Il mio account", "La nuova identità è collegata")
		if n := s.count(`SELECT count(*) FROM account WHERE code = $1 AND state = 'active' AND fiscal_code = 'DMCDAA80A41H501U'`, code); n != 1 {
			t.Error("the codice fiscale is not proved now")
		}
		if p := s.browser().Get(s.start("")); p.URL.Path != "/account" || s.count(`SELECT count(*) FROM account`) != 1 {
			t.Errorf("the linked identity led to %s", p.URL)
		}
	})
}

// TestWhatSomebodyProvedMayStillBeDeclared: an account that has proved a codice fiscale
// does not stop a registration with it; the help desk learns of the two.
func TestWhatSomebodyProvedMayStillBeDeclared(t *testing.T) {
	s := newStage(t)
	s.enter(s.browser())
	b := s.browser()
	p := s.toReview(b, s.register(b, ""), prova("sex", "F", "family_name", "D'Amico", "given_name", "Ada", "fiscal_code", "DMCDAA80A41H501U"))
	b.Submit(p.FormWith("password"), "password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Expect(http.StatusOK, "Ci sei quasi!")
	if n := s.count(`SELECT count(*) FROM account_task t JOIN account a ON a.id = t.detail WHERE t.kind = 'merge' AND a.fiscal_code = 'DMCDAA80A41H501U'`); n != 1 {
		t.Errorf("%d tasks", n)
	}
	if n := s.count(`SELECT count(*) FROM account WHERE state <> 'active'`); n != 0 {
		t.Errorf("%d accounts were frozen", n)
	}
}

func TestOfFiftyRightCodesOneOpensTheDraft(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		p := s.register(b, "")
		b.Submit(p.FormWith("family_name"), prova()...)
		_, text := s.newest("prova.finti@posta.example.org")
		code := url.Values{"code": {sixDigits.FindString(text)}}
		u, _ := url.Parse(s.url)
		cookies := b.HTTP.Jar.Cookies(u)
		var wg sync.WaitGroup
		var mu sync.Mutex
		answers := map[int]int{}
		for range 50 {
			c := webtest.New(t)
			c.NoRedirect = true
			c.HTTP.Jar.SetCookies(u, cookies)
			wg.Go(func() {
				got, err := c.Do(http.MethodPost, s.url+"/register/email", code, nil)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				answers[got.Status]++
			})
		}
		wg.Wait()
		if answers[http.StatusSeeOther] < 1 || answers[http.StatusSeeOther] > 5 || answers[http.StatusSeeOther]+answers[http.StatusUnprocessableEntity] != 50 {
			t.Errorf("answers %v", answers)
		}
		if n := s.count(`SELECT count(*) FROM draft`); n != 1 {
			t.Errorf("%d drafts", n)
		}
	})
}

func TestTwoLastStepsAtOnceMakeOneAccount(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		p := s.toReview(b, s.register(b, ""), prova())
		form := p.FormWith("password").Fill("password", "quattro parole senza senso", "repeat", "quattro parole senza senso").Values
		u, _ := url.Parse(s.url)
		cookies := b.HTTP.Jar.Cookies(u)
		var wg sync.WaitGroup
		var mu sync.Mutex
		answers := map[int]int{}
		for range 8 {
			c := webtest.New(t)
			c.NoRedirect = true
			c.HTTP.Jar.SetCookies(u, cookies)
			wg.Go(func() {
				got, err := c.Do(http.MethodPost, s.url+"/register/review", form, nil)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				answers[got.Status]++
			})
		}
		wg.Wait()
		if answers[http.StatusSeeOther] != 1 || answers[http.StatusGone] != 7 {
			t.Errorf("answers %v", answers)
		}
		if n := s.count(`SELECT count(*) FROM account`); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
}

func TestWithoutWorkFewerAddressesGetACodeAndWorkCountsOnce(t *testing.T) {
	s := newStage(t)
	send := func(n int, work func(challenge, puzzle string) (string, string)) int {
		b := s.browser()
		p := s.register(b, "")
		f := p.FormWith("family_name").Fill(prova("email", "a"+strconv.Itoa(n)+"@posta.example.org")...)
		if work != nil {
			in := p.Find("input[name=work]")
			token, number := work(f.Values.Get("challenge"), webtest.Attr(in, "data-work"))
			f.Values.Set("challenge", token)
			f.Values.Set("work", number)
		}
		return b.Submit(f).Status
	}
	for n := range 10 {
		if got := send(n, nil); got != http.StatusOK {
			t.Fatalf("person %d without scripts: %d", n, got)
		}
	}
	if got := send(10, nil); got != http.StatusTooManyRequests {
		t.Errorf("without work there is no end: %d", got)
	}
	var token, number string
	if got := send(11, func(challenge, puzzle string) (string, string) {
		token, number = challenge, solve(puzzle, 4)
		return token, number
	}); got != http.StatusOK {
		t.Errorf("with work: %d", got)
	}
	if got := send(12, func(string, string) (string, string) { return token, number }); got != http.StatusConflict {
		t.Errorf("the same work again: %d", got)
	}
	if !s.refusedFor("already_used") || !s.refusedFor("limit.registration.send_idle") {
		t.Error("no audit lines")
	}
}

func TestMailsToOneAddressAreFew(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := s.register(b, "")
	p = b.Submit(p.FormWith("family_name"), prova()...).Expect(http.StatusOK)
	for range 4 {
		p = b.Submit(p.FormWith("resend"), "resend", "yes").Expect(http.StatusOK, "Ti abbiamo mandato un nuovo codice")
	}
	p = b.Submit(p.FormWith("resend"), "resend", "yes").Expect(http.StatusTooManyRequests, "Riprova")
	b.Get(p.Link("Riprova")).Expect(http.StatusOK, "Dati Identificativi")
}

// TestEveryFormOfTheRegistrationRefusesNonsenseWithAPage sends what no browser sends.
func TestEveryFormOfTheRegistrationRefusesNonsenseWithAPage(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.toReview(b, s.register(b, ""), prova())
	names := []string{
		"flow", "family_name", "birth_day", "birth_state", "birth_town_code", "citizenship", "has_fiscal_code", "fiscal_code", "email", "challenge", "work", "code", "token",
		"state", "province", "town", "town_code", "postal", "street", "phone", "chosen_name", "language", "notice", "version", "password", "repeat",
	}
	for _, path := range []string{"", "/identity", "/email", "/link", "/residence", "/consents", "/review"} {
		for _, value := range []string{"", "<script>alert(1)</script>", strings.Repeat("x", 5000), "\u202eabc", "-1", "99999999999999999999", "\x01"} {
			form := url.Values{}
			for _, name := range names {
				form.Set(name, value)
			}
			c := s.browser()
			u, _ := url.Parse(s.url)
			c.HTTP.Jar.SetCookies(u, b.HTTP.Jar.Cookies(u))
			p := c.Post(s.url+"/register"+path, form)
			if p.Status >= 500 || strings.Contains(p.Body, "<script>alert") {
				t.Errorf("%s with %.20q: %d", path, value, p.Status)
			}
		}
		for name, body := range map[string]string{"twice": "code=1&code=2&email=a&email=b", "broken": "a=%zz", "NUL": "email=%00", "much": "x=" + strings.Repeat("y", 100_000)} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/register"+path, strings.NewReader(body))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := b.HTTP.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode < 400 || res.StatusCode > 499 {
				t.Errorf("%s, %s: %d", path, name, res.StatusCode)
			}
		}
	}
	for _, path := range []string{"?flow=%00", "/link", "/link?token=x", "/link?token=" + strings.Repeat("A", 3000), "/done", "/towns?q=be&q=bo", "/towns?q=%ff", "/towns?d=x&q=" + strings.Repeat("a", 500)} {
		if p := s.browser().Get(s.url + "/register" + path); p.Status >= 500 {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	if n := s.count(`SELECT count(*) FROM account`); n != 0 {
		t.Errorf("%d accounts were made of nonsense", n)
	}
}

func TestACookieOfTheRegistrationIsOfUseToNobodyElse(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.toReview(b, s.register(b, ""), prova())
	u, _ := url.Parse(s.url)
	for _, value := range []string{"", "d.", "i.", "i.AAAA", "x", strings.Repeat("i", 3000)} {
		c := s.browser()
		c.HTTP.Jar.SetCookies(u, []*http.Cookie{{Name: "atrio_gateway_draft", Value: value, Path: "/"}})
		c.Get(s.url+"/register/review").Expect(http.StatusOK, "Tieni a disposizione")
	}
	// The end of the draft here is the end everywhere.
	copied := s.browser()
	copied.HTTP.Jar.SetCookies(u, b.HTTP.Jar.Cookies(u))
	b.Submit(b.Get(s.url + "/register/leave").Form("form[action=/register/leave]"))
	copied.Get(s.url+"/register/review").Expect(http.StatusGone, "Questa registrazione non c’è più", "Comincia da capo")
}

func TestMunicipalitiesAreSuggestedAsTheyWereOnTheDayOfBirth(t *testing.T) {
	s := newStage(t)
	for query, want := range map[string]string{
		"q=bel&d=10&m=5&y=1983": `["Bellagio (CO) (soppresso il 03/feb/2014)"]`, "q=bel&d=1&m=1&y=2020": `["Bellagio (CO)"]`, "q=b": `[]`, "q=zz": `[]`,
	} {
		if got := strings.TrimSpace(s.browser().Get(s.url + "/register/towns?" + query).Body); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}
