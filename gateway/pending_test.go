package gateway_test

import (
	"net/http"
	"testing"
	"time"
)

// G1.4: who is called away in the middle of a login finds it again: each step may
// last half an hour, and the destination is still the one of the beginning.
func TestEveryStepOfALoginMayLastHalfAnHour(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	login := b.Get(s.url+"/test/begin?state=abc").Expect(http.StatusOK, "Open Knowledge")
	s.clock.Advance(31 * time.Minute)
	welcome := b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Sei tu?", "Open Knowledge")
	s.clock.Advance(31 * time.Minute)
	done := b.Submit(welcome.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Open Knowledge")
	s.clock.Advance(29 * time.Minute) // the session is open now and ends after thirty minutes without a visit
	ask := b.Get(done.Link("Continua verso Open Knowledge"))
	s.clock.Advance(29 * time.Minute)
	p := b.Submit(ask.FormWith("again"), "password", secret, "again", secret)
	if p.URL.Path != "/oidc/authorize" || p.URL.RawQuery != "state=abc" {
		t.Errorf("led to %s", p.URL)
	}
}
