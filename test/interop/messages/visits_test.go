package messages_test

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"

	"atrio/authn/otp"
	"atrio/federation/spid"
	"atrio/web/webtest"
)

// visit is one person's way through the program.
type visit struct {
	t       *testing.T
	program *program
	rec     *recorder
	browser *webtest.Client
	page    *webtest.Page
}

// visitAll brings about every message that there is.
func visitAll(t *testing.T, p *program, rec *recorder) {
	people := p.people()
	begin := func(t *testing.T) *visit { return &visit{t: t, program: p, rec: rec, browser: rec.browser(t)} }

	t.Run("the descriptions", func(t *testing.T) {
		v := begin(t)
		v.browser.Get(rec.gateway + "/spid/metadata").Expect(http.StatusOK)
		v.browser.Get(rec.provider + "/metadata").Expect(http.StatusOK)
		v.browser.Get(rec.gateway + "/cie/metadata").Expect(http.StatusOK)
		v.browser.Get(rec.desk + "/cie/idp/metadata").Expect(http.StatusOK)
		v.browser.Get(rec.desk + "/eidas/idpit/metadata").Expect(http.StatusOK)
	})
	t.Run("Bianca signs in for the first time", func(t *testing.T) {
		v := begin(t).enter().password(people["Bianca"], "").code(people["Bianca"]).consent("yes")
		v.page.Expect(http.StatusOK, "Stai entrando come Bianca Esempio", "Sei tu?")
		v.page = v.browser.Submit(v.page.FormWith("notice"), "notice", "on")
		v.page.Expect(http.StatusOK, "Il tuo account è pronto")
	})
	t.Run("errors of the person", func(t *testing.T) { errorsOfThePerson(t, begin, people) })
	t.Run("services of all levels", func(t *testing.T) { allLevels(t, begin, people) })
	t.Run("a provider that takes POST only", func(t *testing.T) {
		v := begin(t)
		v.browser.AutoPost = false
		v.browser.Get(rec.gateway+"/spid/login?idp="+url.QueryEscape(postOnly)).Expect(http.StatusOK, "Prosegui")
	})
	t.Run("a service of others signs somebody in at level 1", func(t *testing.T) {
		v := begin(t)
		request := p.service.request(t, p.advance("0s"), rec.provider, spid.L1)
		_, message, err := request.Post()
		if err != nil {
			t.Fatal(err)
		}
		v.page = v.browser.Post(rec.provider+"/sso", url.Values{"SAMLRequest": {message}, "RelayState": {"opaco"}})
		v.password(people["Lea"], "").consent("yes").page.Expect(http.StatusOK, "Prosegui")
	})
	t.Run("with CIE", func(t *testing.T) { withCIE(t, begin) })
	t.Run("with eIDAS", func(t *testing.T) { withEIDAS(t, begin) })
	t.Run("errors of a service", func(t *testing.T) { errorsOfAService(t, begin) })
	t.Run("21 after the time for a login", func(t *testing.T) {
		v := begin(t).enter()
		p.advance("11m")
		v.password(people["Amira"], "").page.Expect(http.StatusForbidden, "Timeout durante l’autenticazione")
	})
}

// errorsOfThePerson are the rows of the table that a person brings about; the gateway
// must say each in the words of the rules.
func errorsOfThePerson(t *testing.T, begin func(*testing.T) *visit, people map[string]person) {
	t.Run("19", func(t *testing.T) {
		v := begin(t).enter()
		for range 5 {
			v.password(people["Tullio"], "sbagliata")
		}
		v.back().page.Expect(http.StatusForbidden, "ripetuta sottomissione di credenziali errate")
	})
	t.Run("20", func(t *testing.T) {
		begin(t).enter().password(people["Lea"], "").back().page.Expect(http.StatusForbidden, "credenziali compatibili con il livello")
	})
	t.Run("22", func(t *testing.T) {
		begin(t).enter().password(people["Amira"], "").code(people["Amira"]).consent("no").page.Expect(http.StatusForbidden, "nega il consenso")
	})
	t.Run("23", func(t *testing.T) {
		begin(t).enter().password(people["Carlo"], "").back().page.Expect(http.StatusForbidden, "sospesa")
	})
	t.Run("25", func(t *testing.T) {
		begin(t).enter().cancel().page.Expect(http.StatusForbidden, "annullato dall’utente")
	})
}

