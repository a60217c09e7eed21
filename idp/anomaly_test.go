package idp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/idp/identity"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
	"atrio/web/webtest"
)

// SPID-RT messaggi di errore: every row has its recipient and its status.

func TestAnomaliesOfTheRequestForThePersonAreShownWithTheirStatus(t *testing.T) {
	w := newWorld(t)
	request, err := w.sp.Request(saml.NewID(), w.clock.Now(), w.provider, spidsaml.Want{Level: spid.L2})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := request.RedirectURL("x")
	if err != nil {
		t.Fatal(err)
	}
	foreign := *w.sp
	foreign.Signer = samltest.RSA(t)
	forged := post(t, &foreign, w, request.XML, request.Pending.RequestID)
	unknown := *w.sp
	unknown.EntityID = "https://sconosciuto.example.org"
	other, err := unknown.Request(saml.NewID(), w.clock.Now(), w.provider, spidsaml.Want{Level: spid.L2})
	if err != nil {
		t.Fatal(err)
	}
	strange, err := other.RedirectURL("x")
	if err != nil {
		t.Fatal(err)
	}
	query := func(address string) string { return address[strings.Index(address, "/sso"):] }
	for _, c := range []struct {
		name, method, path string
		values             url.Values
		code               int
		text               string
	}{
		{"no request", "GET", "/sso", nil, 4, "Formato richiesta non corretto"},
		{"not base64", "GET", "/sso?SAMLRequest=%2A&SigAlg=x&Signature=y", nil, 4, "Formato richiesta non corretto"},
		{"no signature", "GET", query(signed[:strings.Index(signed, "&SigAlg")]), nil, 4, "Formato richiesta non corretto"},
		{"relay state changed", "GET", query(strings.Replace(signed, "RelayState=x", "RelayState=y", 1)), nil, 5, "Impossibile stabilire l’autenticità"},
		{"wrong method", "PUT", "/sso", nil, 6, "Formato richiesta non ricevibile"},
		{"POST signed by another key", "POST", "/sso", forged, 7, "Formato richiesta non corretto"},
		{"unknown service", "GET", query(strange), nil, 10, "Formato richiesta non corretto"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.do(c.method, c.path, c.values).Expect(http.StatusForbidden, c.text)
			if !w.audit.has(reason(c.code)) {
				t.Errorf("no audit line with %s", reason(c.code))
			}
		})
	}
}

func reason(code int) string {
	a, _ := spid.LookupAnomaly(code)
	return "spid." + strings.TrimPrefix(a.Message(), "ErrorCode ")
}

// post signs a request for HTTP-POST.
func post(t *testing.T, sp *spidsaml.SP, w *world, xml []byte, id string) url.Values {
	t.Helper()
	signed, err := xmlsec.Sign(xml, id, saml.NameIssuer, sp.Signer)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"SAMLRequest": {binding.EncodePost(signed)}, "RelayState": {"stato-opaco"}}
}

