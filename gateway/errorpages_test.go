package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"atrio/federation/cie"
	"atrio/federation/eidas"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// alerts are the lines that an operator is woken for.
type alerts struct {
	slog.Handler
	mu    sync.Mutex
	lines []string
}

func (a *alerts) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (a *alerts) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(at slog.Attr) bool { line += " " + at.String(); return true })
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines = append(a.lines, line)
	return nil
}

// take gives the lines since the last call.
func (a *alerts) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	lines := a.lines
	a.lines = nil
	return lines
}

// says makes the provider report a status.
func (s *stage) says(p *provider, status saml.Status, signed bool) {
	p.failing = func(a *spidsaml.Authn) []byte {
		r := saml.Response{
			ID: saml.NewID(), Version: saml.Version, IssueInstant: saml.At(s.clock.Now()), InResponseTo: a.RequestID,
			Destination: a.ACSURL, Issuer: saml.Entity(p.EntityID), Status: &status,
		}
		document, err := r.XML()
		if err != nil {
			s.t.Error(err)
		}
		return samltest.Sign(s.t, document, p.Signer, false, signed)
	}
}

// variant is one of the ways in which providers report a code.
type variant struct {
	name   string
	status saml.Status
	signed bool
}

const statuss = "urn:oasis:names:tc:SAML:2.0:statuss:AuthnFailed" // a slip of the rules that some providers copy

func variants(a spid.Anomaly) []variant {
	code := a.Message()
	return []variant{
		{"as the rules say", saml.Status{Code: a.Status, SubCode: a.SubStatus, Message: code}, true},
		{"not signed", saml.Status{Code: a.Status, SubCode: a.SubStatus, Message: code}, false},
		{"another sub-status", saml.Status{Code: saml.StatusRequester, SubCode: saml.StatusRequestUnsupported, Message: code}, true},
		{"the slip of the rules", saml.Status{Code: saml.StatusResponder, SubCode: statuss, Message: code}, true},
		{"no sub-status", saml.Status{Code: saml.StatusResponder, Message: code}, true},
		{"in a sentence", saml.Status{Code: saml.StatusResponder, Message: "Échec : " + strings.ToLower(code) + " ; réessayez plus tard."}, true},
		{"with a second code", saml.Status{Code: saml.StatusResponder, Message: code + " (ErrorCode nr99)"}, true},
		{"after an unknown code", saml.Status{Code: saml.StatusResponder, Message: "ErrorCode nr99: " + code}, true},
	}
}

// Every code, in both languages, in every form that providers give it.
func TestEveryErrorOfAProviderHasAPageThatSaysWhoSolvesIt(t *testing.T) {
	s := newStage(t)
	woken := new(alerts)
	s.gw.Flow.Site.Log = slog.New(woken)
	told := 0
	for _, a := range spid.Anomalies() {
		if a.Page == 0 {
			continue
		}
		told++
		for _, v := range variants(a) {
			for _, lang := range []string{"it", "en"} {
				t.Run(fmt.Sprintf("nr%02d %s %s", a.Code, v.name, lang), func(t *testing.T) {
					s.says(s.idp, v.status, v.signed)
					s.tellsAnomaly(t, a, lang)
					s.wakesFor(t, woken.take(), a, v.signed)
				})
			}
		}
	}
	if told != 22 {
		t.Errorf("%d codes", told)
	}
}

// tellsAnomaly looks at the page: status, words, ways on in their order, reference.
func (s *stage) tellsAnomaly(t *testing.T, a spid.Anomaly, lang string) {
	t.Helper()
	key, words := a.Key, s.gw.Flow.Site.Pages.Catalog()
	if !a.User {
		key = "error.spid.our_request"
	}
	p := s.fails(lang)
	reason := fmt.Sprintf("status-success.nr%02d", a.Code)
	args := []any{"code", fmt.Sprintf("nr%02d", a.Code)}
	if p.Status != a.Page || p.Text("h1") != words.Text(lang, key+".title") || p.Text(".lead") != words.Text(lang, key+".help") {
		t.Errorf("%d %q %q", p.Status, p.Text("h1"), p.Text(".lead"))
	}
	if !p.Has(words.Text(lang, key, args...)) || !strings.HasPrefix(p.Text(".lead"), words.Text(lang, "spid.solver."+string(a.Solver))) {
		t.Errorf("what happened or who solves it is missing: %.300s", p.Text("main"))
	}
	want := []string{"gateway.action.other", "gateway.action.retry"}
	if a.Retry {
		slices.Reverse(want)
	}
	if a.Solver == spid.ByProvider {
		want = append(want, "gateway.action.provider_help")
	}
	s.offers(t, p, lang, append(want, "gateway.action.help"))
	if !s.refusedFor(reason) || !s.refusedWith(reason, p.Text(".atrio-reference code")) {
		t.Errorf("no audit line for %s with %s", reason, p.Text(".atrio-reference code"))
	}
	if faults := webtest.Faults(p.Doc); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
}

