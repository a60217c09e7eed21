package idp_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/authn/password"
	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/idp"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/passwordlife"
	"atrio/idp/passwordrule"
	"atrio/idp/proofing/point"
	"atrio/people/codicefiscale"
	"atrio/people/person"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/web"
	"atrio/web/webtest"
)

// world is a provider and one service that trust each other, over HTTP.
type world struct {
	t        *testing.T
	clock    *clock
	db       *db.DB
	store    *idpdb.Store
	idp      *idp.IdP
	base     string
	sp       *spidsaml.SP
	provider spidsaml.Provider
	services map[string]spidsaml.Service
	audit    *lines
	vault    *evidence.Vault
	hook     *hook
}

// hook is what happens once, right before the provider reads former passwords: a change that
// comes in between.
type hook struct {
	mu sync.Mutex
	do func()
	// failing is what the next change of a password ends with, before anything is stored.
	failing error
	// customers are the people of the shop, by their reference.
	customers map[string]string
}

func (h *hook) Store(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.do = do
}

// hooked is the store with a hook.
type hooked struct {
	*idpdb.Store
	hook *hook
}

func (s hooked) FormerPasswords(ctx context.Context, id string) ([]passwordrule.Former, error) {
	s.hook.mu.Lock()
	do := s.hook.do
	s.hook.do = nil
	s.hook.mu.Unlock()
	if do != nil {
		do()
	}
	return s.Store.FormerPasswords(ctx, id)
}

func (s hooked) ChangePassword(ctx context.Context, c passwordlife.Change) error {
	s.hook.mu.Lock()
	err := s.hook.failing
	s.hook.failing = nil
	s.hook.mu.Unlock()
	if err != nil {
		return err
	}
	return s.Store.ChangePassword(ctx, c)
}

func (s hooked) RequestOf(ctx context.Context, holder string) (enrolment.Request, error) {
	s.hook.mu.Lock()
	customer := s.hook.customers[holder]
	s.hook.mu.Unlock()
	if customer != "" {
		return enrolment.Request{Holder: holder, Data: enrolment.Data{Customer: customer}}, nil
	}
	return s.Store.RequestOf(ctx, holder)
}

// clock is a present that moves only when told to, for many goroutines.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lines collects the refusals of the audit log.
type lines struct {
	mu   sync.Mutex
	list []audit.Event
}

func (l *lines) add(_ context.Context, ev audit.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, ev)
}

// has reports whether a refusal with that reason was written.
func (l *lines) has(reason string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.list, func(ev audit.Event) bool { return ev.Reason == reason })
}

// People of the tests; all have the same password.
const (
	ada      = "ada.prova@example.org"     // app and SMS
	bruno    = "bruno.prova@example.org"   // SMS only
	carla    = "carla.prova@example.org"   // password only
	dario    = "dario.prova@example.org"   // suspended
	elena    = "elena.prova@example.org"   // revoked
	stranger = "nessuno.prova@example.org" // nobody
	secret   = "Corretto-Cavallo-9"
)

var totpKey = []byte("12345678901234567890")

func newWorld(t *testing.T) *world {
	return newWorldOn(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), &clock{now: samltest.Start})
}

func newWorldOn(t *testing.T, d *db.DB, c *clock, edits ...func(*idp.Config)) *world {
	t.Helper()
	return newWorldWith(t, d, c, func(*idp.Enrolment) {}, edits...)
}

