package gateway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"atrio/base/notify"
	"atrio/db"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/gateway/parental"
	"atrio/web/webtest"
)

// codes are those that people get by message.
func (m *machine) codes() {
	confirm := pair(func(n int) func() *page {
		b, said, to := m.browser(), prova(), fmt.Sprintf("tempo%d@posta.example.org", n)
		said[slices.Index(said, "email")+1] = to
		f := b.Submit(m.register(b, "").FormWith("family_name"), said...).FormWith("code").Fill("code", sixDigits.FindString(m.mail(to)))
		return func() *page { return b.Submit(f) }
	})
	m.over("the code that confirms an address", 10*time.Minute, func(n int) bool { return led(confirm[n]()) })
	sms := pair(func(n int) func() *page {
		code, _ := m.someone(fmt.Sprint("sms", n), false)
		b := m.entered(code)
		p := b.Submit(b.Get(m.url+factorsPage+"/sms").FormWith("number"), "number", fmt.Sprint("333 123 450", n))
		f := p.FormWith("code").Fill("code", m.smsCode())
		return func() *page { return b.Submit(f) }
	})
	m.over("a code by SMS", 10*time.Minute, func(n int) bool { return led(sms[n]()) })
	link := pair(func(n int) string {
		name := fmt.Sprint("smemorato", n)
		m.someone(name, false)
		m.lost(m.browser(), name+"@posta.example.it")
		return linkIn.FindString(m.mail(name + "@posta.example.it"))
	})
	m.over("the link of a recovery", 30*time.Minute, func(n int) bool { return led(m.browser().Get(link[n])) })
	clerk := m.clerk()
	calls := func(name string) func() *page {
		code, _ := m.someone(name, false)
		pass := url.Values{"pass": {webtest.Attr(m.look(clerk, string(code)).Find("[name=pass]"), "value")}, "send": {"yes"}}
		clerk.Post(m.url+"/helpdesk/caller", pass)
		pass.Del("send")
		pass.Set("code", sixDigits.FindString(m.mail(name+"@posta.example.it")))
		return func() *page { return clerk.Post(m.url+"/helpdesk/caller", pass) }
	}
	caller := pair(func(n int) func() *page { return calls(fmt.Sprint("chiama", n)) })
	m.over("the code of a caller", 10*time.Minute, func(n int) bool { return led(caller[n]()) })
	confirmed := pair(func(n int) func() *page { return m.confirmedAtTheDesk(clerk, fmt.Sprint("sportello", n)) })
	m.over("a login that the desk confirmed", 10*time.Minute, func(n int) bool { return led(confirmed[n]()) })
	const said = "Chi chiama ha letto il codice giusto"
	proved := calls("provato")().Expect(http.StatusOK, said).URL.String()
	m.over("what a caller proved", 15*time.Minute, func(int) bool { return clerk.Get(proved).Has(said) })
	m.over("the look at a person", time.Hour, func(int) bool { return led(clerk.Get(proved)) })
}

// confirmedAtTheDesk is a login for which the desk vouched: what it gives goes on with it.
func (m *machine) confirmedAtTheDesk(clerk *webtest.Client, name string) func() *page {
	code, _ := m.someone(name, true)
	b := m.browser()
	p := m.typeIn(b, code, secret)
	p = b.Get(p.Link("Chiedi all’assistenza di confermare"))
	person := m.look(clerk, string(code))
	m.seen(clerk, person)
	form := deed(person, "", "Ha perso il telefono")
	form.Set("number", p.Text("#desk-number"))
	clerk.Post(m.url+"/helpdesk/login", form).Expect(http.StatusOK, "Fatto.")
	return func() *page { return b.Submit(p.FormWith("method")) }
}

// sessions are logins, under way and done.
func (m *machine) sessions() {
	idle := pair(func(n int) *webtest.Client {
		code, _ := m.someone(fmt.Sprint("seduta", n), false)
		return m.entered(code)
	})
	m.over("a session that nobody uses", 30*time.Minute, func(n int) bool { return m.signedIn(idle[n]) })
	code, _ := m.someone("attiva", false)
	active := m.entered(code)
	m.busy = append(m.busy, active)
	m.over("a fresh login", 15*time.Minute, func(int) bool { return active.Get(m.url+factorsPage+"/app").Find("#key") != nil })
	m.over("a session that is used", 12*time.Hour, func(int) bool { return m.signedIn(active) })
	entering := pair(func(int) func() *page {
		b := m.browser()
		f := b.Get(m.start("")).Expect(http.StatusOK, "Sei tu?").FormWith("notice").Fill("notice", "on")
		return func() *page { return b.Submit(f) }
	})
	m.over("a login under way", time.Hour, func(n int) bool { return entering[n]().Has("Il tuo account è pronto") })
	staying, key := m.someone("resta", true)
	b := m.browser()
	p := b.Submit(b.Get(m.url+"/login").FormWith("password"), "code", string(staying), "password", secret, "stay", "on")
	m.over("a password that stays in a browser", 30*aDay, func(int) bool { return b.Get(m.url + "/login").Has("Continua come resta Esempio") })
	b.Submit(p.FormWith("code"), "code", m.code(key)).Expect(http.StatusOK, "Il mio account")
	m.restart(b)
}

