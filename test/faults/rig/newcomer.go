package rig

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"atrio/authn/otp"
	"atrio/web/webtest"
)

// Newcomer is a person who wants an account with a password, an app and recovery codes,
// by the registration or after a first entry at a door. They do what the page in front of
// them asks for, type a code that comes by mail, and ask for help by the pages that help.
type Newcomer struct {
	Demo *Demo
	// Email is the address; who comes by a door that states one has that.
	Email string
	// Enter brings the person to the gateway: the request to begin with.
	Enter func() Request
	// Known is what the program acknowledged.
	Known Acknowledged
	// Fault is what happens to the program meanwhile; optional.
	Fault *Fault
	// AfterRestart is called when the program is back, before the person goes on; optional.
	AfterRestart func()
	// Steps are the names of the steps done so far.
	Steps []string

	t       testing.TB
	browser *Browser
	page    *Page
	key     []byte          // of the app
	step    int64           // of its last code
	typed   map[string]bool // codes that came by mail and were typed
	lost    bool            // messages may have gone with the program
	asked   bool            // for the forgotten Codice Persona
	anew    int             // how often they began anew
	// declares is set for who has to declare.
	declares bool
}

// Acknowledged is what the program told the newcomer: from then on it must be there.
type Acknowledged struct {
	Address  bool     // the address was confirmed in a registration
	Account  bool     // the account was made
	Password bool     // the password was chosen
	App      bool     // the app was set up
	Codes    []string // the recovery codes that were shown last
	// Code is the Codice Persona.
	Code string
	// Declared is set when the declaration was taken.
	Declared bool
}

// NewRegistrant is somebody without a digital identity.
func NewRegistrant(t testing.TB, d *Demo, email string) *Newcomer {
	n := &Newcomer{Demo: d, Email: email}
	n.Enter = func() Request { return Get(d.Gateway() + "/register") }
	return n.with(t, NewBrowser(t))
}

// NewActivated is somebody of SPID at the first entry, with the answer in the hand.
func NewActivated(t testing.TB, d *Demo, givenName string) *Newcomer {
	c := NewCitizen(t, d, givenName)
	n := &Newcomer{Demo: d, Email: c.Person.Email}
	n.Enter = func() Request {
		c.page = nil
		return c.Answer()
	}
	return n.with(t, c.browser)
}

// NewCardholder is somebody with a CIE, which states no address.
func NewCardholder(t testing.TB, d *Demo, login, email string) *Newcomer {
	h := NewHolder(t, d, login)
	return (&Newcomer{Demo: d, Email: email, Enter: h.Answer}).with(t, h.browser)
}

// NewDeclarant is a citizen of Italy alone with an identity of another country, who comes
// for a service that asks citizens for SPID or CIE, and declares.
func NewDeclarant(t testing.TB, d *Demo, country, login, email string) *Newcomer {
	h := NewForeigner(t, d, country, login)
	h.Service = "servizio-livello-2"
	return (&Newcomer{Demo: d, Email: email, Enter: h.Answer, declares: true}).with(t, h.browser)
}

func (n *Newcomer) with(t testing.TB, b *Browser) *Newcomer {
	n.t, n.browser, n.typed = t, b, map[string]bool{}
	b.Seen = n.note
	return n
}

// NewPassword is what every newcomer chooses.
const NewPassword = "sette lucciole sul prato"

// Settle goes on until the person has everything.
func (n *Newcomer) Settle() {
	n.t.Helper()
	n.until(func() bool {
		return n.Known.Code != "" && n.Known.App && len(n.Known.Codes) > 0 && n.Known.Declared == n.declares
	})
}

func (n *Newcomer) until(done func() bool) {
	n.t.Helper()
	for range maxSteps {
		if done() {
			return
		}
		name, r := n.next()
		n.Steps = append(n.Steps, name)
		n.page = n.Fault.Walk(n.t, name, r, n.Demo, n.browser, n.back)
	}
	n.t.Fatalf("no end after the steps %v, at %s\n%s", n.Steps, n.page.URL, n.page.Text("main"))
}

func (n *Newcomer) back() {
	n.t.Helper()
	Again(n.t, n.Demo)
	n.lost = true
	if n.AfterRestart != nil {
		n.AfterRestart()
	}
}

