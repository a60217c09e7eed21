package cieprovider_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/app/demo/cieprovider"
	"atrio/app/demo/simulator"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/web/webtest"
)

func TestEachWayLeadsToTheFourAttributes(t *testing.T) {
	w := newWorld(t)
	for _, way := range []string{"1", "2", "3"} {
		l := w.start(func(r *saml.AuthnRequest) {
			r.RequestedAuthnContext.ClassRefs = []string{"https://www.spid.gov.it/SpidL" + way}
		})
		if way == "2" { // with the Format and without: both are right
			l.page = l.browser.Follow(l.page, "Per chi prova: altri esiti")
			l.page = l.browser.Submit(l.page.FormWith("issuer_format"), "issuer_format", "on")
		}
		answer := l.at("nora.fittizia", way).press("consent", "yes").answer()
		got, err := l.check(answer)
		if err != nil {
			t.Fatalf("level %s: %v\n%s", way, err, answer)
		}
		want := map[string]string{"name": "Nora", "familyName": "Fittizia", "dateOfBirth": "1988-04-17", "fiscalNumber": "TINIT-FTTNRO88D57A944P"}
		if fmt.Sprint(got.Attributes) != fmt.Sprint(want) || fmt.Sprint(int(got.Level)) != way || got.SessionIndex == "" {
			t.Errorf("level %s: %+v", way, got)
		}
		if contains(answer, `xs:date"`) || !contains(answer, `FriendlyName="Codice Fiscale"`) {
			t.Errorf("not as CIE writes it: %s", answer)
		}
	}
}

func TestTheIssuersHaveNoFormatUnlessTheTesterWantsIt(t *testing.T) {
	w := newWorld(t)
	answer := w.start(nil).at("nora.fittizia", "2").press("consent", "yes").answer()
	if contains(answer, saml.FormatEntity) || !contains(answer, "status:Success") {
		t.Errorf("%s", answer)
	}
}

func TestTheHighestClassCanBeStatedAlways(t *testing.T) {
	w := newWorld(t)
	l := w.start(func(r *saml.AuthnRequest) { r.RequestedAuthnContext.ClassRefs = []string{spid.L1.URI()} })
	l.page = l.browser.Follow(l.page, "Per chi prova: altri esiti")
	l.page = l.browser.Submit(l.page.FormWith("highest_class"), "highest_class", "on")
	if answer := l.at("ottavio.inventato", "1").press("consent", "yes").answer(); !contains(answer, spid.L3.URI()) {
		t.Errorf("%s", answer)
	}
}

func TestOnlyWhatWasAskedForIsSent(t *testing.T) {
	w := newWorld(t)
	l := w.start(func(r *saml.AuthnRequest) { r.AttributeConsumingServiceIndex = "1" }).at("nora.fittizia", "3")
	if answer := l.press("consent", "yes").answer(); !contains(answer, "fiscalNumber") || contains(answer, "familyName") {
		t.Errorf("%s", answer)
	}
}

func TestThePersonLearnsWhyAWayDoesNotLeadOn(t *testing.T) {
	w := newWorld(t)
	l := w.start(nil)
	for _, c := range []struct{ person, way, text string }{
		{"nora.fittizia", "1", "Il servizio chiede almeno il livello 2"},
		{"ottavio.inventato", "2", "Ottavio Inventato può arrivare solo al livello 1"},
		{"nessuno", "2", "Scegli una delle persone"},
		{"nora.fittizia", "9", "Scegli uno dei tre modi"},
	} {
		l.browser.Submit(l.page.FormWith("person"), "person", c.person, "way", c.way).Expect(http.StatusUnprocessableEntity, c.text)
	}
	l.browser.Submit(l.page.FormWith("person")).Expect(http.StatusUnprocessableEntity, "")
	for way, c := range map[string][3]string{
		"2": {"code", "000000", "Il codice non è corretto"},
		"3": {"pin", "0000", "Il PIN non è corretto"},
	} {
		p := l.browser.Submit(l.page.FormWith("person"), "person", "nora.fittizia", "way", way)
		l.browser.Submit(p.FormWith(c[0]), c[0], c[1]).Expect(http.StatusUnprocessableEntity, c[2])
	}
	p := l.browser.Submit(l.page.FormWith("person"), "person", "nora.fittizia", "way", "2")
	l.browser.Submit(p.FormWith("password"), "password", "sbagliata").Expect(http.StatusUnprocessableEntity, "Nome utente o password non corretti")
	// Nothing of this opened the consent.
	at := l.page.URL.String()
	l.browser.Get(at+"/consent").Expect(http.StatusOK, "Chi sei?")
	l.browser.Post(at+"/consent", map[string][]string{"consent": {"yes"}}).Expect(http.StatusOK, "Chi sei?")
}

