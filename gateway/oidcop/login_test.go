package oidcop_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/gateway/oidcop"
	"atrio/people/person"
)

func TestASessionAnswersWithoutALoginOnlyWhenItSuffices(t *testing.T) {
	cases := []struct {
		name    string
		client  string
		session person.Level // 0: nobody is signed in
		age     time.Duration
		pairs   []string
		// want is "code", "login" or the error told to the service.
		want  string
		level person.Level
	}{
		{"signed in", "portale", 1, 0, nil, "code", 0},
		{"nobody", "portale", 0, 0, nil, "login", 1},
		{"nobody, in silence", "portale", 0, 0, []string{"prompt", "none"}, "login_required", 0},
		{"signed in, in silence", "portale", 2, time.Hour, []string{"prompt", "none"}, "code", 0},
		{"nobody, to be asked", "portale", 0, 0, []string{"prompt", "login"}, "login", 1},
		{"nobody, not older than", "portale", 0, 0, []string{"max_age", "60"}, "login", 1},
		{"silence with company", "portale", 2, 0, []string{"prompt", "none login"}, "invalid_request", 0},
		{"anew", "portale", 2, 0, []string{"prompt", "login"}, "login", 1},
		{"another account", "portale", 2, 0, []string{"prompt", "select_account"}, "login", 1},
		{"consent is of the register", "portale", 2, 0, []string{"prompt", "consent"}, "code", 0},
		{"young enough", "portale", 2, 59 * time.Second, []string{"max_age", "60"}, "code", 0},
		{"too old", "portale", 2, 61 * time.Second, []string{"max_age", "60"}, "login", 1},
		{"too old, in silence", "portale", 2, 61 * time.Second, []string{"max_age", "60", "prompt", "none"}, "login_required", 0},
		{"max_age is no number", "portale", 2, 0, []string{"max_age", "x"}, "invalid_request", 0},
		{"max_age is negative", "portale", 2, 0, []string{"max_age", "-1"}, "invalid_request", 0},
		{"service of level 2 at level 1", "app", 1, 0, nil, "login", 2},
		{"service of level 2 at level 2", "app", 2, 0, nil, "code", 0},
		{"step up", "portale", 1, 0, []string{"acr_values", "https://www.spid.gov.it/SpidL2"}, "login", 2},
		{"step up, in silence", "portale", 1, 0, []string{"acr_values", "https://www.spid.gov.it/SpidL2", "prompt", "none"}, "login_required", 0},
		{"first known acr value counts", "portale", 2, 0, []string{"acr_values", "urn:other https://www.spid.gov.it/SpidL2 https://www.spid.gov.it/SpidL3"}, "code", 0},
		{"unknown acr values are ignored", "portale", 1, 0, []string{"acr_values", "1 2"}, "code", 0},
		{"acr below the register", "app", 1, 0, []string{"acr_values", "https://www.spid.gov.it/SpidL1"}, "login", 2},
		{"unknown parameters are ignored", "portale", 1, 0, []string{"extra", "foobar", "display", "popup", "ui_locales", "it", "claims_locales", "it", "login_hint", "ada"}, "code", 0},
		{"unknown scopes are ignored", "portale", 1, 0, []string{"scope", "openid address offline_access"}, "code", 0},
		{"no nonce", "portale", 1, 0, []string{"nonce", "-"}, "code", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			b := &browser{h: h}
			if c.session > 0 {
				b = h.signedIn(c.session)
				h.calendar.forward(c.age)
			}
			res := b.open(authorizeURL(ask(c.client, c.pairs...)))
			if c.want == "login" {
				want := oidcop.Destination{Service: c.client, Level: c.level, Fresh: c.session > 0 || len(c.pairs) > 0 && c.pairs[0] != "acr_values"}
				h.desk.expect(t, want)
				return
			}
			q := answer(t, res)
			if q.Get("state") != "stato" || q.Get("iss") != h.url || len(h.desk.begun) > 0 {
				t.Errorf("answer %v", q)
			}
			if got := q.Get("error"); c.want == "code" && q.Get("code") == "" || c.want != "code" && got != c.want {
				t.Errorf("answer %v, want %s", q, c.want)
			}
		})
	}
}

// expect: just one login was begun, like this.
func (d *desk) expect(t *testing.T, want oidcop.Destination) {
	t.Helper()
	if len(d.begun) != 1 {
		t.Fatalf("%d logins", len(d.begun))
	}
	if want.Resume = d.begun[0].Resume; d.begun[0] != want {
		t.Fatalf("login %+v, want %+v", d.begun[0], want)
	}
}

func TestReentryAfterALoginAnswersOnce(t *testing.T) {
	for _, pairs := range [][]string{{"prompt", "login"}, {"max_age", "0"}, {"prompt", "login", "max_age", "1"}, {"prompt", "select_account"}, {}} {
		h := newHouse(t)
		next := atLevel(person.Level2)
		h.desk.next = &next
		b := h.signedIn(person.Level1)
		if len(pairs) == 0 {
			b = &browser{h: h}
		}
		h.calendar.forward(time.Hour)
		q := answer(t, b.open(authorizeURL(ask("portale", pairs...))))
		if q.Get("code") == "" || len(h.desk.begun) != 1 {
			t.Errorf("%v: %d logins, answer %v", pairs, len(h.desk.begun), q)
		}
	}
}