// Registering are the steps of a registration, Activating those after a first entry by
// SPID, WithACard those after one by CIE, Declaring those of a declaration: where a fault
// may strike between two.
var (
	settling    = []string{"app", "app code", "recovery codes"}
	Registering = slices.Concat([]string{"start", "identity", "code", "residence", "consents", "review", "login page", "login"}, settling)
	Activating  = slices.Concat([]string{"first entry", "onward", "choose", "account"}, settling)
	WithACard   = slices.Concat([]string{"first entry", "address code", "onward", "choose"}, settling)
	Declaring   = []string{"citizenship", "duty", "declare"}
)

// Writes are the steps, of those given, whose first request changes the database.
func Writes(steps []string) []string {
	return slices.DeleteFunc(slices.Clone(steps), func(s string) bool {
		return !slices.Contains([]string{"identity", "code", "residence", "consents", "review", "login", "first entry", "address code", "choose", "app code", "recovery codes", "citizenship", "declare"}, s)
	})
}

// next is what the page asks for.
func (n *Newcomer) next() (name string, r Request) {
	n.t.Helper()
	p := n.page
	if p == nil {
		return "begin", n.Enter()
	}
	path, ours := strings.CutPrefix(p.URL.String(), n.Demo.Gateway())
	path, _, _ = strings.Cut(path, "?")
	switch {
	case !ours: // back at the portal
		return "account", Get(n.Demo.Gateway() + "/account")
	case strings.HasPrefix(path, "/register") && p.Status < http.StatusInternalServerError:
		return n.registering(path)
	case strings.HasPrefix(path, "/entry") || path == "/declaration":
		return n.declaring(path)
	case path == "/recover" && p.Status < 400:
		return n.recovering()
	case p.Status >= 400 && p.Find("main form[method=post]") == nil: // an error page
		return n.beginAnew()
	case strings.HasPrefix(path, "/account"):
		return n.settling(path)
	}
	return n.entering(path)
}

// beginAnew goes back to where the person came from, a few times.
func (n *Newcomer) beginAnew() (string, Request) {
	n.t.Helper()
	if n.anew++; n.anew > maxAnew {
		n.t.Fatalf("the person gives up after %v: %d at %s\n%s", n.Steps, n.page.Status, n.page.URL, n.page.Text("main"))
	}
	if n.Known.Password && !n.declares {
		return "login page", Get(n.Demo.Gateway() + "/login")
	}
	return "anew", n.Enter()
}

// registering is the registration in four steps.
func (n *Newcomer) registering(path string) (string, Request) {
	n.t.Helper()
	p := n.page
	switch {
	case p.Status == http.StatusGone || path == "/register" && n.Known.Address && p.Find("main a.btn-primary") == nil:
		// The draft is used up: the account was made, and its code is in the mail.
		return "forgotten", Get(n.Demo.Gateway() + "/recover")
	case path == "/register" && p.Find("main a.btn-primary") != nil:
		return "continue", Get(resolved(p, "main a.btn-primary"))
	case path == "/register":
		return "start", Send(p.FormWith("flow"), p)
	case path == "/register/identity":
		return "identity", Send(p.FormWith("family_name"), p, "family_name", "Finti", "given_name", "Prova", "sex", "M", "birth_day", "10", "birth_month", "5",
			"birth_year", "1983", "birth_state", "IT", "birth_province", "CO", "birth_town", "Bellagio", "citizenship", "IT", "has_fiscal_code", "none", "email", n.Email)
	case path == "/register/email":
		code := n.mailed(sixDigits)
		if code == "" || p.Status == http.StatusUnprocessableEntity && p.Find("#code-error") != nil && n.typed[code] {
			return "resend", Send(p.FormWith("resend"), p, "resend", "yes")
		}
		return "code", Send(p.FormWith("code"), p, "code", code)
	case path == "/register/residence":
		return "residence", Send(p.FormWith("street"), p, "state", "IT", "province", "RM", "town", "Roma", "street", "Via di Prova 1", "postal", "00100", "language", "it")
	case path == "/register/consents":
		return "consents", Send(p.FormWith("truthful"), p, "notice", "on", "truthful", "on")
	case path == "/register/review":
		return "review", Send(p.FormWith("password"), p, "password", NewPassword, "repeat", NewPassword)
	case path == "/register/done":
		return "login page", Get(n.Demo.Gateway() + "/login")
	}
	return n.beginAnew()
}

