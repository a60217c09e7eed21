package gateway_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// leo is fifteen; his parent approves on another device.
func leo() map[string]string {
	return map[string]string{
		"spidCode": "TEST00000000LE", "name": "Leo", "familyName": "Prova", "fiscalNumber": "TINIT-PRVLEO11A01H501K",
		"dateOfBirth": "2011-01-01", "email": "leo@posta.example.it",
	}
}

// waiting starts at the provider for a service and keeps the request: the answer is
// made when the parent has approved.
func (s *stage) waiting(b *webtest.Client, service string) (flow string) {
	s.t.Helper()
	s.idp.attributes = leo()
	login := b.Get(s.url + "/test/begin?state=x&service=" + service)
	b.NoRedirect = true
	p := b.Get(login.Link("Identità Uno"))
	b.NoRedirect = false
	if p.Status != http.StatusFound {
		s.t.Fatalf("start: %d", p.Status)
	}
	s.idp.pause = p.Header.Get("Location")
	return login.URL.Query().Get("flow")
}

// approve lets the provider answer a request that it got earlier.
func (s *stage) approve(at time.Time) url.Values {
	s.t.Helper()
	s.idp.received = at
	defer func() { s.idp.received = time.Time{} }()
	res, err := http.Get(s.idp.pause)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("provider: %d", res.StatusCode)
	}
	return s.idp.last
}

// G2.9: the approval of a parent that comes 23 hours later still lets the child in.
func TestAParentMayTakeADay(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.waiting(b, "ragazzi")
	s.clock.Advance(23 * time.Hour)
	p := b.Post(s.url+"/spid/acs", s.approve(samltest.Start))
	p.Expect(http.StatusOK, "Stai entrando come Leo Prova", "Corsi per ragazzi")
	b.Submit(p.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
}

// After a day the page says so, and the way on keeps the destination.
func TestAfterADayARequestHasExpired(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	flow := s.waiting(b, "ragazzi")
	s.clock.Advance(25 * time.Hour)
	p := b.Post(s.url+"/spid/acs", s.approve(samltest.Start))
	p.Expect(http.StatusGone, "È passato troppo tempo", "Ricomincia l’accesso")
	again := b.Get(p.Link("Ricomincia l’accesso"))
	again.Expect(http.StatusOK, "Corsi per ragazzi")
	if got := again.URL.Query().Get("flow"); got != flow || !s.refusedFor("journey_expired") {
		t.Errorf("restarts with %q", got)
	}
	b.Get(again.Link("Identità Uno")).Expect(http.StatusOK, "Stai entrando come Leo Prova", "Corsi per ragazzi")
}

// Nobody else gets a day: for other services a request ends with the login.
func TestOnlyAServiceForMinorsWaitsADay(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.waiting(b, "mooc")
	s.clock.Advance(2 * time.Hour)
	b.Post(s.url+"/spid/acs", s.approve(samltest.Start)).Expect(http.StatusGone, "È passato troppo tempo")
}

// G2.9: whoever is too young, or too old, gets a page that says what is needed; no
// account is made and none is entered.
func TestAnAgeThatTheServiceIsNotForIsRefused(t *testing.T) {
	s := newStage(t)
	for birth, want := range map[string]string{
		"2013-05-05": "Non hai ancora l’età", "1980-01-01": "è per chi è più giovane", "": "dobbiamo conoscere la tua età",
	} {
		s.idp.attributes = leo()
		s.idp.attributes["dateOfBirth"] = birth
		b := s.browser()
		login := b.Get(s.url + "/test/begin?state=x&service=ragazzi")
		b.Get(login.Link("Identità Uno")).Expect(http.StatusForbidden, want, "Vai al tuo account", "Entra in altro modo", "Codice di riferimento")
	}
	if n := s.count(`SELECT count(*) FROM account`); n != 0 {
		t.Errorf("%d accounts", n)
	}
	for _, reason := range []string{"age_too_young", "age_too_old", "age_unknown"} {
		if !s.refusedFor(reason) {
			t.Errorf("no audit line with %s", reason)
		}
	}
}

// The session of somebody who came in for another service does not open this one.
func TestAnOpenSessionDoesNotGoRoundTheAge(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	q := url.Values{
		"client_id": {"ragazzi"}, "redirect_uri": {"https://ragazzi.example.org/callback"}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"state-of-the-test"}, "nonce": {"nonce-of-the-test"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	b.Get(s.url+"/oidc/authorize?"+q.Encode()).Expect(http.StatusForbidden, "è per chi è più giovane")
	q.Set("prompt", "none")
	b.NoRedirect = true
	p := b.Get(s.url + "/oidc/authorize?" + q.Encode())
	to, err := url.Parse(p.Header.Get("Location"))
	if err != nil || to.Query().Get("error") != "access_denied" {
		t.Errorf("%d %s", p.Status, p.Header.Get("Location"))
	}
}
