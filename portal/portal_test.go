package portal_test

import (
	"fmt"
	"strings"
	"testing"

	"atrio/base/setting"
	"atrio/portal"
	"atrio/portal/login"
	"atrio/web/webtest"
)

func TestTheConfigurationNamesEveryMistake(t *testing.T) {
	if got := fmt.Sprint(portal.Config{}.Validate()); strings.Count(got, "is missing") != 3 || !strings.Contains(got, "portal.login.client_secret") {
		t.Errorf("an empty configuration: %s", got)
	}
	for _, issuer := range []string{"login.example.it", "ftp://login.example.it", "https://", "https://u@login.example.it", "%"} {
		c := portal.Config{Login: login.Config{Issuer: issuer, ClientID: "a", ClientSecret: setting.Secret("b")}}
		if faults := c.Validate(); len(faults) != 1 {
			t.Errorf("%s: %v", issuer, faults)
		}
	}
}

func TestTheFrameShowsWhereOneIsAndWhoIsIn(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	for path, name := range map[string]string{"/": "Home", "/courses": "Tutti i corsi", "/help": "Aiuto"} {
		p := c.Get(w.url + path).Expect(200)
		if got := p.Text("nav.atrio-nav a[aria-current=page]"); got != name {
			t.Errorf("%s: current is %q", path, got)
		}
		if p.Find("form.atrio-logout") != nil {
			t.Errorf("%s: a stranger is offered to sign out", path)
		}
	}
	in := w.complete()
	p := in.Get(w.url + "/courses/statica")
	if p.Find("[aria-current=page]") != nil || p.Text(".atrio-user a") != "Bianca Esempio" || p.Find("form.atrio-logout[method=post]") == nil {
		t.Errorf("header %q", p.Text("header"))
	}
	in.Get(w.url+"/?lang=en").Expect(200, "Courses open now", "Sign out")
}

func TestDaysBeginAtMidnightInItaly(t *testing.T) {
	w := begin(t)
	w.now = w.now.AddDate(0, 1, 9).Add(13*60*60*1e9 + 59*60*1e9) // 31 December, 23:59 in Italy
	c := webtest.New(t)
	c.Get(w.url+"/courses?state=open").Expect(200, "1 corso su 2")
	w.now = w.now.Add(60 * 1e9)
	c.Get(w.url+"/courses?state=open").Expect(200, "0 corsi su 2")
}
