package shop_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	demoshop "atrio/app/demo/shop"
	"atrio/authn/password"
	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/shop"
	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
	"atrio/web/webtest"
)

// world is the provider and the shop, over HTTP.
type world struct {
	t        *testing.T
	now      time.Time
	db       *db.DB
	store    *idpdb.Store
	hasher   *password.Hasher
	provider string
	shop     string
	site     *web.Site
}

const (
	bruna, brunas = "bruna.cliente@example.org", "Lampada-4-gialla"
	carlo, carlos = "carlo.cliente@example.org", "carlo1"
	fresh         = "Ombrello-9-verde"
	secret        = "segreto-di-prova-tra-due-programmi"
)

func each(t *testing.T, fn func(w *world)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) { fn(newWorld(t, d)) })
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{t: t, db: d, now: time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)}
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	w.store = idpdb.NewStore(d, ring, nil)
	w.hasher = password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}, Workers: 2, MaxWait: time.Minute})
	provider, market := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	w.provider, w.shop = "http://"+provider.Listener.Addr().String(), "http://"+market.Listener.Addr().String()
	now := func() time.Time { return w.now }
	site := func(role, base string, pages ...ui.Pages) *web.Site {
		set := webtest.NewPages(t, pages...)
		return &web.Site{Role: role, BaseURL: base, Institution: webtest.Theme(), Pages: set, Keyring: ring, Now: now, Log: slog.New(slog.DiscardHandler)}
	}
	w.site = site("idp", w.provider, apply.Pages(), useful.Pages(), shop.Pages(), ui.Pages{Name: "login", FS: loginPage})
	shared := &shareddb.Store{DB: d}
	w.site.Sessions = &web.Sessions{Store: shared, Role: "idp", Now: now, Idle: 30 * time.Minute, Absolute: 8 * time.Hour}
	rows := &ratelimit.Limiter{Store: shared, Keyring: ring, Now: now}
	posts := web.PerAddress(&ratelimit.Limiter{Store: ratelimit.NewMemory(), Keyring: ring, Now: now}, ratelimit.Limit{Name: "posts", Burst: 1000, Per: time.Minute})
	counter := &useful.Counter{Site: w.site, Votes: w.store, Pages: apply.Asking(), Limiter: rows, Limit: posts, Now: now}
	applying := &apply.Handler{
		Site: w.site, Way: &way.Way{Site: w.site, Store: w.store, Now: now}, Circuits: []apply.Circuit{{ID: "centri", Name: "Centri di prova"}},
		Config: apply.Config{Shop: apply.ShopConfig{Name: "Negozio"}}.WithDefaults(), People: w.store, Store: w.store, Codes: w.store, Useful: counter, Hasher: w.hasher,
		Shop: &shop.Client{URL: w.shop + demoshop.Path, Secret: secret}, Work: &proofofwork.Maker{Keyring: ring, Now: now}, Limiter: rows,
		Limits: apply.DefaultLimits(), Limit: posts, Provider: "Gestore di prova", Now: now,
	}
	told := &shop.Handler{Site: w.site, Store: w.store, Hasher: w.hasher, Secret: secret, Limiter: rows, Name: "Negozio", Provider: "Gestore di prova", Now: now}
	provider.Config.Handler = w.site.Handler(applying, told, (*door)(w))
	theShop := &demoshop.Shop{Site: site("desk", w.shop, demoshop.Pages()), Hasher: w.hasher, Secret: secret, Provider: w.provider + shop.ChangedPath, Now: now}
	if err := theShop.Plant(t.Context(), demoshop.Seeds()...); err != nil {
		t.Fatal(err)
	}
	market.Config.Handler = theShop.Site.Handler(theShop)
	for _, s := range []*httptest.Server{provider, market} {
		s.Start()
		t.Cleanup(s.Close)
	}
	return w
}

var loginPage = fstest.MapFS{
	"pages/login.html": {Data: []byte(`{{define "title"}}Login{{end}}{{define "main"}}<h1>Login</h1>
<form method="post" action="/account/login"><label for="user">User ID</label><input id="user" name="user"><label for="password">Password</label><input id="password" name="password" type="password"></form>{{end}}`)},
	"texts/it.json": {Data: []byte(`{"login.title": "Accesso"}`)},
	"texts/en.json": {Data: []byte(`{"login.title": "Login"}`)},
}

