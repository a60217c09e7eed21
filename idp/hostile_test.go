package idp_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/idp/idpdb"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// random are the parts of a page that differ at every request by design.
var random = regexp.MustCompile(`/login/[A-Za-z0-9_-]{22}|[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}`)

func TestUnknownAndKnownUsersGetTheSamePage(t *testing.T) {
	w := newWorld(t)
	var bodies, commits []string
	for _, userID := range []string{ada, stranger, dario} {
		v := w.level(webtest.New(t), spid.L2)
		before := w.db.Commits()
		v.password(userID, "sbagliata")
		v.page.Expect(http.StatusUnprocessableEntity)
		body := random.ReplaceAllString(v.page.Body, "")
		bodies = append(bodies, regexp.MustCompile(regexp.QuoteMeta(userID)).ReplaceAllString(body, "USER"))
		commits = append(commits, fmt.Sprint(w.db.Commits()-before))
	}
	for n := range bodies {
		if bodies[n] != bodies[0] || commits[n] != commits[0] {
			t.Errorf("page %d differs (commits %v)\n%s\n%s", n, commits, bodies[0], bodies[n])
		}
	}
	// And the same after the limit.
	for _, userID := range []string{ada, stranger} {
		v := w.level(webtest.New(t), spid.L2)
		for range 5 {
			v.password(userID, "sbagliata")
		}
		v.expectAnomaly(19)
	}
}

func TestParallelRightCodesGiveOneSuccess(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		code := w.totp()
		const tries = 10
		var visits []*visit
		for range tries {
			visits = append(visits, w.level(webtest.New(t), spid.L2).password(ada, secret))
		}
		var wg sync.WaitGroup
		statuses := make([]int, tries)
		for n, v := range visits {
			form := v.page.FormWith("code").Fill("code", code)
			wg.Go(func() {
				p, err := v.browser.Do(form.Method, form.Action, form.Values, v.page)
				if err == nil {
					statuses[n] = p.Status
				}
			})
		}
		wg.Wait()
		count := map[int]int{}
		for _, s := range statuses {
			count[s]++
		}
		if count[http.StatusOK] != 1 || count[http.StatusUnprocessableEntity] != tries-1 {
			t.Errorf("statuses %v", count)
		}
	})
}

func TestParallelConsentsGiveOneAnswer(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		v := w.level(webtest.New(t), spid.L1).password(carla, secret)
		form := v.page.FormWith("consent").Fill("consent", "yes")
		cookies := v.browser.HTTP.Jar.Cookies(v.page.URL)
		statuses := make([]int, 8)
		var wg sync.WaitGroup
		for n := range statuses {
			browser := webtest.New(t)
			browser.HTTP.Jar.SetCookies(v.page.URL, cookies)
			wg.Go(func() {
				if p, err := browser.Do(form.Method, form.Action, form.Values, v.page); err == nil {
					statuses[n] = p.Status
				}
			})
		}
		wg.Wait()
		count := map[int]int{}
		for _, s := range statuses {
			count[s]++
		}
		if count[http.StatusOK] != 1 || count[http.StatusGone] != len(statuses)-1 {
			t.Errorf("statuses %v", count)
		}
	})
}

func TestAnAttackerCannotLockOutTheHolder(t *testing.T) {
	w := newWorld(t)
	own := webtest.New(t)
	w.level(own, spid.L1).password(carla, secret).press("consent", "yes").login()
	for range 8 {
		v := w.level(webtest.New(t), spid.L2)
		for range 4 {
			v.password(carla, "sbagliata")
		}
		v.cancel()
	}
	v := w.level(webtest.New(t), spid.L2)
	v.password(carla, secret).page.Expect(http.StatusTooManyRequests, "Troppi tentativi non riusciti")
	w.level(own, spid.L2).password(carla, secret).expectAnomaly(20)
	// Whether the User ID exists cannot be told from the wait.
	for range 4 {
		v := w.level(webtest.New(t), spid.L2)
		for range 3 {
			v.password(stranger, "sbagliata")
		}
	}
	w.level(webtest.New(t), spid.L2).password(stranger, secret).page.Expect(http.StatusTooManyRequests, "Troppi tentativi non riusciti")
}

