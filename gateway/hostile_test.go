package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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

func TestAnAnswerIsTakenOnce(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		s.enter(s.browser())
		b := s.browser()
		b.NoRedirect = true
		form := s.answerFor(b, "")
		// The browser keeps a copy of its cookies, as an attacker with a proxy would.
		const posts = 8
		jars := make([]*webtest.Client, posts)
		u, _ := url.Parse(s.url)
		for i := range jars {
			jars[i] = webtest.New(t)
			jars[i].NoRedirect = true
			jars[i].HTTP.Jar.SetCookies(u, b.HTTP.Jar.Cookies(u))
		}
		before := s.count(`SELECT count(*) FROM session`)
		var wg sync.WaitGroup
		var mu sync.Mutex
		statuses := map[int]int{}
		for _, c := range jars {
			wg.Go(func() {
				p, err := c.Do(http.MethodPost, s.url+"/spid/acs", form, nil)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				statuses[p.Status]++
			})
		}
		wg.Wait()
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != posts-1 {
			t.Errorf("answers: %v", statuses)
		}
		if n := s.count(`SELECT count(*) FROM session`) - before; n != 1 {
			t.Errorf("%d sessions", n)
		}
		if !s.refusedFor("replayed") {
			t.Error("no audit line")
		}
	})
}

func TestAnAnswerToAnotherBrowserIsRefused(t *testing.T) {
	s := newStage(t)
	s.idp.hold = true
	b := s.browser()
	b.Get(s.start("")).Form("")
	p := s.browser().Post(s.url+"/spid/acs", s.idp.last)
	p.Expect(http.StatusForbidden, "Questo accesso non è iniziato in questo browser", "Ricomincia l’accesso", "Codice di riferimento")
	if !s.refusedFor("journey_other_browser") {
		t.Error("no audit line")
	}
}

func TestBadInputGetsAPageAndNever5xx(t *testing.T) {
	s := newStage(t)
	s.idp.hold = true
	b := s.browser()
	b.Get(s.start(""))
	good := s.idp.last
	with := func(name, value string) url.Values {
		v := url.Values{"SAMLResponse": good["SAMLResponse"], "RelayState": good["RelayState"]}
		v.Set(name, value)
		return v
	}
	middle := len(good.Get("SAMLResponse")) / 2
	tampered := []byte(good.Get("SAMLResponse"))
	tampered[middle] ^= 1
	for name, form := range map[string]url.Values{
		"tampered": with("SAMLResponse", string(tampered)), "empty": with("SAMLResponse", ""), "no base64": with("SAMLResponse", "<x>"),
		"other handle": with("RelayState", strings.Repeat("a", 32)), "address as RelayState": with("RelayState", "https://evil.example/"),
		"long RelayState": with("RelayState", strings.Repeat("x", 100_000)), "oversized": with("SAMLResponse", strings.Repeat("QUFB", 200_000)),
		"nothing": {},
	} {
		p := b.Post(s.url+"/spid/acs", form)
		if p.Status < 400 || p.Status > 499 || !p.Has("Codice di riferimento") {
			t.Errorf("%s: %d %.200s", name, p.Status, p.Text("main"))
		}
	}
	for _, address := range []string{"/spid/login", "/spid/login?idp=https://nobody.example", "/spid/login?idp=x&idp=y", "/spid/login?idp=" + url.QueryEscape(s.idp.EntityID) + "&flow=zzz", "/welcome", "/welcome?flow=" + strings.Repeat("b", 32), "/welcome/done", "/welcome/code?flow=%00"} {
		p := b.Get(s.url + address)
		if p.Status < 400 || p.Status > 499 {
			t.Errorf("%s: %d", address, p.Status)
		}
	}
	b.AutoPost = false
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url+"/spid/acs", strings.NewReader("{}"))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("another content type: %d", res.StatusCode)
	}
}

func TestTwoTabsDoNotMixAndTheFourthClosesTheFirst(t *testing.T) {
	s := newStage(t)
	s.enter(s.browser())
	s.idp.hold = true
	b := s.browser()
	var held []*page
	for _, state := range []string{"one", "two", "three"} {
		login := b.Get(s.url + "/test/begin?state=" + state)
		held = append(held, b.Get(login.Link("Identità Uno")))
		s.clock.Advance(1e9)
	}
	if n := s.cookiesOf(b); n != 3 {
		t.Errorf("%d journeys", n)
	}
	p := b.Submit(held[1].Form(""))
	if p.URL.RawQuery != "state=two" {
		t.Errorf("tab two led to %s", p.URL)
	}
	b.Get(s.url + "/test/begin?state=four")
	b.Get(s.url + "/test/begin?state=five")
	b.Submit(held[0].Form("")).Expect(http.StatusGone, "ne avevi aperti troppi insieme", "Ricomincia l’accesso")
	p = b.Submit(held[2].Form(""))
	if p.URL.RawQuery != "state=three" {
		t.Errorf("tab three led to %s", p.URL)
	}
}

