package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"atrio/gateway"
	"atrio/gateway/help"
	"atrio/web/webtest"
)

// G1.2: every link of the help box, and every link of the pages behind it, leads to a page
// that works, and the login that waits is not lost on the way.
func TestEveryLinkOfTheHelpBoxLeadsToHelp(t *testing.T) {
	s := newStage(t)
	for _, lang := range []string{"it", "en"} {
		b := s.browser()
		b.Get(s.url + "/login?lang=" + lang)
		login := b.Get(s.url + "/test/begin?state=x").Expect(http.StatusOK)
		box := login.FindAll(".atrio-assistance a")
		if len(box) != 4 {
			t.Fatalf("%d links in the box", len(box))
		}
		flow := "flow=" + login.URL.Query().Get("flow")
		for _, a := range box {
			p := b.Get(s.url + webtest.Attr(a, "href"))
			p.Expect(http.StatusOK)
			for _, link := range p.FindAll("main a") {
				href := webtest.Attr(link, "href")
				if !strings.HasPrefix(href, "/") || strings.HasPrefix(href, "/account") {
					continue // another place, or one for who is signed in
				}
				if !strings.Contains(href, flow) {
					t.Errorf("%s: %s loses the login", p.URL.Path, href)
				}
				b.Get(s.url + href).Expect(http.StatusOK)
			}
		}
	}
}

func TestAnswersToTheCounterAreCountedAndNothingElse(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	login := b.Get(s.url + "/test/begin?state=x")
	p := b.Get(login.Link("Informazioni, domande frequenti e assistenza"))
	p = b.Get(p.Link("Autenticazione a due fattori: domande frequenti")).Expect(http.StatusOK, "Hai trovato utile questa informazione?")
	if p.Has("trovato utile questa pagina") {
		t.Error("nobody has answered yet")
	}
	thanks := b.Submit(p.FormWith("useful"), "useful", "yes").Expect(http.StatusOK, "Grazie", "è stata contata")
	b.Get(thanks.URL.String()).Expect(http.StatusOK) // reloading counts nothing
	b.Get(thanks.Link("Torna alla pagina di aiuto")).Expect(http.StatusOK, "1 persona ha trovato utile questa pagina.")

	thanks = b.Submit(p.FormWith("useful"), "useful", "no").Expect(http.StatusOK, "Scrivi all’assistenza", "cerca in un’altra pagina")
	b.Get(thanks.Link("Torna alla pagina di accesso")).Expect(http.StatusOK, "Stai accedendo a Open Knowledge")

	english := s.browser()
	english.Get(s.url + "/help?lang=en")
	p = english.Get(s.url+"/help/second-factor").Expect(http.StatusOK, "1 person found this page useful.")
	english.Submit(p.FormWith("useful"), "useful", "yes").Expect(http.StatusOK, "Thank you")
	english.Get(s.url+"/help/second-factor").Expect(http.StatusOK, "2 people found this page useful.")

	if n := s.count(`SELECT count(*) FROM help_vote WHERE topic = 'secondfactor'`); n != 2 {
		t.Errorf("%d rows of one day in two languages", n)
	}
	if yes, no := s.count(`SELECT sum(yes) FROM help_vote`), s.count(`SELECT sum(no) FROM help_vote`); yes != 2 || no != 1 {
		t.Errorf("%d and %d", yes, no)
	}
}

func TestNoAnswerIsCountedThatNobodyGave(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := b.Get(s.url + "/help/credentials")
	for _, bad := range []map[string][]string{
		{}, {"topic": {"credentials"}}, {"topic": {"credentials"}, "useful": {"forse"}}, {"topic": {"nessuna"}, "useful": {"yes"}},
		{"topic": {"credentials", "help"}, "useful": {"yes"}}, {"topic": {strings.Repeat("x", 5000)}, "useful": {"yes"}},
	} {
		got, err := b.Do(http.MethodPost, s.url+"/help/useful", bad, p)
		if err != nil || got.Status != http.StatusBadRequest && got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d %v", bad, got.Status, err)
		}
	}
	b.Header.Set("Sec-Fetch-Site", "cross-site")
	if got, err := b.Do(http.MethodPost, s.url+"/help/useful", map[string][]string{"topic": {"help"}, "useful": {"yes"}}, nil); err != nil || got.Status != http.StatusForbidden {
		t.Errorf("from another site: %d %v", got.Status, err)
	}
	b.Header.Del("Sec-Fetch-Site")
	b.Get(s.url+"/help/thanks?topic=nessuna&useful=no").Expect(http.StatusOK, "Chi può aiutarti")
	if n := s.count(`SELECT count(*) FROM help_vote`); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func TestOneAddressDoesNotDecideWhatAPageIsWorth(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := b.Get(s.url + "/help/credentials")
	for range 20 {
		b.Submit(p.FormWith("useful"), "useful", "no").Expect(http.StatusOK)
	}
	b.Submit(p.FormWith("useful"), "useful", "no").Expect(http.StatusTooManyRequests, "Torna alla pagina di aiuto")
	if n := s.count(`SELECT sum(no) FROM help_vote`); n != 20 {
		t.Errorf("%d counted", n)
	}
}

func TestOldNumbersOfTheCounterAreForgotten(t *testing.T) {
	for months, config := range map[int]help.Help{24: {}, 3: {Keep: 3}} {
		s := newStageConfigured(t, func(c *gateway.Config) { c.Help.VotesKeptMonths = config.Keep })
		forget := func() {
			t.Helper()
			for _, j := range s.gw.Jobs() {
				if j.Name == "gateway.help-votes" {
					if err := j.Run(t.Context(), s.clock.Now()); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		b := s.browser()
		b.Submit(b.Get(s.url+"/help").FormWith("useful"), "useful", "yes").Expect(http.StatusOK)
		s.clock.Advance(s.clock.Now().AddDate(0, months, 0).Sub(s.clock.Now()))
		forget()
		if n := s.count(`SELECT count(*) FROM help_vote`); n != 1 {
			t.Errorf("%d months: forgotten too early", months)
		}
		s.clock.Advance(s.clock.Now().AddDate(0, 0, 1).Sub(s.clock.Now()))
		forget()
		if n := s.count(`SELECT count(*) FROM help_vote`); n != 0 {
			t.Errorf("%d months: kept", months)
		}
	}
}
