package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/gateway"
	"atrio/gateway/account"
	"atrio/web/webtest"
)

// many is how many right codes come at the same instant.
const many = 50

// outcome counts answers: those that lead on, and those that refuse with a page.
type outcome struct{ on, refused int }

// judge counts answers and wants every refusal to be a clear one.
func (h *house) judge(answers []*page) (o outcome) {
	h.t.Helper()
	for _, p := range answers {
		switch {
		case p.Status == http.StatusSeeOther || p.Status == http.StatusOK:
			o.on++
		case p.Status >= 400 && p.Status < 500 && p.Text("h1") != "":
			o.refused++
		default:
			h.t.Errorf("an answer of status %d\n%.300s", p.Status, p.Body)
		}
	}
	return o
}

// once wants one of the many to lead on.
func (h *house) once(answers []*page) {
	h.t.Helper()
	if o := h.judge(answers); o.on != 1 || o.refused != many-1 {
		h.t.Errorf("of %d right codes at once %d led on and %d were refused", many, o.on, o.refused)
	}
}

// expect compares a number in the database.
func (h *house) expect(what string, want int, query string, args ...any) {
	h.t.Helper()
	if n := h.count(query, args...); n != want {
		h.t.Errorf("%s: %d, want %d", what, n, want)
	}
}

// Of fifty right codes at the same instant one is taken, whatever kind of code it is, on
// one node and on two. // ASVS 6.5.1
func TestOfFiftyRightCodesOneIsTaken(t *testing.T) {
	for _, c := range []struct {
		name string
		try  func(*house)
	}{
		{"the code of an address at a first entry", (*house).welcomeCodes},
		{"the code of an address in a registration", (*house).draftCodes},
		{"the code of an app, from many browsers", (*house).appCodes},
		{"the code of an app, in one login", (*house).appCodesOfOneLogin},
		{"the code that sets an app up", (*house).enrolmentCodes},
		{"a code by SMS", (*house).smsCodes},
		{"a recovery code", (*house).recoveryCodes},
		{"the link of a recovery", (*house).recoveryLinks},
		{"the code of a caller", (*house).callerCodes},
		{"a login that the desk confirmed", (*house).deskLogins},
		{"the link that finishes a reset", (*house).finishLinks},
		{"the link that stops a reset", (*house).stopLinks},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachHouse(t, withADesk, func(t *testing.T, h *house) {
				c.try(h)
				h.verified()
			})
		})
	}
}

// deskCode is the Codice Persona of the clerk.
const deskCode = account.Code("202400037")

func withADesk(s *stage, _ *gateway.Deps) {
	s.config.Clerks = []gateway.ClerkConfig{{Code: string(deskCode), Role: "clerk", Unit: "Segreteria"}}
}

// waiting are many browsers of Noor, each of which has typed the password and is asked
// for the second factor, with the forms that they send next.
func (h *house) waiting(path string) (list []*webtest.Client, forms []url.Values) {
	h.t.Helper()
	for range many {
		b := h.browser()
		p := h.typeIn(b, noor, secret)
		if path != "" {
			p = b.Get(p.Link(path))
		}
		form := p.FormWith("code").Values
		b.NoRedirect = true
		list, forms = append(list, b), append(forms, form)
	}
	return list, forms
}

// with writes a field into all forms.
func with(forms []url.Values, name, value string) []url.Values {
	for _, f := range forms {
		f.Set(name, value)
	}
	return forms
}

// noorWithAnApp plants Noor and gives her an app.
func (h *house) noorWithAnApp() *webtest.Client {
	h.t.Helper()
	h.plant()
	b := h.browser()
	h.typeIn(b, noor, secret).Expect(http.StatusOK, "Il mio account")
	h.key = h.app(b)
	return b
}

func (h *house) welcomeCodes() {
	h.idp.attributes = ada()
	delete(h.idp.attributes, "email")
	b := h.browser()
	p := b.Get(h.start(""))
	p = b.Submit(p.FormWith("email"), "email", "ada@posta.example.it", "notice", "on").Expect(http.StatusOK, "codice")
	_, text := h.newest("ada@posta.example.it")
	forms := with([]url.Values{p.FormWith("code").Values}, "code", sixDigits.FindString(text))
	h.once(h.together("/welcome/code", forms, h.copies(b, many)...))
	h.expect("accounts", 1, `SELECT count(*) FROM account`)
	h.expect("sessions", 1, `SELECT count(*) FROM session`)
}

