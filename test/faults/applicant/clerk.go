package applicant

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"atrio/authn/passkey/passkeytest"
	"atrio/base/notify"
	"atrio/idp/backoffice/operator/operatortest"
	"atrio/test/faults/rig"
	"atrio/web/webtest"
)

// Staff are operators of the provider with their keys, by address.
type Staff map[string]*passkeytest.Device

// Whom applicants meet: at a Point, and in a session.
const (
	carla = "carla.prova@punto.example.org"
	vera  = "vera.prova@gestore.example.org"
)

var invitation = regexp.MustCompile(`http://\S+/operator/invitation\?link=\S+`)

// Hire makes the keys of those whom applicants meet, by the invitations of a first start.
func Hire(t testing.TB, d *rig.Demo) Staff {
	t.Helper()
	s := Staff{}
	for _, who := range []string{carla, vera} {
		var link string
		rig.Until(t, "an invitation", func() bool {
			for _, m := range d.Inbox() {
				if m.Channel == notify.Mail && m.To == who {
					link = invitation.FindString(m.Text)
				}
			}
			return link != ""
		})
		s[who] = passkeytest.New(t, d.IdP())
		b := webtest.New(t)
		p := b.Get(link)
		b.Submit(p.FormWith("answer"), "label", "chiave di prova", "answer", s[who].Create(t, operatortest.Question(p))).Expect(http.StatusOK)
	}
	return s
}

// desk is an operator at a screen, while an applicant is with them.
type desk struct {
	a       *Applicant
	key     *passkeytest.Device
	browser *rig.Browser
	page    *rig.Page
	closed  bool // the applicant is not at this desk any more
}

// meets has an operator do what their pages ask for, until the applicant is gone. does says
// what that is, note reads what an answer acknowledges.
func (a *Applicant) meets(who string, does func(k *desk) (string, rig.Request), note func(k *desk, p *rig.Page)) {
	a.t.Helper()
	k := &desk{a: a, key: a.Staff[who], browser: rig.NewBrowser(a.t)}
	k.browser.Seen = func(r rig.Request, p *rig.Page) {
		if p.Status >= http.StatusInternalServerError {
			a.t.Errorf("%s %s answered %d\n%s", r.Method, p.URL, p.Status, p.Text("main"))
		}
		note(k, p)
	}
	for range 2 * maxSteps {
		if k.closed {
			return
		}
		name, r := k.asked(does)
		a.Steps = append(a.Steps, name)
		k.page = a.Fault.Walk(a.t, name, r, a.Demo, k.browser, a.back)
	}
	a.t.Fatalf("no end after the steps %v, at %s\n%s", a.Steps, k.page.URL, k.page.Text("main"))
}

// asked answers the pages that ask for the key, and does everything else.
func (k *desk) asked(does func(k *desk) (string, rig.Request)) (string, rig.Request) {
	k.a.t.Helper()
	if k.page == nil || k.page.Find("form[data-passkey]") == nil {
		return does(k)
	}
	f, name := k.page.Form("form[data-passkey]"), "key"
	if strings.HasSuffix(f.Action, "/identify") {
		name = "identify"
	}
	return name, rig.Send(f, k.page, "answer", k.key.Get(k.a.t, operatortest.Question(k.page)))
}

// open opens a page of operators.
func (k *desk) open(path string) (string, rig.Request) {
	return "open", rig.Get(k.a.Demo.IdP() + path)
}

// press sends a form of the page; an address.
func (k *desk) press(name, action string, pairs ...string) (string, rig.Request) {
	k.a.t.Helper()
	return name, rig.Send(k.page.Form("form[action="+action+"]"), k.page, pairs...)
}

// ticked is a form with every box of what was seen.
func (k *desk) ticked(name, action string) (string, rig.Request) {
	k.a.t.Helper()
	f := k.page.Form("form[action=" + action + "]")
	for _, field := range f.Fields() {
		if strings.HasPrefix(field, "tick_") {
			f.Fill(field, "on")
		}
	}
	return name, rig.Send(f, k.page)
}