func TestGoingBackAndChoosingAgainKeepsBothTabsAlive(t *testing.T) {
	s := newStage(t)
	s.enter(s.browser())
	s.idp.hold = true
	b := s.browser()
	login := b.Get(s.url + "/test/begin?state=one")
	first, second := b.Get(login.Link("Identità Uno")), b.Get(login.Link("Identità Uno"))
	for _, p := range []*page{second, first} {
		if got := b.Submit(p.Form("")); got.URL.RawQuery != "state=one" {
			t.Errorf("led to %s", got.URL)
		}
	}
}

func TestAFirstEntryPostedTwiceMakesOneAccount(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	welcome := b.Get(s.start(""))
	form := welcome.FormWith("notice").Fill("notice", "on")
	u, _ := url.Parse(s.url)
	cookies := b.HTTP.Jar.Cookies(u)
	b.Submit(form).Expect(http.StatusOK, "Il tuo account è pronto")
	copied := webtest.New(t)
	copied.HTTP.Jar.SetCookies(u, cookies)
	copied.Post(s.url+"/welcome", form.Values).Expect(http.StatusConflict, "già stata usata")
	if n := s.count(`SELECT count(*) FROM session`); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// Whoever keeps the cookie of a first entry and saves it again and again must not
// come in later, when the provider would not let them in any more.
func TestAFirstEntryCannotBeKeptForLater(t *testing.T) {
	s := newStage(t)
	delete(s.idp.attributes, "email")
	b := s.browser()
	p := b.Get(s.start("")).Expect(http.StatusOK, "Sei tu?")
	form := p.FormWith("email").Fill("email", "ada@casa.example.it").Fill("notice", "on")
	b.NoRedirect = true
	for range 4 {
		s.clock.Advance(29 * time.Minute)
		p = b.Post(s.url+"/welcome", form.Values)
	}
	b.NoRedirect = false
	p.Expect(http.StatusGone, "È passato troppo tempo", "Ricomincia")
	p = b.Post(s.url+"/welcome/code", url.Values{"flow": form.Values["flow"], "code": {s.mailedCode()}})
	if n := s.count(`SELECT count(*) FROM session`); n != 0 || p.Status != http.StatusGone {
		t.Errorf("%d sessions, two hours after the assertion: %d", n, p.Status)
	}
}

func TestOnePersonCannotWriteToEverybody(t *testing.T) {
	s := newStage(t)
	delete(s.idp.attributes, "email")
	b := s.browser()
	form := b.Get(s.start("")).Expect(http.StatusOK, "Sei tu?").FormWith("email").Fill("notice", "on")
	for n := range 8 {
		b.Post(s.url+"/welcome", form.Fill("email", fmt.Sprintf("vittima%d@casa.example.it", n)).Values)
	}
	if n := s.count(`SELECT count(*) FROM outbox`); n != 5 {
		t.Errorf("%d messages", n)
	}
}

func TestTheSessionOfSomebodyElseEndsWhenAnotherPersonEnters(t *testing.T) { // ASVS 7.2.4
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	u, _ := url.Parse(s.url)
	kept := webtest.New(t)
	kept.HTTP.Jar.SetCookies(u, b.HTTP.Jar.Cookies(u))
	kept.Get(s.url + "/session").Expect(http.StatusOK)

	s.idp.attributes = ada()
	s.idp.attributes["spidCode"], s.idp.attributes["name"], s.idp.attributes["fiscalNumber"] = "TEST123456789B", "Bruno", "TINIT-PRVBRN80A01H501K"
	p := b.Get(s.start("")).Expect(http.StatusOK, "Stai entrando come Bruno")
	b.Submit(p.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
	kept.Get(s.url + "/session").Expect(http.StatusUnauthorized)
}

func TestAbandonedLoginsLeaveNoRows(t *testing.T) {
	s := newStage(t)
	before := s.db.Commits()
	for range 50 {
		b := s.browser()
		login := b.Get(s.url + "/test/begin?state=x")
		b.NoRedirect = true
		b.Get(login.Link("Identità Uno"))
	}
	if n := s.db.Commits() - before; n != 0 {
		t.Errorf("%d commits", n)
	}
}
