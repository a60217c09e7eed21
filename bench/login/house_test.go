package login

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"atrio/authn/password"
	"atrio/base/keys"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/oidcop"
	"atrio/gateway/services"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
	"atrio/web"
	"atrio/web/webtest"
)

const (
	base       = "https://login.example.it"
	entity     = "https://idp.example.it"
	client     = "portale"
	clientBack = "https://corsi.example.it/ritorno"
)

// tally is how many signatures a key made, and the processor time of that.
type tally struct {
	n    int
	took time.Duration
}

// counted counts the signatures of a key.
type counted struct {
	crypto.Signer
	b     testing.TB
	tally *tally
}

func (c counted) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	began := processor(c.b)
	defer func() { c.tally.n, c.tally.took = c.tally.n+1, c.tally.took+processor(c.b)-began }()
	return c.Signer.Sign(r, digest, opts)
}

// pairs are the RSA keys of gateway and provider, made once.
var pairs struct {
	sync.Once
	sp, idp xmlsec.Signer
}

// house is a gateway with one SPID provider and one service.
type house struct {
	b       testing.TB
	db      *db.DB
	clock   *samltest.Clock
	handler http.Handler
	idp     *spidsaml.IdP
	seen    spidsaml.Provider
	service spidsaml.Service
	// signed are the RSA signatures made by the gateway and by the provider; what
	// the provider signs the gateway verifies.
	signed, verified tally
	key              *rsa.PrivateKey
}

func newHouse(b testing.TB, dialect db.Dialect) *house {
	d := dbtest.Open(b, dbtest.URL(b, dialect))
	if err := d.Migrate(context.Background(), shareddb.Module(), gatewaydb.Module()); err != nil {
		b.Fatal(err)
	}
	pairs.Do(func() { pairs.sp, pairs.idp = samltest.RSA(b), samltest.RSA(b) })
	h := &house{b: b, db: d, clock: samltest.NewClock(), key: pairs.sp.Key.(*rsa.PrivateKey)}
	h.openProvider()
	h.openGateway()
	document := h.do(h.get("/spid/metadata", nil), http.StatusOK).Body.Bytes()
	var err error
	if h.service, err = spidsaml.ReadService(document, h.clock.Now()); err != nil {
		b.Fatal(err)
	}
	return h
}

// openProvider makes the identity provider and reads its description.
func (h *house) openProvider() {
	signer := pairs.idp
	signer.Key = counted{signer.Key, h.b, &h.verified}
	it := func(s string) metadata.Localized { return metadata.Localized{{Lang: "it", Text: s}} }
	h.idp = &spidsaml.IdP{
		EntityID: entity, SSOURL: entity + "/sso", SLOURL: entity + "/slo", Signer: signer,
		Organization: metadata.Organization{Names: it("Identità Uno"), DisplayNames: it("Identità Uno"), URLs: it(entity)},
	}
	for _, a := range spid.Attributes() {
		h.idp.Attributes = append(h.idp.Attributes, a.Name)
	}
	document, err := h.idp.Metadata("_idp", h.clock.Now())
	if err != nil {
		h.b.Fatal(err)
	}
	if h.seen, err = spidsaml.ReadProvider(document, h.clock.Now()); err != nil {
		h.b.Fatal(err)
	}
}

// Providers and Provider make the house the directory of the gateway.
func (h *house) Providers() []spidsaml.Provider { return []spidsaml.Provider{h.seen} }

// Provider finds the only one.
func (h *house) Provider(id string) (spidsaml.Provider, bool) { return h.seen, id == entity }

func (h *house) openGateway() {
	store, err := keys.Open(filepath.Join(h.b.TempDir(), "keys"), "gateway")
	if err != nil {
		h.b.Fatal(err)
	}
	ring, err := store.Keyring()
	if err != nil {
		h.b.Fatal(err)
	}
	token, err := store.ECDSA("token")
	if err != nil {
		h.b.Fatal(err)
	}
	shared := &shareddb.Store{DB: h.db}
	site := webtest.NewSite(h.b, "gateway", base, h.clock.Now, gateway.Pages()...)
	site.Keyring, site.Layout, site.CrossOriginPOST = ring, gateway.Layout, gateway.CrossOriginPOST()
	site.Sessions = &web.Sessions{
		Store: shared, Role: "gateway", Now: h.clock.Now, Idle: 30 * time.Minute, Absolute: 12 * time.Hour, Secure: true,
	}
	register, faults := services.NewRegister([]services.Service{{
		ClientID: client, Name: services.Text{It: "Portale", En: "Portal"}, RedirectURIs: []string{clientBack},
		Auth: services.SecretBasic, SecretSHA256: services.HashSecret(strings.Repeat("s", 43)), Level: 2, Class: services.Teaching,
		Owner: services.Owner{Unit: "Ufficio", Email: "ufficio@example.it"},
	}})
	if len(faults) > 0 {
		h.b.Fatal(faults)
	}
	signer := pairs.sp
	signer.Key = counted{signer.Key, h.b, &h.signed}
	product, err := gateway.New(config(), gateway.Deps{
		Site: site, Store: gatewaydb.NewStore(h.db, ring), History: shared,
		Limiter:   &ratelimit.Limiter{Store: shared, Keyring: ring, Now: h.clock.Now},
		Hasher:    password.New(password.Settings{}),
		Directory: h, SPIDSigner: signer, Services: register, TokenKeys: oidcop.Keys{ES256: keys.Fixed(token)}, Now: h.clock.Now,
	})
	if err != nil {
		h.b.Fatal(err)
	}
	h.handler = site.Handler(product.Mounts()...)
}

