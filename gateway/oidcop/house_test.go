package oidcop_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/keys"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/oidcdb"
	"atrio/gateway/oidcop"
	"atrio/gateway/release"
	"atrio/gateway/services"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
	"atrio/web/webtest"
)

// house is a gateway with nothing but its OpenID Provider and a desk where
// people sign in by saying who they are.
type house struct {
	t        testing.TB
	url      string
	desk     *desk
	calendar *clock
	store    *gatewaydb.Store
	sink     oidcop.Store // instead of store, in benchmarks
	provider *oidcop.Provider
	handler  http.Handler
	pairs    oidcop.Keys
	ring     *seal.Keyring

	mu       sync.Mutex
	refusals []audit.Event
}

const secret = "0123456789abcdef0123456789abcdef0123456789a"

// houseRing are the sealing keys of every house.
func houseRing() *seal.Keyring {
	return seal.NewKeyring("gateway", seal.Key{ID: "k1", Secret: [32]byte{1}})
}

// newHouse opens a house on an empty SQLite, its server listening.
func newHouse(t testing.TB) *house {
	return newHouseOn(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()))
}

func newHouseOn(t testing.TB, d *db.DB) *house {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	h := &house{t: t, url: "http://" + server.Listener.Addr().String(), store: gatewaydb.NewStore(d, houseRing())}
	h.calendar = &clock{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	h.pairs, h.ring = testKeys(t), houseRing()
	h.desk = &desk{calendar: h.calendar, store: h.store, sessions: map[string]oidcop.Subject{}, people: map[string]release.Person{"a1": ada()}}
	h.open(nil)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.handler.ServeHTTP(w, r) })
	server.Start()
	return h
}

// open builds the provider, with a token clock of its own if one is given.
func (h *house) open(clock func() time.Time) {
	h.t.Helper()
	set, err := ui.NewSet(webtest.Theme(), web.Pages(), oidcop.Pages())
	if err != nil {
		h.t.Fatal(err)
	}
	register, errs := services.NewRegister(entries(h.t))
	if len(errs) > 0 {
		h.t.Fatal(errs)
	}
	site := &web.Site{
		Role: "gateway", BaseURL: h.url, Institution: webtest.Theme(), Pages: set, Keyring: h.ring,
		Now: h.calendar.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), CrossOriginPOST: oidcop.CrossOriginPOST(),
		Refused: h.refused,
	}
	d := oidcop.Deps{Site: site, Services: register, Keys: h.pairs, Login: h.desk, People: h.desk, Store: h.store, Clock: clock}
	if h.sink != nil {
		d.Store = h.sink
	}
	h.provider, err = oidcop.New(d)
	if err != nil {
		h.t.Fatal(err)
	}
	h.handler = site.Handler(h.provider)
}

func (h *house) refused(_ context.Context, ev audit.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusals = append(h.refusals, ev)
}

// wasRefused reports whether the audit holds a refusal with that reason.
func (h *house) wasRefused(reason string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ev := range h.refusals {
		if ev.Reason == reason {
			return true
		}
	}
	return false
}

// secondNode is another provider with the same keys on the same database.
func (h *house) secondNode(d *db.DB) *house {
	h.t.Helper()
	node := &house{t: h.t, url: h.url, calendar: h.calendar, pairs: h.pairs, ring: h.ring, desk: h.desk, store: gatewaydb.NewStore(d, houseRing())}
	node.open(nil)
	return node
}

func entries(t testing.TB) []services.Service {
	base := services.Service{
		Name: services.Text{It: "Portale dei corsi", En: "Course portal"}, Level: person.Level1, Class: services.Teaching,
		Owner: services.Owner{Unit: "Ufficio", Email: "ufficio@example.it"},
		Auth:  services.SecretBasic, SecretSHA256: services.HashSecret(secret),
	}
	for _, attribute := range services.Releasable() {
		base.Release = append(base.Release, services.Release{Attribute: attribute, Purpose: services.Text{It: "prova", En: "test"}})
	}
	add := func(id, host string, change func(*services.Service)) services.Service {
		s := base
		s.ClientID = id
		s.RedirectURIs = []string{"https://" + host + "/ritorno"}
		s.PostLogoutRedirectURIs = []string{"https://" + host + "/uscita"}
		if change != nil {
			change(&s)
		}
		return s
	}
	return []services.Service{
		add("portale", "corsi.example.it", nil),
		add("vecchio", "vecchio.example.it", func(s *services.Service) {
			s.Auth, s.IDTokenAlg, s.ClaimsInIDToken = services.SecretPost, services.RS256, true
		}),
		add("chiavi", "chiavi.example.it", func(s *services.Service) {
			s.Auth, s.SecretSHA256, s.JWKS = services.PrivateKeyJWT, "", publicSet(t, assertionKey())
		}),
		add("app", "app.example.it", func(s *services.Service) { s.Auth, s.SecretSHA256, s.Level = services.Public, "", person.Level2 }),
	}
}