func (h *house) appCodes() {
	h.noorWithAnApp()
	list, forms := h.waiting("")
	code := h.code(h.key)
	before := h.count(`SELECT count(*) FROM audit WHERE action = 'login.stepped_up'`)
	h.once(h.together("/second-factor", with(forms, "code", code), list...))
	h.expect("sessions with a second factor", before+1, `SELECT count(*) FROM audit WHERE action = 'login.stepped_up'`)
	// The same step again, at every node: it was used. // RFC 6238 5.2
	for _, node := range h.nodes {
		b := h.browser()
		form := h.typeIn(b, noor, secret).FormWith("code").Fill("code", code).Values
		p, err := b.Do(http.MethodPost, node+"/second-factor", form, nil)
		if err != nil || p.Status < 400 || p.Status > 499 {
			h.t.Fatalf("the same step again: %v, %d", err, p.Status)
		}
	}
}

func (h *house) appCodesOfOneLogin() {
	h.noorWithAnApp()
	b := h.browser()
	p := h.typeIn(b, noor, secret)
	forms := with([]url.Values{p.FormWith("code").Values}, "code", h.code(h.key))
	h.once(h.together("/second-factor", forms, h.copies(b, many)...))
	h.expect("sessions with a second factor", 2, `SELECT count(*) FROM audit WHERE action = 'login.stepped_up'`)
}

func (h *house) enrolmentCodes() {
	h.plant()
	b := h.browser()
	h.typeIn(b, noor, secret).Expect(http.StatusOK, "Il mio account")
	p := b.Get(h.url + factorsPage + "/app")
	forms := with([]url.Values{p.FormWith("code").Values}, "code", otp.Generate(keyOf(p), h.clock.Now()))
	h.judge(h.together(factorsPage+"/app", forms, h.copies(b, many)...))
	h.expect("apps", 1, `SELECT count(*) FROM factor`)
	h.expect("audit lines", 1, `SELECT count(*) FROM audit WHERE action = 'factor.added'`)
	h.expect("mails", 1, `SELECT count(*) FROM outbox`)
}

func (h *house) smsCodes() {
	h.plant()
	b := h.browser()
	h.typeIn(b, noor, secret)
	p := b.Get(h.url + factorsPage + "/sms")
	p = b.Submit(p.FormWith("number"), "number", "333 123 4567")
	b.Submit(p.FormWith("code"), "code", h.smsCode()).Expect(http.StatusOK, "Il numero è attivo")
	h.clock.Advance(time.Minute)
	b = h.browser()
	p = h.typeIn(b, noor, secret)
	p = b.Submit(p.FormWith("number")).Expect(http.StatusOK, "Abbiamo inviato un codice")
	forms := with([]url.Values{p.FormWith("code").Values}, "code", h.smsCode())
	h.once(h.together("/second-factor", forms, h.copies(b, many)...))
	h.expect("unused codes", 0, `SELECT count(*) FROM factor_code WHERE used_at = 0`)
}

func (h *house) recoveryCodes() {
	b := h.noorWithAnApp()
	p := b.Get(h.url + factorsPage + "/recovery")
	p = b.Submit(p.Form("form[action='" + factorsPage + "/recovery']"))
	code := webtest.Text(p.FindAll("#codes code")[0])
	list, forms := h.waiting("Usa un codice di recupero")
	h.once(h.together("/second-factor", with(forms, "code", code), list...))
	h.expect("used codes", 1, `SELECT count(*) FROM recovery_code WHERE used_at > 0`)
	h.expect("mails", 1, `SELECT count(*) FROM outbox WHERE subject LIKE '%odice di recupero%'`)
}

func (h *house) recoveryLinks() {
	h.plant()
	h.lost(h.browser(), "noor@posta.example.it")
	b := h.browser()
	f := b.Get(linkIn.FindString(h.mail("noor@posta.example.it"))).FormWith("again")
	var forms []url.Values
	for i := range many {
		chosen := another + strings.Repeat("!", i)
		forms = append(forms, url.Values{"token": f.Values["token"], "password": {chosen}, "again": {chosen}})
	}
	h.once(h.together("/recover/password", forms, h.copies(b, many)...))
	h.expect("changes", 1, `SELECT count(*) FROM audit WHERE action = 'credential.password_changed'`)
	h.expect("former passwords", 1, `SELECT count(*) FROM credential_former`)
}

