package gateway_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/authn/password"
	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
	"atrio/gateway/oidcop"
	"atrio/gateway/services"
	"atrio/people/person"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
	"atrio/web"
	"atrio/web/webtest"
)

// stage is a gateway with one SPID provider, a small real server, on one database.
type stage struct {
	t     *testing.T
	url   string
	db    *db.DB
	clock *samltest.Clock
	idp   *provider
	// cie and node are the providers of the other doors; nil where these are closed.
	cie, node *provider
	gw        *gateway.Gateway
	config    gateway.Config
	// key is that of Noor's app; nil when she has none.
	key []byte
	// posts are the addresses that take forms.
	posts []string
	// down is the provider with known problems.
	down string

	mu       sync.Mutex
	refusals []audit.Event
	kept     []ledger.Entry
	store    *gatewaydb.Store
	// delivered is what was sent, where a test runs the jobs that send.
	delivered []notify.Message
}

// Keep makes the stage the place of refused pairs.
func (s *stage) Keep(_ context.Context, _ string, e ledger.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, e)
}

// keptFor is the pair that was kept last for a reason.
func (s *stage) keptFor(reason string) (e ledger.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.kept {
		if one.Refused == reason {
			e = one
		}
	}
	return e
}

func newStage(t *testing.T) *stage {
	return newStageOn(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()))
}

// newDoorsOn is a stage on which the doors of CIE and eIDAS are open too.
func newDoorsOn(t *testing.T, d *db.DB) *stage { return newStageWith(t, d, openAllDoors) }

// newStageConfigured is such a stage with other settings.
func newStageConfigured(t *testing.T, change func(*gateway.Config)) *stage {
	return newStageWith(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()), func(s *stage, deps *gateway.Deps) {
		openAllDoors(s, deps)
		change(&s.config)
	})
}

func openAllDoors(s *stage, deps *gateway.Deps) {
	t := s.t
	s.cie, s.node = newProviderNamed(t, s.clock, "CIE di Prova", samltest.ECDSA(t)), newProviderNamed(t, s.clock, "Nodo di Prova", samltest.ECDSA(t))
	s.cie.attributes, s.node.attributes = adaOfTheCard(), inesOfSpain()
	deps.CIE, deps.EIDAS, deps.CIESigner = s.cie, s.node, signers(t).cie
	deps.Outage = func(entityID string) (string, bool) { return "Fermo fino alle 18", s.down == entityID }
}

func newDoors(t *testing.T) *stage {
	return newDoorsOn(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()))
}

func newStageOn(t *testing.T, d *db.DB) *stage { return newStageWith(t, d, nil) }

// newStageWith lets a test change what the gateway works with.
func newStageWith(t *testing.T, d *db.DB, change func(*stage, *gateway.Deps)) *stage {
	return newStageAt(t, "127.0.0.1", d, change)
}

// newStageAt is such a stage under another name of this machine.
func newStageAt(t *testing.T, host string, d *db.DB, change func(*stage, *gateway.Deps)) *stage {
	s := &stage{t: t, db: d, clock: samltest.NewClock(), config: config()}
	s.idp = newProvider(t, s.clock)
	ring, pair := testKeys(t)
	at := func(base string) string { return strings.Replace(base, "127.0.0.1", host, 1) }
	s.url = at(webtest.Serve(t, func(base string) http.Handler {
		base = at(base)
		site := webtest.NewSite(t, "gateway", base, s.clock.Now, gateway.Pages()...)
		shared := &shareddb.Store{DB: d}
		site.Keyring, site.Layout, site.CrossOriginPOST, site.Refused = ring.keyring, gateway.Layout, gateway.CrossOriginPOST(), s.refused
		site.Sessions = &web.Sessions{Store: shared, Role: "gateway", Now: s.clock.Now, Idle: 30 * time.Minute, Absolute: 12 * time.Hour}
		s.store = gatewaydb.NewStore(d, ring.keyring)
		register, errs := services.NewRegister(testServices())
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		var err error
		deps := gateway.Deps{
			Site: site, Store: s.store, History: shared, Refusals: s,
			Limiter:   &ratelimit.Limiter{Store: shared, Keyring: ring.keyring, Now: s.clock.Now},
			Hasher:    password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}}),
			Directory: s.idp, SPIDSigner: signers(t).sp, Services: register, TokenKeys: oidcop.Keys{ES256: keys.Fixed(pair)}, Now: s.clock.Now,
			Registering: registering(),
		}
		if change != nil {
			change(s, &deps)
		}
		s.gw, err = gateway.New(s.config, deps)
		if err != nil {
			t.Fatal(err)
		}
		return site.Handler(append(s.gw.Mounts(), destinations{s})...)
	}))
	s.idp.meet(s.webGet(s.url + "/spid/metadata"))
	if s.cie != nil {
		s.cie.meet(s.webGet(s.url + "/cie/metadata"))
	}
	if s.node != nil {
		s.node.meet(s.webGet(s.url + "/spid/metadata"))
	}
	return s
}

