package rig

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"atrio/app/demo"
	"atrio/web/webtest"
)

// Citizen is a person who wants to follow a course. They look at the page in front
// of them and do what it asks for; when no answer comes they try again, and when a
// page says no they begin anew at the portal.
type Citizen struct {
	Demo   *Demo
	Person demo.Person
	// SMS prefers the code by SMS to that of the app.
	SMS    bool
	Course string
	Ledger Ledger
	// Fault is what happens to the program meanwhile; optional.
	Fault *Fault
	// AfterRestart is called when the program is back, before the person goes on; optional.
	AfterRestart func()
	// Steps are the names of the steps done so far.
	Steps []string

	t       testing.TB
	browser *Browser
	page    *webtest.Page
	codes   codes
	account bool // the account page was read
	course  bool // the dashboard with the course was read
	anew    int  // how often the person began anew
}

// NewCitizen puts a person in front of a browser.
func NewCitizen(t testing.TB, d *Demo, givenName string) *Citizen {
	c := &Citizen{Demo: d, Person: d.Person(givenName), Course: "statica-per-tutti", t: t, browser: NewBrowser(t)}
	c.SMS = c.Person.TOTPSecret == ""
	for code := c.newestSMS(); code != ""; code = c.newestSMS() {
		c.use(code) // it was meant for another login
	}
	c.browser.Seen = func(r Request, p *webtest.Page) { c.Ledger.note(t, c.Demo, r, p) }
	return c
}

// Tomorrow is the same person with another browser, who was here before.
func (c *Citizen) Tomorrow() *Citizen {
	next := NewCitizen(c.t, c.Demo, strings.Fields(c.Person.Name)[0])
	next.SMS, next.Course, next.codes = c.SMS, c.Course, c.codes
	return next
}

// Page is what the person sees.
func (c *Citizen) Page() *webtest.Page { return c.page }

// Browser is the person's browser.
func (c *Citizen) Browser() *Browser { return c.browser }

// maxSteps is more than a visit with a fault takes.
const maxSteps = 60

// Visit goes from the portal's door to the course and reads everything back.
func (c *Citizen) Visit() { c.Until(func() bool { return c.course && c.account }) }

// Until does step after step until the person has what they want.
func (c *Citizen) Until(done func() bool) {
	c.t.Helper()
	for range maxSteps {
		if done() {
			return
		}
		c.Step()
	}
	c.t.Fatalf("no end after the steps %v, at %s\n%s", c.Steps, c.page.URL, c.page.Text("main"))
}

// Step does what the page asks for.
func (c *Citizen) Step() {
	c.t.Helper()
	name, r := c.next()
	c.Steps = append(c.Steps, name)
	c.Do(name, r)
}

// Do sends the request of a step and follows it to the next page, through a fault.
func (c *Citizen) Do(name string, r Request) {
	c.t.Helper()
	c.page = c.Fault.Walk(c.t, name, r, c.Demo, c.browser, c.back)
	c.read()
}

// At reports whether the person is at a page, written "gateway/welcome"; a path of
// the identity provider may be its last part: "idp/consent".
func (c *Citizen) At(page string) bool {
	if c.page == nil {
		return false
	}
	at := c.where()
	role, last, _ := strings.Cut(page, "/")
	return at == page || role == "idp" && strings.HasPrefix(at, "idp/login/") && strings.HasSuffix(at, "/"+last)
}

// Answer goes to the consent page, agrees, and stops with the provider's answer in
// the hand: the request that brings it to the gateway.
func (c *Citizen) Answer() Request {
	c.t.Helper()
	c.Until(func() bool { return c.At("idp/consent") })
	_, r := c.next()
	p, err := c.browser.Client.Do(r.Method, r.Address, r.Values, r.From)
	if err != nil {
		c.t.Fatal(err)
	}
	answer, goes := Next(r, p)
	if !goes || answer.Values.Get("SAMLResponse") == "" {
		c.t.Fatalf("no answer at %s\n%s", p.URL, p.Text("main"))
	}
	return answer
}

// Cookies are those that the person's browser has for the gateway.
func (c *Citizen) Cookies() []*http.Cookie {
	c.t.Helper()
	u, err := url.Parse(c.Demo.Gateway())
	if err != nil {
		c.t.Fatal(err)
	}
	return c.browser.Client.HTTP.Jar.Cookies(u)
}