// entering is the way in: the first entry, or the form of the login page.
func (n *Newcomer) entering(path string) (string, Request) {
	n.t.Helper()
	p := n.page
	switch {
	case path == "/welcome" && p.Find("input[name=email]") != nil:
		return "first entry", Send(p.FormWith("notice"), p, "email", n.Email, "notice", "on")
	case path == "/welcome":
		return "first entry", Send(p.FormWith("notice"), p, "notice", "on")
	case path == "/welcome/code":
		if code := n.mailed(sixDigits); code != "" {
			return "address code", Send(p.FormWith("code"), p, "code", code)
		}
		return "resend", Send(p.FormWith("resend"), p, "resend", "yes")
	case path == "/welcome/done":
		return "onward", Get(resolved(p, "main a.btn-primary"))
	case path == "/password":
		return "choose", Send(p.FormWith("again"), p, "password", NewPassword, "again", NewPassword)
	case path == "/second-factor":
		return "second factor", Send(p.FormWith("code"), p, "code", n.appCode())
	case path == "/login" && n.Known.Code == "":
		return "forgotten", Get(n.Demo.Gateway() + "/recover")
	case path == "/login":
		return "login", Send(p.FormWith("password"), p, "code", n.Known.Code, "password", NewPassword)
	}
	return "account", Get(n.Demo.Gateway() + "/account")
}

// declaring says what is asked for on the way to a service, and declares.
func (n *Newcomer) declaring(path string) (string, Request) {
	n.t.Helper()
	p := n.page
	switch {
	case p.Find("input[name=citizenship]") != nil:
		return "citizenship", Send(p.FormWith("citizenship"), p, "citizenship", "italian")
	case path == "/entry" && linked(p, "/declaration") != "":
		return "duty", Get(linked(p, "/declaration"))
	case p.Find("input[name=sure]") != nil:
		return "declare", Send(p.FormWith("sure"), p, "reason", "abroad", "sure", "on")
	}
	return n.beginAnew()
}

// recovering asks for the Codice Persona by mail.
func (n *Newcomer) recovering() (string, Request) {
	n.t.Helper()
	if !n.asked {
		n.asked = true
		return "recover", Send(n.page.FormWith("email"), n.page, "email", n.Email)
	}
	n.asked = false
	if n.Known.Code = n.mailed(nineDigits); n.Known.Code != "" {
		n.Known.Password = true
		return "login page", Get(n.Demo.Gateway() + "/login")
	}
	return n.beginAnew() // nobody has that address: nothing was made
}

// settling sets the app up and makes recovery codes.
func (n *Newcomer) settling(path string) (string, Request) {
	n.t.Helper()
	const factors = "/account/second-factor"
	p := n.page
	switch {
	case path == factors+"/app" && p.Find("#key") != nil && !n.Known.App:
		key, err := otp.DecodeSecret(p.Text("#key"))
		if err != nil {
			n.t.Fatal(err)
		}
		n.key = key
		return "app code", Send(p.FormWith("code"), p, "code", n.appCode())
	case path == factors+"/confirm" && p.Find("button[value=factor]") != nil:
		// The app was added, and the answer that would have told this browser is lost.
		n.Known.App = true
		return "confirm", Send(p.FormWith("way"), p, "way", "factor")
	case path == factors+"/recovery" && p.Find("form[action="+factors+"/recovery]") != nil && n.Known.App:
		return "recovery codes", Send(p.Form("form[action="+factors+"/recovery]"), p)
	case n.Known.Code == "" && path != "/account":
		return "account", Get(n.Demo.Gateway() + "/account")
	case !n.Known.App:
		return "app", Get(n.Demo.Gateway() + factors + "/app")
	}
	return "recovery", Get(n.Demo.Gateway() + factors + "/recovery")
}

// appCode is a code of the app that was not used before.
func (n *Newcomer) appCode() string {
	n.t.Helper()
	now := n.Demo.Advance("0s")
	if now.Unix()/30 <= n.step {
		now = n.Demo.Advance("31s")
	}
	n.step = now.Unix() / 30
	return otp.Generate(n.key, now)
}

var nineDigits = regexp.MustCompile(`\b\d{9}\b`)