func testServices() []services.Service {
	return []services.Service{{
		ClientID: "mooc", Name: services.Text{It: "Open Knowledge", En: "Open Knowledge (English)"}, RedirectURIs: []string{"https://mooc.example.org/callback"},
		Auth: services.Public, Level: person.Level2, Class: services.Teaching, Owner: services.Owner{Unit: "Corsi", Email: "corsi@example.org"},
	}, {
		ClientID: "ragazzi", Name: services.Text{It: "Corsi per ragazzi", En: "Courses for the young"}, RedirectURIs: []string{"https://ragazzi.example.org/callback"},
		Auth: services.Public, Level: person.Level2, Class: services.Teaching, Owner: services.Owner{Unit: "Corsi", Email: "corsi@example.org"},
		AgeMin: 14, AgeMax: 17, Assessment: services.Assessment{Act: "Valutazione 1/2026", Date: "2026-01-02"},
	}, {
		ClientID: "albo", Name: services.Text{It: "Albo dei docenti", En: "Register of teachers"}, RedirectURIs: []string{"https://albo.example.org/callback"},
		Auth: services.Public, Level: person.Level3, Class: services.Administrative, Owner: services.Owner{Unit: "Personale", Email: "personale@example.org"},
		Purpose: "PF",
	}, {
		ClientID: "tasse", Name: services.Text{It: "Tasse", En: "Fees"}, RedirectURIs: []string{"https://tasse.example.org/callback"},
		Auth: services.Public, Level: person.Level2, Class: services.Administrative, Owner: services.Owner{Unit: "Segreteria", Email: "tasse@example.org"},
		SPIDAttributes: []string{"spidCode", "name", "familyName", "fiscalNumber", "domicileStreetAddress"}, AttributeIndex: 12,
	}, {
		ClientID: "stipendi", Name: services.Text{It: "Stipendi", En: "Payslips"}, RedirectURIs: []string{"https://stipendi.example.org/callback"},
		Auth: services.Public, Level: person.Level2, Class: services.Staff, Owner: services.Owner{Unit: "Personale", Email: "personale@example.org"},
	}, {
		ClientID: "campus", Name: services.Text{It: "Campus estivo", En: "Summer campus"}, RedirectURIs: []string{"https://campus.example.org/callback"},
		Auth: services.Public, Level: person.Level2, Class: services.Community, Owner: services.Owner{Unit: "Corsi", Email: "corsi@example.org"},
		ParentalAuthorisation: true, Assessment: services.Assessment{Act: "Valutazione 2/2026", Date: "2026-01-02"},
	}}
}

func config() gateway.Config {
	c := gateway.Config{SupportMail: "aiuto@example.it", OwnMailDomains: []string{"ateneo.example.it"}, SPID: gateway.SPIDConfig{Locality: "Roma"}}
	c.SPID.Organization.It = gateway.NamesConfig{Name: "Ateneo di Prova", DisplayName: "Ateneo", URL: "https://ateneo.example.it"}
	c.SPID.Contact = gateway.ContactConfig{IPACode: "prova", Email: "spid@ateneo.example.it"}
	return c
}