// allLevels starts at the three simulated services, each with a level of its own. The
// provider has no credentials of level 3 and answers 20.
func allLevels(t *testing.T, begin func(*testing.T) *visit, people map[string]person) {
	for client, level := range map[string]spid.Level{"servizio-livello-1": spid.L1, "servizio-livello-2": spid.L2, "servizio-livello-3": spid.L3} {
		t.Run(client, func(t *testing.T) {
			v := begin(t)
			before := len(v.rec.sent)
			v.page = v.browser.Get(v.program.address(3) + "/service/start?client=" + client)
			v.page = v.browser.Get(v.door())
			if sent := v.rec.sent[before:]; len(sent) != 1 || !contains(sent[0].xml, level.URI()) {
				t.Fatalf("the request does not ask for %s: %s", level.URI(), sent)
			}
			v.password(people["Amira"], "")
			switch level {
			case spid.L1:
				v.consent("yes").page.Expect(http.StatusOK, "Stai entrando come Amira Finta")
			case spid.L3:
				v.back().page.Expect(http.StatusForbidden, "credenziali compatibili con il livello")
			default:
				v.page.Expect(http.StatusOK)
			}
		})
	}
}

// errorsOfAService are the rows that a service brings about. // SPID-RT messaggi di errore
func errorsOfAService(t *testing.T, begin func(*testing.T) *visit) {
	for number, change := range map[string][2]string{
		"08": {` Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity"`, ``},
		"09": {`Version="2.0"`, `Version="1.1"`},
		"11": {`ID="{id}"`, `ID="1-non-un-nome"`},
		"12": {"https://www.spid.gov.it/SpidL2", "https://www.spid.gov.it/SpidL9"},
		"13": {`IssueInstant="2`, `IssueInstant="1`},
		"14": {`/sso"`, `/altro"`},
		"15": {`Version="2.0"`, `Version="2.0" IsPassive="true"`},
		"16": {`AssertionConsumerServiceIndex="0"`, `AssertionConsumerServiceIndex="7"`},
		"17": {"nameid-format:transient", "nameid-format:persistent"},
		"18": {`AttributeConsumingServiceIndex="0"`, `AttributeConsumingServiceIndex="9"`},
	} {
		t.Run(number, func(t *testing.T) {
			v := begin(t)
			before := len(v.rec.sent)
			address := v.program.service.spoilt(t, v.program.advance("0s"), v.rec.provider, change[0], change[1])
			v.browser.Get(address).Expect(http.StatusOK, "Prosegui")
			if sent := v.rec.sent[before:]; len(sent) != 1 || !contains(sent[0].xml, "ErrorCode nr"+number) {
				t.Errorf("another answer: %s", sent)
			}
		})
	}
}

// enter starts at the gateway, at level 2.
func (v *visit) enter() *visit {
	v.t.Helper()
	v.browser.AutoPost = true
	v.page = v.browser.Get(v.rec.gateway + "/spid/login?idp=" + url.QueryEscape(v.rec.provider)).Expect(http.StatusOK)
	return v
}

// door is the address of our provider on the page of all doors.
func (v *visit) door() string {
	v.t.Helper()
	v.browser.AutoPost = true
	for _, a := range v.page.FindAll("a") {
		at, err := v.page.URL.Parse(webtest.Attr(a, "href"))
		if err == nil && at.Path == "/spid/login" && at.Query().Get("idp") == v.rec.provider {
			return at.String()
		}
	}
	v.t.Fatalf("%s: no way to %s", v.page.URL, v.rec.provider)
	return ""
}

// password fills in the first page; another word than the person's own may be given.
func (v *visit) password(p person, instead string) *visit {
	v.t.Helper()
	word := p.Password
	if instead != "" {
		word = instead
	}
	v.page = v.browser.Submit(v.page.FormWith("password"), "username", p.Login, "password", word)
	return v
}

// code fills in what the person's app shows.
func (v *visit) code(p person) *visit {
	v.t.Helper()
	key, err := otp.DecodeSecret(p.TOTPSecret)
	if err != nil {
		v.t.Fatal(err)
	}
	v.page = v.browser.Submit(v.page.FormWith("code"), "code", otp.Generate(key, v.program.advance("0s")))
	return v
}

func (v *visit) consent(answer string) *visit {
	v.t.Helper()
	v.page = v.browser.Submit(v.page.FormWith("consent"), "consent", answer)
	return v
}

// cancel presses "Annulla".
func (v *visit) cancel() *visit {
	v.t.Helper()
	for _, f := range v.page.FindAll("form") {
		if action := webtest.Attr(f, "action"); len(action) > 7 && action[len(action)-7:] == "/cancel" {
			v.page = v.browser.Submit(v.page.Form("form[action=" + action + "]"))
			return v
		}
	}
	v.t.Fatal("no way to cancel on the page")
	return nil
}

// back presses "Torna al servizio" on a page of the provider that explains an end.
func (v *visit) back() *visit {
	v.t.Helper()
	v.page.Expect(http.StatusForbidden, "Torna al servizio")
	v.page = v.browser.Submit(v.page.FormWith("SAMLResponse"))
	return v
}

func contains(document []byte, text string) bool { return bytes.Contains(document, []byte(text)) }