func redirectOf(client string) string {
	host := map[string]string{"portale": "corsi", "vecchio": "vecchio", "chiavi": "chiavi", "app": "app"}[client]
	return "https://" + host + ".example.it/ritorno"
}

func ada() release.Person {
	return release.Person{
		Account:    account.Account{ID: "a1", Code: "123456789", GivenName: "Ada", FamilyName: "Bianchi", Email: "ada@example.it", FiscalCode: "BNCDAA85T41H501X"},
		Attributes: []account.Attribute{{Name: person.Gender, Value: "F"}, {Name: person.BirthDate, Value: "1985-12-01"}},
	}
}

// clock is a calendar that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// desk stands for gateway/flow.go: who is there signs in as next says.
type desk struct {
	calendar *clock
	store    *gatewaydb.Store

	mu       sync.Mutex
	sessions map[string]oidcop.Subject
	people   map[string]release.Person
	begun    []oidcop.Destination
	next     *oidcop.Subject
	// away tells that the logout goes on elsewhere; leads are where it shall lead then.
	away  bool
	leads []string
	// lazy sends the browser back without a new login.
	lazy bool
	// factor: people have a second one, and use it when they are asked; wishes are what
	// was asked about them.
	factor bool
	wishes []oidcop.Wish
}

func (d *desk) Current(r *http.Request) (oidcop.Subject, bool) {
	c, err := r.Cookie("desk")
	if err != nil {
		return oidcop.Subject{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.sessions[c.Value]
	return s, ok
}

func (d *desk) Begin(w http.ResponseWriter, r *http.Request, to oidcop.Destination) error {
	d.mu.Lock()
	d.begun = append(d.begun, to)
	next, lazy := d.next, d.lazy
	d.mu.Unlock()
	if next == nil && !lazy {
		_, err := io.WriteString(w, "chi sei?")
		return err
	}
	if !lazy {
		http.SetCookie(w, d.signIn(*next))
	}
	return web.Redirect(w, r, oidcop.AuthorizePath+"?"+to.Resume)
}

// Admit lets a person prove a second factor when one is asked for and they have one.
func (d *desk) Admit(r *http.Request, wish oidcop.Wish, _ oidcop.Subject) (oidcop.Refusal, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wishes = append(d.wishes, wish)
	if wish.TwoFactors == oidcop.Unasked || !d.factor {
		return nil, nil
	}
	return func(w http.ResponseWriter, r *http.Request, to oidcop.Destination) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		c, err := r.Cookie("desk")
		if err != nil {
			return err
		}
		s := d.sessions[c.Value]
		s.ACR, s.AMR, s.Strength = "https://refeds.org/profile/mfa", []string{"pwd", "otp", "mfa"}, person.Level2
		d.sessions[c.Value] = s
		return web.Redirect(w, r, oidcop.AuthorizePath+"?"+to.Resume)
	}, nil
}

func (d *desk) End(w http.ResponseWriter, r *http.Request, to string) (bool, error) {
	d.leads = append(d.leads, to)
	if c, err := r.Cookie("desk"); err == nil {
		d.mu.Lock()
		delete(d.sessions, c.Value)
		d.mu.Unlock()
		if err := d.store.DB.One(r.Context(), func(q db.Queryer) error {
			return oidcdb.EndGrantsOf(r.Context(), q, c.Value, d.calendar.Now())
		}); err != nil {
			return false, err
		}
	}
	http.SetCookie(w, &http.Cookie{Name: "desk", MaxAge: -1, Path: "/"})
	return d.away, nil
}

func (d *desk) Person(_ context.Context, id string) (release.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.people[id]
	if !ok {
		return p, fault.New(fault.NotFound, "error.not_found")
	}
	return p, nil
}

// signIn opens a session now and gives its cookie.
func (d *desk) signIn(s oidcop.Subject) *http.Cookie {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.Since, s.AuthTime = d.calendar.Now(), d.calendar.Now()
	if s.Session == "" {
		s.Session = fmt.Sprintf("session-%d", len(d.sessions)+1)
	}
	d.sessions[s.Session] = s
	return &http.Cookie{Name: "desk", Value: s.Session, Path: "/"}
}

func atLevel(level person.Level) oidcop.Subject {
	return oidcop.Subject{Account: "a1", Level: level, ACR: fmt.Sprintf("https://www.spid.gov.it/SpidL%d", level), AMR: []string{"pwd", "otp", "mfa"}}
}

// testKeys are made once: RSA keys are slow to make.
var testKeys = func() func(t testing.TB) oidcop.Keys {
	var once sync.Once
	var made oidcop.Keys
	return func(t testing.TB) oidcop.Keys {
		once.Do(func() {
			store, err := keys.Open(filepath.Join(t.TempDir(), "keys"), "gateway")
			if err != nil {
				t.Fatal(err)
			}
			ec, err := store.ECDSA("token")
			if err != nil {
				t.Fatal(err)
			}
			rsa, err := store.RSA("token-rsa", 2048)
			if err != nil {
				t.Fatal(err)
			}
			made = oidcop.Keys{ES256: keys.Fixed(ec), RS256: keys.Fixed(rsa)}
		})
		return made
	}
}()

var assertionKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

func publicSet(t testing.TB, key *ecdsa.PrivateKey) string {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "chiave-1", Use: "sig", Algorithm: "ES256"}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// browser keeps cookies and stops at the edge of the house.
type browser struct {
	h      *house
	cookie *http.Cookie
}

// open asks for an address of the house and follows its redirects.
func (b *browser) open(address string) *http.Response {
	b.h.t.Helper()
	return b.follow(b.send(httptest.NewRequest(http.MethodGet, b.h.url+address, nil)))
}

// post sends a form and follows the redirects.
func (b *browser) post(address string, form url.Values) *http.Response {
	b.h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, b.h.url+address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.follow(b.send(r))
}

// crossPost is a form posted by a page of a service: browsers then keep cookies
// back that are SameSite=Lax.
func (b *browser) crossPost(address string, form url.Values) *http.Response {
	b.h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, b.h.url+address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return b.follow((&browser{h: b.h}).send(r))
}

// follow goes where an answer leads as long as that is inside the house, and
// returns the last answer.
func (b *browser) follow(res *http.Response) *http.Response {
	b.h.t.Helper()
	for range 10 {
		to := res.Header.Get("Location")
		if to == "" || !strings.HasPrefix(to, "/") {
			return res
		}
		res = b.send(httptest.NewRequest(http.MethodGet, b.h.url+to, nil))
	}
	b.h.t.Fatal("the browser is sent in circles")
	return nil
}

func (b *browser) send(r *http.Request) *http.Response {
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	b.h.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == "desk" {
			b.cookie = c
		}
	}
	return w.Result()
}