// fails starts a login that the provider will not let succeed.
func (s *stage) fails(lang string) *page {
	b := s.browser()
	b.Header.Set("Accept-Language", lang)
	return b.Get(s.start(""))
}

// offers compares the ways on of a page, in order, and where they lead.
func (s *stage) offers(t *testing.T, p *page, lang string, keys []string) {
	t.Helper()
	leads := map[string]string{
		"gateway.action.other": "/login?flow=", "gateway.action.retry": "/spid/login?flow=", "gateway.action.help": "/help", "gateway.action.provider_help": "/help/provider?flow=",
	}
	ways := p.FindAll(".atrio-actions a")
	if len(ways) != len(keys) {
		t.Fatalf("%d ways on, want %v", len(ways), keys)
	}
	for i, key := range keys {
		if webtest.Text(ways[i]) != s.gw.Flow.Site.Pages.Catalog().Text(lang, key) || !strings.HasPrefix(webtest.Attr(ways[i], "href"), leads[key]) {
			t.Errorf("way %d is %q to %s, want %s", i, webtest.Text(ways[i]), webtest.Attr(ways[i], "href"), key)
		}
	}
}

// wakesFor: a fault of our software must reach whoever runs it, a fault of a person must not.
func (s *stage) wakesFor(t *testing.T, lines []string, a spid.Anomaly, signed bool) {
	t.Helper()
	// What no provider signed anybody may have written: it wakes nobody.
	if a.User || !signed {
		if len(lines) > 0 {
			t.Errorf("the operator is woken: %q", lines)
		}
		return
	}
	if len(lines) != 1 || !strings.Contains(lines[0], fmt.Sprintf("reason=status-success.nr%02d", a.Code)) || !strings.Contains(lines[0], "provider="+s.idp.EntityID) || !strings.Contains(lines[0], "signed=true") {
		t.Errorf("the operator reads %q", lines)
	}
}

// refusedWith reports whether the audit line of a reason has that reference.
func (s *stage) refusedWith(reason, reference string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range s.refusals {
		if ev.Reason == reason && ev.Reference == reference {
			return true
		}
	}
	return false
}

// The doors of CIE and eIDAS know fewer codes; what they do not know promises nothing.
func TestEveryErrorOfCardAndNodeHasAPageInBothLanguages(t *testing.T) {
	s := newDoors(t)
	for world, c := range map[string]struct {
		at    string
		p     *provider
		parse func(string) (spid.Anomaly, bool)
	}{"cie": {"/cie/login", s.cie, cie.ParseAnomaly}, "eidas": {"/eidas/login?country=ES", s.node, eidas.ParseAnomaly}} {
		for _, row := range spid.Anomalies() {
			if row.Page == 0 {
				continue
			}
			s.says(c.p, saml.Status{Code: row.Status, SubCode: row.SubStatus, Message: row.Message()}, true)
			known, _ := c.parse(row.Message())
			key := "error." + world + ".provider_failed"
			switch {
			case known.User:
				key = known.Key
			case known.Solver == spid.ByInstitution:
				key = "error." + world + ".our_request"
			}
			for _, lang := range []string{"it", "en"} {
				b := s.browser()
				b.Header.Set("Accept-Language", lang)
				p, words := b.Get(s.url+c.at), s.gw.Flow.Site.Pages.Catalog()
				if p.Status != row.Page || p.Text(".lead") != words.Text(lang, key+".help") || !p.Has(words.Text(lang, key, "code", strings.TrimPrefix(row.Message(), "ErrorCode "))) {
					t.Errorf("%s nr%02d %s: %d %.200s", world, row.Code, lang, p.Status, p.Text("main"))
				}
				ways := p.FindAll(".atrio-actions a")
				if len(ways) < 2 || (webtest.Text(ways[0]) == words.Text(lang, "gateway.action.retry")) != known.Retry {
					t.Errorf("%s nr%02d %s: first stands %q", world, row.Code, lang, webtest.Text(ways[0]))
				}
				if !s.refusedWith(fmt.Sprintf("status-success.nr%02d", row.Code), p.Text(".atrio-reference code")) {
					t.Errorf("%s nr%02d %s: no audit line", world, row.Code, lang)
				}
			}
		}
	}
}

