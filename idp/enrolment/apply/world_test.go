package apply_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/authn/password"
	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
	"atrio/web/webtest"
)

// world is the applicant's pages over HTTP, with a real database.
type world struct {
	t       *testing.T
	clock   *clock
	db      *db.DB
	store   *idpdb.Store
	hasher  *password.Hasher
	handler *apply.Handler
	counter *useful.Counter
	site    *web.Site
	base    string
	shop    *shop
	audit   *lines
	mailbox []notify.Message
}

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

// lines are the refusals of the audit log.
type lines struct {
	mu   sync.Mutex
	list []audit.Event
}

func (l *lines) add(_ context.Context, ev audit.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, ev)
}

func (l *lines) has(reason string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.list, func(ev audit.Event) bool { return ev.Reason == reason })
}

// shop is the issuer's shop of the tests.
type shop struct {
	passwords map[string]string // by address; the customer of a@b is "c-a@b"
	told      []string
	err       error
}

func (s *shop) Check(_ context.Context, user, secret string) (apply.Customer, error) {
	if s.err != nil {
		return apply.Customer{}, s.err
	}
	if known, ok := s.passwords[user]; !ok || known != secret {
		return apply.Customer{}, apply.ErrShop
	}
	return apply.Customer{ID: "c-" + user, Email: user}, nil
}

func (s *shop) SetPassword(_ context.Context, customer, secret string) error {
	s.passwords[strings.TrimPrefix(customer, "c-")] = secret
	s.told = append(s.told, customer)
	return s.err
}

// each runs a test on both databases.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) { fn(t, newWorldOn(t, d)) })
}

func newWorld(t *testing.T) *world {
	return newWorldOn(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
}

func newWorldOn(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d, audit: &lines{}, shop: &shop{passwords: map[string]string{}}}
	w.clock = &clock{now: time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)}
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	w.store = idpdb.NewStore(d, ring, nil)
	w.hasher = password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}, Workers: 2, MaxWait: time.Minute})
	pages := webtest.NewPages(t, apply.Pages(), useful.Pages(), ui.Pages{Name: "login", FS: loginPage})
	server := httptest.NewUnstartedServer(nil)
	w.base = "http://" + server.Listener.Addr().String()
	shared := &shareddb.Store{DB: d}
	w.site = &web.Site{
		Role: "idp", BaseURL: w.base, Institution: webtest.Theme(), Pages: pages, Keyring: ring, Now: w.clock.Now,
		Log: slog.New(slog.DiscardHandler), Refused: w.audit.add,
		Sessions: &web.Sessions{Store: shared, Role: "idp", Now: w.clock.Now, Idle: 30 * time.Minute, Absolute: 8 * time.Hour},
	}
	node := &ratelimit.Limiter{Store: ratelimit.NewMemory(), Keyring: ring, Now: w.clock.Now}
	posts := web.PerAddress(node, ratelimit.Limit{Name: "posts", Burst: 10000, Per: time.Minute})
	counter := &useful.Counter{Site: w.site, Votes: w.store, Pages: apply.Asking(), Limiter: &ratelimit.Limiter{Store: shared, Keyring: ring, Now: w.clock.Now}, Limit: posts, Now: w.clock.Now}
	w.counter = counter
	w.handler = &apply.Handler{
		Site: w.site, Way: &way.Way{Site: w.site, Store: w.store, Now: w.clock.Now},
		Config:   apply.Config{SupportMail: "aiuto@example.org", Shop: apply.ShopConfig{Name: "Negozio di prova"}}.WithDefaults(),
		Circuits: []apply.Circuit{{ID: "centri", Name: "Centri di prova"}, {ID: "tabaccherie", Name: "Tabaccherie di prova", Note: ui.Text{IT: "Porta il telefono", EN: "Bring the phone"}}},
		People:   w.store, Store: w.store, Codes: w.store, Useful: counter, Hasher: w.hasher, Shop: w.shop,
		Work: &proofofwork.Maker{Keyring: ring, Now: w.clock.Now, Bits: 4}, Limiter: &ratelimit.Limiter{Store: shared, Keyring: ring, Now: w.clock.Now},
		Limits: apply.DefaultLimits(), Limit: posts,
		Provider: "Gestore di prova", SMSSender: "Gestore", Now: w.clock.Now,
	}
	server.Config.Handler = w.site.Handler(w.handler, counter, (*door)(w))
	server.Start()
	t.Cleanup(server.Close)
	return w
}

// door stands for the login of the provider, which is not this package's matter.
type door world

func (d *door) Mount(m *web.Mux) {
	m.Get(way.Login, func(w http.ResponseWriter, r *http.Request) error {
		return d.site.Page(w, r, http.StatusOK, "login/login", nil)
	})
	m.Post(way.Login, func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		id, phc, err := d.store.Password(r.Context(), identity.Login(f.Value("user")))
		if err != nil {
			return err
		}
		if ok, _, err := d.hasher.Verify(r.Context(), phc, f.Value("password")); err != nil || !ok {
			return d.site.Page(w, r, http.StatusForbidden, "login/login", nil)
		}
		s, secret := d.site.Sessions.New(r, id, "password", "", nil, d.clock.Now())
		ev := audit.Event{At: d.clock.Now(), Role: "idp", Action: audit.LoginSucceeded, Outcome: audit.OK}
		if err := d.store.OpenSession(r.Context(), s, ev); err != nil {
			return err
		}
		d.site.Sessions.SetCookie(w, secret)
		return web.Redirect(w, r, way.Security)
	})
}