// A01: who has the password and guesses codes ends the login, and the holder is told, once a
// day; of wrong passwords, which anybody can type, nobody is.
func TestA01CodesGuessedAfterTheRightPasswordAreToldToTheHolder(t *testing.T) {
	w := newWorld(t)
	guess := func(tries func(v *visit)) {
		t.Helper()
		v := w.level(webtest.New(t), spid.L2)
		tries(v)
		v.expectAnomaly(19)
	}
	guess(func(v *visit) {
		for range 5 {
			v.password(ada, "sbagliata")
		}
	})
	if n := len(w.mails(ada)); n != 0 {
		t.Fatalf("%d mails about wrong passwords", n)
	}
	codes := func(v *visit) {
		v.password(ada, secret)
		for range 5 {
			v.code("000000")
		}
	}
	guess(codes)
	guess(codes)
	warned := w.mails(ada)
	if len(warned) != 1 || !strings.Contains(warned[0], "qualcuno ha scritto la tua password giusta e poi troppi codici sbagliati") || !strings.Contains(warned[0], "/account/suspend") {
		t.Errorf("%q", warned)
	}
	w.told(adaPhone, "password giusta e codici sbagliati")
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'spid_identity.warned' AND subject = $1`, w.id(ada)); n != 1 {
		t.Errorf("%d lines", n)
	}
	w.clock.Advance(24 * time.Hour)
	guess(codes)
	if n := len(w.mails(ada)); n != 2 {
		t.Errorf("%d mails after a day", n)
	}
}

// A01: so is who gives each login up before its last try, and guesses on in the next.
func TestA01GuessesOverManyLoginsAreToldToTheHolder(t *testing.T) {
	w := newWorld(t)
	for range 6 {
		v := w.level(webtest.New(t), spid.L2).password(ada, secret)
		for range 4 {
			v.code("000000")
		}
		v.cancel().expectAnomaly(25)
	}
	if !w.audit.has("throttled") {
		t.Fatal("nothing bounds the codes of a day")
	}
	w.told(ada, "qualcuno ha scritto la tua password giusta e poi troppi codici sbagliati")
}

func TestALoginBelongsToItsBrowser(t *testing.T) {
	w := newWorld(t)
	v := w.level(webtest.New(t), spid.L2)
	webtest.New(t).Get(v.page.URL.String()).Expect(http.StatusGone, "con un altro browser")
	webtest.New(t).Get(w.base + "/login/breve").Expect(http.StatusGone)
	// Steps cannot be skipped: the address of a later page leads to the present one.
	v.browser.Get(v.page.URL.String()+"/consent").Expect(http.StatusOK, "User ID")
	p, err := v.browser.Do("POST", v.page.URL.String()+"/consent", url.Values{"consent": {"yes"}}, v.page)
	if err != nil {
		t.Fatal(err)
	}
	p.Expect(http.StatusOK, "User ID")
}

func TestTheOldestOfFourLoginsGivesWay(t *testing.T) {
	w := newWorld(t)
	browser := webtest.New(t)
	var open []*visit
	for range 4 {
		open = append(open, w.level(browser, spid.L1))
		w.clock.Advance(1e9)
	}
	open[0].password(carla, secret).page.Expect(http.StatusGone, "più di tre")
	for _, v := range open[1:] {
		browser.Get(v.page.URL.String()).Expect(http.StatusOK, "User ID")
	}
}

func TestMalformedFormsGetAPageAndNoTry(t *testing.T) {
	w := newWorld(t)
	v := w.level(webtest.New(t), spid.L2)
	v.password("", "").page.Expect(http.StatusUnprocessableEntity, "Scrivi la password")
	v.password("non-un-indirizzo", "x").page.Expect(http.StatusUnprocessableEntity, "4 tentativi")
	for _, values := range []url.Values{
		{"username": {"a", "b"}, "password": {"x"}},
		{"username": {"a\x00"}, "password": {"x"}},
	} {
		p, err := v.browser.Do("POST", v.page.URL.String(), values, v.page)
		if err != nil {
			t.Fatal(err)
		}
		p.Expect(http.StatusBadRequest)
	}
}