func TestAnomaliesOfTheRequestForTheServiceAreAnswered(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		code     int
		old, new string
	}{
		{8, `Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity"`, ``},
		{9, `Version="2.0"`, `Version="1.1"`},
		{12, "https://www.spid.gov.it/SpidL2", "https://www.spid.gov.it/SpidL9"},
		{13, samltest.Start.UTC().Format("2006-01-02T15:04"), "2020-01-01T00:00"},
		{14, `Destination="` + w.base + `/sso"`, `Destination="https://altro.example.org"`},
		{15, `Version="2.0"`, `Version="2.0" IsPassive="true"`},
		{16, `AssertionConsumerServiceIndex="0"`, `AssertionConsumerServiceIndex="7"`},
		{17, "nameid-format:transient", "nameid-format:persistent"},
		{18, `AttributeConsumingServiceIndex="0"`, `AttributeConsumingServiceIndex="9"`},
	} {
		t.Run(spid.Anomaly{Code: c.code}.Message(), func(t *testing.T) {
			request, err := w.sp.Request(saml.NewID(), w.clock.Now(), w.provider, spidsaml.Want{Level: spid.L2})
			if err != nil {
				t.Fatal(err)
			}
			xml := strings.Replace(string(request.XML), c.old, c.new, 1)
			if xml == string(request.XML) {
				t.Fatalf("%q is not in %s", c.old, xml)
			}
			v := &visit{world: w, pending: request.Pending, browser: webtest.New(t)}
			v.page = v.browser.Post(w.base+"/sso", post(t, w.sp, w, []byte(xml), request.Pending.RequestID))
			v.page.Expect(http.StatusOK, "Prosegui")
			v.expectAnomaly(c.code)
			if !w.audit.has(reason(c.code)) {
				t.Error("no audit line")
			}
			a, _ := spid.LookupAnomaly(c.code)
			if body := decoded(t, v); !strings.Contains(body, a.Status) || !strings.Contains(body, a.SubStatus) || strings.Contains(body, "Assertion ") {
				t.Errorf("unexpected answer %s", body)
			}
		})
	}
}

func TestARequestWithoutAUsableIDIsAnswered(t *testing.T) {
	w := newWorld(t)
	request, err := w.sp.Request(saml.NewID(), w.clock.Now(), w.provider, spidsaml.Want{Level: spid.L2})
	if err != nil {
		t.Fatal(err)
	}
	xml := strings.Replace(string(request.XML), request.Pending.RequestID, "1-non-un-nome", 1)
	address, err := binding.RedirectURL(w.base+"/sso", binding.Request, []byte(xml), "stato-opaco", w.sp.Signer)
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{world: w, browser: webtest.New(t)}
	v.page = v.browser.Get(address).Expect(http.StatusOK, "Prosegui")
	if body := decoded(t, v); !strings.Contains(body, "ErrorCode nr11") {
		t.Errorf("unexpected answer %s", body)
	}
}

func TestOurOwnFailureShowsTheOfficialText(t *testing.T) {
	w := newWorld(t)
	v := w.level(webtest.New(t), spid.L2)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	v.password(ada, secret).page.Expect(http.StatusInternalServerError, "Sistema di autenticazione non disponibile - Riprovare più tardi")
}

func decoded(t *testing.T, v *visit) string {
	t.Helper()
	m, err := binding.FromForm(v.page.FormWith("SAMLResponse").Values)
	if err != nil {
		t.Fatal(err)
	}
	return string(m.XML)
}

func TestAPostedRequestIsAsGoodAsARedirectedOne(t *testing.T) {
	w := newWorld(t)
	request, err := w.sp.Request(saml.NewID(), w.clock.Now(), w.provider, spidsaml.Want{Level: spid.L1})
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{world: w, pending: request.Pending, browser: webtest.New(t)}
	v.page = v.browser.Post(w.base+"/sso", post(t, w.sp, w, request.XML, request.Pending.RequestID))
	for _, c := range v.browser.HTTP.Jar.Cookies(v.page.URL) {
		t.Logf("%s: %d bytes", c.Name, len(c.Value))
		if len(c.Value) > 2048 {
			t.Errorf("the cookie has %d bytes", len(c.Value))
		}
	}
	v.password(carla, secret).press("consent", "yes").login()
}

