package gateway_test

import (
	"net/http"
	"testing"
	"time"

	"atrio/db/dbtest"
	"atrio/gateway"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/web/webtest"
)

// world is a state of the gateway and of a browser, in which pages show their forms.
type world struct {
	name string
	// walk goes to the pages and names where they begin.
	walk func(v *visitor) (starts []string)
	// alone is set where links lead away from what the world is about.
	alone bool
}

// open makes the world anew.
func (w world) open(t *testing.T) *visitor {
	t.Helper()
	s := newStageAt(t, "localhost", dbtest.SQLite(t, modules()...), func(s *stage, deps *gateway.Deps) {
		openAllDoors(s, deps)
		s.config.Limits = gateway.LimitsConfig{PostsPerMinute: 1_000_000, CodesPerHour: 1_000_000}
		s.config.Decisions = acts(access.Undertaking)
		s.config.Clerks = []gateway.ClerkConfig{{Code: string(deskCode), Role: "supervisor", Unit: "Segreteria"}, {Code: string(deskCode2), Role: "supervisor", Unit: "Segreteria"}}
	})
	v := &visitor{stage: s, b: s.browser(), addresses: map[string]bool{}}
	v.starts = w.walk(v)
	return v
}

const deskCode2 = account.Code("202400045")

// here is where a page is.
func here(p *page) []string { return []string{p.URL.RequestURI()} }

// worlds show every form there is.
var worlds = []world{
	{"anybody", func(v *visitor) []string {
		return append(here(v.b.Get(v.url+"/test/begin?state=x&level=1")), "/login", "/recover", "/register", "/account", "/logout", "/helpdesk")
	}, false},
	{"who registers, at the code", func(v *visitor) []string {
		p := v.register(v.b, "")
		return here(v.b.Submit(p.FormWith("family_name"), prova()...))
	}, true},
	{"who registers, at the review", func(v *visitor) []string {
		v.toReview(v.b, v.register(v.b, ""), prova())
		return []string{"/register", "/register/identity", "/register/residence", "/register/consents", "/register/review", "/register/leave"}
	}, true},
	{"who registers, with the link", func(v *visitor) []string {
		p := v.register(v.b, "")
		v.b.Submit(p.FormWith("family_name"), prova()...)
		_, text := v.newest("prova.finti@posta.example.org")
		return here(v.b.Get(aLink.FindString(text)))
	}, true},
	{"who enters for the first time", func(v *visitor) []string {
		v.idp.attributes = ada()
		delete(v.idp.attributes, "email")
		return here(v.b.Get(v.start("")))
	}, true},
	{"who confirms an address", func(v *visitor) []string {
		v.idp.attributes = ada()
		delete(v.idp.attributes, "email")
		p := v.b.Get(v.start(""))
		return here(v.b.Submit(p.FormWith("email"), "email", "ada@posta.example.it", "notice", "on"))
	}, true},
	{"who chooses a password", func(v *visitor) []string {
		done := v.b.Submit(v.b.Get(v.start("")).FormWith("notice"), "notice", "on")
		return here(v.b.Get(v.url + webtest.Attr(done.Find("main a.btn-primary"), "href")))
	}, true},
	{"the owner of an account", func(v *visitor) []string {
		v.enter(v.browser())
		v.browser().Get(v.url + "/cie/login") // two roads
		v.b.Get(v.start(""))
		return []string{"/account", "/account/identities", "/account/second-factor"}
	}, false},
	{"somebody with a password", func(v *visitor) []string {
		v.plant()
		v.typeIn(v.b, noor, secret)
		return []string{"/account", "/account/second-factor/app", "/account/second-factor/sms", "/account/second-factor/passkey", "/account/password", "/account/fiscal-code"}
	}, false},
	{"somebody with second factors", func(v *visitor) []string {
		v.withFactors(v.b)
		return []string{"/account/second-factor", "/account/second-factor/suspend", "/account/second-factor/reset", "/account/second-factor/recovery"}
	}, false},
	{"who is asked for a second factor", func(v *visitor) []string {
		v.withFactors(v.browser())
		at := here(v.typeIn(v.b, noor, secret))[0]
		return []string{at, at + "&with=totp", at + "&with=sms", at + "&with=recovery"}
	}, true},
	{"who sets a number up", func(v *visitor) []string {
		v.plant()
		v.typeIn(v.b, noor, secret)
		return here(v.b.Submit(v.b.Get(v.url+factorsPage+"/sms").FormWith("number"), "number", "333 123 4567"))
	}, true},
	{"who has to confirm who it is", func(v *visitor) []string {
		v.withFactors(v.b)
		v.away(v.b)
		return append(here(v.b.Get(v.url+factorsPage+"/app")), "/account/closing")
	}, true},
	{"who stays signed in", func(v *visitor) []string {
		v.staying()
		v.restart(v.b)
		return []string{"/login"}
	}, true},
	{"who stays, at the own sessions", func(v *visitor) []string {
		v.staying()
		return []string{"/account/sessions", "/account/history"}
	}, true},
	{"who recovers a password", func(v *visitor) []string {
		v.plant()
		v.lost(v.browser(), "noor@posta.example.it")
		return here(v.b.Get(linkIn.FindString(v.mail("noor@posta.example.it"))))
	}, true},
	{"who stops a reset", func(v *visitor) []string {
		v.withFactors(v.b)
		v.b.Submit(v.b.Get(v.url+factorsPage+"/reset").FormWith("password"), "password", secret)
		_, body := v.message("mail")
		return here(v.b.Get(links.FindString(body)))
	}, true},
	{"who is known by another identifier", func(v *visitor) []string { return here(v.recognized(v.b)) }, true},
	{"who links an identifier", func(v *visitor) []string {
		login := v.b.Submit(v.recognized(v.b).FormWith("answer"), "answer", "mine")
		return here(v.b.Get(login.Link("Identità Uno")))
	}, true},
	{"who finishes a change of the mailbox", func(v *visitor) []string {
		v.plant()
		v.exec(`INSERT INTO mailbox_change (account_id, id, address, ripe_at, ends_at, told_at)
			SELECT id, '0123456789abcdef0123456789abcdef', 'nuova@posta.example.org', $1, $2, 0 FROM account WHERE code = $3`,
			v.clock.Now().UnixMicro(), v.clock.Now().Add(time.Hour).UnixMicro(), string(noor))
		v.run("gateway.mailbox-changes")
		_, body := v.newest("nuova@posta.example.org")
		return here(v.b.Get(changeLinks.FindString(body)))
	}, true},
	{"the desk", func(v *visitor) []string { return v.atTheDesk() }, false},
	{"whose citizenship is not known", func(v *visitor) []string {
		v.b = v.ines()
		return here(v.b.Get(v.authorize("tasse")))
	}, true},
	{"who declares", func(v *visitor) []string {
		v.b = v.ines()
		verdict := v.b.Submit(v.b.Get(v.authorize("tasse")).FormWith("citizenship"), "citizenship", "italian")
		return here(v.b.Follow(verdict, "Dichiara e prosegui senza SPID/CIE"))
	}, true},
	{"who leaves a service", func(v *visitor) []string {
		v.enter(v.browser())
		v.b.Get(v.start(""))
		return []string{"/oidc/logout"}
	}, true},
}