// newWorldWith is a world whose ways of identification are equipped with something more.
func newWorldWith(t *testing.T, d *db.DB, c *clock, equip func(*idp.Enrolment), edits ...func(*idp.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: c, db: d, audit: &lines{}, hook: &hook{}, services: map[string]spidsaml.Service{}}
	keyring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	w.store = idpdb.NewStore(d, keyring, nil)
	if err := w.store.Prepare(t.Context(), c.Now()); err != nil {
		t.Fatal(err)
	}
	w.serveService()
	server := httptest.NewUnstartedServer(nil)
	w.base = "http://" + strings.Replace(server.Listener.Addr().String(), "127.0.0.1", "localhost", 1) // a name, as keys need
	pages := webtest.NewPages(t, idp.Pages()...)
	site := &web.Site{
		Role: "idp", BaseURL: w.base, Institution: webtest.Theme(), Pages: pages, Keyring: keyring, Now: w.clock.Now,
		Log: slog.New(slog.DiscardHandler), Refused: w.audit.add, CrossOriginPOST: idp.CrossOriginPOST(), Layout: idp.Layout,
		Sessions: &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: w.clock.Now, Idle: 30 * time.Minute, Absolute: 8 * time.Hour, Kinds: idp.SessionKinds()},
	}
	w.readService()
	w.vault = w.openVault()
	config := idp.Config{
		BaseURL: w.base, Code: "TEST", DisplayName: "Identità di prova", Organization: "Gestore di prova", OrganizationURL: "https://idp.example.org",
		Operators: staff(), Deceased: deceased(t), Contract: idp.ContractConfig{Address: "Via di Prova 1, Roma", Mail: "aiuto@example.org"},
		Circuits: []point.CircuitConfig{{ID: "centri", Name: "Centri di prova"}},
		Points:   []point.PointConfig{{ID: "roma", Circuit: "centri", Name: "Centro di prova", Street: "Via di Prova 2", Town: "Roma", Hours: []string{"mon-sun 08:00-20:00"}}},
	}
	for _, edit := range edits {
		edit(&config)
	}
	enrolment := requests(t, w.store, w.clock.Now)
	equip(enrolment)
	var err error
	w.idp, err = idp.New(config, idp.Deps{
		Site: site, Store: hooked{w.store, w.hook}, Keyring: keyring, Limiter: &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: keyring, Now: w.clock.Now}, Signer: samltest.RSA(t), Now: w.clock.Now,
		Enrolment: enrolment,
		Hasher:    password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}}),
		Services:  func(entityID string) (spidsaml.Service, bool) { s, ok := w.services[entityID]; return s, ok },
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = site.Handler(w.idp.Mounts()...)
	server.Start()
	t.Cleanup(server.Close)
	w.readProvider()
	w.seed()
	return w
}

// deceased is a list with the code of the seventh applicant.
func deceased(t *testing.T) string {
	t.Helper()
	code, err := codicefiscale.Compute(codicefiscale.Person{
		Surname: "Prova", GivenName: "Amira", Born: time.Date(1990, time.January, 8, 0, 0, 0, 0, time.UTC), Sex: codicefiscale.Female, Place: "F205",
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "deceased.txt")
	if err := os.WriteFile(path, []byte("# deceduti\n\n"+string(code)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serveService starts the service's address for answers; what arrives there is
// read from the page that the test's browser was about to post.
func (w *world) serveService() {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) }))
	w.t.Cleanup(server.Close)
	text := func(s string) metadata.Localized {
		return metadata.Localized{{Lang: "it", Text: s}, {Lang: "en", Text: s}}
	}
	w.sp = &spidsaml.SP{
		EntityID: server.URL, ACSURL: server.URL + "/spid/acs", SLOURL: server.URL + "/spid/slo", Signer: samltest.RSA(w.t),
		Organization: metadata.Organization{Names: text("Università di Prova"), DisplayNames: text("Servizi Prova"), URLs: text("https://uni.example.org")},
		Contact:      spidsaml.Contact{IPACode: "prova", Email: "spid@uni.example.org", Phone: "+390200000000"},
		AttributeSets: []spidsaml.AttributeSet{
			{Index: 0, Names: text("Accesso"), Attributes: []string{"spidCode", "name", "familyName", "fiscalNumber", "dateOfBirth"}},
			{Index: 1, Names: text("Impresa"), Attributes: []string{"name", "companyName"}},
		},
	}
}