const (
	ada    = "ada.prova@example.org"
	secret = "Zaino-7-verde"
	phone  = "333 123 4567"
)

// person is one applicant in front of one browser.
type person struct {
	*world
	browser *webtest.Client
	page    *webtest.Page
}

func (w *world) person() *person { return &person{world: w, browser: webtest.New(w.t)} }

func (p *person) get(path string) *webtest.Page {
	p.t.Helper()
	p.page = p.browser.Get(p.base + path)
	return p.page
}

// send fills in the form that has a field.
func (p *person) send(field string, pairs ...string) *webtest.Page {
	p.t.Helper()
	p.page = p.browser.Submit(p.solved(p.page.FormWith(field)), pairs...)
	return p.page
}

// solved does the work that the page's script would.
func (p *person) solved(f *webtest.Form) *webtest.Form {
	in := p.page.Find("input[name=work]")
	if in == nil || !f.Values.Has("challenge") {
		return f
	}
	for n := 0; ; n++ {
		f.Fill("work", number(n))
		if _, err := p.handler.Work.Check(f.Values.Get("challenge"), number(n)); err == nil {
			return f
		}
	}
}

func number(n int) string {
	var digits []byte
	for {
		digits = append(digits, byte('0'+n%10))
		if n /= 10; n == 0 {
			slices.Reverse(digits)
			return string(digits)
		}
	}
}

// toAccount goes on to the access data.
func (p *person) toAccount() *webtest.Page {
	p.t.Helper()
	p.get("/enrol").Expect(http.StatusOK)
	p.send("area", "area", "private").Expect(http.StatusOK)
	p.send("mailbox", "mailbox", "yes", "phone", "yes", "document", "yes").Expect(http.StatusOK)
	return p.send("method", "method", "point", "circuit", "centri").Expect(http.StatusOK, "Dati di accesso")
}

// account sends the access data with changes.
func (p *person) account(email string, pairs ...string) *webtest.Page {
	p.t.Helper()
	return p.send("email_again", append([]string{
		"email", email, "email_again", email, "password", secret, "password_again", secret, "privacy", "on",
	}, pairs...)...)
}

// read gives what came to an address, the latest last.
func (w *world) read(to string) (got []notify.Message) {
	w.t.Helper()
	for _, channel := range []notify.Channel{notify.Mail, notify.SMS} {
		queue, err := (&shareddb.Store{DB: w.db}).ClaimMessages(w.t.Context(), channel, w.clock.Now(), 400*24*time.Hour, 100)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, q := range queue {
			w.mailbox = append(w.mailbox, q.Message)
		}
	}
	for _, m := range w.mailbox {
		if m.To == to {
			got = append(got, m)
		}
	}
	return got
}

var (
	linkForm = regexp.MustCompile(`http://\S*/enrol/confirm\?token=(\S+)`)
	codeForm = regexp.MustCompile(`\b[0-9]{6}\b`)
)

// link is the path of the latest link that came to an address.
func (w *world) link(to string) string {
	w.t.Helper()
	list := w.read(to)
	if len(list) == 0 {
		w.t.Fatalf("no mail to %s", to)
	}
	found := linkForm.FindString(list[len(list)-1].Text)
	if !strings.HasPrefix(found, w.base+"/") {
		w.t.Fatalf("no link of ours in %q", list[len(list)-1].Text)
	}
	return strings.TrimPrefix(found, w.base)
}

// code is the latest code that came to a number.
func (w *world) code(to string) string {
	w.t.Helper()
	list := w.read(to)
	if len(list) == 0 {
		w.t.Fatalf("no SMS to %s", to)
	}
	return codeForm.FindString(list[len(list)-1].Text)
}

// confirmed makes the account and signs in.
func (p *person) confirmed(email string) *webtest.Page {
	p.t.Helper()
	p.toAccount()
	p.account(email).Expect(http.StatusOK, "Il tuo account è stato creato")
	p.get(p.link(email)).Expect(http.StatusOK, "Conferma il tuo indirizzo")
	p.send("token").Expect(http.StatusOK, "Il tuo indirizzo è confermato")
	return p.login(email, secret)
}

func (p *person) login(email, password string) *webtest.Page {
	p.t.Helper()
	p.get("/account/login")
	return p.send("user", "user", email, "password", password)
}

// phoned goes on to the code.
func (p *person) phoned(email string) *webtest.Page {
	p.t.Helper()
	p.confirmed(email).Expect(http.StatusOK, "Informazioni di sicurezza")
	return p.send("answer", "question", "toy", "answer", "  Orso  Bruno ", "phone", phone).Expect(http.StatusOK, "Codice di verifica")
}

// request is the one of who has that User ID.
func (w *world) request(email string) enrolment.Request {
	w.t.Helper()
	id, _, err := w.store.Password(w.t.Context(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.store.RequestOf(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) count(query string) (n int) {
	w.t.Helper()
	if err := w.db.Read().QueryRowContext(w.t.Context(), query).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