// withFactors plants Noor with an app, a number, a passkey and recovery codes.
func (v *visitor) withFactors(b *webtest.Client) {
	v.t.Helper()
	v.plant()
	v.typeIn(b, noor, secret)
	v.key = v.app(b)
	p := b.Submit(b.Get(v.url+factorsPage+"/sms").FormWith("number"), "number", "333 123 4567")
	b.Submit(p.FormWith("code"), "code", v.smsCode()).Expect(http.StatusOK, "Il numero è attivo")
	v.passkey(b)
	b.Submit(b.Get(v.url + factorsPage + "/recovery").Form("form[action='" + factorsPage + "/recovery']"))
}

// staying lets Noor, who has an app, stay signed in.
func (v *visitor) staying() {
	v.t.Helper()
	v.plant()
	other := v.browser()
	v.typeIn(other, noor, secret)
	v.key = v.app(other)
	v.clock.Advance(time.Hour)
	v.stayIn(v.b)
}

// atTheDesk lets a supervisor look at somebody with second factors, with a request of a
// colleague to decide, a task that waits, and one that was taken.
func (v *visitor) atTheDesk() []string {
	v.withFactors(v.browser())
	v.doubtful()
	var desks []*webtest.Client
	for i, who := range []string{"clerk", "colleague"} {
		v.becomes(deskPeople[who])
		b := v.browser()
		welcome := b.Get(v.start(""))
		v.choose(b, b.Submit(welcome.FormWith("notice"), "notice", "on"))
		v.recode(v.codeOf(b), string([]account.Code{deskCode, deskCode2}[i]))
		b = v.browser()
		b.Get(v.start(""))
		desks = append(desks, b)
	}
	leo := account.Account{Code: nobody, GivenName: "Leo", FamilyName: "Esempio", Email: "leo@posta.example.it", Language: "it"}
	if err := v.gw.Seed(v.t.Context(), account.Seed{Account: leo, Password: secret}); err != nil {
		v.t.Fatal(err)
	}
	for _, what := range []string{"freeze", "unfreeze"} {
		desks[1].Post(v.url+"/helpdesk/deed", deed(v.look(desks[1], string(nobody)), what, "Accessi sospetti"))
	}
	v.b = desks[0]
	task := v.b.Submit(v.b.Get(v.url + "/helpdesk/tasks").FormWith("task"))
	v.writes(string(noor), "nuova@posta.example.org")
	ticket := v.b.Submit(v.b.Get(v.url + "/helpdesk/tasks?kind=mailbox").FormWith("task"))
	v.declared(string(noor), 1, "")
	v.exec(`UPDATE declaration SET until_at = $1`, v.clock.Now().Add(24*time.Hour).UnixMicro())
	declared := v.b.Submit(v.b.Get(v.url + "/helpdesk/declarations").FormWith("code"))
	return append(here(v.look(v.b, string(noor)).Expect(http.StatusOK, "Noor Esempio")),
		"/helpdesk", "/helpdesk/tasks", here(task)[0], here(ticket)[0], "/helpdesk/declarations", here(declared)[0])
}