func (s *stage) refused(_ context.Context, ev audit.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals = append(s.refusals, ev)
}

// refusedFor reports whether an audit line gives that reason.
func (s *stage) refusedFor(reason string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range s.refusals {
		if ev.Reason == reason && ev.Reference != "" {
			return true
		}
	}
	return false
}

func (s *stage) webGet(address string) []byte {
	s.t.Helper()
	return []byte(webtest.New(s.t).Get(address).Expect(http.StatusOK).Body)
}

func (s *stage) browser() *webtest.Client {
	c := webtest.New(s.t)
	c.AutoPost = true
	c.Header.Set("Accept-Language", "it")
	return c
}

func (s *stage) count(query string, args ...any) (n int) {
	s.t.Helper()
	if err := s.db.Read().QueryRowContext(s.t.Context(), query, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// enter signs a new person in, who chooses a password, and leaves them at the end.
func (s *stage) enter(b *webtest.Client) *webtest.Page {
	s.t.Helper()
	p := b.Get(s.start(""))
	p.Expect(http.StatusOK, "Stai entrando come Ada D'Amico", "Sei tu?")
	return s.choose(b, b.Submit(p.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto"))
}

// secret is the password of everybody.
const secret = "tre gatti sul tetto"

// choose goes on from the page of the new Codice Persona and chooses a password.
func (s *stage) choose(b *webtest.Client, done *webtest.Page) *webtest.Page {
	s.t.Helper()
	p := b.Get(s.url + webtest.Attr(done.Find("main a.btn-primary"), "href"))
	return b.Submit(p.FormWith("again"), "password", secret, "again", secret)
}

// start is the address that begins a login at the provider.
func (s *stage) start(flow string) string {
	q := url.Values{"idp": {s.idp.EntityID}}
	if flow != "" {
		q.Set("flow", flow)
	}
	return s.url + "/spid/login?" + q.Encode()
}

// destinations begins journeys as the OpenID Provider does.
type destinations struct{ stage *stage }

func (d destinations) Mount(m *web.Mux) {
	d.stage.posts = m.Posts() // it is mounted last
	m.Get("/test/begin", func(w http.ResponseWriter, r *http.Request) error {
		return d.stage.gw.Flow.Begin(w, r, destination(r.URL.Query()))
	})
}

// provider is a SPID provider that lets everybody in as next says.
type provider struct {
	*spidsaml.IdP
	t       *testing.T
	clock   *samltest.Clock
	service spidsaml.Service
	seen    spidsaml.Provider

	// next changes the answer; attributes are what it states.
	next       func(a *spidsaml.Answer)
	anomaly    int
	attributes map[string]string
	// failing, when set, makes the document of an error in place of anomaly.
	failing func(a *spidsaml.Authn) []byte
	// last is the form posted last; hold shows it instead of posting it.
	last url.Values
	hold bool
	// by is another provider that answers in the place of this one.
	by *provider
	n  int
	// pause is the address of a request that waits, received when it came.
	pause    string
	received time.Time
}

func newProvider(t *testing.T, clock *samltest.Clock) *provider {
	return newProviderNamed(t, clock, "Identità Uno", signers(t).idp)
}

func newProviderNamed(t *testing.T, clock *samltest.Clock, name string, signer xmlsec.Signer) *provider {
	p := &provider{t: t, clock: clock, attributes: ada()}
	base := webtest.Serve(t, func(string) http.Handler { return http.HandlerFunc(p.serve) })
	p.IdP = &spidsaml.IdP{
		EntityID: base, SSOURL: base + "/sso", SLOURL: base + "/slo", Signer: signer,
		Organization: metadata.Organization{
			Names: text(name), DisplayNames: text(name), URLs: text(base),
		},
	}
	for _, a := range spid.Attributes() {
		p.Attributes = append(p.Attributes, a.Name)
	}
	document, err := p.Metadata("_idp", clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if p.seen, err = spidsaml.ReadProvider(document, clock.Now()); err != nil {
		t.Fatal(err)
	}
	return p
}

func text(s string) metadata.Localized { return metadata.Localized{{Lang: "it", Text: s}} }

func ada() map[string]string {
	return map[string]string{
		"spidCode": "TEST123456789A", "name": "Ada", "familyName": "D'Amico", "fiscalNumber": "TINIT-DMCDAA80A41H501U",
		"dateOfBirth": "1980-01-01", "placeOfBirth": "H501", "gender": "F", "email": "ada@posta.example.it", "mobilePhone": "+393331234567",
	}
}

// adaOfTheCard is the same person as CIE knows her: no e-mail, no spidCode.
func adaOfTheCard() map[string]string {
	return map[string]string{"name": "Ada", "familyName": "D'Amico", "fiscalNumber": "TINIT-DMCDAA80A41H501U", "dateOfBirth": "1980-01-01"}
}

// inesOfSpain is a person without a codice fiscale.
func inesOfSpain() map[string]string {
	return map[string]string{
		"spidCode": "ES/IT/INES-0001", "name": "Inés", "familyName": "Prueba", "dateOfBirth": "1990-02-03",
		"placeOfBirth": "Villaejemplo", "address": "Calle Ejemplo 1, 00000 Villaejemplo", "gender": "Female",
	}
}

func (p *provider) meet(sp []byte) {
	var err error
	if p.service, err = spidsaml.ReadService(sp, p.clock.Now()); err != nil {
		p.t.Fatal(err)
	}
}

// Providers and Provider make it a directory.
func (p *provider) Providers() []spidsaml.Provider { return []spidsaml.Provider{p.seen} }

func (p *provider) Provider(id string) (spidsaml.Provider, bool) {
	return p.seen, id == p.seen.EntityID
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	received := p.received
	if received.IsZero() {
		received = p.clock.Now()
	}
	a, anomaly := p.ReadRequest(spidsaml.Incoming{Method: r.Method, RawQuery: r.URL.RawQuery, Now: received},
		func(id string) (spidsaml.Service, bool) { return p.service, id == p.service.EntityID })
	if anomaly != nil {
		http.Error(w, fmt.Sprintf("anomalia %d", anomaly.Code), http.StatusBadRequest)
		return
	}
	by := p
	if p.by != nil {
		by = p.by
	}
	document := by.answer(a)
	p.last = url.Values{"SAMLResponse": {binding.EncodePost(document)}, "RelayState": {a.RelayState}}
	mark := " data-autopost"
	if p.hold {
		mark = ""
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<main><form method="post" action="%s"%s><input type="hidden" name="SAMLResponse" value="%s"><input type="hidden" name="RelayState" value="%s"></form></main>`,
		html.EscapeString(a.ACSURL), mark, p.last.Get("SAMLResponse"), html.EscapeString(a.RelayState))
}

func (p *provider) answer(a *spidsaml.Authn) []byte {
	p.n++
	now := p.clock.Now()
	if p.failing != nil {
		return p.failing(a)
	}
	if p.anomaly != 0 {
		row, _ := spid.LookupAnomaly(p.anomaly)
		document, err := p.Failure(a, row, saml.NewID(), now)
		if err != nil {
			p.t.Error(err)
		}
		return document
	}
	answer := spidsaml.Answer{
		ResponseID: saml.NewID(), AssertionID: saml.NewID(), NameID: fmt.Sprintf("_name%d", p.n), SessionIndex: "_s",
		Level: a.Target(), AuthnInstant: now, Now: now, Attributes: p.attributes,
	}
	if p.next != nil {
		p.next(&answer)
		// A provider of its own mind: it signs whatever level it used.
		a.Level, a.Comparison = answer.Level, spid.Exact
	}
	document, err := p.Success(a, answer)
	if err != nil {
		p.t.Error(err)
	}
	return document
}

// cookiesOf counts the cookies of journeys that a browser holds.
func (s *stage) cookiesOf(b *webtest.Client) (n int) {
	u, _ := url.Parse(s.url)
	for _, c := range b.HTTP.Jar.Cookies(u) {
		if strings.Contains(c.Name, "_flow_") {
			n++
		}
	}
	return n
}
