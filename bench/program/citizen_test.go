package program

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/web/webtest"
)

// citizen is one of the people of the demonstration, as /people.json has them.
type citizen struct {
	Login      string `json:"login"`
	Password   string `json:"password"`
	TOTPSecret string `json:"totp_secret"`
}

// anyone is somebody with an app for codes.
func (p *process) anyone() citizen {
	var list []citizen
	if err := json.Unmarshal([]byte(p.fetch(p.at(3, "/people.json"))), &list); err != nil {
		p.b.Fatal(err)
	}
	for _, c := range list {
		if c.TOTPSecret != "" {
			return c
		}
	}
	p.b.Fatal("nobody has an app")
	return citizen{}
}

// advance moves the clock of the demonstration, which also runs what is due, and
// gives the new time.
func (p *process) advance(by string) time.Time {
	res, err := http.Post(p.at(3, "/clock"), "application/json", strings.NewReader(`{"advance":"`+by+`"}`))
	if err != nil {
		p.b.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Now time.Time }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		p.b.Fatal(err)
	}
	return answer.Now
}

func browser(b testing.TB) *webtest.Client {
	c := webtest.New(b)
	c.AutoPost = true
	return c
}

// enterPortal is the whole way from the portal over gateway and provider and back.
// now is the time of the demonstration; a code of the app works once in 30 s.
func (p *process) enterPortal(b *webtest.Client, c citizen, now time.Time) *webtest.Page {
	secret, err := otp.DecodeSecret(c.TOTPSecret)
	if err != nil {
		p.b.Fatal(err)
	}
	choice := b.Get(p.at(2, "/login/start")).Expect(http.StatusOK)
	page := b.Get(choice.Link("Identità di Prova")).Expect(http.StatusOK)
	page = b.Submit(page.FormWith("password"), "username", c.Login, "password", c.Password).Expect(http.StatusOK)
	page = b.Submit(page.FormWith("code"), "code", otp.Generate(secret, now)).Expect(http.StatusOK)
	return b.Submit(page.FormWith("consent"), "consent", "yes").Expect(http.StatusOK)
}

// chosen is the password that everybody chooses at the gateway.
const chosen = "quattro rane in uno stagno"

// firstEntry makes the account of a citizen at the gateway and, from there, opens
// the portal for the first time; the portal's profile is left for later.
func (p *process) firstEntry(c citizen) {
	b := browser(p.b)
	page := p.enterPortal(b, c, p.advance("31s"))
	done := b.Submit(page.FormWith("notice"), "notice", "on").Expect(http.StatusOK)
	ask := b.Get(p.at(0, webtest.Attr(done.Find("main a.btn-primary"), "href"))).Expect(http.StatusOK)
	b.Submit(ask.FormWith("again"), "password", chosen, "again", chosen).Expect(http.StatusOK)
	b.Get(p.at(2, "/login/start")).Expect(http.StatusOK) // the gateway's session is open now
}
