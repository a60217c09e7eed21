package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/web"
	"atrio/web/webtest"
)

// table is a session store in memory with the behaviour of db/shareddb.
type table struct {
	mu      sync.Mutex
	rows    map[string]web.Session
	touches int
	broken  bool
}

func (s *table) FindSession(_ context.Context, hash []byte, now time.Time) (*web.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[string(hash)]
	if s.broken {
		return nil, context.DeadlineExceeded
	}
	if !ok || !now.Before(row.ExpiresAt) {
		return nil, fault.New(fault.NotFound, "error.not_found")
	}
	return &row, nil
}

func (s *table) TouchSession(_ context.Context, hash []byte, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows[string(hash)]
	row.SeenAt = now
	s.rows[string(hash)] = row
	s.touches++
	return nil
}

func (s *table) EndSession(_ context.Context, hash []byte, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, string(hash))
	return nil
}

func (s *table) ListSessions(_ context.Context, subject string, _ time.Time) ([]web.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []web.Session
	for _, row := range s.rows {
		if row.Subject == subject {
			out = append(out, row)
		}
	}
	return out, nil
}

func (s *table) EndSessionByHandle(_ context.Context, subject, handle string, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for hash, row := range s.rows {
		if row.Subject == subject && row.Handle == handle {
			delete(s.rows, hash)
			return nil
		}
	}
	return fault.New(fault.NotFound, "error.not_found")
}

// signIn mounts a login and a page behind the guard.
func signIn(t *testing.T) (*bench, *table) {
	t.Helper()
	rows := &table{rows: map[string]web.Session{}}
	var b *bench
	b = start(t, func(m *web.Mux) {
		m.Post("/login", func(w http.ResponseWriter, r *http.Request) error {
			s, secret := b.Sessions.New(r, "person-1", "spid", "https://www.spid.gov.it/SpidL2", []string{"mfa"}, b.now)
			rows.rows[string(s.Hash)] = s
			b.Sessions.SetCookie(w, secret)
			return web.Redirect(w, r, "/me")
		})
		m.Get("/me", func(w http.ResponseWriter, r *http.Request) error {
			_, err := w.Write([]byte(web.CurrentSession(r).Subject))
			return err
		}, web.SignedIn(func(r *http.Request) string { return "/?next=" + r.URL.Path }))
		m.Post("/logout", func(w http.ResponseWriter, r *http.Request) error {
			if err := b.Sessions.Clear(w, r); err != nil {
				return err
			}
			return web.Redirect(w, r, "/")
		})
	}, func(b *bench) {
		b.Sessions = &web.Sessions{Store: rows, Role: "gateway", Now: b.Now, Idle: 30 * time.Minute, Absolute: 8 * time.Hour}
	})
	return b, rows
}

func TestASessionOpensThePageAndLogoutClosesIt(t *testing.T) {
	b, rows := signIn(t)
	c := webtest.New(t)
	if p := c.Get(b.URL + "/me"); p.URL.Path != "/" || p.URL.RawQuery != "next=/me" {
		t.Fatalf("without a session the guard leads to the login, not %s", p.URL)
	}
	if got := c.Post(b.URL+"/login", nil).Body; got != "person-1" {
		t.Fatalf("signed in as %q", got)
	}
	c.Post(b.URL+"/logout", nil)
	if p := c.Get(b.URL + "/me"); p.URL.Path != "/" || len(rows.rows) != 0 {
		t.Error("after the logout the session must be gone, in the browser and in the store")
	}
	c.Header.Set("Accept", "application/json")
	c.Get(b.URL + "/me").Expect(401)
}

func TestTheStoreKnowsOnlyTheHashOfTheSecret(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	s := &web.Sessions{Role: "gateway", Now: func() time.Time { return now }, Idle: time.Minute, Absolute: time.Hour}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("User-Agent", strings.Repeat("é\x01", 300))
	one, secret := s.New(r, "p", "spid", "l2", nil, now)
	two, other := s.New(r, "p", "spid", "l2", nil, now)
	if len(secret) != 43 || secret == other || bytes.Equal(one.Hash, two.Hash) || one.Handle == two.Handle {
		t.Error("every session needs 256 bits of its own")
	}
	if h := sha256.Sum256([]byte(secret)); !bytes.Equal(one.Hash, h[:]) {
		t.Error("the hash must be SHA-256 of the secret")
	}
	if len(one.UserAgent) > 200 || strings.ContainsRune(one.UserAgent, 1) || !one.ExpiresAt.Equal(now.Add(time.Hour)) {
		t.Errorf("session %+v", one)
	}
}

func TestTheSessionCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	for _, x := range []struct {
		secure bool
		want   string
	}{
		{false, "atrio_idp_session=S; Path=/; HttpOnly; SameSite=Lax"},
		{true, "__Host-atrio_idp_session=S; Path=/; HttpOnly; Secure; SameSite=Lax"},
	} {
		w := httptest.NewRecorder()
		(&web.Sessions{Role: "idp", Secure: x.secure}).SetCookie(w, "S")
		if got := w.Header().Get("Set-Cookie"); got != x.want {
			t.Errorf("got %s, want %s", got, x.want)
		}
	}
}