func TestEveryErrorOfCIEReachesTheService(t *testing.T) {
	w := newWorld(t)
	for _, code := range cieprovider.Codes() {
		l := w.start(nil)
		l.page = l.browser.Follow(l.page, "Per chi prova: altri esiti")
		l.page = l.browser.Submit(l.page.Form(`form[action=`+l.page.URL.Path[:strings.LastIndex(l.page.URL.Path, "/")]+`/end]`), "code", fmt.Sprint(code))
		if answer := l.answer(); !contains(answer, fmt.Sprintf("ErrorCode nr%d", code)) || !contains(answer, saml.StatusAuthnFailed) {
			t.Errorf("%d: %s", code, answer)
		}
	}
	if answer := w.start(nil).at("nora.fittizia", "2").press("consent", "no").answer(); !contains(answer, "ErrorCode nr22") {
		t.Errorf("no consent: %s", answer)
	}
	cancelled := w.start(nil)
	cancelled.page = cancelled.browser.Post(cancelled.page.URL.String()+"/end", map[string][]string{"code": {"25"}})
	if answer := cancelled.answer(); !contains(answer, "ErrorCode nr25") {
		t.Errorf("cancelled: %s", answer)
	}
	l := w.start(nil)
	l.page = l.browser.Submit(l.page.FormWith("person"), "person", "sandra.scaduta", "way", "3")
	l.page = l.browser.Submit(l.page.FormWith("pin")).Expect(http.StatusForbidden, "La carta è scaduta o revocata")
	if answer := l.press("code", "23").answer(); !contains(answer, "ErrorCode nr23") {
		t.Errorf("expired card: %s", answer)
	}
	// 19 and 20 are reserved: CIE never says them.
	for _, code := range []string{"19", "20", "1", "2", "", "x"} {
		at := w.start(nil)
		at.browser.Post(at.page.URL.String()+"/end", map[string][]string{"code": {code}}).Expect(http.StatusBadRequest, "")
	}
}

func TestEverySpoiltAnswerIsRefusedByTheRightCheck(t *testing.T) {
	w := newWorld(t)
	w.start(nil).at("nora.fittizia", "2").press("consent", "yes").answer()
	for _, s := range simulator.Spoilts() {
		want := map[string]string{
			"signature": "response-signature", "expired": "confirmation-end", "level": "authn-level", "attribute": "cie-attributes",
			"audience": "audience", "request": "response-in-response-to", "replay": "response-in-response-to",
		}[s.ID]
		l := w.start(nil).at("nora.fittizia", "2")
		l.page = l.browser.Follow(l.page, "Per chi prova: altri esiti")
		_, err := l.check(l.press("kind", s.ID).answer())
		var refusal *spidsaml.Refusal
		if !errors.As(err, &refusal) || refusal.Check.ID != want {
			t.Errorf("%s: %v, want %s", s.ID, err, want)
		}
	}
}

func TestAnAnswerLeavesOnce(t *testing.T) {
	w := newWorld(t)
	l := w.start(nil).at("nora.fittizia", "2")
	consent := l.page
	l.press("consent", "yes").answer()
	l.browser.Submit(consent.FormWith("consent"), "consent", "yes").Expect(http.StatusGone, "concluso")
	l.browser.Get(consent.URL.String()).Expect(http.StatusGone, "concluso")
	l.browser.Get(w.base+"/cie/idp/login/nessuno").Expect(http.StatusGone, "concluso")
}

// A parent approves 23 hours later; two days later nobody remembers.
func TestAnAnswerCanBeHeldForADay(t *testing.T) {
	w := newWorld(t)
	l := w.start(nil).at("nora.fittizia", "2")
	w.clock.Advance(23 * time.Hour)
	if _, err := l.check(l.press("consent", "yes").answer()); err != nil {
		t.Error(err)
	}
	l = w.start(nil).at("nora.fittizia", "2")
	w.clock.Advance(49 * time.Hour)
	l.browser.Get(l.page.URL.String()).Expect(http.StatusGone, "concluso")
}

// The request is taken, the session ends, and no answer goes back.
func TestALogoutEndsTheSessionInSilence(t *testing.T) {
	w := newWorld(t)
	l := w.start(nil).at("nora.fittizia", "2").press("consent", "yes")
	_, after, _ := strings.Cut(string(l.answer()), `SessionIndex="`)
	index, _, _ := strings.Cut(after, `"`)
	ask := func(path string, issuer string) *webtest.Page {
		message := `<samlp:LogoutRequest xmlns:samlp="` + saml.NamespaceProtocol + `" xmlns:saml="` + saml.NamespaceAssertion + `" ID="_l" Version="2.0" IssueInstant="` +
			string(saml.At(w.clock.Now())) + `"><saml:Issuer>` + issuer + `</saml:Issuer><saml:NameID>x</saml:NameID><samlp:SessionIndex>` + index + `</samlp:SessionIndex></samlp:LogoutRequest>`
		address, err := binding.RedirectURL(w.base+path, binding.Request, []byte(message), "opaco", w.service)
		if err != nil {
			t.Fatal(err)
		}
		p := webtest.New(t).Get(address)
		if p.Find("form") != nil && p.Find("form[data-autopost]") != nil {
			t.Error("an answer left")
		}
		return p
	}
	ask("/cie/idp/slo/redirect", "https://altro.esempio.it").Expect(http.StatusForbidden, "non è valida")
	ask("/cie/idp/slo/post", entity).Expect(http.StatusForbidden, "non è valida")
	ask("/cie/idp/slo/redirect", entity).Expect(http.StatusOK, "è chiusa")
	ask("/cie/idp/slo/redirect", entity).Expect(http.StatusOK, "non c’era nessuna sessione")
	for _, query := range []string{"", "?SAMLRequest=AAAA", "?SAMLResponse=x"} {
		webtest.New(t).Get(w.base+"/cie/idp/slo/redirect"+query).Expect(http.StatusForbidden, "non è valida")
	}
}
