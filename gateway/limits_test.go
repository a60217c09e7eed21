package gateway_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"atrio/gateway"
	"atrio/web/webtest"
)

// A campus behind one address is over the limit: nobody loses a login by it.
func TestAnAnswerOverTheLimitIsSentAgainAndLeadsIn(t *testing.T) {
	s := newStageConfigured(t, func(c *gateway.Config) { c.Limits.AnswersPerMinute = 2 })
	for door, start := range map[string]string{"spid": s.start(""), "cie": s.url + "/cie/login"} {
		t.Run(door, func(t *testing.T) {
			s.t = t
			for range 2 {
				s.browser().Get(start).Expect(http.StatusOK, "Stai entrando come Ada D'Amico")
			}
			b, kept := s.browser(), s.count(`SELECT count(*) FROM ledger`)
			p := b.Get(start).Expect(http.StatusTooManyRequests, "C’è troppa gente che entra insieme", "Il tuo non è perso", "Invia di nuovo")
			if got := p.Header.Get("Retry-After"); got != "30" || !s.refusedFor("limit.door.answer") {
				t.Errorf("Retry-After %q, refused %v", got, s.refusedFor("limit.door.answer"))
			}
			if n := s.count(`SELECT count(*) FROM ledger`); n != kept || s.keptFor("limit.door.answer").RequestID != "" {
				t.Errorf("%d pairs: the answer was looked at", n-kept)
			}
			// Whoever does not wait gets the page again, with the same answer.
			again := b.Submit(p.FormWith("SAMLResponse")).Expect(http.StatusTooManyRequests, "Invia di nuovo")
			s.clock.Advance(30 * time.Second)
			b.Submit(again.FormWith("SAMLResponse")).Expect(http.StatusOK, "Stai entrando come Ada D'Amico")
			s.clock.Advance(time.Minute)
		})
	}
}

// Five times the departures, and both addresses count together: also what nobody waits for.
func TestTheLimitOfAnswersFollowsTheDepartures(t *testing.T) {
	s := newStageConfigured(t, func(c *gateway.Config) { c.Limits.SPIDStartsPerMinute = 2 })
	post := func(n int) *webtest.Page {
		return s.browser().Post(s.url+[]string{"/spid/acs", "/cie/acs"}[n%2], url.Values{"SAMLResponse": {"x"}, "RelayState": {"y"}})
	}
	for n := range 10 {
		post(n).Expect(http.StatusForbidden)
	}
	post(0).Expect(http.StatusTooManyRequests)
	post(1).Expect(http.StatusTooManyRequests)
}