// door stands for the provider's login.
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
		s, value := d.site.Sessions.New(r, id, "password", "", nil, d.now)
		if err := d.store.OpenSession(r.Context(), s, audit.Event{At: d.now, Role: "idp", Action: audit.LoginSucceeded, Outcome: audit.OK}); err != nil {
			return err
		}
		d.site.Sessions.SetCookie(w, value)
		return web.Redirect(w, r, way.Security)
	})
}

// login at the provider; the status says whether it worked.
func (w *world) login(b *webtest.Client, email, password string) int {
	w.t.Helper()
	return b.Submit(b.Get(w.provider+way.Login).FormWith("user"), "user", email, "password", password).Status
}

// buy signs in at the shop.
func (w *world) buy(b *webtest.Client, email, password string) *webtest.Page {
	w.t.Helper()
	return b.Submit(b.Get(w.shop+"/shop").FormWith("email"), "email", email, "password", password)
}

// linked brings a customer to the page after "Accedi".
func (w *world) linked(b *webtest.Client, email, password string) *webtest.Page {
	w.t.Helper()
	page := b.Submit(b.Get(w.provider+"/enrol").FormWith("area"), "area", "private")
	page = b.Submit(page.FormWith("phone"), "mailbox", "yes", "phone", "yes", "document", "yes")
	b.Submit(page.FormWith("method"), "method", "point", "circuit", "centri")
	return b.Submit(b.Get(w.provider+"/enrol/account/existing").FormWith("password"), "email", email, "password", password, "privacy", "on")
}

var linkForm = regexp.MustCompile(`http://\S*/enrol/confirm\?token=\S+`)

