package applicant

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"atrio/authn/passkey/passkeytest"
	"atrio/base/notify"
	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/operator/operatortest"
	"atrio/test/faults/rig"
	"atrio/web/webtest"
)

// Staff are operators of the provider with their keys, by address.
type Staff map[string]*passkeytest.Device

// carla works at a Point.
const carla = "carla.prova@punto.example.org"

var invitation = regexp.MustCompile(`http://\S+/operator/invitation\?link=\S+`)

// Hire makes the keys of those whom applicants meet, by the invitations of a first start.
func Hire(t testing.TB, d *rig.Demo) Staff {
	t.Helper()
	key := passkeytest.New(t, d.IdP())
	var link string
	rig.Until(t, "an invitation", func() bool {
		for _, m := range d.Inbox() {
			if m.Channel == notify.Mail && m.To == carla {
				link = invitation.FindString(m.Text)
			}
		}
		return link != ""
	})
	b := webtest.New(t)
	p := b.Get(link)
	b.Submit(p.FormWith("answer"), "label", "chiave di prova", "answer", key.Create(t, operatortest.Question(p))).Expect(200)
	return Staff{carla: key}
}

// signedByCode begins what a desk says of a contract that is signed.
const signedByCode = "Firmato con il codice il"

// desk is an operator at a screen, with the request of an applicant who stands before them.
type desk struct {
	a       *Applicant
	path    string // of the request
	key     *passkeytest.Device
	browser *rig.Browser
	page    *rig.Page
	closed  bool // the request is not at this desk any more
}

// meets has an operator do what their pages ask for, until the request is not theirs any more.
func (a *Applicant) meets(who string) {
	a.t.Helper()
	k := &desk{a: a, path: "/operator/point/" + a.Known.Number, key: a.Staff[who], browser: rig.NewBrowser(a.t)}
	k.browser.Seen = func(r rig.Request, p *rig.Page) { k.note(r, p) }
	for range maxSteps {
		if k.closed {
			return
		}
		name, r := k.next()
		a.Steps = append(a.Steps, name)
		k.page = a.Fault.Walk(a.t, name, r, a.Demo, k.browser, a.back)
	}
	a.t.Fatalf("no end after the steps %v, at %s\n%s", a.Steps, k.page.URL, k.page.Text("main"))
}

// next is what the page of the operator asks for.
func (k *desk) next() (string, rig.Request) {
	k.a.t.Helper()
	open := rig.Get(k.a.Demo.IdP() + k.path)
	p := k.page
	switch {
	case p == nil:
		return "open the request", open
	case p.Find("form[data-passkey]") != nil:
		name := "key"
		if f := p.Form("form[data-passkey]"); strings.HasSuffix(f.Action, "/identify") {
			name = "identify at the desk"
		}
		return name, rig.Send(p.Form("form[data-passkey]"), p, "answer", k.key.Get(k.a.t, operatortest.Question(p)))
	case p.URL.Path != k.path && !strings.HasPrefix(p.URL.Path, k.path+"/"):
		return "open the request", open
	case p.Status == 404: // nothing of that number is for this desk
		k.closed = true
		return "open the request", rig.Get(k.a.Demo.IdP() + operator.Path)
	case p.Find("form[action="+k.path+"/identify]") == nil:
		return "open the request", open
	}
	return k.working()
}

// working signs with a code of the applicant's, and then says that they were recognised.
func (k *desk) working() (string, rig.Request) {
	k.a.t.Helper()
	p := k.page
	if !k.a.Known.Signed {
		if p.Find("form[action="+k.path+"/sign]") != nil {
			if code := k.a.arrived(notify.SMS, k.a.Phone, sixDigits); code != "" {
				k.a.used[code] = true
				return "code at the desk", rig.Send(p.Form("form[action="+k.path+"/sign]"), p, "code", code)
			}
			k.a.Demo.Advance("61s")
		}
		return "send at the desk", rig.Send(p.Form("form[action="+k.path+"/code]"), p)
	}
	f := p.Form("form[action=" + k.path + "/identify]")
	for _, name := range f.Fields() {
		if strings.HasPrefix(name, "tick_") {
			f.Fill(name, "on")
		}
	}
	return "identify at the desk", rig.Send(f, p)
}

// note reads what an answer to the operator acknowledges.
func (k *desk) note(r rig.Request, p *rig.Page) {
	k.a.t.Helper()
	if p.Status >= 500 {
		k.a.t.Errorf("%s %s answered %d\n%s", r.Method, p.URL, p.Status, p.Text("main"))
	}
	if slices.Contains([]int{302, 303}, p.Status) && p.URL.Path == k.path+"/sign" && p.Header.Get("Location") == k.path {
		k.a.Known.Signed = true
	}
	if p.Status == 303 && p.URL.Path == k.path+"/identify" && p.Header.Get("Location") == "/operator/point" {
		k.a.Known.Proved, k.closed = true, true
	}
	// The answer may have been lost: the page says that the contract is signed.
	if p.Status == 200 && p.URL.Path == k.path && strings.Contains(p.Text("main"), signedByCode) {
		k.a.Known.Signed = true
	}
}