func TestReentryWithoutTheLoginThatWasAskedForEndsWithAnAnswer(t *testing.T) {
	for _, c := range []struct {
		client  string
		pairs   []string
		session person.Level
		want    string
	}{
		{"portale", []string{"prompt", "login"}, 2, "login_required"},
		{"portale", []string{"max_age", "0"}, 2, "login_required"},
		{"app", nil, 1, "unmet_authentication_requirements"},
		// acr_values is a wish: the answer tells the level. OIDC-core 3.1.2.1
		{"portale", []string{"acr_values", "https://www.spid.gov.it/SpidL3"}, 2, ""},
	} {
		h := newHouse(t)
		h.desk.lazy = true
		b := h.signedIn(c.session)
		h.calendar.forward(time.Minute)
		q := answer(t, b.open(authorizeURL(ask(c.client, c.pairs...))))
		if q.Get("error") != c.want || len(h.desk.begun) != 1 || (c.want == "") != (q.Get("code") != "") {
			t.Errorf("%v: %d logins, answer %v", c.pairs, len(h.desk.begun), q)
		}
	}
}

func TestTheMarkOfALoginCannotBeForgedMovedOrKept(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn(person.Level2)
	h.calendar.forward(time.Minute)
	b.open(authorizeURL(ask("portale", "prompt", "login")))
	resume, err := url.ParseQuery(h.desk.begun[0].Resume)
	if err != nil {
		t.Fatal(err)
	}
	b.cookie = h.desk.signIn(atLevel(2)) // a login after the request
	again := func(change func(url.Values)) bool {
		q := url.Values{}
		for k, v := range resume {
			q[k] = v
		}
		change(q)
		before := len(h.desk.begun)
		b.open(authorizeURL(q))
		return len(h.desk.begun) > before
	}
	if again(func(url.Values) {}) {
		t.Error("the genuine mark satisfies prompt=login")
	}
	if !again(func(q url.Values) { q.Set("login_began", "1."+strings.Split(q.Get("login_began"), ".")[1]) }) {
		t.Error("an earlier instant with the mark of another")
	}
	if !again(func(q url.Values) { q.Set("state", "altro") }) {
		t.Error("the mark of another request")
	}
	if !again(func(q url.Values) { q.Set("login_began", "x") }) {
		t.Error("no mark at all")
	}
	h.calendar.forward(25 * time.Hour)
	if !again(func(url.Values) {}) {
		t.Error("a mark of yesterday")
	}
}

func TestAHintOfAnotherPersonAsksForALogin(t *testing.T) {
	h := newHouse(t)
	hint := h.redeem("portale", exchangeForm("portale", h.codeFor("portale"))).IDToken
	foreign := h.redeem("vecchio", exchangeForm("vecchio", h.codeFor("vecchio"))).IDToken
	other := atLevel(person.Level2)
	other.Account = "b2"
	if q := answer(t, h.signedIn(2).open(authorizeURL(ask("portale", "prompt", "none", "id_token_hint", hint)))); q.Get("code") == "" {
		t.Errorf("the same person: %v", q)
	}
	b := &browser{h: h, cookie: h.desk.signIn(other)}
	if q := answer(t, b.open(authorizeURL(ask("portale", "prompt", "none", "id_token_hint", hint)))); q.Get("error") != "login_required" {
		t.Errorf("another person: %v", q)
	}
	if q := answer(t, b.open(authorizeURL(ask("portale", "id_token_hint", foreign)))); q.Get("error") != "invalid_request" {
		t.Errorf("a hint of another service: %v", q)
	}
}

func TestARequestMayBePosted(t *testing.T) { // OIDC-core 3.1.2.1
	h := newHouse(t)
	if q := answer(t, h.signedIn(2).crossPost(oidcop.AuthorizePath, ask("portale", "prompt", "none"))); q.Get("code") == "" {
		t.Errorf("answer %v", q)
	}
	if q := answer(t, h.signedIn(2).crossPost(oidcop.AuthorizePath, ask("portale", "request", "x"))); q.Get("error") != "request_not_supported" {
		t.Errorf("answer %v", q)
	}
}

func TestALoginIsNewWhenItsSessionIsWhateverTheClockOfTheProvider(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn(person.Level2)
	h.calendar.forward(time.Minute)
	b.open(authorizeURL(ask("portale", "prompt", "login")))
	b.cookie = h.desk.signIn(atLevel(2))
	late := h.desk.sessions[b.cookie.Value]
	late.AuthTime = late.AuthTime.Add(-2 * time.Minute)
	h.desk.sessions[b.cookie.Value] = late
	if q := answer(t, b.open(oidcop.AuthorizePath+"?"+h.desk.begun[0].Resume)); q.Get("code") == "" {
		t.Errorf("answer %v", q)
	}
}

func TestWhatTheLoginCarriesStaysSmall(t *testing.T) {
	h := newHouse(t)
	b := &browser{h: h}
	res := b.open(authorizeURL(ask("portale", "extra", strings.Repeat("x", 3000))))
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || string(body) != "chi sei?" {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	if n := len(h.desk.begun[0].Resume); n > 512 {
		t.Errorf("an ordinary request resumes with %d bytes", n)
	}
}