func TestASessionEndsWhenIdleAndAtItsAbsoluteLimit(t *testing.T) {
	b, rows := signIn(t)
	c := webtest.New(t)
	c.Post(b.URL+"/login", nil)
	for range 15 { // every half hour but one minute, 7 h 15 in all
		b.now = b.now.Add(29 * time.Minute)
		if c.Get(b.URL+"/me").Body != "person-1" {
			t.Fatal("a session in use must stay open")
		}
	}
	if rows.touches != 15 {
		t.Errorf("%d touches, want one per visit", rows.touches)
	}
	c.Get(b.URL + "/me")
	if rows.touches != 15 {
		t.Error("a second visit in the same minute must not write")
	}
	b.now = b.now.Add(29 * time.Minute)
	c.Get(b.URL + "/me")
	b.now = b.now.Add(29 * time.Minute) // 8 h 13
	if p := c.Get(b.URL + "/me"); p.URL.Path != "/" {
		t.Error("the absolute limit must end the session")
	}
	c.Post(b.URL+"/login", nil)
	b.now = b.now.Add(30 * time.Minute)
	if p := c.Get(b.URL + "/me"); p.URL.Path != "/" || len(rows.rows) > 1 {
		t.Error("an idle session must be ended in the store")
	}
}

func TestAForgedCookieIsNobodyAndABrokenStoreIsNotALogout(t *testing.T) {
	b, rows := signIn(t)
	for _, value := range []string{"short", strings.Repeat("A", 43), strings.Repeat("A", 5000)} {
		res := b.get(t, http.MethodGet, "/me", "", http.Header{"Cookie": {"atrio_gateway_session=" + value}})
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("status %d", res.StatusCode)
		}
	}
	rows.broken = true
	res := b.get(t, http.MethodGet, "/me", "", http.Header{"Cookie": {"atrio_gateway_session=" + strings.Repeat("A", 43)}})
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a store that does not answer gives %d", res.StatusCode)
	}
}

func TestSessionsAreListedAndEndedOneByOne(t *testing.T) {
	b, _ := signIn(t)
	one, two := webtest.New(t), webtest.New(t)
	one.Post(b.URL+"/login", nil)
	two.Post(b.URL+"/login", nil)
	list, err := b.Sessions.List(t.Context(), "person-1")
	if err != nil || len(list) != 2 || list[0].Address != "127.0.0.1" {
		t.Fatalf("%v %v", list, err)
	}
	for _, s := range list {
		if err := b.Sessions.End(t.Context(), "person-2", s.Handle); !fault.Is(err, fault.NotFound) {
			t.Error("nobody ends the session of another")
		}
		if err := b.Sessions.End(t.Context(), "person-1", s.Handle); err != nil {
			t.Fatal(err)
		}
	}
	if one.Get(b.URL+"/me").URL.Path != "/" || two.Get(b.URL+"/me").URL.Path != "/" {
		t.Error("ended sessions must be closed")
	}
}

func TestASessionOfAnotherKindIsOneAtItsOwnAddressesAlone(t *testing.T) {
	clock := time.Date(2026, time.March, 10, 9, 0, 0, 0, time.UTC)
	store := &table{rows: map[string]web.Session{}}
	sessions := &web.Sessions{
		Store: store, Role: "test", Now: func() time.Time { return clock }, Idle: time.Hour, Absolute: 12 * time.Hour,
		Kinds: []web.SessionKind{{Prefix: "staff:", Path: "/staff", Idle: 10 * time.Minute, Absolute: 2 * time.Hour}},
	}
	who := func(w http.ResponseWriter, r *http.Request) error {
		name := "nobody"
		if s := web.CurrentSession(r); s != nil {
			name = s.Subject
		}
		_, err := w.Write([]byte(name))
		return err
	}
	begin := func(subject string) web.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			next, secret := sessions.New(r, subject, "m", "", nil, clock)
			store.mu.Lock()
			store.rows[string(next.Hash)] = next
			store.mu.Unlock()
			if err := sessions.Begin(w, r, next, secret); err != nil {
				return err
			}
			return who(w, r)
		}
	}
	url := webtest.Serve(t, func(baseURL string) http.Handler {
		site := webtest.NewSite(t, "test", baseURL, sessions.Now)
		site.Sessions = sessions
		return site.Handler(mount(func(m *web.Mux) {
			for _, path := range []string{"/own", "/staff", "/staff/queue", "/staffers"} {
				m.Get(path, who)
			}
			m.Get("/begin/staff", begin("staff:1"))
			m.Get("/begin/own", begin("1"))
		}))
	})
	b := webtest.New(t)
	expect := func(path, want string) {
		t.Helper()
		if got := b.Get(url + path).Body; got != want {
			t.Errorf("at %s: %q, want %q", path, got, want)
		}
	}
	b.Get(url + "/begin/staff").Expect(http.StatusOK)
	expect("/staff", "staff:1")
	expect("/staff/queue", "staff:1")
	expect("/%73taff/queue", "staff:1")
	expect("/own", "nobody")
	expect("/staffers", "nobody")
	clock = clock.Add(9 * time.Minute)
	expect("/own", "nobody") // and does not keep it alive
	clock = clock.Add(time.Minute)
	expect("/staff", "nobody")

	b.Get(url + "/begin/own").Expect(http.StatusOK)
	clock = clock.Add(30 * time.Minute)
	expect("/own", "1")
	expect("/staff", "nobody")
	if len(store.rows) != 1 {
		t.Errorf("%d sessions: the one before is not over", len(store.rows))
	}
}