func config() gateway.Config {
	c := gateway.Config{SupportMail: "aiuto@example.it"}
	c.Limits.SPIDStartsPerMinute = 1_000_000 // all logins come from one address at one instant
	c.SPID.Organization.It = gateway.NamesConfig{Name: "Ateneo di Prova", DisplayName: "Ateneo", URL: "https://ateneo.example.it"}
	c.SPID.Locality = "Roma"
	c.SPID.Contact = gateway.ContactConfig{IPACode: "prova", Email: "spid@ateneo.example.it"}
	return c
}

// passage is one login under way.
type passage struct {
	person  int
	request string // the query that the provider gets
	cookies []*http.Cookie
	form    string // as the browser sends it
}

func (h *house) get(address string, cookies []*http.Cookie) *http.Request {
	return withCookies(httptest.NewRequest(http.MethodGet, base+address, nil), cookies)
}

func withCookies(r *http.Request, cookies []*http.Cookie) *http.Request {
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

func (h *house) do(r *http.Request, status int) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	if w.Code != status {
		h.b.Fatalf("%s %s: %d %s", r.Method, r.URL.Path, w.Code, w.Body)
	}
	return w
}

// start sends a person to the provider.
func (h *house) start(p *passage) {
	w := h.do(h.get("/spid/login?idp="+url.QueryEscape(entity), nil), http.StatusFound)
	_, p.request, _ = strings.Cut(w.Header().Get("Location"), "?")
	p.cookies = w.Result().Cookies()
}

// answer is the work of the provider and the browser.
func (h *house) answer(p *passage) {
	now := h.clock.Now()
	ask, anomaly := h.idp.ReadRequest(spidsaml.Incoming{Method: http.MethodGet, RawQuery: p.request, Now: now},
		func(id string) (spidsaml.Service, bool) { return h.service, id == h.service.EntityID })
	if anomaly != nil {
		h.b.Fatal(anomaly.Code)
	}
	document, err := h.idp.Success(ask, spidsaml.Answer{
		ResponseID: saml.NewID(), AssertionID: saml.NewID(), NameID: saml.NewID(),
		Level: ask.Target(), AuthnInstant: now, Now: now, Attributes: saidOf(p.person),
	})
	if err != nil {
		h.b.Fatal(err)
	}
	p.form = url.Values{"SAMLResponse": {binding.EncodePost(document)}, "RelayState": {ask.RelayState}}.Encode()
}

// arrive brings the answer, and the person in.
func (h *house) arrive(p *passage) []*http.Cookie {
	r := httptest.NewRequest(http.MethodPost, base+"/spid/acs", strings.NewReader(p.form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := h.do(withCookies(r, p.cookies), http.StatusSeeOther)
	if to := w.Header().Get("Location"); to != "/account" {
		h.b.Fatal("led to " + to)
	}
	return w.Result().Cookies()
}

// saidOf is what the provider says about a person, as SPID names it.
func saidOf(n int) map[string]string {
	said := map[string]string{"fiscalNumber": "TINIT-" + code(n), "spidCode": "PROV" + code(n)}
	for _, a := range spid.Attributes() {
		if value, ok := facts[a.Person]; ok && a.Person != "" {
			said[a.Name] = value
		}
	}
	return said
}

// facts are the same for everybody but for the codes.
var facts = map[string]string{
	"given_name": "Ada", "family_name": "D'Amico", "birth_date": "1980-01-01", "birth_place": "H501", "birth_county": "RM",
	"gender": "F", "email": "ada@posta.example.it", "phone": "+393331234567", "domicile_street": "Via di Prova 1",
	"domicile_postal_code": "00100", "domicile_municipality": "H501",
}

func code(n int) string {
	digits := strconv.Itoa(n)
	return "TEST" + strings.Repeat("0", 12-len(digits)) + digits
}

// processor is the time that this process has used.
func processor(b testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// verifyCost measures n verifications, now, on this machine.
func (h *house) verifyCost(n int) time.Duration {
	digest := sha256.Sum256([]byte("x"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, h.key, crypto.SHA256, digest[:])
	if err != nil {
		h.b.Fatal(err)
	}
	began := processor(h.b)
	for range n {
		if rsa.VerifyPKCS1v15(&h.key.PublicKey, crypto.SHA256, digest[:], signature) != nil {
			h.b.Fatal("not verified")
		}
	}
	return processor(h.b) - began
}
