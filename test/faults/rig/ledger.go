package rig

import (
	"net/http"
	"strings"
	"testing"

	"atrio/web/webtest"
)

// Ledger is what the program acknowledged to one person: from then on it must be
// there. A fact is written the moment the answer is complete, before the browser
// goes on.
type Ledger struct {
	Account  bool // the account was made, its mail is on the way
	Profile  bool // the profile was saved
	Terms    bool // privacy and terms were accepted
	Enrolled bool // the enrolment was taken
	SMS      bool // a code by SMS was announced
	// Code is the Codice Persona that was shown.
	Code string
}

// note reads the facts that an answer states.
func (l *Ledger) note(t testing.TB, d *Demo, r Request, p *webtest.Page) {
	t.Helper()
	if p.Status >= http.StatusInternalServerError {
		t.Errorf("%s %s answered %d\n%s", r.Method, p.URL, p.Status, p.Text("main"))
	}
	address, _, _ := strings.Cut(r.Address, "?")
	to := p.Header.Get("Location")
	if r.Method == http.MethodPost && p.Status == http.StatusSeeOther {
		switch {
		case address == d.Gateway()+"/welcome" && strings.HasPrefix(to, "/welcome/done"):
			l.Account = true
		case address == d.Portal()+"/profile":
			l.Profile = true
		case address == d.Portal()+"/welcome/terms":
			l.Terms = true
		case strings.HasPrefix(address, d.Portal()+"/courses/") && strings.HasSuffix(address, "/enrol") && !strings.HasPrefix(to, "/login"):
			l.Enrolled = true
		}
	}
	if webtest.Attr(p.Find("input[name=method]"), "value") == "sms" && p.Status == http.StatusOK {
		l.SMS = true
	}
	if code := p.Text("#codice-persona"); code != "" {
		if l.Code != "" && l.Code != code {
			t.Errorf("the Codice Persona was %s and is now %s", l.Code, code)
		}
		l.Code = code
	}
}