// What no table knows gets a page all the same, which promises nothing.
func TestErrorsWithoutAKnownCodeGetAPageToo(t *testing.T) {
	s := newStage(t)
	woken := new(alerts)
	s.gw.Flow.Site.Log = slog.New(woken)
	for name, status := range map[string]saml.Status{
		"status alone": {Code: saml.StatusResponder}, "with sub-status": {Code: saml.StatusResponder, SubCode: saml.StatusAuthnFailed},
		"the slip": {Code: saml.StatusResponder, SubCode: statuss}, "requester": {Code: saml.StatusRequester, SubCode: saml.StatusRequestUnsupported},
		"version": {Code: "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch"}, "unknown status": {Code: "urn:oasis:names:tc:SAML:2.0:status:other"},
		"nr31": {Code: saml.StatusResponder, Message: "ErrorCode nr31"}, "nr99": {Code: saml.StatusResponder, Message: "ErrorCode nr99"},
		"nr00": {Code: saml.StatusResponder, Message: "ErrorCode nr00"}, "nr190": {Code: saml.StatusResponder, Message: "ErrorCode nr190"},
		"of the provider's own pages": {Code: saml.StatusResponder, Message: "ErrorCode nr05"}, "success in a failure": {Code: saml.StatusResponder, Message: "ErrorCode nr01"},
		"a sentence": {Code: saml.StatusResponder, Message: "Utente bloccato <script>alert(1)</script>"}, "no number": {Code: saml.StatusResponder, Message: "ErrorCode nr"},
		"a long message": {Code: saml.StatusResponder, Message: strings.Repeat("ErrorCode nr99 ", 2000)},
	} {
		for _, lang := range []string{"it", "en"} {
			t.Run(name+" "+lang, func(t *testing.T) {
				s.says(s.idp, status, true)
				p := s.fails(lang)
				words := s.gw.Flow.Site.Pages.Catalog()
				if p.Status != http.StatusForbidden || p.Text("h1") != words.Text(lang, "error.spid.provider_failed") || p.Text(".lead") != words.Text(lang, "error.spid.provider_failed.help") {
					t.Errorf("%d %q %q", p.Status, p.Text("h1"), p.Text(".lead"))
				}
				if strings.Contains(p.Body, "alert(1)") || strings.Contains(p.Body, "bloccato <") {
					t.Error("the provider's own words stand on our page")
				}
				if lines := woken.take(); len(lines) > 0 {
					t.Errorf("the operator is woken: %q", lines)
				}
			})
		}
	}
}

// Whoever has to ask the provider finds its own site, and the others.
func TestTheWayToTheProvidersHelpDeskLeadsToItsSite(t *testing.T) {
	s := newStage(t)
	row, _ := spid.LookupAnomaly(23)
	s.says(s.idp, saml.Status{Code: row.Status, SubCode: row.SubStatus, Message: row.Message()}, true)
	b := s.browser()
	help := b.Get(b.Get(s.start("")).Link("Assistenza del tuo gestore"))
	help.Expect(http.StatusOK, "Chiedere aiuto al tuo gestore SPID", "Il gestore che hai scelto è Identità Uno", "Con quale app confermi gli accessi?")
	if got := help.Link("sito di Identità Uno"); got != s.idp.EntityID {
		t.Errorf("the site is %s", got)
	}
	back := b.Get(help.Link("Torna alla pagina di accesso"))
	back.Expect(http.StatusOK, "Entra con SPID")
	s.idp.failing = nil
	b.Get(b.Get(s.url+"/help/provider?idp=https://nobody.example").Expect(http.StatusOK, "Non so qual è il mio gestore SPID").Link("entra con Identità Uno")).
		Expect(http.StatusOK, "Sei tu?")
}
