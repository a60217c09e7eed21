package app

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/web/webtest"
)

// foreigner is a browser at the running demonstration.
type foreigner struct {
	t       *testing.T
	base    int
	browser *webtest.Client
	page    *webtest.Page
}

func (f *foreigner) at(offset int, path string) string {
	return fmt.Sprintf("http://localhost:%d%s", f.base+offset, path)
}

// begin opens a door of the gateway.
func begin(t *testing.T, base int, door, text string) *foreigner {
	t.Helper()
	f := &foreigner{t: t, base: base, browser: webtest.New(t)}
	f.browser.AutoPost = true
	f.browser.Header.Set("Accept-Language", "it")
	f.page = f.browser.Get(f.at(0, door)).Expect(http.StatusOK, text)
	return f
}

// byCIE is a person by a way, as far as the consent.
func (f *foreigner) byCIE(person, way string) *foreigner {
	f.t.Helper()
	f.page = f.browser.Submit(f.page.FormWith("person"), "person", person, "way", way)
	f.page = f.browser.Submit(f.page.Form("")).Expect(http.StatusOK, "Dati da inviare")
	return f
}

// byEIDAS is a person of a country, as far as the consent.
func (f *foreigner) byEIDAS(country, person, level string) *foreigner {
	f.t.Helper()
	f.page = f.browser.Get(f.page.URL.String() + "/person?country=" + country)
	f.page = f.browser.Submit(f.page.FormWith("person"), "person", person, "level", level).Expect(http.StatusOK, "Dati da inviare")
	return f
}

func (f *foreigner) agree() *foreigner {
	f.t.Helper()
	f.page = f.browser.Submit(f.page.FormWith("consent"), "consent", "yes")
	return f
}

// register makes the account of a first entry: the address is confirmed by a mail.
func (f *foreigner) register(name, address string) {
	f.t.Helper()
	f.page.Expect(http.StatusOK, "Stai entrando come "+name)
	f.page = f.browser.Submit(f.page.FormWith("email"), "email", address, "notice", "on").Expect(http.StatusOK, address)
	f.page = f.browser.Submit(f.page.FormWith("code"), "code", f.code(address)).Expect(http.StatusOK, "Il tuo account è pronto")
	f.page = f.browser.Get(f.at(0, webtest.Attr(f.page.Find("main a.btn-primary"), "href"))).Expect(http.StatusOK, "Scegli una password")
	const chosen = "quattro rane in uno stagno"
	f.page = f.browser.Submit(f.page.FormWith("again"), "password", chosen, "again", chosen)
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// code waits for the mail with the code.
func (f *foreigner) code(address string) string {
	f.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-tick.C {
		_, inbox := get(f.t, f.at(3, "/inbox.json"))
		for item := range strings.SplitSeq(inbox, "},") {
			if code := sixDigits.FindString(item); strings.Contains(item, address) && code != "" {
				return code
			}
		}
	}
	f.t.Fatalf("no code was sent to %s", address)
	return ""
}

func (f *foreigner) advance(by string) {
	f.t.Helper()
	res, err := http.Post(f.at(3, "/clock"), "application/json", strings.NewReader(`{"advance":"`+by+`"}`))
	if err != nil || res.StatusCode != http.StatusOK {
		f.t.Fatalf("%v, %v", res, err)
	}
	res.Body.Close()
}

func TestPeopleEnterByTheSimulatedProviders(t *testing.T) {
	base, _, _ := startDemo(t, t.TempDir())
	t.Run("CIE", func(t *testing.T) {
		begin(t, base, "/cie/login", "Chi sei?").byCIE("nora.fittizia", "3").agree().register("Nora Fittizia", "nora@example.org")
		f := begin(t, base, "/cie/login", "Chi sei?").byCIE("nora.fittizia", "2").agree()
		f.page.Expect(http.StatusOK, "Nora Fittizia")
		if f.page.URL.Path != "/account" {
			t.Errorf("the second time Nora stands at %s", f.page.URL)
		}
	})
	t.Run("leaving CIE", func(t *testing.T) {
		f := begin(t, base, "/cie/login", "Chi sei?").byCIE("nora.fittizia", "2").agree()
		f.page = f.browser.Submit(f.page.Form("form[action=/logout]")).Expect(http.StatusOK, "La tua sessione qui è chiusa")
		f.page = f.browser.Follow(f.page, "Chiudi la sessione di CIE di Prova").Expect(http.StatusOK, "La tua sessione presso il gestore è chiusa")
		if f.page.Find("form[data-autopost]") != nil {
			t.Error("CIE answers a logout")
		}
	})
	t.Run("eIDAS", func(t *testing.T) {
		f := begin(t, base, "/eidas/login?country=ES", "Scegli il paese").byEIDAS("CZ", "oksana", "substantial").agree()
		f.register("Oksana Pryklad", "oksana@example.org")
	})
	t.Run("eIDAS with a new identifier", func(t *testing.T) {
		begin(t, base, "/eidas/login?country=EE", "Scegli il paese").byEIDAS("EE", "mart", "high").agree().register("Märt Näidis", "maert@example.org")
		f := begin(t, base, "/eidas/login?country=EE", "Scegli il paese").byEIDAS("EE", "mart-2", "high").agree()
		f.page.Expect(http.StatusOK, "Forse hai già un account")
	})
	t.Run("a parent approves 23 hours later", func(t *testing.T) {
		f := forTheYoung(t, base, "/eidas/login").byEIDAS("ES", "lola", "substantial")
		f.advance("23h")
		f.agree().register("Lola Ejemplo", "lola@example.org")
		f.page.Expect(http.StatusOK, "Che cosa ha ricevuto il servizio", "Lola")
	})
	t.Run("a day and an hour are too late", func(t *testing.T) {
		f := forTheYoung(t, base, "/eidas/login").byEIDAS("DE", "joerg", "high")
		f.advance("25h")
		f.agree().page.Expect(http.StatusGone, "È passato troppo tempo")
	})
	t.Run("a child is too young", func(t *testing.T) {
		forTheYoung(t, base, "/cie/login").byCIE("zoe.piccina", "2").agree().page.Expect(http.StatusForbidden, "Non hai ancora l’età")
	})
}

// forTheYoung comes to a door of the gateway from the service for minors.
func forTheYoung(t *testing.T, base int, door string) *foreigner {
	t.Helper()
	f := &foreigner{t: t, base: base, browser: webtest.New(t)}
	f.browser.AutoPost = true
	f.browser.Header.Set("Accept-Language", "it")
	f.page = f.browser.Get(f.at(3, "/service/start?client=servizio-ragazzi")).Expect(http.StatusOK, "Servizio di prova per ragazzi")
	for _, a := range f.page.FindAll("main a[href]") {
		to, err := f.page.URL.Parse(webtest.Attr(a, "href"))
		if err != nil || to.Path != door {
			continue
		}
		if door == "/eidas/login" {
			to.RawQuery += "&country=ES"
		}
		f.page = f.browser.Get(to.String()).Expect(http.StatusOK)
		return f
	}
	t.Fatalf("no way to %s", door)
	return nil
}
