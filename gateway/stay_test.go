package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/setting"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/web/webtest"
)

// newStayStage is a stage on which Noor has a second factor.
func newStayStage(t *testing.T, d *db.DB, change func(*gateway.Config)) *stage {
	s := newStageWith(t, d, func(s *stage, _ *gateway.Deps) {
		if change != nil {
			change(&s.config)
		}
	})
	s.plant()
	b := s.browser()
	s.typeIn(b, noor, secret).Expect(http.StatusOK, "Il mio account")
	s.key = s.app(b)
	s.clock.Advance(time.Hour) // that session is over
	return s
}

// both types the code of the app when the page asks for it.
func (s *stage) both(b *webtest.Client, p *webtest.Page) *webtest.Page {
	s.t.Helper()
	p.Expect(http.StatusOK, "Inserisci il codice dell’app")
	return b.Submit(p.FormWith("code"), "code", s.code(s.key)).Expect(http.StatusOK, "Il mio account")
}

func newStay(t *testing.T) *stage {
	return newStayStage(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()), nil)
}

// stayIn enters with "Resta connesso".
func (s *stage) stayIn(b *webtest.Client) *webtest.Page {
	s.t.Helper()
	p := b.Submit(b.Get(s.url+"/login").FormWith("password"), "code", string(noor), "password", secret, "stay", "on")
	if s.key == nil {
		return p.Expect(http.StatusOK, "Il mio account")
	}
	return s.both(b, p)
}

// restart closes the browser: what has no end of its own is gone.
func (s *stage) restart(b *webtest.Client) {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range b.HTTP.Jar.Cookies(u) {
		if !strings.HasSuffix(c.Name, "_stay") && !strings.Contains(c.Name, "_known_") {
			b.HTTP.Jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Path: "/", MaxAge: -1}})
		}
	}
}

// stays tells whether the login page offers to go on without the password.
func (s *stage) stays(b *webtest.Client) bool {
	s.t.Helper()
	return b.Get(s.url + "/login").Has("Continua come Noor Esempio")
}

// G1.3: the password stays over a restart of the browser, for its time, and is told as
// old as it is.
func TestAPasswordStaysInABrowser(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newStayStage(t, d, nil)
		b := s.browser()
		typed := s.clock.Now()
		s.stayIn(b)
		s.restart(b)
		s.clock.Advance(29 * 24 * time.Hour)
		b.Get(s.url + "/session").Expect(http.StatusUnauthorized)
		p := b.Get(s.url+"/test/begin?state=xyz&level=1").Expect(http.StatusOK, "Continua come Noor Esempio")
		p = b.Submit(p.FormWith("go"), "go", "yes")
		if p.URL.Path != "/oidc/authorize" || p.URL.RawQuery != "state=xyz" {
			t.Fatalf("led to %s", p.URL)
		}
		var told struct {
			ACR      string
			AuthTime time.Time `json:"auth_time"`
		}
		if err := json.Unmarshal([]byte(b.Get(s.url+"/session").Expect(http.StatusOK).Body), &told); err != nil {
			t.Fatal(err)
		}
		if told.ACR != "https://refeds.org/profile/sfa" || !told.AuthTime.Equal(typed) {
			t.Errorf("%+v, typed at %v", told, typed)
		}
		// It is no fresh proof of who is here. // ASVS 7.5.1
		s.both(b, b.Get(s.url+"/account/closing"))
		b.Get(s.url+"/account/closing").Expect(http.StatusOK, "Per sicurezza, entra di nuovo")
		b.Get(s.url+"/account/history").Expect(http.StatusOK, "“Resta connesso” attivato")
		s.restart(b)
		s.clock.Advance(24 * time.Hour)
		if s.stays(b) {
			t.Error("it outlives its time")
		}
		if err := s.store.Purge(t.Context(), s.clock.Now()); err != nil || s.count(`SELECT count(*) FROM stay`) != 0 {
			t.Errorf("a row is left: %v", err)
		}
	})
}

func TestWithoutASecondFactorNobodyStays(t *testing.T) {
	s := newStage(t)
	s.plant()
	b := s.browser()
	s.stayIn(b).Expect(http.StatusOK, "Per restare connesso serve un secondo fattore")
	s.restart(b)
	if s.stays(b) || s.count(`SELECT count(*) FROM stay`) != 0 {
		t.Error("the password stays")
	}
	// Nor where the institution does not want it, or where the person did not ask.
	s = newStayStage(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()), func(c *gateway.Config) { c.Password.NoStay = true })
	s.stayIn(s.browser())
	other := newStay(t)
	other.both(b, other.typeIn(b, noor, secret))
	if s.count(`SELECT count(*) FROM stay`)+other.count(`SELECT count(*) FROM stay`) != 0 {
		t.Error("the password stays unasked")
	}
}