// mail takes the messages that wait.
func (w *world) mail() (all []notify.Message) {
	w.t.Helper()
	queue, err := (&shareddb.Store{DB: w.db}).ClaimMessages(w.t.Context(), notify.Mail, w.now, time.Hour, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, q := range queue {
		all = append(all, q.Message)
	}
	return all
}

func (w *world) confirm(b *webtest.Client) {
	w.t.Helper()
	mails := w.mail()
	page := b.Get(linkForm.FindString(mails[len(mails)-1].Text))
	b.Submit(page.FormWith("token")).Expect(http.StatusOK, "Il tuo indirizzo è confermato")
}

// E18, E21: changed at the shop.
func TestAPasswordChangedAtTheShopIsTheOneHereAndEverySessionEnds(t *testing.T) {
	each(t, func(w *world) {
		t := w.t
		b, market := webtest.New(t), webtest.New(t)
		w.linked(b, bruna, brunas).Expect(http.StatusOK, "Il tuo account è stato creato")
		w.confirm(b)
		if w.login(b, bruna, brunas) != http.StatusOK {
			t.Fatal("the password of the shop does not sign in")
		}
		page := w.buy(market, bruna, brunas).Expect(http.StatusOK, "Password condivisa con SPID")
		market.Submit(page.FormWith("old"), "old", brunas, "new", "semplice").Expect(http.StatusUnprocessableEntity, "non rispetta le regole di SPID")
		market.Submit(page.FormWith("old"), "old", "altra", "new", fresh).Expect(http.StatusUnprocessableEntity, "attuale non è corretta")
		market.Submit(page.FormWith("old"), "old", brunas, "new", fresh).Expect(http.StatusOK, "La password è cambiata")
		b.Get(w.provider+"/enrol/security").Expect(http.StatusOK, "Login")
		market.Get(w.shop+"/shop").Expect(http.StatusOK, "Indirizzo mail")
		if w.login(b, bruna, brunas) != http.StatusForbidden || w.login(b, bruna, fresh) != http.StatusOK {
			t.Error("the old password signs in, or the new one does not")
		}
		w.buy(market, bruna, fresh).Expect(http.StatusOK, "Hai fatto l’accesso")
		mails := w.mail()
		if len(mails) != 1 || mails[0].To != bruna || !strings.Contains(mails[0].Text, "Negozio") {
			t.Errorf("the holder is told %+v", mails)
		}
	})
}

// E20, E21: changed here.
func TestAWeakPasswordIsChangedHereAndAtTheShopAndItsSessionsEnd(t *testing.T) {
	each(t, func(w *world) {
		b, market := webtest.New(w.t), webtest.New(w.t)
		w.buy(market, carlo, carlos).Expect(http.StatusOK, "Hai fatto l’accesso")
		page := w.linked(b, carlo, carlos).Expect(http.StatusOK, "Scegli una nuova password")
		b.Submit(page.FormWith("password_again"), "password", fresh, "password_again", fresh).Expect(http.StatusOK, "Il tuo account è stato creato")
		market.Get(w.shop+"/shop").Expect(http.StatusOK, "Indirizzo mail")
		w.buy(market, carlo, carlos).Expect(http.StatusUnprocessableEntity)
		page = w.buy(market, carlo, fresh).Expect(http.StatusOK, "Password condivisa")
		// Changed again before the mailbox is confirmed: the request follows.
		market.Submit(page.FormWith("old"), "old", fresh, "new", brunas).Expect(http.StatusOK, "La password è cambiata")
		mails := w.mail()
		for _, m := range mails {
			if link := linkForm.FindString(m.Text); link != "" {
				b.Submit(b.Get(link).FormWith("token")).Expect(http.StatusOK, "Il tuo indirizzo è confermato")
			}
		}
		if w.login(b, carlo, fresh) != http.StatusForbidden || w.login(b, carlo, brunas) != http.StatusOK {
			w.t.Error("the request kept the password from before")
		}
	})
}

// A call of nobody, of the shop about others, and of a shop that does not know the old one.
func TestTheShopAloneSetsNoPassword(t *testing.T) {
	each(t, func(w *world) {
		b := webtest.New(w.t)
		w.linked(b, bruna, brunas)
		w.confirm(b)
		call := func(secret, body string) int {
			r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.provider+shop.ChangedPath, strings.NewReader(body))
			if err != nil {
				w.t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+secret)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				w.t.Fatal(err)
			}
			res.Body.Close()
			return res.StatusCode
		}
		good := `{"customer":"cliente-1","old":"` + brunas + `","new":"` + fresh + `"}`
		for _, one := range []struct {
			secret, body string
			want         int
		}{
			{"", good, 401}, {secret + "x", good, 401}, {secret, "", 400}, {secret, good + good, 400}, {secret, `{"customer":"cliente-1","admin":true}`, 400},
			{secret, `{"customer":"` + strings.Repeat("c", 65) + `"}`, 400}, {secret, `{"customer":"cliente-1","new":"` + strings.Repeat("a", 5000) + `"}`, 400},
			{secret, `{"customer":"cliente-2","old":"carlo1","new":"` + fresh + `"}`, 404},
			{secret, `{"customer":"cliente-1","old":"Indovina-1-volta","new":"` + fresh + `"}`, 403},
			{secret, `{"customer":"cliente-1","old":"` + brunas + `","new":"debole"}`, 422},
		} {
			if got := call(one.secret, one.body); got != one.want {
				w.t.Errorf("%.60s: %d, want %d", one.body, got, one.want)
			}
		}
		if w.login(b, bruna, brunas) != http.StatusOK {
			w.t.Error("the password was changed")
		}
		for range 10 {
			call(secret, `{"customer":"cliente-1","old":"Indovina-1-volta","new":"`+fresh+`"}`)
		}
		if got := call(secret, good); got != 429 {
			w.t.Errorf("passwords can be tried through the shop without end: %d", got)
		}
	})
}

// What the provider's questions are worth without the secret, and a shop that answers wrong.
func TestCallsToTheShopNeedTheSecretAndItsAnswersAreChecked(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
	if _, err := (&shop.Client{URL: w.shop + demoshop.Path, Secret: "altro"}).Check(t.Context(), bruna, brunas); err == nil {
		t.Error("the shop answers who does not know the secret")
	}
	for _, body := range []string{"", "{}", `{"id":"1","email":"nessuno"}`, `{"id":"1","email":"` + "\u0430" + `da@example.org"}`, `{"id":"","email":"a@example.org"}`, strings.Repeat("x", 9000)} {
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(body)) }))
		if c, err := (&shop.Client{URL: server.URL, Secret: secret}).Check(t.Context(), bruna, brunas); err == nil || c != (apply.Customer{}) || strings.Contains(err.Error(), brunas) {
			t.Errorf("%.30q is taken for %+v, %v", body, c, err)
		}
		server.Close()
		if err := (&shop.Client{URL: server.URL, Secret: secret}).SetPassword(t.Context(), "1", fresh); err == nil {
			t.Error("a shop that is away took a password")
		}
	}
}