// signedIn is a browser with a session of that level.
func (h *house) signedIn(level person.Level) *browser {
	return &browser{h: h, cookie: h.desk.signIn(atLevel(level))}
}

// verifier and challenge of every request of these tests. // RFC 7636 appendix B
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// ask is a good authorization request with some parameters changed; a value
// "-" removes one.
func ask(client string, pairs ...string) url.Values {
	q := url.Values{
		"client_id": {client}, "redirect_uri": {redirectOf(client)}, "response_type": {"code"}, "scope": {"openid profile email"},
		"state": {"stato"}, "nonce": {"nonce"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "-" {
			q.Del(pairs[i])
		}
	}
	return q
}

func authorizeURL(q url.Values) string { return oidcop.AuthorizePath + "?" + q.Encode() }

// answer reads the parameters of an answer to a service.
func answer(t testing.TB, res *http.Response) url.Values {
	t.Helper()
	to, err := res.Location()
	if err != nil || !strings.HasPrefix(to.String(), "https://") {
		body, _ := io.ReadAll(res.Body)
		t.Fatalf("no answer to the service: %d %v %s", res.StatusCode, to, body)
	}
	return to.Query()
}

// codeFor signs in and gets a code.
func (h *house) codeFor(client string, pairs ...string) string {
	h.t.Helper()
	q := answer(h.t, h.signedIn(person.Level2).open(authorizeURL(ask(client, pairs...))))
	if q.Get("code") == "" || q.Get("iss") != h.url || q.Get("state") != "stato" {
		h.t.Fatalf("no code: %v", q)
	}
	return q.Get("code")
}

// tokens are the answer of the token endpoint.
type tokens struct {
	Status      int
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
	Refresh     string `json:"refresh_token"`
	Error       string `json:"error"`
	header      http.Header
}

// exchange is a good token request of a client with some parameters changed.
func exchangeForm(client, code string, pairs ...string) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectOf(client)}, "code_verifier": {verifier}}
	switch client {
	case "vecchio":
		form.Set("client_id", client)
		form.Set("client_secret", secret)
	case "app":
		form.Set("client_id", client)
	}
	for i := 0; i < len(pairs); i += 2 {
		if form.Set(pairs[i], pairs[i+1]); pairs[i+1] == "-" {
			form.Del(pairs[i])
		}
	}
	return form
}

func (h *house) redeem(client string, form url.Values) tokens {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, h.url+oidcop.TokenPath, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if client == "portale" {
		r.SetBasicAuth(client, secret)
	}
	return h.tokenAnswer(r)
}

func (h *house) tokenAnswer(r *http.Request) tokens {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	var out tokens
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		h.t.Errorf("token endpoint: %d %s", w.Code, w.Body)
	}
	out.Status, out.header = w.Code, w.Header()
	return out
}

// userinfo asks for the claims behind an access token.
func (h *house) userinfo(token string) (int, map[string]any) {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodGet, h.url+oidcop.UserinfoPath, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	claims := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &claims); err != nil {
		h.t.Fatalf("userinfo: %d %s", w.Code, w.Body)
	}
	return w.Code, claims
}