// clerk is a member of the desk at work.
func (h *house) clerk() *webtest.Client {
	h.t.Helper()
	h.becomes(deskPeople["clerk"])
	b := h.browser()
	welcome := b.Get(h.start(""))
	h.choose(b, b.Submit(welcome.FormWith("notice"), "notice", "on"))
	h.recode(h.codeOf(b), string(deskCode))
	b = h.browser()
	b.Get(h.start(""))
	return b
}

func (h *house) draftCodes() {
	b := h.browser()
	p := b.Submit(h.register(b, "").FormWith("family_name"), prova()...)
	forms := []url.Values{p.FormWith("code").Fill("code", sixDigits.FindString(h.mail("prova.finti@posta.example.org"))).Values}
	// It is one browser: those that find the draft of the first go on with it.
	if o := h.judge(h.together("/register/email", forms, h.copies(b, many)...)); o.on < 1 || o.on > 5 {
		h.t.Errorf("%d went on", o.on)
	}
	h.expect("drafts", 1, `SELECT count(*) FROM draft`)
	h.expect("codes", 0, `SELECT count(*) FROM contact_code`)
}

func (h *house) deskLogins() {
	h.noorWithAnApp()
	clerk := h.clerk()
	b := h.browser()
	p := h.typeIn(b, noor, secret)
	p = b.Get(p.Link("Chiedi all’assistenza di confermare"))
	person := h.look(clerk, string(noor))
	h.seen(clerk, person)
	form := deed(person, "", "Ha perso il telefono")
	form.Set("number", p.Text("#desk-number"))
	clerk.Post(h.url+"/helpdesk/login", form).Expect(http.StatusOK, "Fatto.")
	before := h.count(`SELECT count(*) FROM audit WHERE action = 'login.stepped_up'`)
	h.once(h.together("/second-factor", []url.Values{p.FormWith("method").Values}, h.copies(b, many)...))
	h.expect("sessions with a second factor", before+1, `SELECT count(*) FROM audit WHERE action = 'login.stepped_up'`)
}

func (h *house) callerCodes() {
	h.plant()
	clerk := h.clerk()
	person := h.look(clerk, string(noor))
	pass := url.Values{"pass": {webtest.Attr(person.Find("[name=pass]"), "value")}}
	pass.Set("send", "yes")
	clerk.Post(h.url+"/helpdesk/caller", pass).Expect(http.StatusOK)
	pass.Del("send")
	pass.Set("code", sixDigits.FindString(h.mail("noor@posta.example.it")))
	h.once(h.together("/helpdesk/caller", []url.Values{pass}, h.copies(clerk, many)...))
	h.expect("proofs", 1, `SELECT count(*) FROM audit WHERE action = 'desk.caller_proved'`)
}

// resetting is a browser of Noor, who asked for a reset, and the links of its messages.
func (h *house) resetting() (b *webtest.Client, finish, stop url.Values) {
	h.t.Helper()
	b = h.noorWithAnApp()
	b.Submit(b.Get(h.url+factorsPage+"/reset").FormWith("password"), "password", secret).Expect(http.StatusOK, "La richiesta è in corso")
	_, token, _ := strings.Cut(links.FindString(h.mail("noor@posta.example.it")), "token=")
	stop = url.Values{"token": {token}}
	h.clock.Advance(72 * time.Hour)
	h.runJobs()
	_, token, _ = strings.Cut(links.FindString(h.mail("noor@posta.example.it")), "token=")
	return b, url.Values{"token": {token}}, stop
}

func (h *house) finishLinks() {
	_, finish, _ := h.resetting()
	b := h.browser()
	h.typeIn(b, noor, secret)
	h.once(h.together("/second-factor/reset", []url.Values{finish}, h.copies(b, many)...))
	h.expect("factors", 0, `SELECT count(*) FROM factor`)
	h.expect("resets", 1, `SELECT count(*) FROM audit WHERE action = 'factor.reset_done'`)
}

func (h *house) stopLinks() {
	_, _, stop := h.resetting()
	h.once(h.together("/second-factor/reset", []url.Values{stop}, h.copies(h.browser(), many)...))
	h.expect("factors", 1, `SELECT count(*) FROM factor`)
	h.expect("audit lines", 1, `SELECT count(*) FROM audit WHERE action = 'factor.reset_stopped'`)
}

// runJobs runs every job of the gateway once, at the time of the stage.
func (s *stage) runJobs() {
	s.t.Helper()
	for _, j := range append(s.gw.Jobs(), s.store.Jobs()...) {
		if err := j.Run(s.t.Context(), s.clock.Now()); err != nil {
			s.t.Fatalf("%s: %v", j.Name, err)
		}
	}
}
