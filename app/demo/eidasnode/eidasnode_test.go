package eidasnode_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/app/demo/eidasnode"
	"atrio/app/demo/simulator"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/web/webtest"
)

func TestEverybodyOfEveryCountryEntersWithTheirIdentifier(t *testing.T) {
	w := newWorld(t)
	words := map[spid.Level]string{spid.L1: "low", spid.L2: "substantial", spid.L3: "high"}
	for _, h := range eidasnode.People() {
		l := w.start(spidsaml.Want{Level: h.Level, AttributeIndex: spid.SetEIDASFull, EIDAS: true}).at(h.Country, h.Login, words[h.Level])
		l.page.Expect(http.StatusOK, h.Written())
		got, err := l.press("consent", "yes").check()
		if err != nil {
			t.Fatalf("%s: %v", h.Login, err)
		}
		if got.Level != h.Level || fmt.Sprint(got.Attributes) != fmt.Sprint(h.Attributes) || got.Attributes["spidCode"] == "" {
			t.Errorf("%s: %+v", h.Login, got)
		}
		if (got.SessionIndex == "") != (h.Level > spid.L1) { // SPID-RT single logout
			t.Errorf("%s: session %q", h.Login, got.SessionIndex)
		}
	}
}

func TestTheMinimumSetHoldsFourData(t *testing.T) {
	got, err := newWorld(t).start(substantial()).at("DE", "joerg", "high").press("consent", "yes").check()
	if err != nil || len(got.Attributes) != 4 || got.Attributes["familyName"] != "Müßiggang-Beispiel" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Avviso eIDAS 01-2018: the node knows 99 and 100; what is for SPID providers is not
// for it.
func TestOtherSetsAreRefused(t *testing.T) {
	l := newWorld(t).start(spidsaml.Want{Level: spid.L2, AttributeIndex: 0})
	_, err := l.check()
	var refusal *spidsaml.Refusal
	if !errors.As(err, &refusal) || refusal.Anomaly == nil || refusal.Anomaly.Code != 18 {
		t.Errorf("%v", err)
	}
}

func TestARequestOfNobodyGetsThePage(t *testing.T) {
	w := newWorld(t)
	for query, text := range map[string]string{
		"": "Wrong request format", "?SAMLRequest=AAAA&SigAlg=x&Signature=x": "Wrong request format",
	} {
		c := webtest.New(t)
		c.Header.Set("Accept-Language", "sv")
		c.Get(w.base+"/eidas/idpit/sso"+query).Expect(http.StatusForbidden, text)
	}
	webtest.New(t).Post(w.base+"/eidas/idpit/sso", nil).Expect(http.StatusForbidden, "Wrong request format")
	p, err := webtest.New(t).Do(http.MethodPut, w.base+"/eidas/idpit/sso", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Expect(http.StatusForbidden, "Formato richiesta non ricevibile")
	webtest.New(t).Get(w.base+"/eidas/idpit/slo").Expect(http.StatusForbidden, "non è valida")
}

func TestEveryAnomalyOfTheTableCanBeAnswered(t *testing.T) {
	w := newWorld(t)
	codes := eidasnode.Codes()
	if len(codes) != 22 {
		t.Errorf("%d codes: %v", len(codes), codes)
	}
	for _, code := range codes {
		l := w.start(substantial())
		at := l.page.URL.String()
		l.page = l.browser.Get(at+"/trial").Expect(http.StatusOK, fmt.Sprintf("Errore %d", code))
		l.page = l.browser.Post(at+"/end", map[string][]string{"code": {fmt.Sprint(code)}})
		_, err := l.check()
		var refusal *spidsaml.Refusal
		if !errors.As(err, &refusal) || refusal.Anomaly == nil || refusal.Anomaly.Code != code {
			t.Errorf("%d: %v", code, err)
		}
	}
	for _, code := range []string{"1", "4", "10", "31", ""} {
		l := w.start(substantial())
		l.browser.Post(l.page.URL.String()+"/end", map[string][]string{"code": {code}}).Expect(http.StatusBadRequest, "")
	}
}

func TestEverySpoiltAnswerIsRefusedByTheRightCheck(t *testing.T) {
	w := newWorld(t)
	if _, err := w.start(substantial()).at("DE", "joerg", "high").press("consent", "yes").check(); err != nil {
		t.Fatal(err)
	}
	for _, s := range simulator.Spoilts() {
		l := w.start(substantial())
		l.page = l.browser.Get(l.page.URL.String() + "/trial")
		_, err := l.press("kind", s.ID).check()
		want := map[string]string{
			"signature": "response-signature", "expired": "confirmation-end", "level": "authn-level",
			"audience": "audience", "request": "response-in-response-to", "replay": "response-in-response-to", "attribute": "eidas-minimum-set",
		}[s.ID]
		var refusal *spidsaml.Refusal
		if !errors.As(err, &refusal) || refusal.Check.ID != want {
			t.Errorf("%s: %v, want %s", s.ID, err, want)
		}
	}
	l := newWorld(t).start(substantial())
	l.page = l.browser.Get(l.page.URL.String()+"/trial").Expect(http.StatusOK, "prima deve esserci un accesso riuscito")
	l.browser.Post(strings.TrimSuffix(l.page.URL.String(), "/trial")+"/spoil", map[string][]string{"kind": {"replay"}}).Expect(http.StatusBadRequest, "")
	l.browser.Post(strings.TrimSuffix(l.page.URL.String(), "/trial")+"/manner", map[string][]string{"highest_class": {"on"}}).Expect(http.StatusBadRequest, "")
}

func TestThePersonLearnsWhyTheyCannotGoOn(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ country, person, level, text string }{
		{"PT", "luis", "low", "Il servizio chiede un livello più alto"},
		{"PT", "luis", "high", "Luís Exemplo non ha credenziali di questo livello"},
		{"ES", "joerg", "high", "Scegli una delle persone"},
		{"ES", "", "high", "Scegli una delle persone"},
		{"ES", "mariajose", "", "Scegli uno dei tre livelli"},
		{"ES", "mariajose", "highest", "Scegli uno dei tre livelli"},
	} {
		w.start(substantial()).at(c.country, c.person, c.level).page.Expect(http.StatusUnprocessableEntity, c.text)
	}
	l := w.start(substantial())
	at := l.page.URL.String()
	l.browser.Get(at+"/person?country=AT").Expect(http.StatusOK, "nessuno ha un’identità di questo paese")
	l.browser.Get(at+"/person?country=XX").Expect(http.StatusNotFound, "")
	l.browser.Get(at+"/consent").Expect(http.StatusOK, "Scegli il paese")
}

func TestWhoReadsNoItalianReadsEnglish(t *testing.T) {
	w := newWorld(t)
	w.start(substantial(), "es-ES,es;q=0.9").page.Expect(http.StatusOK, "Choose the country of your identity")
	w.start(substantial(), "de,it;q=0.5").page.Expect(http.StatusOK, "Scegli il paese della tua identità")
	w.start(substantial(), "").page.Expect(http.StatusOK, "Choose the country")
	w.start(substantial(), "en").page.Expect(http.StatusOK, "Choose the country", "Germany", "Deutschland")
}

// Märt is two identifiers with one name and one birth.
func TestSomebodyComesBackWithAnotherIdentifier(t *testing.T) {
	w := newWorld(t)
	before, err := w.start(substantial()).at("EE", "mart", "high").press("consent", "yes").check()
	if err != nil {
		t.Fatal(err)
	}
	after, err := w.start(substantial()).at("EE", "mart-2", "high").press("consent", "yes").check()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range before.Attributes {
		if same := after.Attributes[name] == value; same == (name == "spidCode") {
			t.Errorf("%s: %q and %q", name, value, after.Attributes[name])
		}
	}
}

// Avviso SPID 3: the node answers, also about a session that is over.
func TestALogoutIsAnswered(t *testing.T) {
	w := newWorld(t)
	own := w.sp.Leaver()
	leave := func(way, nameID, index string) *spidsaml.Farewell {
		d, pending, err := own.Ask(saml.NewID(), w.clock.Now(), w.provider.Peer(), nameID, index, way)
		if err != nil {
			t.Fatal(err)
		}
		c := webtest.New(t)
		c.NoRedirect = true
		in := spidsaml.Incoming{Method: http.MethodGet, Now: w.clock.Now()}
		if way == saml.BindingRedirect {
			address, err := d.RedirectURL("opaco")
			if err != nil {
				t.Fatal(err)
			}
			_, in.RawQuery, _ = strings.Cut(c.Get(address).Header.Get("Location"), "?")
		} else {
			value, err := d.Field()
			if err != nil {
				t.Fatal(err)
			}
			p := c.Post(d.Location, url.Values{d.Parameter: {value}, "RelayState": {"opaco"}}).Expect(http.StatusOK)
			in.Method, in.Form = http.MethodPost, p.Form("form[data-autopost]").Values
		}
		f, err := own.Read(in, func(id string) (spidsaml.Peer, bool) { return w.provider.Peer(), id == w.provider.EntityID })
		if err != nil || f.InResponseTo != pending.RequestID || f.RelayState != "opaco" {
			t.Fatalf("%+v, %v", f, err)
		}
		return f
	}
	for _, way := range []string{saml.BindingRedirect, saml.BindingPost} {
		got, err := w.start(spidsaml.Want{Level: spid.L1, AttributeIndex: spid.SetEIDASMinimum, EIDAS: true}).at("PT", "luis", "low").press("consent", "yes").check()
		if err != nil {
			t.Fatal(err)
		}
		if f := leave(way, got.NameID, got.SessionIndex); !f.Complete {
			t.Errorf("%s: %+v", way, f)
		}
		if f := leave(way, got.NameID, got.SessionIndex); f.Complete || !f.Partial {
			t.Errorf("%s, again: %+v", way, f)
		}
	}
}

func TestAnAnswerCanBeHeldForADay(t *testing.T) {
	w := newWorld(t)
	l := w.start(substantial()).at("DE", "joerg", "high")
	w.clock.Advance(23 * time.Hour)
	if _, err := l.press("consent", "yes").check(); err != nil {
		t.Error(err)
	}
}
