// Package logout_test lets the gateway and the identity provider of this program leave
// each other, over HTTP, with a third service beside them: what the tests of either
// product show with a stand-in is shown here with the real other side.
package logout_test

import (
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/authn/password"
	"atrio/base/keys"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/journey"
	"atrio/gateway/oidcop"
	"atrio/gateway/services"
	"atrio/idp"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/people/person"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/web"
	"atrio/web/webtest"
)

// house is a gateway, a provider and a library that trust each other.
type house struct {
	t              *testing.T
	clock          *samltest.Clock
	gateway, idp   string
	library        *spidsaml.SP
	services       map[string]spidsaml.Service
	provider       spidsaml.Provider
	gw             *gateway.Gateway
	silent         bool // the library never answers
	librarySession map[string]bool
}

const (
	userID = "ada.prova@example.org"
	secret = "Corretto-Cavallo-9"
	// farewell is where the service wants people after the logout.
	farewell = "https://corsi.example.org/uscita"
)

func newHouse(t *testing.T) *house {
	h := &house{t: t, clock: samltest.NewClock(), services: map[string]spidsaml.Service{}, librarySession: map[string]bool{}}
	h.openProvider()
	h.openGateway()
	h.openLibrary()
	return h
}

func italian(s string) metadata.Localized { return metadata.Localized{{Lang: "it", Text: s}} }

func (h *house) get(address string) []byte {
	h.t.Helper()
	return []byte(webtest.New(h.t).Get(address).Expect(http.StatusOK).Body)
}

func (h *house) openProvider() {
	d := dbtest.SQLite(h.t, shareddb.Module(), idpdb.Module())
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	var product *idp.IdP
	h.idp = webtest.Serve(h.t, func(base string) http.Handler {
		site := webtest.NewSite(h.t, "idp", base, h.clock.Now, idp.Pages()...)
		site.Keyring, site.CrossOriginPOST, site.Layout = ring, idp.CrossOriginPOST(), idp.Layout
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: h.clock.Now, Idle: 30 * time.Minute, Absolute: 8 * time.Hour}
		var err error
		product, err = idp.New(idp.Config{
			BaseURL: base, Code: "TEST", DisplayName: "Identità di prova", Organization: "Gestore di prova", OrganizationURL: "https://idp.example.org",
		}, idp.Deps{
			Site: site, Store: idpdb.NewStore(d, ring, nil), Keyring: ring, Signer: samltest.RSA(h.t), Now: h.clock.Now,
			Limiter:  &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: ring, Now: h.clock.Now},
			Hasher:   password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}}),
			Services: func(id string) (spidsaml.Service, bool) { s, ok := h.services[id]; return s, ok },
		})
		if err != nil {
			h.t.Fatal(err)
		}
		return site.Handler(product.Mounts()...)
	})
	err := product.Seed(h.t.Context(), identity.Seed{Password: secret, Holder: identity.Holder{
		GivenName: "Ada", FamilyName: "Prova", Gender: "F", BirthDate: time.Date(1990, time.May, 4, 0, 0, 0, 0, time.UTC),
		BirthPlace: "F205", BirthCounty: "MI", FiscalCode: person.FiscalCode("PRVDAA90E44F205X"), Email: userID, MobilePhone: "+393330000001",
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	if h.provider, err = spidsaml.ReadProvider(h.get(h.idp+"/metadata"), h.clock.Now()); err != nil {
		h.t.Fatal(err)
	}
}

// Providers and Provider make the house a directory.
func (h *house) Providers() []spidsaml.Provider { return []spidsaml.Provider{h.provider} }

func (h *house) Provider(id string) (spidsaml.Provider, bool) {
	return h.provider, id == h.provider.EntityID
}

func (h *house) openGateway() {
	d := dbtest.SQLite(h.t, shareddb.Module(), gatewaydb.Module())
	store, err := keys.Open(filepath.Join(h.t.TempDir(), "keys"), "gateway")
	if err != nil {
		h.t.Fatal(err)
	}
	ring, err := store.Keyring()
	if err != nil {
		h.t.Fatal(err)
	}
	token, err := store.ECDSA("token")
	if err != nil {
		h.t.Fatal(err)
	}
	register, faults := services.NewRegister([]services.Service{{
		ClientID: "corsi", Name: services.Text{It: "Corsi", En: "Courses"}, RedirectURIs: []string{"https://corsi.example.org/callback"},
		PostLogoutRedirectURIs: []string{farewell}, Auth: services.Public, Level: person.Level1, Class: services.Teaching,
		Owner: services.Owner{Unit: "Corsi", Email: "corsi@example.org"},
	}})
	if len(faults) > 0 {
		h.t.Fatal(faults)
	}
	c := gateway.Config{SPID: gateway.SPIDConfig{Locality: "Roma"}}
	c.SPID.Organization.It = gateway.NamesConfig{Name: "Ateneo di Prova", DisplayName: "Ateneo", URL: "https://ateneo.example.it"}
	c.SPID.Contact = gateway.ContactConfig{IPACode: "prova", Email: "spid@ateneo.example.it"}
	h.gateway = webtest.Serve(h.t, func(base string) http.Handler {
		site := webtest.NewSite(h.t, "gateway", base, h.clock.Now, gateway.Pages()...)
		shared := &shareddb.Store{DB: d}
		site.Keyring, site.Layout, site.CrossOriginPOST = ring, gateway.Layout, gateway.CrossOriginPOST()
		site.Sessions = &web.Sessions{Store: shared, Role: "gateway", Now: h.clock.Now, Idle: 30 * time.Minute, Absolute: 12 * time.Hour}
		h.gw, err = gateway.New(c, gateway.Deps{
			Site: site, Store: gatewaydb.NewStore(d, ring), History: shared, Limiter: &ratelimit.Limiter{Store: shared, Keyring: ring, Now: h.clock.Now},
			Hasher:    password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}}),
			Directory: h, SPIDSigner: samltest.RSA(h.t), Services: register, TokenKeys: oidcop.Keys{ES256: keys.Fixed(token)}, Now: h.clock.Now,
		})
		if err != nil {
			h.t.Fatal(err)
		}
		return site.Handler(append(h.gw.Mounts(), beginning{h})...)
	})
	h.trust(h.get(h.gateway + "/spid/metadata"))
}

