package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"atrio/gateway/doors"
	"atrio/web"
	"atrio/web/webtest"
)

func TestADoorThatIsNotBuiltYetSaysWhatToUseInstead(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	login := b.Get(s.url + "/test/begin?state=x")
	for _, n := range doors.NotYets() {
		p := b.Get(s.url+n.Path+"?"+login.URL.RawQuery).Expect(http.StatusOK, "Non ancora disponibile qui", "Che cosa puoi usare ora")
		b.Get(p.Link("Torna alla pagina di accesso")).Expect(http.StatusOK, "Stai accedendo a Open Knowledge")
	}
	for _, link := range []string{"Entra con CIE", "Login with eIDAS", "Entra con eduGAIN"} {
		b.Get(login.Link(link)).Expect(http.StatusOK, "Non ancora disponibile qui")
	}
	for _, link := range []string{"È il tuo primo accesso?", "Recupero credenziali (codice persona e password)", "Informazioni, domande frequenti e assistenza", "Non so qual è il mio gestore", "Come accedo ai Servizi Online?"} {
		b.Get(login.Link(link)).Expect(http.StatusOK)
	}
}

func TestTheGuideWalksToADoor(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := b.Get(s.url + "/guide")
	p = b.Submit(p.FormWith("registered")).Expect(http.StatusOK, "Scegli una risposta", "Passo 1 di 5")
	for _, answer := range [][2]string{{"registered", "no"}, {"citizenship", "italian"}, {"minor", "no"}, {"abroad", "no"}, {"identity", "none"}} {
		p = b.Submit(p.FormWith(answer[0]), answer[0], answer[1]).Expect(http.StatusOK)
	}
	p.Expect(http.StatusOK, "Ti serve SPID o CIE", "È il tuo primo accesso")
	b.Get(p.Link("Registrati")).Expect(http.StatusOK)
	p = b.Get(s.url+"/guide?registered=yes&citizenship=both").Expect(http.StatusOK, "Passo 3 di 5")
	b.Get(p.Link("Indietro")).Expect(http.StatusOK, "Passo 2 di 5")
}

func TestTheLastProviderComesFirstOnlyByChoice(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	p := b.Get(s.url + "/login")
	b.Get(p.Link("Identità Uno"))
	if b.Get(s.url + "/login").Has("Ultimo usato") {
		t.Error("remembered without being asked")
	}
	p = b.Submit(p.FormWith("remember"), "remember", "yes").Expect(http.StatusOK, "Dimentica il mio gestore")
	b.Get(p.Link("Identità Uno"))
	p = b.Get(s.url+"/login").Expect(http.StatusOK, "Ultimo usato")
	b.Submit(p.FormWith("remember"), "remember", "no")
	if b.Get(s.url + "/login").Has("Ultimo usato") {
		t.Error("not forgotten")
	}
}

func TestAPersonSeesAndEndsTheirSessions(t *testing.T) {
	s := newStage(t)
	here, there := s.browser(), s.browser()
	s.enter(here)
	there.Header.Set("User-Agent", "Altro Browser")
	there.Get(s.start("")).Expect(http.StatusOK, "Il mio account")
	p := here.Get(s.url+"/account/sessions").Expect(http.StatusOK, "Questo browser", "Altro Browser")
	for _, f := range p.FindAll("form [name=session]") {
		card := f.Parent.Parent
		if strings.Contains(webtest.Text(card), "Altro Browser") {
			page := here.Submit(p.FormWith("session"), "session", webtest.Attr(f, "value"))
			page.Expect(http.StatusOK, "La sessione è terminata")
		}
	}
	there.Get(s.url+"/account").Expect(http.StatusOK, "Entra con SPID")
	here.Get(s.url+"/account/history").Expect(http.StatusOK, "Account creato e Codice Persona assegnato", "Accesso riuscito", "Sessione terminata da un altro browser", "Identità Uno")
	here.Submit(here.Get(s.url + "/account").Form(".atrio-logout"))
	here.Get(s.url + "/session").Expect(http.StatusUnauthorized)
	if s.count(`SELECT count(*) FROM session`) != 0 {
		t.Error("the session outlived the logout")
	}
	if n := s.count(`SELECT count(*) FROM audit WHERE action = 'session.ended' AND detail LIKE '%"how":"self"%'`); n != 1 {
		t.Errorf("%d audit lines of the logout", n)
	}
}

func TestSomebodySignedInWhoEntersAgainLeavesNoOldSession(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	b.Get(s.url+"/login").Expect(http.StatusOK, "Hai già effettuato l’accesso come Ada D'Amico")
	b.Get(s.start("")).Expect(http.StatusOK, "Il mio account")
	if n := s.count(`SELECT count(*) FROM session`); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestWhoIsNotThePersonGoesBackAndNothingIsKept(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	login := b.Get(s.url + "/test/begin?state=x")
	welcome := b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Sei tu?")
	b.Submit(welcome.FormWith("no"), "no", "yes").Expect(http.StatusOK, "Stai accedendo a Open Knowledge")
	if p := b.Get(welcome.URL.String()); p.Status != http.StatusConflict {
		t.Errorf("the data are still there: %d", p.Status)
	}
	if n := s.count(`SELECT count(*) FROM account`); n != 0 {
		t.Errorf("%d accounts", n)
	}
}

func TestTheMetadataAreServedOnceSigned(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	one := b.Get(s.url + "/spid/metadata").Expect(http.StatusOK)
	if one.Header.Get("Content-Type") != "application/samlmetadata+xml" || one.Body != b.Get(s.url+"/spid/metadata").Body {
		t.Error("not the same document twice")
	}
	b.Header.Set("If-None-Match", one.Header.Get("ETag"))
	b.Get(s.url + "/spid/metadata").Expect(http.StatusNotModified)
}

func TestEveryPageOfALoginIsSound(t *testing.T) {
	s := newStage(t)
	for _, lang := range []string{"it", "en"} {
		b := s.browser()
		b.Get(s.url + "/login?lang=" + lang)
		for _, address := range []string{"/login", "/guide", "/help", "/privacy", "/cie/login"} {
			if faults := webtest.Faults(b.Get(s.url + address).Doc); len(faults) > 0 {
				t.Errorf("%s %s: %v", lang, address, faults)
			}
		}
	}
}

var _ web.Mounter = destinations{}
