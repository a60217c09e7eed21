package rig

import (
	"regexp"
	"strings"
	"time"

	"atrio/authn/otp"
	"atrio/web/webtest"
)

// codes is what a person knows about one-time codes.
type codes struct {
	used map[string]bool // codes by SMS that were typed
	step int64           // of the last code of the app
	// lost is set when the program ended: messages may have gone with it.
	lost bool
}

// nextAtProvider is what the pages of the identity provider ask for.
func (c *Citizen) nextAtProvider(path string) (string, Request) {
	c.t.Helper()
	p := c.page
	switch {
	case p.Find("input[name=username]") != nil:
		return "password", Send(p.FormWith("username"), p, "username", c.Person.Login, "password", c.Person.Password)
	case strings.HasSuffix(path, "/consent") && p.Find("button[name=consent]") != nil:
		return "consent", Send(p.FormWith("consent"), p, "consent", "yes")
	case strings.HasSuffix(path, "/code") || strings.HasSuffix(path, "/sms"):
		return c.second()
	}
	// The login is over, for whatever reason.
	return c.beginAnew()
}

// second passes the page of the second factor.
func (c *Citizen) second() (string, Request) {
	c.t.Helper()
	p := c.page
	if !c.SMS {
		return "code", Send(p.FormWith("code"), p, "code", c.appCode())
	}
	bySMS := p.URL.Query().Get("with") == "sms" || strings.HasSuffix(p.URL.Path, "/sms") || webtest.Attr(p.Find("input[name=method]"), "value") == "sms"
	if c.Person.TOTPSecret != "" && !bySMS {
		address, _ := p.URL.Parse("code?with=sms")
		return "by sms", Get(address.String())
	}
	if c.codes.lost {
		// What was on its way comes again when its lease ends; what had arrived is
		// gone with the demonstration's inbox.
		c.codes.lost = false
		c.Demo.Advance("2m")
	} else if p.Find("input[name=code]") != nil {
		if code := c.awaitSMS(); code != "" {
			return "code", Send(p.FormWith("code"), p, "code", code)
		}
	}
	if code := c.newestSMS(); code != "" && p.Find("input[name=code]") != nil {
		return "code", Send(p.FormWith("code"), p, "code", c.use(code))
	}
	return "send", Send(p.Form("form[action="+strings.TrimSuffix(strings.TrimSuffix(p.URL.Path, "/code"), "/sms")+"/sms]"), p)
}

// appCode is a code of the app that was not used before; the clock of the
// demonstration moves on when it has to.
func (c *Citizen) appCode() string {
	c.t.Helper()
	secret, err := otp.DecodeSecret(c.Person.TOTPSecret)
	if err != nil {
		c.t.Fatal(err)
	}
	now := c.Demo.Advance("0s")
	if now.Unix()/30 <= c.codes.step {
		now = c.Demo.Advance("31s")
	}
	c.codes.step = now.Unix() / 30
	return otp.Generate(secret, now)
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// newestSMS is the newest code that came by SMS and was not typed yet, "" for none.
func (c *Citizen) newestSMS() string {
	for _, m := range c.Demo.Inbox() {
		if m.Channel != "sms" || m.To != c.Person.Phone {
			continue
		}
		if code := sixDigits.FindString(m.Text); code != "" && !c.codes.used[code] {
			return code
		}
	}
	return ""
}

// awaitSMS waits until a new code comes; "" when none will: all were delivered.
func (c *Citizen) awaitSMS() string {
	c.t.Helper()
	look := c.Demo.Look("idp")
	defer look.Close()
	var code string
	Until(c.t, "the code by SMS", func() bool {
		waiting := look.Count("SELECT count(*) FROM outbox WHERE channel = 'sms' AND done_at = 0")
		code = c.newestSMS()
		return code != "" || waiting == 0
	})
	if code == "" {
		c.Demo.Advance("2m") // the pause before another one
	}
	return c.use(code)
}

func (c *Citizen) use(code string) string {
	if c.codes.used == nil {
		c.codes.used = map[string]bool{}
	}
	if code != "" {
		c.codes.used[code] = true
	}
	return code
}

// now is the calendar of the demonstration.
func (d *Demo) Now() time.Time { return d.Advance("0s") }