func TestAnomaliesOfThePerson(t *testing.T) {
	w := newWorld(t)
	start := func(level spid.Level) *visit { return w.level(webtest.New(t), level) }

	t.Run("19 after five wrong credentials, with hints before", func(t *testing.T) {
		v := start(spid.L2)
		for left := 4; left > 0; left-- {
			v.password(carla, "sbagliata").page.Expect(http.StatusUnprocessableEntity, "User ID o password non corretti")
		}
		v.page.Expect(http.StatusUnprocessableEntity, "ancora 1 tentativo")
		v.password(carla, "sbagliata").page.Expect(http.StatusForbidden, "Troppi tentativi", "Torna al servizio")
		v.expectAnomaly(19)
	})
	t.Run("19 after five wrong codes", func(t *testing.T) {
		v := start(spid.L2).password(ada, secret)
		for range 4 {
			v.code("000000").page.Expect(http.StatusUnprocessableEntity, "Il codice non è corretto")
		}
		v.code("000000").expectAnomaly(19)
	})
	t.Run("20 without credentials of the level", func(t *testing.T) {
		v := start(spid.L2).password(carla, secret)
		v.page.Expect(http.StatusForbidden, "non ha le credenziali richieste", "Fatti riconoscere di nuovo")
		v.expectAnomaly(20)
		if got := v.page.Link("Ecco come"); got != w.base+"/account/recover" {
			t.Errorf("the way on leads to %s", got)
		}
		if v = start(spid.L3).password(ada, secret); v.page.Has("Fatti riconoscere di nuovo") {
			t.Error("who has level 2 is sent to set it up")
		}
		v.expectAnomaly(20)
	})
	t.Run("21 after the time for a login", func(t *testing.T) {
		v := start(spid.L2)
		w.clock.Advance(11 * time.Minute)
		v.password(ada, secret).expectAnomaly(21)
	})
	t.Run("22 without consent", func(t *testing.T) {
		start(spid.L1).password(carla, secret).press("consent", "no").expectAnomaly(22)
	})
	t.Run("23 suspended or revoked, only with right credentials", func(t *testing.T) {
		start(spid.L2).password(dario, "sbagliata").page.Expect(http.StatusUnprocessableEntity, "User ID o password non corretti")
		v := start(spid.L2).password(dario, secret)
		v.page.Expect(http.StatusForbidden, "Credenziali sospese o revocate")
		v.expectAnomaly(23)
		start(spid.L2).password(elena, secret).expectAnomaly(23)
	})
	t.Run("23 suspended between password and consent", func(t *testing.T) {
		v := start(spid.L1).password(bruno, secret)
		id, _, err := w.store.Password(t.Context(), bruno)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.store.SetState(t.Context(), id, identity.Suspended, w.clock.Now()); err != nil {
			t.Fatal(err)
		}
		v.press("consent", "yes").expectAnomaly(23)
	})
	t.Run("25 cancelled at every step", func(t *testing.T) {
		start(spid.L2).cancel().expectAnomaly(25)
		start(spid.L2).password(ada, secret).cancel().expectAnomaly(25)
		start(spid.L2).password(ada, secret).code(w.totp()).cancel().expectAnomaly(25)
	})
}

func TestForceAuthnAsksForThePasswordAgain(t *testing.T) {
	w := newWorld(t)
	browser := webtest.New(t)
	w.level(browser, spid.L1).password(carla, secret).press("consent", "yes").login()
	request, err := w.sp.Request(saml.NewID(), w.clock.Now(), w.provider, spidsaml.Want{Level: spid.L1})
	if err != nil {
		t.Fatal(err)
	}
	xml := strings.Replace(string(request.XML), `Version="2.0"`, `Version="2.0" ForceAuthn="true"`, 1)
	browser.Post(w.base+"/sso", post(t, w.sp, w, []byte(xml), request.Pending.RequestID)).Expect(http.StatusOK, "User ID")
}

func TestAttributesThatTheIdentityLacksAreNamedAndNotSent(t *testing.T) {
	w := newWorld(t)
	v := w.ask(webtest.New(t), spidsaml.Want{Level: spid.L1, AttributeIndex: 1}).password(carla, secret)
	v.page.Expect(http.StatusOK, "Ragione o denominazione sociale")
	l := v.press("consent", "yes").login()
	if len(l.Attributes) != 1 || l.Attributes["name"] != "Carla" {
		t.Errorf("unexpected %v", l.Attributes)
	}
}