// registrations under way, and what is left to do after one.
func (m *machine) registrations() {
	inBrowser := pair(func(int) *webtest.Client {
		b := m.browser()
		b.Submit(m.register(b, "").FormWith("family_name"), "family_name", "Finti", "email", "x")
		return b
	})
	m.over("a draft in a browser", aDay, func(n int) bool {
		return inBrowser[n].Get(m.url+"/register/identity").URL.Path == "/register/identity"
	})
	stored := pair(func(n int) *webtest.Client {
		b, said := m.browser(), prova()
		said[slices.Index(said, "email")+1] = fmt.Sprintf("bozza%d@posta.example.org", n)
		m.toReview(b, m.register(b, ""), said)
		return b
	})
	m.over("a draft whose address is confirmed", 7*aDay, func(n int) bool {
		p := stored[n].Get(m.url + "/register/review")
		return led(p) && p.URL.Path == "/register/review"
	})
	b, said := m.browser(), prova("has_fiscal_code", "asked", "fiscal_code", "")
	const to = "attende@posta.example.org"
	said[slices.Index(said, "email")+1] = to
	p := m.toReview(b, m.register(b, ""), said)
	b.Submit(p.FormWith("password"), "password", another, "repeat", another).Expect(http.StatusOK, "Ci sei quasi!")
	before, _ := m.to(to, "")
	for n := range 3 {
		m.over(fmt.Sprintf("the days before reminder %d of the codice fiscale", n+1), time.Duration(n+1)*10*aDay, func(int) bool {
			sent, _ := m.to(to, "")
			return sent == before+n
		})
	}
}

// factors: to do without them, for a day or for ever.
func (m *machine) factors() {
	code, key := m.someone("sospesa", true)
	b := m.browser()
	m.typeIn(b, code, secret)
	p := b.Get(m.url + suspendPage)
	p = b.Submit(p.FormWith("do"), "do", "factor")
	p = b.Submit(p.FormWith("code"), "code", m.code(key))
	b.Submit(p.FormWith("password"), "do", "suspend", "password", secret).Expect(http.StatusOK, "La 2FA è sospesa")
	m.over("a suspension of second factors", aDay, func(int) bool { return m.typeIn(m.browser(), code, secret).Has("Il mio account") })

	owner, _ := m.someone("azzera", true)
	b = m.browser()
	m.typeIn(b, owner, secret)
	b.Submit(b.Get(m.url+factorsPage+"/reset").FormWith("password"), "password", secret).Expect(http.StatusOK, "La richiesta è in corso")
	asked, _ := m.to("azzera@posta.example.it", "/second-factor/reset?token=")
	ready := func() (link string) {
		sent, last := m.to("azzera@posta.example.it", "/second-factor/reset?token=")
		if sent > asked {
			link = links.FindString(last.Text)
		}
		return link
	}
	m.over("the wait before a reset", 72*time.Hour, func(int) bool { return ready() == "" })
	m.over("the time to finish a reset", 144*time.Hour, func(int) bool { return led(m.browser().Get(ready())) })
}

// accounts: the password, the closing, and what waits at the desk.
func (m *machine) accounts() {
	code, _ := m.someone("antica", false)
	m.over("a password", 60*aDay, func(int) bool { return !m.typeIn(m.browser(), code, secret).Has("La tua password è scaduta") })
	closed, _ := m.someone("chiusa", false)
	b := m.entered(closed)
	b.Submit(b.Get(m.url+"/account/closing").FormWith("sure"), "sure", "on").Expect(http.StatusOK)
	m.over("what is kept of a closed account", 30*aDay, func(int) bool {
		return m.count(`SELECT count(*) FROM account a JOIN credential c ON c.account_id = a.id WHERE a.code = $1 AND a.state = 'closed' AND a.email <> ''`, string(closed)) == 1
	})
	frozen, _ := m.someone("congelata", false)
	clerk := m.clerk()
	for _, what := range []string{"freeze", "unfreeze"} {
		clerk.Post(m.url+"/helpdesk/deed", deed(m.look(clerk, string(frozen)), what, "Accessi sospetti")).Expect(http.StatusOK)
	}
	m.over("the time to object to a deed", 72*time.Hour, func(int) bool {
		return m.count(`SELECT count(*) FROM account WHERE code = $1 AND state = 'frozen'`, string(frozen)) == 1
	})
}