// mailed waits for a code by mail that was not typed yet; "" when none will come: all
// mails were delivered, or went with the program.
func (n *Newcomer) mailed(form *regexp.Regexp) string {
	n.t.Helper()
	if n.lost {
		n.lost = false
		n.Demo.Advance("2m") // what was on its way comes again when its lease ends
	}
	look := n.Demo.Look("gateway")
	defer look.Close()
	var code string
	Until(n.t, "a mail", func() bool {
		waiting := look.Count("SELECT count(*) FROM outbox WHERE channel = 'mail' AND done_at = 0")
		code = ""
		for _, m := range n.Demo.Inbox() {
			if found := form.FindString(m.Text); m.To == n.Email && found != "" && !n.typed[found] {
				code = found
				break
			}
		}
		return code != "" || waiting == 0
	})
	n.typed[code] = true
	return code
}

// resolved is where a link of a page leads.
func resolved(p *Page, selector string) string {
	u, err := p.URL.Parse(webtest.Attr(p.Find(selector), "href"))
	if err != nil {
		return p.URL.String()
	}
	return u.String()
}

// linked is where a page leads to a path of its site, "" when it does not.
func linked(p *Page, path string) string {
	for _, a := range p.FindAll("main a[href]") {
		if u, err := p.URL.Parse(webtest.Attr(a, "href")); err == nil && u.Path == path {
			return u.String()
		}
	}
	return ""
}

// note reads what an answer acknowledges.
func (n *Newcomer) note(r Request, p *Page) {
	n.t.Helper()
	if p.Status >= http.StatusInternalServerError {
		n.t.Errorf("%s %s answered %d\n%s", r.Method, p.URL, p.Status, p.Text("main"))
	}
	address, _, _ := strings.Cut(r.Address, "?")
	path, to := strings.TrimPrefix(address, n.Demo.Gateway()), p.Header.Get("Location")
	k := &n.Known
	if r.Method == http.MethodPost && p.Status == http.StatusSeeOther {
		switch {
		case path == "/register/email" && strings.HasPrefix(to, "/register/residence"):
			k.Address = true
		case path == "/register/review" && strings.HasPrefix(to, "/register/done"):
			k.Account, k.Password = true, true
		case strings.HasPrefix(to, "/welcome/done"):
			k.Account = true
		case path == "/password":
			k.Password = true
		case path == "/declaration":
			k.Declared = true
		case path == "/account/second-factor/app" && !strings.HasPrefix(to, path):
			k.App = true
		}
	}
	if list := p.FindAll("#codes code"); len(list) > 0 {
		k.Codes = nil
		for _, code := range list {
			k.Codes = append(k.Codes, webtest.Text(code))
		}
	}
	if code := p.Text("#codice-persona"); code != "" {
		if k.Code != "" && k.Code != code {
			n.t.Errorf("the Codice Persona was %s and is now %s", k.Code, code)
		}
		k.Code = code
	}
}

// Return enters in a new browser with what was acknowledged: the password, the app, and
// with a recovery code in another one.
func (n *Newcomer) Return(t testing.TB) {
	t.Helper()
	for _, code := range []func() string{n.appCode, func() string { return n.Known.Codes[0] }} {
		b := NewBrowser(t)
		follow := func(r Request) *Page {
			p, _, err := b.Go(r)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := follow(Get(n.Demo.Gateway() + "/login"))
		p = follow(Send(p.FormWith("password"), p, "code", n.Known.Code, "password", NewPassword))
		typed := code()
		if strings.ContainsAny(typed, "-ABCDEFGHJKMNPQRSTUVWXYZ") {
			p = follow(Get(p.URL.String() + "&with=recovery"))
		}
		p = follow(Send(p.FormWith("code"), p, "code", typed))
		if p.Text("#codice-persona") != n.Known.Code {
			t.Errorf("the password and %q lead to %s\n%s", typed, p.URL, p.Text("main"))
		}
	}
}

// Secrets are what nobody but the person may read.
func (n *Newcomer) Secrets() map[string]string {
	out := map[string]string{"password": NewPassword, "address": n.Email, "key of the app": otp.EncodeSecret(n.key)}
	for i, code := range n.Known.Codes {
		out[fmt.Sprint("recovery code ", i)] = code
	}
	return out
}