// readService makes the provider know the service by its metadata.
func (w *world) readService() {
	document, err := w.sp.Metadata(saml.NewID(), w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := spidsaml.ReadService(document, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	w.services[s.EntityID] = s
}

func (w *world) readProvider() {
	document := webtest.New(w.t).Get(w.base + "/metadata").Expect(http.StatusOK).Body
	var err error
	if w.provider, err = spidsaml.ReadProvider([]byte(document), w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) seed() {
	holder := func(given, email, phone string) identity.Holder {
		return identity.Holder{
			GivenName: given, FamilyName: "PROVA", Gender: "F", BirthDate: time.Date(1990, time.May, 4, 0, 0, 0, 0, time.UTC),
			BirthPlace: "F205", BirthCounty: "MI", FiscalCode: person.FiscalCode("PRVDAA90E44F205X"), Email: email, MobilePhone: phone,
		}
	}
	err := w.idp.Seed(context.Background(),
		identity.Seed{Holder: holder("Ada", ada, "+393330000001"), Password: secret, TOTPKey: totpKey, SMS: true, SPIDCode: "TESTABCDEFGH01", Question: "toy", Answer: "Orso Ugo"},
		identity.Seed{Holder: holder("Bruno", bruno, "+393330000002"), Password: secret, SMS: true, Question: "song", Answer: "Ninna  NANNA"},
		identity.Seed{Holder: holder("Carla", carla, ""), Password: secret},
		identity.Seed{Holder: holder("Dario", dario, "+393330000004"), Password: secret, SMS: true, Question: "toy", Answer: "Trenino", State: identity.Suspended},
		identity.Seed{Holder: holder("Elena", elena, "+393330000005"), Password: secret, SMS: true, State: identity.Revoked},
	)
	if err != nil {
		w.t.Fatal(err)
	}
}

// visit is one login of one browser, seen from the service.
type visit struct {
	*world
	browser *webtest.Client
	pending spidsaml.Pending
	page    *webtest.Page
}

// ask sends a browser to the provider with a request of the service.
func (w *world) ask(browser *webtest.Client, want spidsaml.Want) *visit {
	w.t.Helper()
	request, err := w.sp.Request(saml.NewID(), w.clock.Now(), w.provider, want)
	if err != nil {
		w.t.Fatal(err)
	}
	address, err := request.RedirectURL("stato-opaco")
	if err != nil {
		w.t.Fatal(err)
	}
	return &visit{world: w, browser: browser, pending: request.Pending, page: browser.Get(address)}
}

func (w *world) level(browser *webtest.Client, level spid.Level) *visit {
	return w.ask(browser, spidsaml.Want{Level: level})
}

// password fills in the first page.
func (v *visit) password(userID, password string) *visit {
	v.t.Helper()
	v.page = v.browser.Submit(v.page.FormWith("password"), "username", userID, "password", password)
	return v
}

// code fills in the page of the second factor.
func (v *visit) code(code string) *visit {
	v.t.Helper()
	v.page = v.browser.Submit(v.page.FormWith("code"), "code", code)
	return v
}

// totp is the code that Ada's app shows now.
func (w *world) totp() string { return otp.Generate(totpKey, w.clock.Now()) }

// press submits a form with a button of that name and value.
func (v *visit) press(name, value string) *visit {
	v.t.Helper()
	v.page = v.browser.Submit(v.page.FormWith(name), name, value)
	return v
}

// cancel presses "Annulla".
func (v *visit) cancel() *visit {
	v.t.Helper()
	for _, f := range v.page.FindAll("form") {
		if action := webtest.Attr(f, "action"); len(action) > 7 && action[len(action)-7:] == "/cancel" {
			v.page = v.browser.Submit(v.page.Form("form[action=" + action + "]"))
			return v
		}
	}
	v.t.Fatal("no way to cancel on the page")
	return nil
}

// answer checks the Response that the present page is about to post.
func (v *visit) answer() (*spidsaml.Login, error) {
	v.t.Helper()
	f := v.page.FormWith("SAMLResponse")
	if f.Action != v.sp.ACSURL {
		v.t.Fatalf("answer goes to %s", f.Action)
	}
	if got := f.Values.Get("RelayState"); got != "stato-opaco" {
		v.t.Fatalf("RelayState is %q", got)
	}
	return spidsaml.CheckResponse(spidsaml.Input{
		SAMLResponse: f.Values.Get("SAMLResponse"), SP: v.sp, Provider: v.provider, Pending: v.pending, Now: v.clock.Now(),
	})
}

// login expects a Response that states who the person is.
func (v *visit) login() *spidsaml.Login {
	v.t.Helper()
	l, err := v.answer()
	if err != nil {
		v.t.Fatal(err)
	}
	return l
}

// expectAnomaly expects a Response that reports a number of the table.
func (v *visit) expectAnomaly(code int) *visit {
	v.t.Helper()
	_, err := v.answer()
	if got := anomalyOf(err); got != code {
		v.t.Fatalf("the service learns of anomaly %d, want %d (%v)", got, code, err)
	}
	return v
}

// sms is the last message to a number.
func (w *world) sms(to string) string {
	w.t.Helper()
	queue, err := (&shareddb.Store{DB: w.db}).ClaimMessages(context.Background(), "sms", w.clock.Now(), time.Second, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range slices.Backward(queue) {
		if m.Message.To == to {
			return m.Message.Text
		}
	}
	w.t.Fatalf("no message to %s", to)
	return ""
}

func (w *world) do(method, path string, values url.Values) *webtest.Page {
	w.t.Helper()
	p, err := webtest.New(w.t).Do(method, w.base+path, values, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}
