package cieprovider_test

import (
	"net/http"
	"strings"
	"testing"

	"atrio/app/demo/cieprovider"
	"atrio/app/demo/simulator"
	"atrio/federation/cie"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
	"atrio/web/webtest"
)

const (
	entity = "https://porta.esempio.it/cie"
	acs    = entity + "/acs"
)

// world is a simulated provider over HTTP and a service that it knows.
type world struct {
	t       *testing.T
	clock   *samltest.Clock
	base    string
	cie     *cieprovider.CIE
	service xmlsec.Signer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: samltest.NewClock(), service: samltest.ECDSA(t)}
	signer := samltest.ECDSA(t)
	w.base = webtest.Serve(t, func(baseURL string) http.Handler {
		site := webtest.NewSite(t, "desk", baseURL, w.clock.Now, append(simulator.Pages(), cieprovider.Pages())...)
		site.CrossOriginPOST = cieprovider.CrossOriginPOST()
		w.cie = cieprovider.New(site, signer, w.clock.Now)
		return site.Handler(w.cie)
	})
	if err := w.cie.Introduce(w.description()); err != nil {
		t.Fatal(err)
	}
	return w
}

// description of the service, with two sets: the four attributes, and one of them.
func (w *world) description() []byte {
	w.t.Helper()
	text := metadata.Localized{{Lang: "it", Text: "Ente di Esempio"}}
	set := func(index int, names ...string) metadata.AttributeSet {
		s := metadata.AttributeSet{Index: index, Names: text}
		for _, n := range names {
			s.Attributes = append(s.Attributes, metadata.RequestedAttribute{Name: n, NameFormat: saml.AttributeBasic})
		}
		return s
	}
	e := &metadata.Entity{ID: "_sp", EntityID: entity, Organization: &metadata.Organization{Names: text, DisplayNames: text, URLs: text},
		Service: &metadata.Service{
			AuthnRequestsSigned: true, WantAssertionsSigned: true,
			Certificates:  []metadata.Certificate{{Use: "signing", DER: w.service.Certificate}},
			Logout:        []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: entity + "/slo"}},
			Consumers:     []metadata.Consumer{{Endpoint: metadata.Endpoint{Binding: saml.BindingPost, Location: acs}, Default: true}},
			AttributeSets: []metadata.AttributeSet{set(0, "name", "familyName", "dateOfBirth", "fiscalNumber", "email"), set(1, "fiscalNumber")},
		},
	}
	document, err := e.Sign(w.service)
	if err != nil {
		w.t.Fatal(err)
	}
	return document
}

// request is a right one for level 2, by redirect.
func (w *world) request() *saml.AuthnRequest {
	return &saml.AuthnRequest{
		ID: saml.NewID(), Version: saml.Version, IssueInstant: saml.At(w.clock.Now()), Destination: w.base + "/cie/idp/sso/redirect",
		ForceAuthn: saml.True, AssertionConsumerServiceIndex: "0", AttributeConsumingServiceIndex: "0",
		Issuer: &saml.NameID{Value: entity}, NameIDPolicy: &saml.NameIDPolicy{Format: saml.FormatTransient},
		RequestedAuthnContext: &saml.RequestedAuthnContext{Comparison: "minimum", ClassRefs: []string{spid.L2.URI()}},
	}
}

// byRedirect sends a request to an address.
func (w *world) byRedirect(c *webtest.Client, document []byte, signer xmlsec.Signer) *webtest.Page {
	w.t.Helper()
	address, err := binding.RedirectURL(w.base+"/cie/idp/sso/redirect", binding.Request, document, "opaco", signer)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Get(address)
}

func (w *world) xml(r *saml.AuthnRequest) []byte {
	w.t.Helper()
	document, err := r.XML()
	if err != nil {
		w.t.Fatal(err)
	}
	return document
}

// start begins a login and stands at the choice of the person.
func (w *world) start(edit func(*saml.AuthnRequest)) *login {
	w.t.Helper()
	r := w.request()
	if edit != nil {
		edit(r)
	}
	l := &login{world: w, browser: webtest.New(w.t), request: r}
	l.page = w.byRedirect(l.browser, w.xml(r), w.service).Expect(http.StatusOK, "Entra con CIE")
	return l
}

// login is one on its way.
type login struct {
	*world
	browser *webtest.Client
	request *saml.AuthnRequest
	page    *webtest.Page
}

// at passes choice and credentials and stands at the consent.
func (l *login) at(person, way string) *login {
	l.t.Helper()
	l.page = l.browser.Submit(l.page.FormWith("person"), "person", person, "way", way)
	l.page = l.browser.Submit(l.page.Form("main form")).Expect(http.StatusOK, "Dati da inviare")
	return l
}

// answer is the Response in the page, which goes to the service with the RelayState.
func (l *login) answer() []byte {
	l.t.Helper()
	f := l.page.Expect(http.StatusOK, "").Form("form[data-autopost]")
	if f.Action != acs || f.Values.Get("RelayState") != "opaco" {
		l.t.Fatalf("an answer to %s, %v", f.Action, f.Values["RelayState"])
	}
	document, err := binding.DecodePost(f.Values.Get("SAMLResponse"))
	if err != nil {
		l.t.Fatal(err)
	}
	return document
}

// check runs the checks of a service over an answer.
func (l *login) check(document []byte) (*spidsaml.Login, error) {
	l.t.Helper()
	description, err := l.cie.Metadata()
	if err != nil {
		l.t.Fatal(err)
	}
	provider, err := spidsaml.ReadProvider(description, l.clock.Now())
	if err != nil {
		l.t.Fatal(err)
	}
	at, err := l.request.IssueInstant.Time()
	if err != nil {
		l.t.Fatal(err)
	}
	level, _ := spid.ParseLevel(l.request.RequestedAuthnContext.ClassRefs[0])
	return cie.CheckResponse(cie.Input{
		SAMLResponse: binding.EncodePost(document), SP: &cie.SP{EntityID: entity, ACSURL: acs}, Provider: provider, Now: l.clock.Now(),
		Pending: spidsaml.Pending{RequestID: l.request.ID, IssuedAt: at, Provider: provider.EntityID, Level: level, Comparison: spid.Minimum},
	})
}

// press presses a button of a form that has it.
func (l *login) press(name, value string) *login {
	l.t.Helper()
	l.page = l.browser.Submit(l.page.FormWith(name), name, value)
	return l
}

func contains(document []byte, text string) bool { return strings.Contains(string(document), text) }