// G1.3: a service that wants a fresh login gets one.
func TestAFreshLoginTypesThePasswordAgain(t *testing.T) {
	s := newStay(t)
	b := s.browser()
	s.stayIn(b)
	s.restart(b)
	logins := s.count(`SELECT count(*) FROM audit WHERE action = $1`, audit.LoginSucceeded)
	p := b.Get(s.authorize("mooc") + "&prompt=login")
	if p.Has("Continua come") {
		t.Error("the login page offers to go on without the password")
	}
	form := b.Get(s.url + "/login").FormWith("go")
	form.Action = s.url + "/login/stay?" + p.URL.RawQuery
	b.Submit(form, "go", "yes").Expect(http.StatusOK, "scrivi Codice Persona e password")
	if n := s.count(`SELECT count(*) FROM audit WHERE action = $1`, audit.LoginSucceeded); n != logins {
		t.Error("a session was opened")
	}
}

// G1.3: seen and ended by the person, and by every security event.
func TestAStayEnds(t *testing.T) {
	for name, end := range map[string]func(s *stage, b *webtest.Client){
		"with the logout": func(s *stage, b *webtest.Client) {
			p := b.Get(s.url + "/login")
			p = s.both(b, b.Submit(p.FormWith("go"), "go", "yes"))
			b.Submit(p.Form(".atrio-logout"))
		},
		"on the login page": func(s *stage, b *webtest.Client) {
			p := b.Get(s.url + "/login")
			b.Submit(p.FormWith("forget"), "forget", "yes").Expect(http.StatusOK, "la password verrà chiesta di nuovo")
		},
		"by the owner elsewhere": func(s *stage, b *webtest.Client) {
			c := s.browser()
			s.both(c, s.typeIn(c, noor, secret))
			p := c.Get(s.url+"/account/sessions").Expect(http.StatusOK, "Dove resti connesso")
			c.Submit(p.FormWith("stay")).Expect(http.StatusOK, "In quel browser la password verrà chiesta di nuovo")
			c.Submit(p.FormWith("stay")).Expect(http.StatusOK) // twice is once
		},
		"with the password": func(s *stage, b *webtest.Client) {
			c := s.browser()
			s.both(c, s.typeIn(c, noor, secret))
			p := c.Get(s.url + "/account/password")
			c.Submit(p.FormWith("current"), "current", secret, "password", another, "again", another).Expect(http.StatusOK)
		},
		"with a password that came by mail": func(s *stage, b *webtest.Client) {
			s.lost(s.browser(), "noor@posta.example.it")
			c := s.browser()
			p := c.Get(linkIn.FindString(s.mail("noor@posta.example.it")))
			c.Submit(p.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK)
		},
		"with the account": func(s *stage, b *webtest.Client) {
			s.change(`UPDATE account SET state = 'frozen'`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStay(t)
			b := s.browser()
			s.stayIn(b)
			s.restart(b)
			if !s.stays(b) {
				t.Fatal("the password does not stay")
			}
			form := b.Get(s.url + "/login").FormWith("go")
			end(s, b)
			if s.stays(b) {
				t.Error("it stays all the same")
			}
			sessions := s.count(`SELECT count(*) FROM session`)
			b.Submit(form, "go", "yes").Expect(http.StatusOK, "scrivi Codice Persona e password")
			if s.count(`SELECT count(*) FROM session`) != sessions {
				t.Error("it opens a session")
			}
			if n := s.count(`SELECT count(*) FROM audit WHERE action = $1`, audit.StayEnded); n != 1 && name != "with the account" {
				t.Errorf("%d audit lines", n)
			}
		})
	}
}

func TestAnExpiredPasswordDoesNotStay(t *testing.T) {
	s := newStayStage(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()), func(c *gateway.Config) {
		c.Password.MaxAge, c.Password.Stay = setting.Duration(30*24*time.Hour), setting.Duration(60*24*time.Hour)
	})
	b := s.browser()
	s.stayIn(b)
	s.restart(b)
	s.clock.Advance(31 * 24 * time.Hour)
	p := b.Get(s.url + "/login")
	b.Submit(p.FormWith("go"), "go", "yes").Expect(http.StatusOK, "La tua password è scaduta")
}

func TestAForgedStayIsNobody(t *testing.T) {
	s := newStay(t)
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"x", strings.Repeat("A", 43), strings.Repeat("A", 4000)} {
		b := s.browser()
		b.HTTP.Jar.SetCookies(u, []*http.Cookie{{Name: "atrio_gateway_stay", Value: value, Path: "/"}})
		if s.stays(b) {
			t.Errorf("%.10q is somebody", value)
		}
		form := b.Get(s.url + "/login").FormWith("password")
		form.Action, form.Values = s.url+"/login/stay", url.Values{"go": {"yes"}}
		b.Submit(form).Expect(http.StatusOK, "scrivi Codice Persona e password")
	}
}
