package gateway_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/db/dbtest"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// sent is the request with which a door sends a browser away.
func (s *stage) sent(b *webtest.Client, address string) string {
	s.t.Helper()
	b.NoRedirect = true
	defer func() { b.NoRedirect = false }()
	p := b.Get(address)
	to, err := url.Parse(p.Header.Get("Location"))
	if err != nil || p.Status != http.StatusFound {
		s.t.Fatalf("start: %d", p.Status)
	}
	raw, err := base64.StdEncoding.DecodeString(to.Query().Get("SAMLRequest"))
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := binding.Inflate(raw, 16<<10)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// authorize is the address with which a service asks for a login.
func (s *stage) authorize(client string) string {
	return s.url + "/oidc/authorize?" + url.Values{
		"client_id": {client}, "redirect_uri": {"https://" + client + ".example.org/callback"}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"state-of-the-test"}, "nonce": {"nonce-of-the-test"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode()
}

// Each world gets the request of its own rules, and nothing of another's.
func TestEachDoorAsksAsItsWorldWants(t *testing.T) {
	s := newDoors(t)
	b := s.browser()
	login := b.Get(s.authorize("albo"))
	for name, c := range map[string]struct {
		link         string
		want, absent []string
	}{
		"SPID": {"Identità Uno", []string{
			`AttributeConsumingServiceIndex="0"`, `Comparison="minimum"`, "SpidL3", `<spid:Purpose xmlns:spid="https://spid.gov.it/saml-extensions">PF</spid:Purpose>`, ">" + s.url + "</saml:Issuer>",
		}, nil},
		"CIE": {"Entra con CIE", []string{
			`AttributeConsumingServiceIndex="0"`, `Comparison="minimum"`, "SpidL3", `ForceAuthn="true"`, ">" + s.url + "/cie</saml:Issuer>", `Destination="` + s.cie.SSOURL + `"`,
		}, []string{"Extensions"}},
		"eIDAS": {"", []string{
			`AttributeConsumingServiceIndex="100"`, `Comparison="minimum"`, "SpidL3", ">" + s.url + "</saml:Issuer>", `Destination="` + s.node.SSOURL + `"`,
		}, []string{"Extensions"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			address := s.url + "/eidas/login?country=ES&" + login.URL.RawQuery
			if c.link != "" {
				address = login.Link(c.link)
			}
			request := s.sent(b, address)
			for _, w := range c.want {
				if !strings.Contains(request, w) {
					t.Errorf("%s is missing in %s", w, request)
				}
			}
			for _, w := range c.absent {
				if strings.Contains(request, w) {
					t.Errorf("%s stands in %s", w, request)
				}
			}
		})
	}
}

// G2.6: level 2 when nobody asks for more; the institution may want the card always.
func TestCIEIsAskedForLevelTwoOrWhatTheInstitutionWants(t *testing.T) {
	for level, want := range map[int]string{0: "SpidL2", 1: "SpidL2", 3: "SpidL3"} {
		s := newStageConfigured(t, func(c *gateway.Config) { c.CIE.Level = level })
		if request := s.sent(s.browser(), s.url+"/cie/login"); !strings.Contains(request, want) || !strings.Contains(request, `Comparison="minimum"`) {
			t.Errorf("level %d: %s", level, request)
		}
	}
}

// The sets of eIDAS are published when that door is open, and only then.
func TestTheSetsOfEIDASArePublishedWithItsDoor(t *testing.T) {
	open, closed := newDoors(t), newStage(t)
	for _, index := range []string{`index="99"`, `index="100"`} {
		if !strings.Contains(string(open.webGet(open.url+"/spid/metadata")), index) {
			t.Errorf("%s is not published", index)
		}
		if strings.Contains(string(closed.webGet(closed.url+"/spid/metadata")), index) {
			t.Errorf("%s is published without the door", index)
		}
	}
	closed.browser().Get(closed.url + "/cie/metadata").Expect(http.StatusNotFound)
}

// The node in the list of SPID, by a mistake of the operator, is neither shown nor
// asked there.
func TestTheNodeIsNoProviderOfSPID(t *testing.T) {
	s := newStageWith(t, dbtest.SQLite(t, modules()...), func(s *stage, deps *gateway.Deps) {
		s.node = newProviderNamed(t, s.clock, "Nodo di Prova", samltest.ECDSA(t))
		deps.EIDAS, deps.Directory = s.node, both{s.idp, s.node}
	})
	b := s.browser()
	if b.Get(s.url + "/login").Has("Nodo di Prova") {
		t.Error("the node stands among the providers")
	}
	b.Get(s.url + "/spid/login?idp=" + url.QueryEscape(s.node.EntityID)).Expect(http.StatusNotFound)
	if request := s.sent(b, s.url+"/eidas/login?country=ES"); !strings.Contains(request, `AttributeConsumingServiceIndex="100"`) {
		t.Errorf("%s", request)
	}
}

type both [2]*provider

func (d both) Providers() []spidsaml.Provider { return append(d[0].Providers(), d[1].Providers()...) }

func (d both) Provider(id string) (spidsaml.Provider, bool) {
	for _, p := range d {
		if found, ok := p.Provider(id); ok {
			return found, true
		}
	}
	return spidsaml.Provider{}, false
}

// G1.1: an outage of a door stands on its button, whoever says so.
func TestAnOutageStandsOnTheButtonsOfCIEAndEIDAS(t *testing.T) {
	s := newStageConfigured(t, func(c *gateway.Config) { c.EIDAS.Outage = true })
	login := s.browser().Get(s.url + "/login")
	for _, a := range login.FindAll("a.atrio-door") {
		text := webtest.Text(a)
		if says := strings.Contains(text, "Problemi segnalati"); says != strings.Contains(text, "eIDAS") {
			t.Errorf("%q", text)
		}
	}
	s.down = s.cie.EntityID
	login = s.browser().Get(s.url + "/login")
	for _, a := range login.FindAll("a.atrio-door") {
		text := webtest.Text(a)
		if says := strings.Contains(text, "Problemi segnalati Fermo fino alle 18"); says != strings.Contains(text, "CIE") {
			t.Errorf("%q", text)
		}
	}
}

// What is refused goes to the ledger with its reason, the door's own refusals too.
func TestTheMessagesOfRefusedAnswersAreKept(t *testing.T) {
	s := newDoors(t)
	b := s.browser()
	form := s.held(b, s.cie, "/cie/login")
	u, _ := url.Parse(s.url)
	copied := webtest.New(t)
	copied.HTTP.Jar.SetCookies(u, b.HTTP.Jar.Cookies(u))
	b.Post(s.url+"/cie/acs", form)
	copied.Post(s.url+"/cie/acs", form)
	s.cie.anomaly = 25
	s.browser().Get(s.url + "/cie/login")
	s.cie.anomaly = 0
	s.node.next = func(a *spidsaml.Answer) { a.Level = spid.L1 }
	s.browser().Get(s.url + "/eidas/login?country=ES")
	s.idp.attributes = leo()
	s.idp.attributes["dateOfBirth"] = "2013-05-05"
	c := s.browser()
	c.Get(c.Get(s.url + "/test/begin?state=x&service=ragazzi").Link("Identità Uno"))
	delete(s.idp.attributes, "name")
	s.browser().Get(s.start(""))
	for _, reason := range []string{"replayed", "status-success.nr25", "authn-level", "age_too_young", "spid_attributes_missing"} {
		x := s.keptFor(reason)
		if x.RequestID == "" || x.ResponseID == "" || len(x.Request) == 0 || len(x.Response) == 0 {
			t.Errorf("%s: %d and %d bytes", reason, len(x.Request), len(x.Response))
		}
	}
	if len(s.kept) != 5 {
		t.Errorf("%d were kept", len(s.kept))
	}
}

// G2.9 from the service and back: the code is given although the request is of
// yesterday.
func TestAServiceForMinorsGetsItsPersonADayLater(t *testing.T) {
	s := newStage(t)
	s.idp.attributes = leo()
	b := s.browser()
	login := b.Get(s.authorize("ragazzi")+"&prompt=login").Expect(http.StatusOK, "Corsi per ragazzi")
	s.clock.Advance(20 * time.Minute)
	b.NoRedirect = true
	s.idp.pause = b.Get(login.Link("Identità Uno")).Header.Get("Location")
	b.NoRedirect = false
	asked := s.clock.Now()
	s.clock.Advance(23*time.Hour + 50*time.Minute)
	welcome := b.Post(s.url+"/spid/acs", s.approve(asked)).Expect(http.StatusOK, "Sei tu?")
	s.clock.Advance(40 * time.Minute)
	done := b.Submit(welcome.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
	ask := b.Get(done.Link("Continua verso Corsi per ragazzi"))
	b.NoRedirect = true
	p := b.Submit(ask.FormWith("later"), "later", "yes")
	p = b.Get(s.url + p.Header.Get("Location"))
	to, err := url.Parse(p.Header.Get("Location"))
	if err != nil || to.Host != "ragazzi.example.org" || to.Query().Get("code") == "" || to.Query().Get("state") != "state-of-the-test" {
		t.Errorf("%d %s", p.Status, p.Header.Get("Location"))
	}
}