// declarations: their end, the reminders before and the words after it.
func (m *machine) declarations() {
	b := m.ines()
	verdict := b.Submit(b.Get(m.authorize("tasse")).FormWith("citizenship"), "citizenship", "italian")
	form := b.Follow(verdict, "Dichiara e prosegui senza SPID/CIE")
	m.finish(b, form.FormWith("sure"), "reason", "other", "words", "La carta è in viaggio", "sure", "on")
	until := db.FromMicros(int64(m.count(`SELECT until_at FROM declaration`))).Sub(m.clock.Now())
	m.over("a declaration", until, func(int) bool {
		b := m.browser()
		b.Get(m.url + "/eidas/login?country=ES")
		return m.opens(b, "tasse")
	})
	for n, before := range []time.Duration{14 * aDay, 3 * aDay} {
		m.over(fmt.Sprintf("the days before reminder %d of a declaration", n+1), until-before, func(int) bool {
			sent, _ := m.to("ines@correo.example.org", "sta per finire")
			return sent == n
		})
	}
	m.over("the words of a declaration", until+183*aDay, func(int) bool {
		return m.count(`SELECT count(*) FROM declaration WHERE words <> ''`) == 1
	})
}

// graces are what holds until the rules change for a person, and a lost mailbox.
func (m *machine) graces() {
	facts := func(id string) access.Person {
		p, err := m.store.Facts(m.t.Context(), id)
		if err != nil {
			m.t.Fatal(err)
		}
		return p
	}
	code, _ := m.someone("cittadina", false)
	id, now := m.idOf(code), m.clock.Now()
	if err := m.store.DeclareCitizenship(m.t.Context(), id, "XX", now.Add(-time.Hour), eventForNote(now)); err != nil {
		m.t.Fatal(err)
	}
	m.registered("person,citizenships\n" + string(code) + ",IT\n")
	m.over("the grace after a register contradicted", access.Grace, func(int) bool {
		s, _, _ := facts(id).Standing(m.clock.Now())
		return s == access.Free
	})
	child, _ := m.someone("figlia", false)
	childID := m.idOf(child)
	until, err := m.store.Authorise(m.t.Context(), account.Change{AccountID: childID, Now: now, Event: eventForNote(now)},
		parental.Wish{By: parental.Roles()[0], Document: parental.Documents()[0], Until: now.AddDate(0, 2, 0).Format(time.DateOnly)},
		func(a account.Account, until time.Time) notify.Message {
			return notify.Message{Channel: notify.Mail, To: a.Email, Lang: "it", Subject: "autorizzazione", Text: until.String()}
		})
	if err != nil {
		m.t.Fatal(err)
	}
	m.over("the authorisation of a parent", until.Sub(now), func(int) bool { return m.clock.Now().Before(facts(childID).Authorised) })
	if err := m.store.OpenAccess(m.t.Context(), access.Opening{From: now, Until: now.Add(access.MaxOpening), Reason: "guasto"}, eventForNote(now)); err != nil {
		m.t.Fatal(err)
	}
	m.over("an opening for everybody", access.MaxOpening, func(int) bool {
		list, err := m.store.Openings(m.t.Context(), m.clock.Now())
		return err == nil && len(list) == 1
	})
	mover, _ := m.someone("trasloca", false)
	m.exec(`INSERT INTO mailbox_change (account_id, id, address, ripe_at, ends_at, told_at) VALUES ($1, $2, $3, $4, $5, 0)`, m.idOf(mover),
		"0123456789abcdef0123456789abcdef", "nuova@posta.example.org", now.Add(helpdesk.MailboxAfter).UnixMicro(), now.Add(helpdesk.MailboxAfter+helpdesk.MailboxFor).UnixMicro())
	link := func() string {
		_, last := m.to("nuova@posta.example.org", "/lost-mailbox/change?token=")
		return changeLinks.FindString(last.Text)
	}
	m.over("the wait before another address", helpdesk.MailboxAfter, func(int) bool { return link() == "" })
	m.over("the time to confirm another address", helpdesk.MailboxAfter+helpdesk.MailboxFor, func(int) bool { return led(m.browser().Get(link())) })
}
