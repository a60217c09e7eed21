package eidasnode_test

import (
	"net/http"
	"testing"

	"atrio/app/demo/eidasnode"
	"atrio/app/demo/simulator"
	"atrio/federation/eidas"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// world is a simulated node over HTTP and a service that it knows, as each reads the
// other's metadata.
type world struct {
	t        *testing.T
	clock    *samltest.Clock
	base     string
	node     *eidasnode.Node
	sp       *spidsaml.SP
	provider spidsaml.Provider
}

func newWorld(t *testing.T) *world {
	t.Helper()
	text := metadata.Localized{{Lang: "it", Text: "Ente di Esempio"}}
	const base = "https://porta.esempio.it"
	w := &world{t: t, clock: samltest.NewClock(), sp: &spidsaml.SP{
		EntityID: base, ACSURL: base + "/spid/acs", SLOURL: base + "/spid/slo", Signer: samltest.ECDSA(t),
		Organization: metadata.Organization{Names: text, DisplayNames: text, URLs: text},
		Contact:      spidsaml.Contact{IPACode: "prova", Email: "spid@esempio.it"},
		AttributeSets: append([]spidsaml.AttributeSet{
			{Index: 0, Names: text, Attributes: []string{"spidCode", "name", "familyName", "fiscalNumber"}},
		}, eidas.Sets()...),
	}}
	signer := samltest.ECDSA(t)
	w.base = webtest.Serve(t, func(baseURL string) http.Handler {
		site := webtest.NewSite(t, "desk", baseURL, w.clock.Now, append(simulator.Pages(), eidasnode.Pages())...)
		site.CrossOriginPOST = eidasnode.CrossOriginPOST()
		w.node = eidasnode.New(site, signer, w.clock.Now)
		return site.Handler(w.node)
	})
	w.meet()
	return w
}

func (w *world) meet() {
	w.t.Helper()
	service, err := w.sp.Metadata("_sp", w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.node.Introduce(service); err != nil {
		w.t.Fatal(err)
	}
	node := webtest.New(w.t).Get(w.base + "/eidas/idpit/metadata").Expect(http.StatusOK)
	if w.provider, err = spidsaml.ReadProvider([]byte(node.Body), w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// login is one on its way.
type login struct {
	*world
	browser *webtest.Client
	pending spidsaml.Pending
	page    *webtest.Page
}

func (w *world) start(want spidsaml.Want, languages ...string) *login {
	w.t.Helper()
	r, err := w.sp.Request(saml.NewID(), w.clock.Now(), w.provider, want)
	if err != nil {
		w.t.Fatal(err)
	}
	address, err := r.RedirectURL("opaco")
	if err != nil {
		w.t.Fatal(err)
	}
	l := &login{world: w, browser: webtest.New(w.t), pending: r.Pending}
	l.browser.Header.Set("Accept-Language", "it")
	if languages != nil {
		l.browser.Header["Accept-Language"] = languages
	}
	l.page = l.browser.Get(address)
	return l
}

// substantial asks for the minimum set.
func substantial() spidsaml.Want {
	return spidsaml.Want{Level: spid.L2, AttributeIndex: spid.SetEIDASMinimum, EIDAS: true}
}

// at passes the country and stands at the consent.
func (l *login) at(country, person, level string) *login {
	l.t.Helper()
	l.page = l.browser.Get(l.page.URL.String() + "/person?country=" + country)
	l.page = l.browser.Submit(l.page.FormWith("person"), "person", person, "level", level)
	return l
}

func (l *login) press(name, value string) *login {
	l.t.Helper()
	l.page = l.browser.Submit(l.page.FormWith(name), name, value)
	return l
}

// answer is the SAMLResponse in the page, in base64.
func (l *login) answer() string {
	l.t.Helper()
	f := l.page.Expect(http.StatusOK, "").Form("form[data-autopost]")
	if f.Action != l.sp.ACSURL || f.Values.Get("RelayState") != "opaco" {
		l.t.Fatalf("an answer to %s, %v", f.Action, f.Values["RelayState"])
	}
	return f.Values.Get(binding.Response)
}

// check runs the checks of a service over the answer.
func (l *login) check() (*spidsaml.Login, error) {
	l.t.Helper()
	return eidas.CheckResponse(spidsaml.Input{
		SAMLResponse: l.answer(), SP: l.sp, Provider: l.provider, Pending: l.pending, Now: l.clock.Now(),
	})
}