// read notes what the person came for.
func (c *Citizen) read() {
	if c.page.Status != http.StatusOK {
		return
	}
	switch c.where() {
	case "portal/dashboard":
		c.course = c.page.Find(`a[href=/courses/`+c.Course+`]`) != nil
	case "gateway/account":
		c.account = c.page.Text("#codice-persona") != ""
	}
}

// where is the role and the path of the page.
func (c *Citizen) where() string {
	origin := c.page.URL.Scheme + "://" + c.page.URL.Host
	for role, base := range map[string]string{"gateway": c.Demo.Gateway(), "idp": c.Demo.IdP(), "portal": c.Demo.Portal()} {
		if origin == base {
			return role + c.page.URL.Path
		}
	}
	return origin + c.page.URL.Path
}

// chosen is the password that people choose.
const chosen = "quattro rane in uno stagno"

// maxAnew is how often a person begins anew before they call the help desk.
const maxAnew = 3

// next is what the page in front of the person asks for.
func (c *Citizen) next() (name string, r Request) {
	c.t.Helper()
	if c.page == nil {
		return "portal", Get(c.Demo.Portal() + "/login")
	}
	at := c.where()
	if c.page.Status >= 500 || c.page.Status >= 400 && !strings.HasPrefix(at, "idp/login/") {
		return c.beginAnew()
	}
	switch role, path, _ := strings.Cut(at, "/"); role {
	case "portal":
		return c.nextAtPortal("/" + path)
	case "gateway":
		return c.nextAtGateway("/" + path)
	case "idp":
		return c.nextAtProvider(path)
	}
	c.t.Fatalf("lost at %s", c.page.URL)
	return "", r
}

// beginAnew goes back to the portal, a few times.
func (c *Citizen) beginAnew() (string, Request) {
	c.t.Helper()
	if c.anew++; c.anew > maxAnew {
		c.t.Fatalf("the person gives up after %v: %d at %s\n%s", c.Steps, c.page.Status, c.page.URL, c.page.Text("main"))
	}
	return "portal", Get(c.Demo.Portal() + "/login")
}

func (c *Citizen) nextAtPortal(path string) (string, Request) {
	c.t.Helper()
	p := c.page
	switch {
	case path == "/login":
		return "gateway", Get(c.link("/login/start"))
	case path == "/profile":
		return "profile", Send(p.FormWith("gender"), p, "gender", "female", "education", "bachelor", "occupation", "student")
	case path == "/welcome/terms":
		return "terms", Send(p.FormWith("terms"), p, "terms", "yes", "privacy", "yes")
	case path == "/dashboard" && !c.course:
		return "course", Get(c.Demo.Portal() + "/courses/" + c.Course)
	case path == "/dashboard":
		return "account", Get(c.Demo.Gateway() + "/account")
	case path == "/courses/"+c.Course && p.Find("form[action=/courses/"+c.Course+"/enrol]") != nil:
		return "enrol", Send(p.Form("form[action=/courses/"+c.Course+"/enrol]"), p)
	}
	return "dashboard", Get(c.Demo.Portal() + "/dashboard")
}

func (c *Citizen) nextAtGateway(path string) (string, Request) {
	c.t.Helper()
	switch p := c.page; path {
	case "/login":
		return "provider", Get(c.link("/spid/login"))
	case "/welcome":
		return "first entry", Send(p.FormWith("notice"), p, "notice", "yes")
	case "/welcome/done":
		return "onward", Get(c.link("/welcome/go"))
	case "/password":
		return "password", Send(p.FormWith("again"), p, "password", chosen, "again", chosen)
	}
	return "dashboard", Get(c.Demo.Portal() + "/dashboard")
}

// link is the address of the first link that leads to a path of the same site.
func (c *Citizen) link(path string) string {
	c.t.Helper()
	for _, a := range c.page.FindAll("main a[href]") {
		if to, err := c.page.URL.Parse(webtest.Attr(a, "href")); err == nil && to.Path == path {
			return to.String()
		}
	}
	c.t.Fatalf("%s: no link to %s\n%s", c.page.URL, path, c.page.Text("main"))
	return ""
}