// trust makes the provider know a service by its metadata.
func (h *house) trust(document []byte) {
	h.t.Helper()
	s, err := spidsaml.ReadService(document, h.clock.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	h.services[s.EntityID] = s
}

// beginning begins a login of level 1, as a service that asks for it does.
type beginning struct{ house *house }

func (b beginning) Mount(m *web.Mux) {
	m.Get("/test/begin", func(w http.ResponseWriter, r *http.Request) error {
		return b.house.gw.Flow.Begin(w, r, journey.Destination{Level: person.Level1})
	})
}

// openLibrary starts a service of level 1 of its own, which ends sessions when it is told.
func (h *house) openLibrary() {
	base := webtest.Serve(h.t, func(string) http.Handler { return http.HandlerFunc(h.serveLibrary) })
	h.library = &spidsaml.SP{
		EntityID: base, ACSURL: base + "/acs", SLOURL: base + "/slo", Signer: samltest.RSA(h.t),
		Organization:  metadata.Organization{Names: italian("Biblioteca"), DisplayNames: italian("Biblioteca"), URLs: italian("https://biblioteca.example.org")},
		Contact:       spidsaml.Contact{IPACode: "prova", Email: "biblioteca@example.org"},
		AttributeSets: []spidsaml.AttributeSet{{Index: 0, Names: italian("Prestiti"), Attributes: []string{"name"}}},
	}
	document, err := h.library.Metadata(saml.NewID(), h.clock.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	h.trust(document)
}

// serveLibrary is the library's address for logout; what arrives elsewhere is not read.
func (h *house) serveLibrary(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/slo" || h.silent {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	f, err := h.library.Leaver().Read(spidsaml.Incoming{Method: r.Method, RawQuery: r.URL.RawQuery, Now: h.clock.Now()},
		func(id string) (spidsaml.Peer, bool) { return h.provider.Peer(), id == h.provider.EntityID })
	if err != nil {
		http.Error(w, html.EscapeString(err.Error()), http.StatusBadRequest)
		return
	}
	delete(h.librarySession, f.NameID)
	d, err := h.library.Leaver().Answer(saml.NewID(), h.clock.Now(), f.Peer, f.ID, f.Binding, false)
	if err != nil {
		h.t.Error(err)
	}
	address, err := d.RedirectURL(f.RelayState)
	if err != nil {
		h.t.Error(err)
	}
	http.Redirect(w, r, address, http.StatusFound)
}

// enterLibrary signs the person in to the library, with the session of the provider.
func (h *house) enterLibrary(b *webtest.Client) {
	h.t.Helper()
	request, err := h.library.Request(saml.NewID(), h.clock.Now(), h.provider, spidsaml.Want{Level: spid.L1})
	if err != nil {
		h.t.Fatal(err)
	}
	address, err := request.RedirectURL("opaco")
	if err != nil {
		h.t.Fatal(err)
	}
	b.AutoPost = false
	p := b.Get(address).Expect(http.StatusOK, "Hai già una sessione aperta")
	p = b.Submit(p.FormWith("consent"), "consent", "yes")
	login, err := spidsaml.CheckResponse(spidsaml.Input{
		SAMLResponse: p.FormWith("SAMLResponse").Values.Get("SAMLResponse"), SP: h.library, Provider: h.provider, Pending: request.Pending, Now: h.clock.Now(),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.librarySession[login.NameID] = true
	b.AutoPost = true
}

// enter signs Ada in to the gateway at level 1.
func (h *house) enter() *webtest.Client {
	h.t.Helper()
	b := webtest.New(h.t)
	b.AutoPost = true
	p := b.Get(b.Get(h.gateway + "/test/begin").Link("Identità di prova"))
	p = b.Submit(p.FormWith("password"), "username", userID, "password", secret)
	p = b.Submit(p.FormWith("consent"), "consent", "yes")
	if p.Has("Sei tu?") {
		b.Submit(p.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
	}
	b.Get(h.gateway + "/session").Expect(http.StatusOK)
	return b
}

// load does what a browser does with the frames of a page: each in the same browser, but
// without the cookies of the page's site where the frame is of another.
func (h *house) load(p *webtest.Page) {
	h.t.Helper()
	for _, frame := range p.FindAll("iframe") {
		webtest.New(h.t).Get(webtest.Attr(frame, "src"))
	}
}

// onward is where the page goes by itself.
func onward(p *webtest.Page) string {
	_, address, _ := strings.Cut(p.Header.Get("Refresh"), ";url=")
	to, err := p.URL.Parse(address)
	if err != nil || address == "" {
		return p.URL.String()
	}
	return to.String()
}

// leaving is the way of a service that asks for a logout.
func leaving() string {
	return "/oidc/logout?" + url.Values{"client_id": {"corsi"}, "post_logout_redirect_uri": {farewell}, "state": {"s1"}}.Encode()
}
